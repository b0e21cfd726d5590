"""When a month must be counted to become complete."""

from datetime import UTC, datetime, timedelta

import pytest

from iflow_census.scan.completion import find_completion
from iflow_census.scan.period import Month, Window

OCTOBER = Month(2026, 10)
SECOND = timedelta(seconds=1)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, tzinfo=UTC)


def counted_until(moment: datetime) -> list[Window]:
    return [Window(OCTOBER.start, moment)]


def test_month_that_is_counted_to_its_middle_needs_one_more_run() -> None:
    completion = find_completion(OCTOBER, counted_until(at(16)), at(16, 1))

    assert completion is not None
    assert (completion.lost, completion.one_run_is_enough) == (False, True)
    assert completion.count_before == datetime(2026, 11, 14, 23, tzinfo=UTC)


def test_month_of_31_days_that_is_not_counted_needs_two_runs() -> None:
    completion = find_completion(OCTOBER, [], at(5))

    assert completion is not None
    assert (completion.lost, completion.one_run_is_enough) == (False, False)
    assert completion.count_before == at(30, 23)


@pytest.mark.parametrize(("counted", "is_enough"), [(at(3, 1), True), (at(3, 1) - SECOND, False)])
def test_one_run_is_enough_if_sap_has_the_logs_for_another_day(
    counted: datetime, is_enough: bool
) -> None:
    completion = find_completion(OCTOBER, counted_until(counted), at(5))

    assert completion is not None
    assert completion.one_run_is_enough is is_enough


@pytest.mark.parametrize(("now", "lost"), [(at(30, 23) - SECOND, False), (at(30, 23), True)])
def test_logs_are_lost_from_the_moment_sap_may_delete_them(now: datetime, lost: bool) -> None:
    completion = find_completion(OCTOBER, [], now)

    assert completion is not None
    assert completion.lost is lost


def test_month_stays_incomplete_if_its_first_logs_are_gone() -> None:
    completion = find_completion(OCTOBER, [Window(at(3), at(31))], at(31))

    assert completion is not None
    assert completion.lost


def test_counted_month_needs_nothing() -> None:
    assert find_completion(OCTOBER, [OCTOBER.window], at(31)) is None
