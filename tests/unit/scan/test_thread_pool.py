"""A thread pool whose threads do not keep the process alive."""

import subprocess
import sys
import threading
import time
from concurrent.futures import wait

import pytest

from iflow_census.scan.thread_pool import DaemonThreadPool, map_ahead
from tests.processes import ROOT


def test_calls_return_their_results_and_errors() -> None:
    pool = DaemonThreadPool(2, "test")

    results = [pool.submit(divmod, 7, divisor) for divisor in (1, 2, 0)]
    pool.shutdown()

    assert [results[0].result(), results[1].result()] == [(7, 0), (3, 1)]
    assert isinstance(results[2].exception(), ZeroDivisionError)


def test_calls_run_in_as_many_threads_as_allowed() -> None:
    pool = DaemonThreadPool(3, "test")
    barrier = threading.Barrier(4)
    running: list[str] = []

    def meet() -> None:
        running.append(threading.current_thread().name)
        barrier.wait(10)

    calls = [pool.submit(meet) for _ in range(3)]
    more = pool.submit(running.append, "later")
    barrier.wait(10)
    wait([*calls, more], timeout=10)
    pool.shutdown()

    assert sorted(running[:3]) == ["test_0", "test_1", "test_2"]
    assert running[3:] == ["later"]


def test_idle_thread_is_used_again() -> None:
    pool = DaemonThreadPool(5, "test")
    before = threading.active_count()

    for _ in range(20):
        pool.submit(int).result()
        time.sleep(0.001)
    threads = threading.active_count() - before
    pool.shutdown()

    assert threads < 5


def test_calls_of_low_priority_run_when_no_other_waits() -> None:
    pool = DaemonThreadPool(1, "test")
    released = threading.Event()
    order: list[str] = []

    pool.submit(released.wait, 10)
    for number in range(2):
        pool.submit_low(order.append, f"low {number}")
        pool.submit(order.append, f"normal {number}")
    released.set()
    pool.shutdown()

    assert order == ["normal 0", "normal 1", "low 0", "low 1"]


def test_call_after_the_shutdown_is_canceled() -> None:
    pool = DaemonThreadPool(1, "test")
    pool.shutdown()

    assert pool.submit(int).cancelled()


def test_waiting_calls_can_be_dropped() -> None:
    pool = DaemonThreadPool(1, "test")
    started, released = threading.Event(), threading.Event()

    def block() -> None:
        started.set()
        released.wait(10)

    blocking, waiting = pool.submit(block), pool.submit(int)
    assert started.wait(10)
    pool.shutdown(wait=False, cancel_futures=True)
    dropped = wait([waiting], timeout=0).done
    released.set()

    assert dropped == {waiting}
    assert waiting.cancelled()
    assert blocking.result(10) is None


def test_interrupt_in_a_call_reaches_its_caller() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    pool = DaemonThreadPool(1, "test")
    call = pool.submit(interrupt)
    pool.shutdown()

    with pytest.raises(KeyboardInterrupt):
        call.result()


def test_calls_run_in_daemon_threads() -> None:
    pool = DaemonThreadPool(1, "test")
    thread = pool.submit(threading.current_thread).result()
    pool.shutdown()

    assert thread.daemon


@pytest.mark.slow
def test_process_ends_although_a_call_hangs() -> None:
    code = (
        "import threading\n"
        "from iflow_census.scan.thread_pool import DaemonThreadPool\n"
        "started = threading.Event()\n"
        "def hang():\n"
        "    started.set()\n"
        "    threading.Event().wait()\n"
        "pool = DaemonThreadPool(1, 'test')\n"
        "pool.submit(hang)\n"
        "started.wait()\n"
        "pool.shutdown(wait=False)\n"
    )

    ran = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False, capture_output=True
    )

    assert (ran.returncode, ran.stderr) == (0, b"")


def test_results_of_calls_ahead_are_in_order() -> None:
    barrier = threading.Barrier(2)

    def call(number: int) -> int:
        barrier.wait(10)  # two calls at a time, or none
        return number

    results = list(map_ahead(call, range(6), ahead=2))

    assert results == list(range(6))


def test_few_items_are_taken_ahead() -> None:
    items = iter(range(1, 10))

    results = map_ahead(abs, items, ahead=2)

    assert [next(results), next(results)] == [1, 2]
    assert next(items) == 5


def test_error_of_a_call_ahead_is_raised_in_its_place() -> None:
    results = map_ahead(lambda divisor: 6 // divisor, [2, 0, 3], ahead=2)

    assert next(results) == 3
    with pytest.raises(ZeroDivisionError):
        next(results)
