"""What the result of a tenant says about what is not in it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from iflow_census.scan.results import (
    Coverage,
    LocationResult,
    TenantResult,
    TenantStatus,
    Unreadable,
)
from tests.unit.report.examples import DESIGNED, FAILED, SCANNED, tenant

COMPLETE, HALF = Coverage(complete=True, percent=100), Coverage(complete=False, percent=50)
SALES = Unreadable("package Sales", "HTTP 500", package_id="Sales")
EDGE = Unreadable("location edge-1", "HTTP 500", location="edge-1")
ORDERS = Unreadable("iFlow Orders", "HTTP 500", iflow_id="Orders")


def with_gaps(*unreadable: Unreadable) -> TenantResult:
    return replace(tenant("prod", [DESIGNED]), unreadable=unreadable)


def with_coverage(cloud: Coverage, edge: Coverage) -> TenantResult:
    location = LocationResult("edge-1", TenantStatus.COMPLETE, None, 0, 0, edge)
    return replace(tenant("prod", [DESIGNED]), coverage=cloud, locations=[location])


def test_unread_packages_and_locations_have_their_ids() -> None:
    result = with_gaps(SALES, EDGE, ORDERS, Unreadable("models", "read 1 of 2"))

    assert result.unread_packages == {"Sales"}
    assert result.unread_locations == {"edge-1"}


@pytest.mark.parametrize(
    ("unreadable", "package_id", "iflow_id", "expected"),
    [
        ([], "Sales", "Orders", False),
        ([], None, "Orders", False),
        ([SALES], "Sales", "Orders", True),
        ([SALES], "Finance", "Orders", False),
        ([SALES], None, "Orders", False),
        ([EDGE], "Sales", "Orders", False),
        ([EDGE], None, "Orders", True),
        ([ORDERS], "Sales", "Orders", True),
        ([ORDERS], "Sales", "Invoices", False),
        ([ORDERS], "Sales", None, False),
    ],
)
def test_iflow_may_exist_where_something_was_not_read(
    unreadable: list[Unreadable], package_id: str | None, iflow_id: str | None, expected: bool
) -> None:
    assert with_gaps(*unreadable).may_have(package_id, iflow_id) is expected


@pytest.mark.parametrize(
    ("cloud", "edge", "complete", "percent"),
    [
        (COMPLETE, COMPLETE, True, 100),
        (COMPLETE, HALF, False, 50),
        (HALF, COMPLETE, False, 50),
    ],
)
def test_counts_are_as_complete_as_at_the_worst_location(
    cloud: Coverage, edge: Coverage, complete: bool, percent: int
) -> None:
    result = with_coverage(cloud, edge)

    assert (result.is_counted_completely, result.percent_covered) == (complete, percent)


@pytest.mark.parametrize(
    ("coverage", "unreadable", "expected"),
    [(COMPLETE, [], True), (COMPLETE, [SALES], True), (COMPLETE, [EDGE], False), (HALF, [], False)],
)
def test_unused_iflows_are_found_if_all_is_counted_and_known(
    coverage: Coverage, unreadable: list[Unreadable], expected: bool
) -> None:
    result = replace(with_gaps(*unreadable), coverage=coverage)

    assert result.can_find_unused is expected


def test_rows_of_a_later_scan_are_newer() -> None:
    earlier = tenant("prod", [DESIGNED])
    later = replace(earlier, scanned_at=SCANNED + timedelta(seconds=1))

    assert later.is_newer_than(earlier)
    assert not earlier.is_newer_than(later)
    assert not earlier.is_newer_than(earlier)


def test_tenant_without_rows_is_neither_newer_nor_older() -> None:
    scanned = tenant("prod", [DESIGNED])

    assert (scanned.scanned, FAILED.scanned) == (True, False)
    assert not scanned.is_newer_than(FAILED)
    assert not FAILED.is_newer_than(scanned)
