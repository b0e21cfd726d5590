"""Design time, runtime, endpoints and messages of a tenant, merged into rows."""

from collections.abc import Mapping, Set
from dataclasses import replace
from datetime import timedelta

import pytest

from iflow_census.errors import DataError
from iflow_census.scan.counting import StatusCounts
from iflow_census.scan.design_time import DesignTime
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.inventory import sum_totals
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import TenantTotals, Unreadable
from iflow_census.scan.tenant_api import (
    DesigntimeIflow,
    Package,
    ServiceEndpoint,
)
from iflow_census.scan.usage import Usage
from tests.unit.scan.fake_tenant import OCTOBER
from tests.unit.scan.inventories import (
    CLOUD,
    EDGE,
    NO_COUNTS,
    at_edge,
    inventory,
    month_counts,
    only_row,
    runtime,
    to_rows,
    without_edge,
)


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


def test_iflow_with_nothing_but_discarded_logs_is_unknown() -> None:
    deployed = [runtime("I", status="STARTED", deployed_at=OCTOBER.start)]
    counts = month_counts({"I": {"DISCARDED": 3}}, {"DISCARDED": 3})

    row = only_row(inventory(DesigntimeIflow("I", "P"), deployed=deployed), counts)

    assert (row.usage, row.usage_reason) == (
        Usage.UNKNOWN,
        "only 3 discarded messages in the period",
    )


@pytest.mark.parametrize(
    ("before", "usage"),
    [
        ({(CLOUD.id, "I")}, Usage.UNUSED),
        ({(CLOUD.id, "J")}, Usage.UNKNOWN),
        ({(EDGE.id, "I")}, Usage.UNKNOWN),
    ],
)
def test_redeployed_iflow_is_unused_if_it_ran_there_before(
    before: Set[tuple[str, str]], usage: Usage
) -> None:
    deployed = [runtime("I", status="STARTED", deployed_at=OCTOBER.start + timedelta(days=9))]
    content = inventory(DesigntimeIflow("I", "P"), deployed=deployed)

    (row,) = to_rows(content, month_counts({}, {}), deployed_before=before)

    assert row.usage is usage


def test_iflow_that_could_not_be_read_is_unknown() -> None:
    deployed = [
        runtime(name, status="STARTED", deployed_at=OCTOBER.start) for name in ("I", "J", "K")
    ]
    content = inventory(DesigntimeIflow("I", "P"), DesigntimeIflow("J", "Q"), deployed=deployed)
    design_time = replace(
        content.design_time, unread_packages={"P": "HTTP 403"}, unread_iflows={"K": "HTTP 503"}
    )

    rows = to_rows(replace(content, design_time=design_time), month_counts({}, {}))

    assert {row.iflow_id: (row.usage, row.usage_reason, row.orphan) for row in rows} == {
        "I": (Usage.UNKNOWN, "its package could not be read", False),
        "J": (Usage.UNUSED, "no message in the period, and deployed for all of it", False),
        "K": (Usage.UNKNOWN, "it is not known whether the iFlow is in a package", False),
    }


def test_everything_that_could_not_be_read_is_named() -> None:
    content = at_edge(
        inventory(errors={"I": Reading(reason="HTTP 500")}, endpoints=Reading(reason="HTTP 501")),
        errors={"I": Reading(reason="HTTP 502"), "J": Reading("no queue")},
        endpoints=Reading([]),
    )
    design_time = DesignTime([], {}, {"Q": "HTTP 403", "P": "HTTP 404"}, {"B": "HTTP 503"})

    assert replace(without_edge(content), design_time=design_time).unreadable == [
        Unreadable("package P", "HTTP 404", "P"),
        Unreadable("package Q", "HTTP 403", "Q"),
        Unreadable("iFlow B", "HTTP 503", iflow_id="B"),
        Unreadable("endpoints", "HTTP 501"),
        Unreadable("error texts", "1 of the error texts could not be read: HTTP 500"),
        Unreadable(
            "error texts of location edge", "1 of the error texts could not be read: HTTP 502"
        ),
        Unreadable("location edge", "HTTP 503", location="edge"),
    ]


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

    *designed, orphan = to_rows(content, counts)
    at_level_error = [replace(row, log_level="ERROR") for row in designed]

    assert sum_totals(content, [*at_level_error, orphan], counts) == TenantTotals(
        packages=2,
        iflows=4,
        deployed=3,
        edited=1,
        unused=2,
        orphans=1,
        messages=9,
        messages_failed=3,
        messages_unattributed=4,
        messages_discarded=0,
        at_level_error=2,
    )


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
