"""Small simulated tenants, and how their truth is compared with a report."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from iflow_census.scan.tenant_api import LEVEL_UNKNOWN
from tests.clock import FakeClock
from tests.simulators.cloud_integration import (
    EdgeScan,
    Landscape,
    SimulatedTenant,
    expected_report,
    generate_landscape,
)

OCTOBER = ((2026, 10),)
START, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


def small(seed: int = 1, **options: Any) -> Landscape:
    """A tenant of a few packages, with everything odd that there is."""
    given: dict[str, Any] = {
        "packages": 4,
        "iflows_per_package": 4,
        "months": OCTOBER,
        "messages_per_iflow": 12,
        "busy_iflows": 1,
        "busy_messages": 150,
        "deleted_messages": 7,
        "empty_packages": 1,
    }
    return generate_landscape(seed=seed, **(given | options))


def simulated(
    clock: FakeClock, landscape: Landscape | None = None, **options: Any
) -> SimulatedTenant:
    """A tenant on the test's clock; without limits, since that clock does not tick by itself."""
    given: dict[str, Any] = {"clock": clock.now, "enforce_limits": False}
    return SimulatedTenant(landscape or small(), **(given | options))


COLUMNS_OF_PARTS = {
    "endpoints": {"endpoints"},
    "error texts": {"runtime_error"},
    "last messages": {"last_message_at", "last_message_status", "log_level"},
}
"""The columns that lack values where a report says that a part could not be read."""


def differences(
    rows: Sequence[Mapping[str, Any]],
    truth: Mapping[str, Any],
    *,
    usage: bool = True,
    unread: Sequence[str] = (),
) -> list[str]:
    """Every field of every row that is not as the tenant knows it; without `usage` that is left.

    Columns of the parts that are `unread` may be null, and a log level UNKNOWN.
    """
    nullable = {column for part in unread for column in COLUMNS_OF_PARTS[part]}
    have = {row["iflow_id"]: row for row in rows}
    want = {row["iflow_id"]: row for row in truth["iflows"]}
    found = [f"{key}: only on one side" for key in have.keys() ^ want.keys()]
    if [row["iflow_id"] for row in rows] != [row["iflow_id"] for row in truth["iflows"]]:
        found.append("the rows are in another order")
    for iflow_id in have.keys() & want.keys():
        for column, expected in want[iflow_id].items():
            if column == "tenant" or (column == "usage" and not usage):
                continue
            if have[iflow_id][column] in (None, LEVEL_UNKNOWN) and column in nullable:
                continue
            if have[iflow_id][column] != expected:
                found.append(f"{iflow_id}: {column} {have[iflow_id][column]!r} not {expected!r}")
    return found


def whole_truth(
    landscape: Landscape,
    start: datetime = START,
    end: datetime = END,
    *,
    now: datetime = END + timedelta(hours=7),
    earlier_levels: Mapping[str, str] | None = None,
    edges: Mapping[str, EdgeScan] | None = None,
) -> dict[str, Any]:
    """What is true of October, or a part of it, had the tenant not forgotten its oldest logs.

    Seven hours after its end all of its messages have ended, and their statuses stay.
    """
    return expected_report(
        landscape,
        start,
        end,
        now=now,
        retention=None,
        earlier_levels=earlier_levels,
        edges=edges,
    )


def edge_scans(found: Mapping[str, Any]) -> Mapping[str, EdgeScan]:
    """How a tenant's part of a report says that its Edge Integration Cells were read."""
    return {
        edge["id"]: EdgeScan(
            _moment(edge["coverage"]["from"]),
            _moment(edge["coverage"]["to"]),
            edge["status"] == "complete",
        )
        for edge in found["locations"][1:]
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def location_summaries(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the truth also has of each location in a tenant's part of a report."""
    names = ("id", "iflows_deployed", "messages")
    return [{name: location[name] for name in names} for location in found["locations"]]


def covered_truth(
    simulated_tenant: SimulatedTenant, report: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What is true of the part of the month that a report of one tenant says it covers."""
    coverage = report["tenants"][0]["coverage"]
    start, end = (datetime.fromisoformat(coverage[key]) for key in ("from", "to"))
    return simulated_tenant.expected_report(start, end)


def of_tenant(report: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The rows of one tenant."""
    return [row for row in report["iflows"] if row["tenant"] == name]


def tenant(report: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A tenant's part of a report."""
    (found,) = (tenant for tenant in report["tenants"] if tenant["name"] == name)
    assert isinstance(found, dict)
    return found
