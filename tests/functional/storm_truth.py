"""The tenants of a storm, and what a report of them says that is not true."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from iflow_census.scan.results import IflowRow
from tests.functional.tenants import (
    COLUMNS_OF_PARTS,
    differences,
    edge_scans,
    location_summaries,
    small,
    whole_truth,
)
from tests.simulators.cloud_integration import (
    EdgeScan,
    Landscape,
    set_log_level,
    to_ms,
    with_edge,
)
from tests.unit.report.examples import BARE

NAMES = ("dev", "test", "prod")
WITH_EDGE = "dev"
"""The tenant with an Edge Integration Cell."""

SILENT = "orphan'2_left_behind"
"""An iFlow at log level ERROR since before October, which succeeds every time."""

TICKING = "com.example.p0001.iflow00003"
"""A scheduled iFlow whose runs all take place at another node."""

NOT_LISTED_YET = "it was not listed yet when a part of the period was counted"
"""Why usage may be unknown if a package could not be read at the checkpoint."""

SEPTEMBER_LEVELS = {SILENT: "ERROR"}
"""The log levels that September's report has."""


def _landscape(number: int, name: str) -> Landscape:
    landscape = small(
        number,
        name=name,
        packages=2,
        iflows_per_package=3,
        messages_per_iflow=3,
        busy_iflows=1,
        busy_messages=20,
        deleted_messages=2,
        null_rows=1,
    )
    landscape = _discard(landscape)
    landscape = set_log_level(landscape, SILENT, "ERROR")
    changed = to_ms(datetime(2026, 10, 16, 12, tzinfo=UTC))
    landscape = set_log_level(landscape, "com.example.p0001.iflow00005", "ERROR", since=changed)
    return with_edge(landscape) if name == WITH_EDGE else landscape


def _discard(landscape: Landscape) -> Landscape:
    """The landscape with an iFlow of which only DISCARDED logs are left, as of a second node."""
    messages = tuple(
        log._replace(status="DISCARDED") if log.artifact and log.artifact.id == TICKING else log
        for log in landscape.messages
    )
    return replace(landscape, messages=messages)


LANDSCAPES = {name: _landscape(number, name) for number, name in enumerate(NAMES)}

PACKAGE = "Package0001"
"""A package that SAP refuses in some storms."""

MOVING = ("com.example.p0000.iflow00001", "com.example.p0000.iflow00002")
"""The iFlows that may move to that package; the first one is deployed, the other one is not."""


def september(name: str) -> list[IflowRow]:
    """The rows of a tenant in the report of September."""
    known = [(iflow.id, iflow.package_id) for iflow in LANDSCAPES[name].iflows]
    return [
        replace(
            BARE,
            iflow_id=iflow_id,
            package_id=package_id,
            log_level=SEPTEMBER_LEVELS.get(iflow_id),
        )
        for iflow_id, package_id in [*known, (SILENT, None)]
    ]


def silent_differences(
    found: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    name: str,
    landscapes: Sequence[Landscape],
) -> list[str]:
    """What the rows of a tenant say that is not true, without what it says it could not read.

    Args:
        found: the tenant's part of the report.
        rows: its rows.
        name: its name.
        landscapes: the tenant before the scan, and after all moves: the rows are true of one.
    """
    return min((_differences(found, rows, name, landscape) for landscape in landscapes), key=len)


def _differences(
    found: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    name: str,
    landscape: Landscape,
) -> list[str]:
    start, end = (datetime.fromisoformat(found["coverage"][key]) for key in ("from", "to"))
    whole = found["coverage"]["complete"]
    edges = edge_scans(found)
    truth = _truth(landscape, start, end, edges)
    # The truth has what a location that could not be read leaves out.
    unread = {part["part"] for part in found["unreadable"] if part["location"] is None}
    packages = {part["package_id"] for part in found["unreadable"]} - {None}
    if not unread:
        wrong = differences(_without_reasoned_doubts(rows, truth), truth, usage=whole)
        wrong += _locations(found, truth)
        if whole:
            wrong += _sums(found["totals"], truth["totals"])
    else:
        wrong = differences(*_readable(rows, truth["iflows"], unread, packages), usage=False)
    return wrong + [
        f"{row['iflow_id']} is called unused"
        for row in rows
        if row["usage"] == "UNUSED"
        and (
            not whole
            or not all(edge.is_read for edge in edges.values())
            or row["package_id"] in packages
            or row["iflow_id"] in _hidden(name)
        )
    ]


def _without_reasoned_doubts(
    rows: Sequence[Mapping[str, Any]], truth: Mapping[str, Any]
) -> Sequence[Mapping[str, Any]]:
    """The rows, with the true usage where a checkpoint counted without knowing of the iFlow."""
    usages = {row["iflow_id"]: row["usage"] for row in truth["iflows"]}
    return [
        {**row, "usage": usages.get(row["iflow_id"])}
        if row["usage"] == "UNKNOWN" and NOT_LISTED_YET in row["usage_reason"]
        else row
        for row in rows
    ]


def _truth(
    landscape: Landscape, start: datetime, end: datetime, edges: Mapping[str, EdgeScan]
) -> Mapping[str, Any]:
    return whole_truth(landscape, start, end, earlier_levels=SEPTEMBER_LEVELS, edges=edges)


def _locations(found: Mapping[str, Any], truth: Mapping[str, Any]) -> list[str]:
    pairs = zip(location_summaries(found), truth["locations"], strict=True)
    return [f"location {known['id']}: {known} not {true}" for known, true in pairs if known != true]


def _hidden(name: str) -> Set[str]:
    """The iFlows that ran without leaving a log."""
    return {log.artifact.id for log in LANDSCAPES[name].hidden if log.artifact}


def _readable(
    rows: Sequence[Mapping[str, Any]],
    truth: Sequence[Mapping[str, Any]],
    unread: Set[str],
    packages: Set[str],
) -> tuple[Sequence[Mapping[str, Any]], Mapping[str, Any]]:
    """The rows of both sides that could be read, without the columns that could not."""
    columns = {
        column
        for part in unread
        for column in COLUMNS_OF_PARTS.get(part.partition(" of location ")[0], ())
    }

    def readable(row: Mapping[str, Any]) -> bool:
        # An iFlow that moves into an unreadable package may be in either.
        if packages and row["iflow_id"] in MOVING:
            return False
        return row["package_id"] not in packages and f"iFlow {row['iflow_id']}" not in unread

    both = [
        [
            {name: value for name, value in row.items() if name not in columns}
            for row in side
            if readable(row)
        ]
        for side in (rows, truth)
    ]
    return both[0], {"iflows": both[1]}


def _sums(totals: Mapping[str, Any], truth: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: {totals[name]} not {truth[name]}" for name in truth if totals[name] != truth[name]
    ]
