"""What earlier months say about the inventory of a tenant."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from iflow_census.leanix.past import RemovedIflow, read_past
from iflow_census.scan.period import Month, RollingWindow
from iflow_census.scan.results import IflowRow, TenantResult, TenantStatus, Unreadable
from iflow_census.scan.snapshot import take_snapshot
from iflow_census.scan.usage import Usage
from iflow_census.store.history import HistoryFile
from iflow_census.store.protocol import Store
from tests.memory_store import MemoryStore
from tests.unit.leanix.rows import OCTOBER, iflow, tenant_result

NOW = tenant_result([iflow("Now")])


@pytest.fixture
def store() -> Store:
    return MemoryStore()


def save(store: Store, month: int, *rows: IflowRow, **changes: Any) -> None:
    result: TenantResult = replace(
        tenant_result(rows or [iflow("Now")]),
        scanned_at=datetime(2026, month + 1, 1, tzinfo=UTC),
        **changes,
    )
    HistoryFile(store, Month(2026, month), "prod").save(take_snapshot(result))


def removed(store: Store, tenant: TenantResult = NOW) -> list[RemovedIflow]:
    return list(read_past(store, OCTOBER, tenant).removed)


def test_unused_months_are_counted_back_without_a_gap(store: Store) -> None:
    unused: dict[str, Any] = {"usage": Usage.UNUSED, "messages": 0}
    save(store, 9, iflow("A", **unused), iflow("B", **unused), iflow("C"))
    save(store, 8, iflow("A", **unused), iflow("B"))
    save(store, 7, iflow("A", **unused), iflow("B", **unused))
    save(store, 5, iflow("A", **unused))
    tenant = tenant_result([*(iflow(name, **unused) for name in "ABC"), iflow("D")])

    assert read_past(store, OCTOBER, tenant).unused_months == {"A": 4, "B": 2, "C": 1}


def test_iflow_is_removed_after_two_scans_without_it(store: Store) -> None:
    save(store, 9)
    save(store, 8)
    save(store, 7, iflow("Now"), iflow("Gone"))
    save(store, 6, iflow("Gone"), iflow("Long gone"))

    assert removed(store) == [
        RemovedIflow("Gone", "2026-09-01"),
        RemovedIflow("Long gone", "2026-08-01"),
    ]


def test_one_scan_without_an_iflow_is_not_enough(store: Store) -> None:
    save(store, 9, iflow("Now"), iflow("Gone"))
    save(store, 8, iflow("Gone"))

    assert removed(store) == []


@pytest.mark.parametrize("status", [TenantStatus.PARTIAL, TenantStatus.FAILED])
def test_scan_that_was_not_complete_does_not_count(store: Store, status: TenantStatus) -> None:
    save(store, 9, status=status)
    save(store, 8, iflow("Gone"))

    assert removed(store) == []


@pytest.mark.parametrize("this_month", [True, False])
def test_iflow_of_an_unreadable_package_is_not_removed(store: Store, *, this_month: bool) -> None:
    unreadable = [Unreadable("package Sales", "HTTP 403", package_id="Sales")]
    save(store, 9, unreadable=[] if this_month else unreadable)
    save(store, 8, iflow("Gone"), iflow("Really gone", package_id="Other"))
    tenant = replace(NOW, unreadable=unreadable if this_month else [])

    assert [found.iflow_id for found in removed(store, tenant)] == ["Really gone"]


def test_iflow_that_could_not_be_requested_is_not_removed(store: Store) -> None:
    save(store, 9)
    save(store, 8, iflow("Moved"))
    tenant = replace(NOW, unreadable=[Unreadable("iFlow Moved", "HTTP 503", iflow_id="Moved")])

    assert removed(store, tenant) == []


def test_rolling_window_has_no_past(store: Store) -> None:
    save(store, 9)
    save(store, 8, iflow("Gone"))
    window = RollingWindow(OCTOBER.start, OCTOBER.end)

    assert read_past(store, window, NOW).removed == ()
