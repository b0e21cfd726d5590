"""A tenant's totals add up, and no zero is believed that other requests contradict."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from iflow_census.errors import DataError
from iflow_census.scan.counting import UNLISTED, LogTotals, count_confirmed, count_totals
from iflow_census.scan.period import Window
from iflow_census.scan.tenant_api import LogQuery
from tests.unit.scan.fake_tenant import OCTOBER, FakeTenant, Log, log_lists

MIDDLE = datetime(2026, 10, 16, tzinfo=UTC)


@given(log_lists(max_size=20))
def test_totals_add_up_and_contain_only_statuses_with_logs(logs: list[Log]) -> None:
    in_october = [log for log in logs if OCTOBER.start <= log.start < OCTOBER.end]

    totals = count_totals(FakeTenant(logs), OCTOBER.window)

    assert totals.total == sum(totals.by_status.values()) == len(in_october)
    assert all(totals.by_status.values())
    assert totals.by_status.get(UNLISTED, 0) == sum(
        log.status == "NEW_STATUS" for log in in_october
    )


def test_statuses_are_counted_only_until_they_add_up() -> None:
    tenant = FakeTenant([Log(MIDDLE, "A", "COMPLETED")])

    count_totals(tenant, OCTOBER.window)

    assert [query.statuses for query in tenant.queries] == [(), ("COMPLETED",)]


def test_log_whose_status_changed_is_found_by_counting_again() -> None:
    stored = [Log(MIDDLE, "A", "COMPLETED"), Log(MIDDLE, "A", "PROCESSING")]
    tenant = FakeTenant(stored)

    def complete(query: LogQuery, fresh: bool) -> None:
        if query.statuses == ("FAILED",) and not fresh:
            stored[1] = Log(MIDDLE, "A", "COMPLETED")

    tenant.before_count = complete

    totals = count_totals(tenant, OCTOBER.window)

    assert totals.by_status == {"COMPLETED": 2}


def test_log_that_arrived_meanwhile_is_found_by_counting_again() -> None:
    stored = [Log(MIDDLE, "A", "COMPLETED")]
    tenant = FakeTenant(stored)

    def arrive(query: LogQuery, fresh: bool) -> None:
        if query.statuses == ("COMPLETED",) and not fresh:
            stored.append(Log(MIDDLE, "A", "COMPLETED"))

    tenant.before_count = arrive

    totals = count_totals(tenant, OCTOBER.window)

    assert (totals.total, totals.by_status) == (2, {"COMPLETED": 2})


def test_log_counted_in_two_statuses_is_counted_again() -> None:
    stored = [Log(MIDDLE, "A", status) for status in ("FAILED", "CANCELLED", "CANCELLED")]
    tenant = FakeTenant(stored)

    def cancel(query: LogQuery, _fresh: bool) -> None:
        if query.statuses == ("CANCELLED",):
            stored[0] = Log(MIDDLE, "A", "CANCELLED")

    tenant.before_count = cancel

    totals = count_totals(tenant, OCTOBER.window)

    assert (totals.total, totals.by_status) == (3, {"CANCELLED": 3})


def test_more_logs_by_status_than_in_total_is_an_error() -> None:
    stored = [Log(MIDDLE, "A", status) for status in ("FAILED", "CANCELLED", "CANCELLED")]
    tenant = FakeTenant(stored)

    def change_status(query: LogQuery, _fresh: bool) -> None:
        if query.statuses in (("FAILED",), ("CANCELLED",)):
            stored[0] = Log(MIDDLE, "A", query.statuses[0])

    tenant.before_count = change_status

    with pytest.raises(DataError, match="the tenant has 3 logs, but 4 by status"):
        count_totals(tenant, OCTOBER.window)


@pytest.mark.parametrize(
    ("lie", "proof"),
    [
        (lambda query: not query.statuses, "1 by status"),
        (lambda query: query.window == OCTOBER.window, "1 on 2026-10-16"),
    ],
    ids=["no status", "no day"],
)
def test_total_of_zero_is_held_against_statuses_and_days(
    lie: Callable[[LogQuery], bool], proof: str
) -> None:
    class Lying(FakeTenant):
        def _matching(self, query: LogQuery) -> Sequence[Log]:
            return [] if lie(query) else super()._matching(query)

    with pytest.raises(DataError, match=f"has 0 logs in total, but {proof}; run again"):
        count_totals(Lying([Log(MIDDLE, "A", "COMPLETED")]), OCTOBER.window)


@pytest.mark.parametrize(("days", "requests"), [(1, 3), (2, 5), (31, 34)])
def test_tenant_without_logs_is_proven_to_have_none(days: int, requests: int) -> None:
    tenant = FakeTenant([])
    window = Window(OCTOBER.start, OCTOBER.start + timedelta(days=days))

    assert count_totals(tenant, window) == LogTotals(window, 0, {})
    # The total, one log of the list, all statuses, and each day that is not the whole window.
    assert len(tenant.queries) == requests


class WrongZeros(FakeTenant):
    """Counts 0 where it has logs: once, or also when it is requested again."""

    def __init__(self, wrong: LogQuery, *, once: bool = False) -> None:
        super().__init__([Log(MIDDLE, "A", "COMPLETED"), Log(MIDDLE, "A", "FAILED")])
        self.wrong = wrong
        self.once = once

    def count_logs(self, query: LogQuery, *, fresh: bool = False) -> int:
        if query == self.wrong and not (fresh and self.once):
            return 0
        return super().count_logs(query, fresh=fresh)


def test_zero_is_counted_again_if_there_are_logs() -> None:
    query = LogQuery(OCTOBER.window, "A")

    assert count_confirmed(WrongZeros(query, once=True), query) == 2


@pytest.mark.parametrize(("iflow_id", "owner"), [("A", " of iFlow 'A'"), (None, "")])
def test_zero_that_stays_although_there_are_logs_is_an_error(
    iflow_id: str | None, owner: str
) -> None:
    query = LogQuery(OCTOBER.window, iflow_id)

    with pytest.raises(DataError) as caught:
        count_confirmed(WrongZeros(query), query)

    assert str(caught.value) == f"/$count has 0 logs{owner}, but the list has some; run again"


def test_status_without_logs_is_confirmed_before_logs_are_called_unlisted() -> None:
    tenant = WrongZeros(LogQuery(OCTOBER.window, statuses=("FAILED",)))

    with pytest.raises(DataError, match="the list has some"):
        count_totals(tenant, OCTOBER.window)
