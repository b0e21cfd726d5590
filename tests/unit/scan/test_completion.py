"""When a month must be counted to become complete."""

from datetime import UTC, datetime

from iflow_census.scan.completion import find_completion
from iflow_census.scan.period import Month, Window

OCTOBER = Month(2026, 10)


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


def test_month_stays_incomplete_if_its_first_logs_are_gone() -> None:
    completion = find_completion(OCTOBER, [Window(at(3), at(31))], at(31))

    assert completion is not None
    assert completion.lost


def test_counted_month_needs_nothing() -> None:
    assert find_completion(OCTOBER, [OCTOBER.window], at(31)) is None
