"""A thread pool that does not keep the process alive, and calls ahead of their use."""

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from queue import Empty, PriorityQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")

_NORMAL, _LOW, _END = range(3)
"""Priorities; the end of a thread comes after all calls."""


class DaemonThreadPool:
    """As `ThreadPoolExecutor`, but with daemon threads.

    Python waits for the threads of `ThreadPoolExecutor` before it exits, even for one that hangs
    in a system call that cannot be interrupted.
    """

    def __init__(self, max_workers: int, name: str) -> None:
        self._max_workers = max_workers
        self._name = name
        self._calls: PriorityQueue[tuple[int, int, Future[Any], Callable[[], Any]]] = (
            PriorityQueue()
        )
        self._numbers = itertools.count()
        self._threads: list[threading.Thread] = []
        self._idle = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call a function in a thread; after `shutdown` it is canceled."""
        return self._submit(_NORMAL, partial(call, *args, **kwargs))

    def submit_low(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call a function in a thread once no call of `submit` waits for one."""
        return self._submit(_LOW, partial(call, *args, **kwargs))

    def _submit(self, priority: int, call: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                future.cancel()
                return future
            self._calls.put((priority, next(self._numbers), future, call))
            if not self._idle.acquire(blocking=False) and len(self._threads) < self._max_workers:
                thread = threading.Thread(
                    target=self._work, name=f"{self._name}_{len(self._threads)}", daemon=True
                )
                self._threads.append(thread)
                thread.start()
        return future

    def shutdown(self, *, wait: bool = True, cancel_futures: bool = False) -> None:
        """End the threads; calls that are submitted afterwards are canceled.

        With `wait`, it returns after the last call has ended; with `cancel_futures`, calls that
        have not started are dropped.
        """
        with self._lock:
            self._closed = True
        if cancel_futures:
            self._drop_calls()
        for _ in self._threads:
            self._calls.put((_END, next(self._numbers), Future(), lambda: None))
        if wait:
            for thread in self._threads:
                thread.join()

    def _drop_calls(self) -> None:
        while True:
            try:
                _, _, future, _ = self._calls.get_nowait()
            except Empty:
                return
            future.cancel()
            future.set_running_or_notify_cancel()

    def _work(self) -> None:
        while (submitted := self._calls.get())[0] != _END:
            _, _, future, call = submitted
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


def map_ahead(call: Callable[[S], T], items: Iterable[S], *, ahead: int) -> Iterator[T]:
    """Yield the result of a call for each item, in order, while threads call for the next ones.

    The items are taken in the thread of the caller. At most `ahead` of them are beyond the one
    whose result is yielded, so that memory does not grow with their number.
    """
    with ThreadPoolExecutor(ahead, "ahead") as pool:
        waiting: deque[Future[T]] = deque()
        for item in items:
            waiting.append(pool.submit(call, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
