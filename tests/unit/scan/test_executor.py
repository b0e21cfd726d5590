"""Work of one scan: side by side, and over as one."""

import threading

import pytest

from iflow_census.errors import DataError, DeadlineExceeded, TransientError
from iflow_census.scan.executor import ScanExecutor


def failing(error: Exception) -> None:
    raise error


def test_results_come_from_both_kinds_of_work() -> None:
    with ScanExecutor(lambda: None) as work:
        lists = work.submit_design_time("packages", lambda: [1])
        counts = work.submit("messages", max, 2, 3)

    assert (lists.result(), counts.result()) == ([1], 3)


def test_an_error_keeps_its_kind_and_names_its_stage() -> None:
    with pytest.raises(TransientError) as caught, ScanExecutor(lambda: None) as work:
        work.submit("endpoints", failing, TransientError("no answer")).result()

    assert str(caught.value) == "endpoints: no answer"
    assert type(caught.value) is TransientError


def test_the_first_failure_is_the_one_that_is_told() -> None:
    cancelled = threading.Event()

    def stopped() -> None:
        assert cancelled.wait(10)
        raise DeadlineExceeded("told to stop")

    def scan() -> None:
        with ScanExecutor(cancelled.set) as work:
            waiting = work.submit("packages", stopped)
            work.submit("messages", failing, DataError("wrong"))
            waiting.result()

    with pytest.raises(DataError, match="messages: wrong"):
        scan()


def test_a_failure_stops_what_is_under_way_even_if_nobody_asks_for_it() -> None:
    cancelled = threading.Event()

    with ScanExecutor(cancelled.set) as work:
        failed = work.submit("endpoints", failing, DataError("wrong"))
        assert cancelled.wait(10)

    assert isinstance(failed.exception(), DataError)


def test_what_is_no_fault_of_the_tenant_is_raised_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), ScanExecutor(lambda: None) as work:
        work.submit("messages", lambda: 1 // 0).result()


def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()

    with ScanExecutor(lambda: None) as work:
        for _ in range(20):
            work.submit("messages", threading.get_ident)
            work.submit_design_time("packages", threading.get_ident)

    assert threading.active_count() == before
