"""Design time, runtime, endpoints and messages of a tenant, merged into rows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from iflow_census.errors import DataError
from iflow_census.scan.counting import StatusCounts
from iflow_census.scan.design_time import DesignTime
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.inventory import Inventory, build_rows, sum_totals, summarize_locations
from iflow_census.scan.locations import RuntimeLocation
from iflow_census.scan.month_counts import LastMessage, MonthCounts, WindowCounts
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import Coverage, IflowRow, TenantStatus
from iflow_census.scan.runtime_scan import RuntimeContent
from iflow_census.scan.tenant_api import (
    DesigntimeIflow,
    MessageLog,
    Package,
    RuntimeArtifact,
    ServiceEndpoint,
)
from iflow_census.scan.usage import Usage
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


def test_rows_are_sorted_by_package_and_id_with_orphans_last() -> None:
    content = inventory(
        DesigntimeIflow("b", "Q"),
        DesigntimeIflow("z", "P"),
        DesigntimeIflow("a", "P"),
        deployed=[runtime("y"), runtime("A"), runtime("a")],
    )

    result = to_rows(content)

    assert [(row.package_id, row.iflow_id) for row in result] == [
        ("P", "a"),
        ("P", "z"),
        ("Q", "b"),
        (None, "A"),
        (None, "y"),
    ]
    assert [row.orphan for row in result] == [False, False, False, True, True]


def test_row_has_the_properties_of_its_package() -> None:
    package = Package(
        "P",
        "Name",
        "SAP",
        "1.2",
        "READ_ONLY",
        update_available=True,
        modified_at=OCTOBER.start,
        modified_by="B",
    )

    row = only_row(inventory(DesigntimeIflow("I", "P", "Flow", "1.0"), packages=[package]))

    assert (row.tenant, row.package_name, row.package_vendor) == ("dev", "Name", "SAP")
    assert (row.package_version, row.package_mode) == ("1.2", "READ_ONLY")
    assert row.package_update_available is True
    assert (row.package_modified_at, row.package_modified_by) == (OCTOBER.start, "B")
    assert (row.iflow_name, row.iflow_version) == ("Flow", "1.0")
    assert row.edit_status is EditStatus.NOT_EDITED


def test_orphan_has_no_design_time_properties() -> None:
    row = only_row(inventory(deployed=[runtime("I", name="Flow", version="1.0", status="STARTED")]))

    assert (row.iflow_name, row.runtime_version, row.runtime_status) == ("Flow", "1.0", "STARTED")
    assert (row.deployed, row.orphan) == (True, True)
    assert (row.edit_status, row.edit_reason) == (EditStatus.UNKNOWN, "no design-time artifact")
    unknown = (row.package_id, row.iflow_version, row.draft, row.version_drift, row.created_at)
    assert unknown == (None,) * 5


def test_undeployed_iflow_has_no_runtime_properties() -> None:
    row = only_row(inventory(DesigntimeIflow("I", "P", version="1.0")))

    assert (row.deployed, row.orphan) == (False, False)
    assert (row.runtime_status, row.runtime_version, row.version_drift) == (None, None, None)


@pytest.mark.parametrize(
    ("designed", "deployed", "drift"),
    [
        ("1.0.0", "1.0.0", False),
        ("1.0.1", "1.0.0", True),
        ("1.0.0", "1.0.1", True),
        ("Active", "1.0.0", None),
        ("Draft", "1.0.0", None),
        ("active", "active", None),
        (None, "1.0.0", None),
        ("1.0.0", None, None),
    ],
)
def test_version_drift_means_another_version_is_deployed(
    designed: str | None, deployed: str | None, drift: bool | None
) -> None:
    row = only_row(
        inventory(
            DesigntimeIflow("I", "P", version=designed), deployed=[runtime("I", version=deployed)]
        )
    )

    assert row.version_drift is drift


@pytest.mark.parametrize(
    ("version", "draft"),
    [("Active", True), ("Draft", True), ("1.0", False), (None, False)],
)
def test_versions_of_drafts(version: str | None, draft: bool) -> None:
    assert only_row(inventory(DesigntimeIflow("I", "P", version=version))).draft is draft


def test_ids_are_case_sensitive() -> None:
    result = to_rows(inventory(DesigntimeIflow("flow", "P"), deployed=[runtime("Flow")]))

    assert [(row.iflow_id, row.deployed, row.orphan) for row in result] == [
        ("flow", False, False),
        ("Flow", True, True),
    ]


def test_endpoints_of_an_iflow_are_sorted_and_unique() -> None:
    endpoints = [
        ServiceEndpoint("I", ("https://b", "https://a")),
        ServiceEndpoint("I", ("https://a", "https://c")),
        ServiceEndpoint("J", ("https://z",)),
        ServiceEndpoint("I"),
    ]

    row = only_row(inventory(DesigntimeIflow("I", "P"), endpoints=Reading(endpoints)))

    assert row.endpoints == ("https://a", "https://b", "https://c")


def test_row_has_the_error_of_the_deployment() -> None:
    content = inventory(
        DesigntimeIflow("I", "P"),
        deployed=[runtime("I", status="ERROR")],
        errors={"I": Reading("no queue")},
    )

    assert only_row(content).runtime_error == "no queue"


def test_messages_are_split_by_status() -> None:
    counts = month_counts({"I": {"COMPLETED": 5, "FAILED": 2, "RETRY": 1, "UNLISTED": 1}})

    row = only_row(inventory(DesigntimeIflow("I", "P")), counts)

    assert (row.messages, row.messages_completed, row.messages_failed) == (9, 5, 2)
    assert (row.messages_other, row.usage) == (2, Usage.USED)


def test_status_without_messages_is_zero() -> None:
    row = only_row(inventory(DesigntimeIflow("I", "P")), month_counts({"I": {"RETRY": 1}}))

    assert (row.messages_completed, row.messages_failed, row.messages_other) == (0, 0, 1)


def test_usage_is_unknown_without_counts() -> None:
    row = only_row(inventory(DesigntimeIflow("I", "P")), NO_COUNTS)

    assert (row.messages, row.messages_completed, row.messages_failed) == (None, None, None)
    assert (row.messages_other, row.usage) == (None, Usage.UNKNOWN)


@pytest.mark.parametrize(
    ("covered", "exhaustive", "by_iflow", "usage"),
    [
        (True, True, {}, Usage.UNUSED),
        (True, False, {"I": {}}, Usage.UNUSED),
        (True, False, {}, Usage.UNKNOWN),
        (False, True, {}, Usage.UNKNOWN),
        (False, False, {"I": {}}, Usage.UNKNOWN),
        (False, False, {"I": {"FAILED": 1}}, Usage.USED),
        (True, True, {"I": {"FAILED": 1}}, Usage.USED),
    ],
)
def test_only_complete_counts_make_an_iflow_unused(
    covered: bool, exhaustive: bool, by_iflow: Mapping[str, StatusCounts], usage: Usage
) -> None:
    counts = month_counts(by_iflow, exhaustive=exhaustive)

    deployed = [runtime("I", status="STARTED", deployed_at=OCTOBER.start)]
    row = only_row(inventory(DesigntimeIflow("I", "P"), deployed=deployed), counts, covered=covered)

    assert row.usage is usage


def test_totals_add_up() -> None:
    content = inventory(
        DesigntimeIflow("draft", "P", version="Active"),
        DesigntimeIflow("used", "P"),
        DesigntimeIflow("unused", "Q"),
        deployed=[
            runtime(name, status="STARTED", deployed_at=OCTOBER.start)
            for name in ("used", "unused", "orphan")
        ],
    )
    counts = month_counts({"used": {"COMPLETED": 4, "FAILED": 1}}, {"COMPLETED": 6, "FAILED": 3})

    totals = sum_totals(content, to_rows(content, counts), counts)

    assert (totals.packages, totals.iflows, totals.deployed) == (2, 4, 3)
    assert (totals.edited, totals.unused, totals.orphans) == (1, 2, 1)
    assert (totals.messages, totals.messages_failed, totals.messages_unattributed) == (9, 3, 4)


def test_totals_without_counts_have_no_messages() -> None:
    content = inventory(DesigntimeIflow("I", "P"))

    totals = sum_totals(content, to_rows(content), NO_COUNTS)

    assert (totals.messages, totals.messages_failed, totals.messages_unattributed) == (None,) * 3
    assert totals.unused == 0


def test_totals_of_a_month_without_messages_are_zero() -> None:
    content = inventory(DesigntimeIflow("I", "P"))
    counts = month_counts({}, {})

    totals = sum_totals(content, to_rows(content, counts), counts)

    assert (totals.messages, totals.messages_failed, totals.messages_unattributed) == (0, 0, 0)
    assert totals.unused == 0


def test_more_messages_of_rows_than_of_the_tenant_is_an_error() -> None:
    content = inventory(DesigntimeIflow("I", "P"), DesigntimeIflow("J", "P"))
    counts = month_counts({"I": {"COMPLETED": 2}, "J": {"COMPLETED": 2}}, {"COMPLETED": 3})

    with pytest.raises(DataError, match="the iFlows have 4, but the tenant has 3"):
        sum_totals(content, to_rows(content, counts), counts)


def test_discarded_logs_are_not_messages() -> None:
    content = inventory(DesigntimeIflow("I", "P"), deployed=[runtime("I", status="STARTED")])
    counts = month_counts({"I": {"COMPLETED": 2, "DISCARDED": 5}}, {"COMPLETED": 3, "DISCARDED": 6})

    row = only_row(content, counts)
    totals = sum_totals(content, [row], counts)

    assert (row.messages, row.messages_other, row.messages_discarded) == (2, 0, 5)
    assert (totals.messages, totals.messages_discarded, totals.messages_unattributed) == (3, 6, 1)


STARTED = runtime("I", version="1.0", status="STARTED", deployed_at=OCTOBER.start)


def test_iflow_at_two_locations_has_the_runtime_of_the_cloud() -> None:
    content = inventory(DesigntimeIflow("I", "P", version="1.0"), deployed=[STARTED])

    row = only_row(at_edge(content, replace(STARTED, version="0.9", status="ERROR")))

    assert row.runtime_locations == (CLOUD.id, EDGE.id)
    assert (row.runtime_status, row.runtime_version) == ("STARTED", "1.0")
    assert row.version_drift is True


def test_iflow_only_at_a_location_is_deployed() -> None:
    content = at_edge(
        inventory(DesigntimeIflow("I", "P", version="1.0")),
        replace(STARTED, status="ERROR"),
        errors={"I": Reading("no queue")},
        endpoints=Reading([ServiceEndpoint("I", ("https://edge",))]),
    )

    row = only_row(content)

    assert (row.deployed, row.runtime_locations) == (True, (EDGE.id,))
    assert (row.runtime_status, row.runtime_error) == ("ERROR", "no queue")
    assert row.endpoints == ("https://edge",)
    assert row.version_drift is False


def test_orphan_of_a_location_has_a_row() -> None:
    row = only_row(at_edge(inventory(), runtime("I", name="Flow")))

    assert (row.orphan, row.iflow_name, row.runtime_locations) == (True, "Flow", (EDGE.id,))


def test_messages_of_all_locations_are_added() -> None:
    content = at_edge(inventory(DesigntimeIflow("I", "P"), deployed=[STARTED]), STARTED)
    (window,) = month_counts({"I": {"COMPLETED": 2}}).windows
    edge = replace(window, by_iflow={"I": {"FAILED": 3}}, location=EDGE.id)

    row = only_row(content, MonthCounts((window, edge)))

    assert (row.messages, row.messages_failed, row.usage) == (5, 3, Usage.USED)


def test_a_level_that_hides_messages_at_one_location_is_shown() -> None:
    content = at_edge(inventory(DesigntimeIflow("I", "P"), deployed=[STARTED]), STARTED)
    (window,) = month_counts({"I": {"COMPLETED": 2}}).windows
    log = MessageLog("G", "I", "COMPLETED", OCTOBER.start, "INFO")
    cloud = replace(window, last_messages={"I": LastMessage(Reading(log))})
    failed = replace(log, status="FAILED", level="ERROR")
    edge = replace(
        window,
        location=EDGE.id,
        by_iflow={"I": {"FAILED": 1}},
        last_messages={"I": LastMessage(Reading(failed))},
    )
    silent_edge = replace(window, location=EDGE.id, by_iflow={})

    newest = only_row(content, MonthCounts((edge, cloud)))
    remembered = only_row(content, MonthCounts((silent_edge, cloud)), {"I": "ERROR"})
    logged_since = only_row(
        replace(content, runtimes=content.runtimes[:1]), MonthCounts((cloud,)), {"I": "ERROR"}
    )

    assert (newest.log_level, remembered.log_level) == ("ERROR", "ERROR")
    assert logged_since.log_level == "INFO"


def test_coverage_of_a_location_matters_only_to_its_iflows() -> None:
    other = replace(STARTED, id="J")
    content = at_edge(
        inventory(DesigntimeIflow("I", "P"), DesigntimeIflow("J", "P"), deployed=[STARTED, other]),
        other,
    )

    first, second = to_rows(content, month_counts({}, {}), uncovered=EDGE)

    assert first.usage is Usage.UNUSED
    assert second.usage is Usage.UNKNOWN
    assert second.usage_reason == "only 21 % of the month is covered at location edge"


def test_nothing_is_concluded_from_a_location_that_could_not_be_read() -> None:
    content = without_edge(
        inventory(DesigntimeIflow("I", "P"), DesigntimeIflow("J", "P"), deployed=[STARTED])
    )

    deployed, unknown = to_rows(content, month_counts({}, {}))

    assert (deployed.deployed, deployed.endpoints) == (True, ())
    assert (unknown.deployed, unknown.endpoints) == (None, None)
    for row in (deployed, unknown):
        assert row.usage is Usage.UNKNOWN
        assert row.usage_reason == "location edge could not be read"
    (part,) = content.unreadable
    assert (part.part, part.location) == ("location edge", "edge")


def test_endpoints_of_a_location_are_unknown_only_where_it_runs_the_iflow() -> None:
    content = at_edge(
        inventory(DesigntimeIflow("I", "P"), DesigntimeIflow("J", "P"), deployed=[STARTED]),
        replace(STARTED, id="J"),
        endpoints=Reading(reason="HTTP 403"),
    )

    first, second = to_rows(content)

    assert (first.endpoints, second.endpoints) == ((), None)
    assert [part.part for part in content.unreadable] == ["endpoints of location edge"]


def test_locations_are_summarized() -> None:
    content = at_edge(inventory(), STARTED)
    counts = month_counts({}, {"COMPLETED": 2, "DISCARDED": 1})

    cloud, edge = summarize_locations(content, counts, {CLOUD: WHOLE, EDGE: WHOLE})

    assert (cloud.id, cloud.iflows_deployed, cloud.messages) == (CLOUD.id, 0, 2)
    assert (edge.id, edge.iflows_deployed, edge.messages) == ("edge", 1, None)
    assert edge.status is TenantStatus.COMPLETE
