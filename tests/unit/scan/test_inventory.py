"""Rows: what is designed, deployed, exposed and processed, joined."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from iflow_census.errors import DataError
from iflow_census.scan.counting import StatusCounts
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.inventory import Inventory, build_rows, sum_totals
from iflow_census.scan.month_counts import MonthCounts, WindowCounts
from iflow_census.scan.results import IflowRow, Usage
from iflow_census.scan.tenant_api import DesigntimeIflow, Package, RuntimeArtifact, ServiceEndpoint
from tests.unit.scan.log_tenant import OCTOBER

NOTHING_COUNTED = MonthCounts(())


def month(
    by_iflow: Mapping[str, StatusCounts],
    total: StatusCounts | None = None,
    *,
    exhaustive: bool = True,
) -> MonthCounts:
    found = total if total is not None else {"COMPLETED": 1000}
    return MonthCounts((WindowCounts(OCTOBER.window, found, by_iflow, exhaustive=exhaustive),))


def runtime(artifact_id: str, **more: Any) -> RuntimeArtifact:
    return RuntimeArtifact(artifact_id, "INTEGRATION_FLOW", **more)


def inventory(
    *iflows: DesigntimeIflow,
    deployed: Sequence[RuntimeArtifact] = (),
    errors: Mapping[str, str | None] | None = None,
    endpoints: Sequence[ServiceEndpoint] = (),
    packages: Sequence[Package] | None = None,
) -> Inventory:
    known = packages or [Package(one) for one in dict.fromkeys(one.package_id for one in iflows)]
    return Inventory(
        packages=known,
        iflows={one.id: [iflow for iflow in iflows if iflow.package_id == one.id] for one in known},
        runtime={one.id: one for one in deployed},
        runtime_errors=errors or {},
        endpoints=endpoints,
    )


def to_rows(
    found: Inventory, counts: MonthCounts = NOTHING_COUNTED, *, covered: bool = True
) -> list[IflowRow]:
    return build_rows(
        "dev", found, counts, coverage_complete=covered, tolerance=timedelta(seconds=1)
    )


def only(
    found: Inventory, counts: MonthCounts = NOTHING_COUNTED, *, covered: bool = True
) -> IflowRow:
    (row,) = to_rows(found, counts, covered=covered)
    return row


def test_rows_stand_by_package_and_id_and_orphans_last() -> None:
    found = inventory(
        DesigntimeIflow("b", "Q"),
        DesigntimeIflow("z", "P"),
        DesigntimeIflow("a", "P"),
        deployed=[runtime("y"), runtime("A"), runtime("a")],
    )

    result = to_rows(found)

    assert [(row.package_id, row.iflow_id) for row in result] == [
        ("P", "a"),
        ("P", "z"),
        ("Q", "b"),
        (None, "A"),
        (None, "y"),
    ]
    assert [row.orphan for row in result] == [False, False, False, True, True]


def test_a_row_has_what_its_package_says() -> None:
    package = Package("P", "Name", "SAP", "1.2", "READ_ONLY")

    row = only(inventory(DesigntimeIflow("I", "P", "Flow", "1.0"), packages=[package]))

    assert (row.tenant, row.package_name, row.package_vendor) == ("dev", "Name", "SAP")
    assert (row.package_version, row.package_mode) == ("1.2", "READ_ONLY")
    assert (row.iflow_name, row.iflow_version) == ("Flow", "1.0")
    assert row.edit_status is EditStatus.NOT_EDITED


def test_an_orphan_has_what_is_deployed_and_nothing_of_a_design() -> None:
    row = only(inventory(deployed=[runtime("I", name="Flow", version="1.0", status="STARTED")]))

    assert (row.iflow_name, row.runtime_version, row.runtime_status) == ("Flow", "1.0", "STARTED")
    assert (row.deployed, row.orphan) == (True, True)
    assert (row.edit_status, row.edit_reason) == (EditStatus.UNKNOWN, "no design-time artifact")
    unknown = (row.package_id, row.iflow_version, row.draft, row.version_drift, row.created_at)
    assert unknown == (None,) * 5


def test_an_iflow_that_is_not_deployed_has_nothing_of_a_deployment() -> None:
    row = only(inventory(DesigntimeIflow("I", "P", version="1.0")))

    assert (row.deployed, row.orphan) == (False, False)
    assert (row.runtime_status, row.runtime_version, row.version_drift) == (None, None, None)


@pytest.mark.parametrize(
    ("designed", "deployed", "drift"),
    [
        ("1.0.0", "1.0.0", False),
        ("1.0.1", "1.0.0", True),
        ("1.0.0", "1.0.1", True),
        ("Active", "1.0.0", None),
        ("active", "active", None),
        (None, "1.0.0", None),
        ("1.0.0", None, None),
    ],
)
def test_a_version_has_drifted_where_another_one_is_deployed(
    designed: str | None, deployed: str | None, drift: bool | None
) -> None:
    row = only(
        inventory(
            DesigntimeIflow("I", "P", version=designed), deployed=[runtime("I", version=deployed)]
        )
    )

    assert row.version_drift is drift


@pytest.mark.parametrize(("version", "draft"), [("Active", True), ("1.0", False), (None, False)])
def test_a_draft_is_marked(version: str | None, draft: bool) -> None:
    assert only(inventory(DesigntimeIflow("I", "P", version=version))).draft is draft


def test_ids_are_told_apart_by_case() -> None:
    result = to_rows(inventory(DesigntimeIflow("flow", "P"), deployed=[runtime("Flow")]))

    assert [(row.iflow_id, row.deployed, row.orphan) for row in result] == [
        ("flow", False, False),
        ("Flow", True, True),
    ]


def test_endpoints_of_an_iflow_are_sorted_and_each_stands_once() -> None:
    endpoints = [
        ServiceEndpoint("I", ("https://b", "https://a")),
        ServiceEndpoint("I", ("https://a", "https://c")),
        ServiceEndpoint("J", ("https://z",)),
        ServiceEndpoint("I"),
    ]

    row = only(inventory(DesigntimeIflow("I", "P"), endpoints=endpoints))

    assert row.endpoints == ("https://a", "https://b", "https://c")


def test_the_error_of_a_deployment_is_given() -> None:
    found = inventory(
        DesigntimeIflow("I", "P"), deployed=[runtime("I", status="ERROR")], errors={"I": "no queue"}
    )

    assert only(found).runtime_error == "no queue"


def test_messages_are_given_by_what_became_of_them() -> None:
    counts = month({"I": {"COMPLETED": 5, "FAILED": 2, "RETRY": 1, "UNLISTED": 1}})

    row = only(inventory(DesigntimeIflow("I", "P")), counts)

    assert (row.messages, row.messages_completed, row.messages_failed) == (9, 5, 2)
    assert (row.messages_other, row.usage) == (2, Usage.USED)


def test_where_nothing_was_counted_nothing_is_known() -> None:
    row = only(inventory(DesigntimeIflow("I", "P")), NOTHING_COUNTED)

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
def test_only_a_count_that_cannot_be_short_says_unused(
    covered: bool, exhaustive: bool, by_iflow: Mapping[str, StatusCounts], usage: Usage
) -> None:
    counts = month(by_iflow, exhaustive=exhaustive)

    row = only(inventory(DesigntimeIflow("I", "P")), counts, covered=covered)

    assert row.usage is usage


@pytest.mark.parametrize("packages", [("P", "Q"), ("P", "P")])
def test_an_iflow_that_stands_twice_is_an_error(packages: tuple[str, str]) -> None:
    with pytest.raises(DataError, match="iFlow 'I' stands in two packages"):
        Inventory(
            packages=[Package(one) for one in packages],
            iflows={
                "P": [DesigntimeIflow("I", one) for one in packages if one == "P"],
                "Q": [DesigntimeIflow("I", one) for one in packages if one == "Q"],
            },
            runtime={},
            runtime_errors={},
            endpoints=[],
        )


def test_totals_add_up() -> None:
    found = inventory(
        DesigntimeIflow("draft", "P", version="Active"),
        DesigntimeIflow("used", "P"),
        DesigntimeIflow("unused", "Q"),
        deployed=[runtime("used"), runtime("orphan")],
    )
    counts = month({"used": {"COMPLETED": 4, "FAILED": 1}}, {"COMPLETED": 6, "FAILED": 3})

    totals = sum_totals(found, to_rows(found, counts), counts)

    assert (totals.packages, totals.iflows, totals.deployed) == (2, 4, 2)
    assert (totals.edited, totals.unused, totals.orphans) == (1, 3, 1)
    assert (totals.messages, totals.messages_failed, totals.messages_unattributed) == (9, 3, 4)


def test_totals_of_nothing_counted_know_of_no_messages() -> None:
    found = inventory(DesigntimeIflow("I", "P"))

    totals = sum_totals(found, to_rows(found), NOTHING_COUNTED)

    assert (totals.messages, totals.messages_failed, totals.messages_unattributed) == (None,) * 3
    assert totals.unused == 0


def test_totals_of_a_silent_month_are_nought_and_not_unknown() -> None:
    found = inventory(DesigntimeIflow("I", "P"))
    counts = month({}, {})

    totals = sum_totals(found, to_rows(found, counts), counts)

    assert (totals.messages, totals.messages_failed, totals.messages_unattributed) == (0, 0, 0)
    assert totals.unused == 1


def test_rows_with_more_messages_than_the_tenant_are_an_error() -> None:
    found = inventory(DesigntimeIflow("I", "P"), DesigntimeIflow("J", "P"))
    counts = month({"I": {"COMPLETED": 2}, "J": {"COMPLETED": 2}}, {"COMPLETED": 3})

    with pytest.raises(DataError, match="the iFlows have 4, but the tenant has 3"):
        sum_totals(found, to_rows(found, counts), counts)
