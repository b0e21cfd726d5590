"""The expected report matches the server, and a small landscape counted manually."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.simulators.cloud_integration import (
    DesigntimeIflow,
    EntryPoint,
    Landscape,
    LogArtifact,
    MessageLog,
    Package,
    RuntimeArtifact,
    ServiceEndpoint,
    expected_report,
    to_ms,
)
from tests.unit.simulators.conftest import NOVEMBER, OCTOBER, StartTenant

WINDOW = "LogStart ge datetime'2026-10-01T00:00:00' and LogStart lt datetime'2026-11-01T00:00:00'"
FIRST, LAST = to_ms(OCTOBER), to_ms(NOVEMBER) - 1


@pytest.fixture
def small_landscape() -> Landscape:
    flow = LogArtifact("flow", "Flow", "p", "P")
    gone = LogArtifact("gone", "Gone", "p", "P")
    return Landscape(
        "hand",
        packages=(Package("p", "P", vendor="", version=""), Package("r", "R", mode="READ_ONLY")),
        iflows=(
            DesigntimeIflow("flow", "p", "Flow", "1.0.1", created_at=1000, modified_at=2001),
            DesigntimeIflow("copy", "p", "Copy", "1.0.0", created_at=1000, modified_at=2000),
            DesigntimeIflow("draft", "p", "Draft", "Active", created_at=1, modified_at=1),
            DesigntimeIflow("undated", "p", "Undated", "1.0.0"),
            DesigntimeIflow("fixed", "r", "Fixed", "Draft", created_at=1, modified_at=10**9),
        ),
        runtime_artifacts=(
            RuntimeArtifact("flow", "Flow", "1.0.0", status="ERROR", error="broken"),
            RuntimeArtifact("draft", "Draft", "1.0.0"),
            RuntimeArtifact("alone", "Alone", "3.0.0"),
            RuntimeArtifact("copy", "Copy", "1.0.0", type="VALUE_MAPPING"),
        ),
        endpoints=(
            ServiceEndpoint(
                "flow$endpointAddress=b", "flow", "SOAP", entry_points=(EntryPoint("b", "u:b"),)
            ),
            ServiceEndpoint(
                "flow$endpointAddress=a", "flow", "REST", entry_points=(EntryPoint("a", "u:a"),)
            ),
        ),
        messages=(
            MessageLog("1", flow, "COMPLETED", FIRST - 1, FIRST + 5),
            MessageLog("2", flow, "COMPLETED", FIRST, FIRST + 5),
            MessageLog("3", flow, "FAILED", LAST, LAST + 5),
            MessageLog("4", flow, "RETRY", LAST, None),
            MessageLog("5", flow, "COMPLETED", LAST + 1, LAST + 5),
            MessageLog("6", gone, "FAILED", FIRST, FIRST),
            MessageLog("7", None, "PROCESSING", None, None),
            MessageLog("8", None, "PROCESSING", FIRST, None),
        ),
    )


def report(landscape: Landscape, **options: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {"now": NOVEMBER + timedelta(hours=1), "retention": None}
    return expected_report(landscape, OCTOBER, NOVEMBER, **(settings | options))


def test_totals_of_a_small_landscape(small_landscape: Landscape) -> None:
    assert report(small_landscape)["totals"] == {
        "packages": 2,
        "iflows": 6,
        "deployed": 3,
        "edited": 2,
        "unused": 2,
        "orphans": 1,
        "messages": 5,
        "messages_failed": 2,
        "messages_unattributed": 2,
        "messages_discarded": 0,
        "at_level_error": 0,
    }


def test_other_artifacts_of_a_small_landscape(small_landscape: Landscape) -> None:
    assert report(small_landscape)["other_artifacts"] == [
        {"type": "VALUE_MAPPING", "status": "STARTED", "count": 1}
    ]


def test_days_of_a_small_landscape(small_landscape: Landscape) -> None:
    days = report(small_landscape)["messages_per_day"]

    assert len(days) == 31
    assert {day: count for day, count in days.items() if count} == {
        "2026-10-01": 3,
        "2026-10-31": 2,
    }


def test_rows_of_a_small_landscape(small_landscape: Landscape) -> None:
    rows = report(small_landscape)["iflows"]

    assert [row["iflow_id"] for row in rows] == [
        "copy",
        "draft",
        "flow",
        "undated",
        "fixed",
        "alone",
    ]
    copy, draft, flow, undated, fixed, alone = rows
    assert [row["edit_status"] for row in rows] == [
        "NOT_EDITED",
        "EDITED",
        "EDITED",
        "UNKNOWN",
        "NOT_EDITED",
        "UNKNOWN",
    ]
    assert (flow["messages"], flow["messages_completed"], flow["messages_failed"]) == (3, 1, 1)
    assert (flow["messages_other"], flow["usage"], undated["usage"]) == (1, "USED", "NOT_DEPLOYED")
    assert (flow["version_drift"], draft["version_drift"], copy["version_drift"]) == (
        True,
        None,
        None,
    )
    assert (flow["runtime_error"], flow["endpoints"]) == ("broken", ["u:a", "u:b"])
    assert (copy["deployed"], copy["package_vendor"], copy["package_version"]) == (
        False,
        None,
        None,
    )
    assert (fixed["draft"], undated["created_at"]) == (True, None)
    assert copy["modified_at"] == "1970-01-01T00:00:02.000Z"
    assert (alone["orphan"], alone["package_id"], alone["iflow_version"]) == (True, None, None)
    assert alone["runtime_version"] == "3.0.0"


def test_expired_logs_are_not_expected(small_landscape: Landscape) -> None:
    expected = report(small_landscape, retention=timedelta(days=30))

    assert expected["totals"]["messages"] == 2


def test_expected_numbers_match_the_server(start: StartTenant) -> None:
    client = start()
    expected = client.tenant.expected_report(OCTOBER, NOVEMBER)

    for row in expected["iflows"]:
        literal = quote("'" + row["iflow_id"].replace("'", "''") + "'", safe="")
        condition = f"IntegrationFlowName eq {literal} and {WINDOW}"
        logs = row["messages"] + row["messages_discarded"]
        assert client.count(condition) == logs
        assert client.count(f"{condition} and Status eq 'FAILED'") == row["messages_failed"]
    totals = expected["totals"]
    assert client.count(WINDOW) == totals["messages"] + totals["messages_discarded"]
    failed = client.count(f"{WINDOW} and Status eq 'FAILED'")
    assert failed == expected["totals"]["messages_failed"]
    runtime = client.rows("IntegrationRuntimeArtifacts?$filter=Type eq 'INTEGRATION_FLOW'")
    assert len(runtime) == expected["totals"]["deployed"]
    assert len(client.rows("IntegrationPackages")) == expected["totals"]["packages"]


def test_generated_landscape_covers_all_cases(landscape: Landscape) -> None:
    rows = report(landscape)["iflows"]

    assert {row["edit_status"] for row in rows} == {"EDITED", "NOT_EDITED", "UNKNOWN"}
    assert {row["usage"] for row in rows} == {"USED", "UNUSED", "NOT_DEPLOYED", "UNKNOWN"}
    assert {row["draft"] for row in rows} == {True, False, None}
    assert {row["iflow_version"] for row in rows if row["draft"]} == {"Active", "Draft"}
    assert {row["version_drift"] for row in rows} == {True, False, None}
    assert {"STARTED", "STARTING", "STOPPING", "ERROR", None} == {
        row["runtime_status"] for row in rows
    }
    assert {None, "Parameter 'receiver' is not configured"} <= {
        row["runtime_error"] for row in rows
    }
    assert any(row["orphan"] and row["messages"] for row in rows)
    assert any(not row["deployed"] and row["messages"] for row in rows)
    assert {0, 1, 2} <= {len(row["endpoints"]) for row in rows}
    assert {row["package_mode"] for row in rows} == {"READ_ONLY", "EDIT_ALLOWED", None}
    assert any(len(row["iflow_name"]) > 300 for row in rows)
