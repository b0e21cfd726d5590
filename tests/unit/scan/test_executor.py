"""Calls of a scan run in parallel and stop together."""

import threading
import time
from concurrent.futures import Future

import pytest

from iflow_census.errors import DataError, DeadlineExceeded, TransientError
from iflow_census.scan.executor import PAGE_WORKERS, ScanExecutor


def fail(error: Exception) -> None:
    raise error


def test_every_pool_returns_results() -> None:
    with ScanExecutor(lambda: None) as executor:
        packages = executor.submit_design_time("packages", lambda: [1])
        pages = executor.submit_pages("messages", min, 2, 3)
        counts = executor.submit("messages", max, 2, 3)

    assert (packages.result(), pages.result(), counts.result()) == ([1], 2, 3)


def test_error_keeps_its_type_and_names_its_stage() -> None:
    with pytest.raises(TransientError) as caught, ScanExecutor(lambda: None) as executor:
        executor.submit("endpoints", fail, TransientError("no response")).result()

    assert str(caught.value) == "endpoints: no response"
    assert type(caught.value) is TransientError


@pytest.mark.parametrize(
    ("error", "message"),
    [(DataError("wrong"), "messages: wrong"), (KeyError("wrong"), "^'wrong'$")],
    ids=["expected", "unexpected"],
)
def test_first_failure_is_raised(error: Exception, message: str) -> None:
    canceled = threading.Event()

    def wait_for_cancel() -> None:
        assert canceled.wait(10)
        raise DeadlineExceeded("canceled")

    def scan() -> None:
        with ScanExecutor(canceled.set) as executor:
            waiting = executor.submit("packages", wait_for_cancel)
            executor.submit("messages", fail, error)
            waiting.result()

    with pytest.raises(type(error), match=message):
        scan()


def test_error_between_calls_is_raised_and_not_what_it_cancels() -> None:
    canceled = threading.Event()

    def wait_for_cancel() -> None:
        assert canceled.wait(10)
        raise DeadlineExceeded("canceled")

    def scan() -> None:
        with ScanExecutor(canceled.set) as executor:
            executor.submit("messages", wait_for_cancel)
            raise DataError("contradiction")

    with pytest.raises(DataError, match="contradiction"):
        scan()


def test_failure_cancels_running_calls_before_its_result_is_read() -> None:
    canceled = threading.Event()

    with ScanExecutor(canceled.set) as executor:
        failed = executor.submit("endpoints", fail, DataError("wrong"))
        assert canceled.wait(10)

    assert isinstance(failed.exception(), DataError)


def test_error_between_calls_cancels_running_ones() -> None:
    canceled = threading.Event()

    def scan() -> None:
        with ScanExecutor(canceled.set) as executor:
            executor.submit("messages", canceled.wait, 10)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan()

    assert canceled.is_set()


def test_nothing_is_canceled_without_a_failure() -> None:
    canceled = threading.Event()

    with ScanExecutor(canceled.set) as executor:
        executor.submit("messages", max, 2, 3)

    assert not canceled.is_set()


def test_waiting_calls_are_dropped_after_a_failure() -> None:
    waiting: list[Future[None]] = []

    def block_until_dropped() -> None:
        while not (waiting and waiting[-1].done()):
            time.sleep(0.001)

    def scan() -> None:
        with ScanExecutor(lambda: None) as executor:
            for _ in range(PAGE_WORKERS):
                executor.submit_pages("messages", block_until_dropped)
            waiting.append(executor.submit_pages("messages", lambda: None))
            raise DataError("wrong")

    with pytest.raises(DataError, match="wrong"):
        scan()

    assert waiting[0].cancelled()


def test_unexpected_error_is_raised_unchanged() -> None:
    with pytest.raises(ZeroDivisionError), ScanExecutor(lambda: None) as executor:
        executor.submit("messages", lambda: 1 // 0).result()


def test_no_thread_is_left_running() -> None:
    before = threading.active_count()

    with ScanExecutor(lambda: None) as executor:
        for _ in range(20):
            executor.submit("messages", threading.get_ident)
            executor.submit_design_time("packages", threading.get_ident)

    assert threading.active_count() == before
