"""The tables for Athena and DuckDB."""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from iflow_census.report.query_tables import (
    QUERY_TABLES,
    render_report_tables,
    render_tenant_tables,
    table_key,
)
from iflow_census.scan.results import IflowRow
from tests.unit.report.earlier_month import earlier
from tests.unit.report.examples import (
    BARE,
    DESIGNED,
    FAILED,
    HEALTH,
    IDLE_ORPHAN,
    OCTOBER,
    ORPHAN,
    UNHEALTHY,
    report,
    tenant,
)

TYPES = {"string": str, "boolean": bool, "bigint": int, "double": float, "array<string>": list}


def tables(rows: Sequence[IflowRow] = (DESIGNED, BARE, ORPHAN)) -> Mapping[str, list[Any]]:
    prod = replace(tenant("prod", rows), health=HEALTH)
    dev = replace(tenant("dev", [DESIGNED]), health=UNHEALTHY)
    october = report(dev, prod, FAILED)
    before = earlier(replace(DESIGNED, messages=900, deployed=False))
    october = replace(october, earlier=[before])
    bodies = [
        *render_report_tables(october),
        *render_tenant_tables(october, prod, connections=True),
    ]
    return {
        name: [json.loads(line) for line in gzip.decompress(body).splitlines()]
        for name, body in bodies
    }


def test_rows_have_the_columns_and_types_of_the_glue_tables() -> None:
    content = tables()

    assert set(content) == set(QUERY_TABLES)
    assert all(content[name] for name in content if name != "connections")
    for name, rows in content.items():
        columns = QUERY_TABLES[name].all_columns
        for row in rows:
            assert list(row) == list(columns)
            for column, value in row.items():
                assert value is None or type(value) is TYPES[columns[column]]


def test_every_row_has_its_run_and_the_status_of_its_tenant() -> None:
    statuses = {"dev": "complete", "prod": "complete", "test": "failed"}

    for rows in tables().values():
        for row in rows:
            assert row["run_id"] == "20261101T003000Z"
            assert row["status"] == statuses[row["tenant"]]


def test_table_of_tenants_has_those_that_failed() -> None:
    rows = {row["tenant"]: row for row in tables()["tenants"]}

    assert list(rows) == ["dev", "prod", "test"]
    assert (rows["test"]["error"], rows["test"]["scanned_at"]) == (FAILED.error, None)
    assert rows["prod"] == {
        "tenant": "prod",
        "environment": None,
        "web_url": None,
        "error": None,
        "scanned_at": "2026-11-01T00:31:12.345Z",
        "carried_over": False,
        "coverage_from": "2026-10-01T00:00:00.000Z",
        "coverage_to": "2026-11-01T00:00:00.000Z",
        "coverage_complete": True,
        "coverage_percent": 100,
        "coverage_reason": None,
        "unreadable": 0,
        "packages": 1,
        "iflows": 3,
        "deployed": 2,
        "edited": 1,
        "unused": 1,
        "orphans": 1,
        "messages": 9,
        "messages_failed": 1,
        "messages_unattributed": 2,
        "messages_discarded": None,
        "at_level_error": 0,
        "requests": 10,
        "retries": 2,
        "throttled": 1,
        "seconds": 1.235,
        "run_id": "20261101T003000Z",
        "status": "complete",
    }


def test_table_of_changes_has_both_values_as_text() -> None:
    rows = tables()["changes"]

    values = {row["kind"]: (row["value_before"], row["value_after"]) for row in rows}
    assert values["messages_moved"] == ("900", "7")
    assert values["deployed"] == ("false", "true")
    assert {row["compared_with"] for row in rows} == {"2026-09"}


def test_table_of_the_worklist_has_every_entry() -> None:
    rows = [replace(ORPHAN, iflow_id=f"Orphan{number}") for number in range(9)]

    entries = tables(rows)["worklist"]

    started = [entry for entry in entries if entry["kind"] == "not_started"]
    assert [entry["iflow_id"] for entry in started] == [f"Orphan{number}" for number in range(9)]


def test_table_of_health_has_values_and_reasons() -> None:
    rows = [row for row in tables()["health"] if row["tenant"] == "prod"]

    parts = {(row["part"], row["name"]): row for row in rows}
    assert parts["certificates", "soon"]["days_left"] == 10
    assert parts["jms", "spool"]["max_amount"] == 9300 * 2**20
    assert parts["jms", "consumers"]["state"] == "exhausted"
    assert parts["jms", "Stuck"]["state"] == "critical"
    assert parts["artifacts_in_error", "Codes"]["error"] == "the mapping is empty"
    assert parts["message_mappings", None]["amount"] == 12
    assert parts["data_stores", None]["reason"].startswith("GET DataStores: HTTP 403")
    unmentioned = parts["unmentioned_credentials", "HR"]
    assert (unmentioned["type"], unmentioned["state"]) == (
        "oauth2_client_credentials",
        "not found",
    )
    assert (unmentioned["amount"], unmentioned["max_amount"]) == (8, 10)


def test_month_is_part_of_the_key() -> None:
    assert table_key("iflows", OCTOBER, "prod") == "tables/iflows/period=2026-10/prod.jsonl.gz"


@pytest.mark.parametrize("name", ["a\nb", "a\u2028b", "a\x85b", "\ud800", "🚀"])
def test_name_does_not_end_a_line(name: str) -> None:
    content = tables([replace(IDLE_ORPHAN, iflow_name=name), replace(ORPHAN, iflow_name=name)])

    assert content["iflows"][0]["iflow_name"] == name


def test_same_report_is_rendered_to_the_same_bytes() -> None:
    first, second = (dict(render_report_tables(report(FAILED))) for _ in range(2))

    assert first == second
