"""Inventories of a tenant and their rows."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import timedelta
from typing import Any

from iflow_census.scan.counting import StatusCounts
from iflow_census.scan.design_time import DesignTime
from iflow_census.scan.inventory import Inventory, build_rows
from iflow_census.scan.locations import RuntimeLocation
from iflow_census.scan.month_counts import MonthCounts, WindowCounts
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import Coverage, IflowRow
from iflow_census.scan.runtime_scan import RuntimeContent
from iflow_census.scan.tenant_api import (
    DesigntimeIflow,
    Package,
    RuntimeArtifact,
    ServiceEndpoint,
)
from tests.unit.scan.fake_tenant import OCTOBER

NO_COUNTS = MonthCounts(())
CLOUD, EDGE = RuntimeLocation(), RuntimeLocation("edge")
WHOLE = Coverage(None, None, complete=True, percent=100)


def month_counts(
    by_iflow: Mapping[str, StatusCounts],
    total: StatusCounts | None = None,
    *,
    exhaustive: bool = True,
) -> MonthCounts:
    total = total if total is not None else {"COMPLETED": 1000}
    return MonthCounts((WindowCounts(OCTOBER.window, total, by_iflow, exhaustive=exhaustive),))


def runtime(artifact_id: str, **properties: Any) -> RuntimeArtifact:
    return RuntimeArtifact(artifact_id, "INTEGRATION_FLOW", **properties)


def inventory(
    *iflows: DesigntimeIflow,
    deployed: Sequence[RuntimeArtifact] = (),
    errors: Mapping[str, Reading[str]] | None = None,
    endpoints: Reading[Sequence[ServiceEndpoint]] | None = None,
    packages: Sequence[Package] | None = None,
) -> Inventory:
    package_ids = dict.fromkeys(iflow.package_id for iflow in iflows)
    packages = packages or [Package(package_id) for package_id in package_ids]
    return Inventory(
        design_time=DesignTime(
            packages,
            {
                package.id: [iflow for iflow in iflows if iflow.package_id == package.id]
                for package in packages
            },
        ),
        runtimes=[
            RuntimeContent(
                CLOUD,
                {artifact.id: artifact for artifact in deployed},
                errors or {},
                endpoints or Reading([]),
            )
        ],
    )


def at_edge(
    content: Inventory,
    *deployed: RuntimeArtifact,
    errors: Mapping[str, Reading[str]] | None = None,
    endpoints: Reading[Sequence[ServiceEndpoint]] | None = None,
) -> Inventory:
    """Add an Edge Integration Cell."""
    edge = RuntimeContent(
        EDGE,
        {artifact.id: artifact for artifact in deployed},
        errors or {},
        endpoints or Reading([]),
    )
    return replace(content, runtimes=[*content.runtimes, edge])


def without_edge(content: Inventory) -> Inventory:
    """Add an Edge Integration Cell that could not be read."""
    return replace(content, unread_locations={EDGE: "HTTP 503"})


def to_rows(
    content: Inventory,
    counts: MonthCounts = NO_COUNTS,
    *,
    covered: bool = True,
    uncovered: RuntimeLocation | None = None,
    earlier_levels: Mapping[str, str] | None = None,
    deployed_before: Set[tuple[str, str]] = frozenset(),
) -> list[IflowRow]:
    part = Coverage(None, None, complete=False, percent=21)
    return build_rows(
        "dev",
        content,
        counts,
        period=OCTOBER.window,
        coverage={
            location: WHOLE if covered and location != uncovered else part
            for location in content.locations
        },
        deployed_before=deployed_before,
        earlier_levels=earlier_levels,
        tolerance=timedelta(seconds=1),
    )


def only_row(
    content: Inventory,
    counts: MonthCounts = NO_COUNTS,
    earlier_levels: Mapping[str, str] | None = None,
    *,
    covered: bool = True,
) -> IflowRow:
    (row,) = to_rows(content, counts, covered=covered, earlier_levels=earlier_levels)
    return row
