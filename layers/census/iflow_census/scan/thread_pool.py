"""A thread pool that does not keep the process alive."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class DaemonThreadPool:
    """As `ThreadPoolExecutor`, but with daemon threads.

    Python waits for the threads of `ThreadPoolExecutor` before it exits, even for one that hangs
    in a system call that cannot be interrupted.

    Args:
        max_workers: the maximum number of threads, which are started when they are needed.
        name: the beginning of their names.
    """

    def __init__(self, max_workers: int, name: str) -> None:
        self._max_workers = max_workers
        self._name = name
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._idle = threading.Semaphore(0)
        self._lock = threading.Lock()

    def submit(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call a function in a thread."""
        future: Future[T] = Future()
        self._calls.put((future, partial(call, *args, **kwargs)))
        with self._lock:
            if not self._idle.acquire(blocking=False) and len(self._threads) < self._max_workers:
                thread = threading.Thread(
                    target=self._work, name=f"{self._name}_{len(self._threads)}", daemon=True
                )
                self._threads.append(thread)
                thread.start()
        return future

    def shutdown(self, *, wait: bool = True, cancel_futures: bool = False) -> None:
        """End the threads; no call may be submitted afterwards.

        Args:
            wait: return after the last call has ended.
            cancel_futures: drop the calls that have not started.
        """
        if cancel_futures:
            self._drop_calls()
        for _ in self._threads:
            self._calls.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _drop_calls(self) -> None:
        while True:
            try:
                call = self._calls.get_nowait()
            except Empty:
                return
            if call is not None:
                future, _ = call
                future.cancel()
                future.set_running_or_notify_cancel()

    def _work(self) -> None:
        while (submitted := self._calls.get()) is not None:
            future, call = submitted
            if future.set_running_or_notify_cancel():
                try:
                    result = call()
                except BaseException as error:  # noqa: BLE001 - the caller receives it
                    future.set_exception(error)
                else:
                    future.set_result(result)
                    del result
            # An idle thread must not keep results or exceptions in memory.
            del submitted, future, call
            self._idle.release()
