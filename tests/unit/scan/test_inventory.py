"""Design time, runtime, endpoints and messages of a tenant, merged into rows."""

from collections.abc import Mapping

import pytest

from iflow_census.errors import DataError
from iflow_census.scan.counting import StatusCounts
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.inventory import sum_totals
from iflow_census.scan.readings import Reading
from iflow_census.scan.tenant_api import (
    DesigntimeIflow,
    Package,
    ServiceEndpoint,
)
from iflow_census.scan.usage import Usage
from tests.unit.scan.fake_tenant import OCTOBER
from tests.unit.scan.inventories import (
    NO_COUNTS,
    inventory,
    month_counts,
    only_row,
    runtime,
    to_rows,
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
