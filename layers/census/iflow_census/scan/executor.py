"""Work of one scan that runs side by side, and stops as one."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from iflow_census.errors import CensusError

P = ParamSpec("P")
T = TypeVar("T")

WORKERS = 40
"""Threads of a scan: enough for 100 requests a second that take 400 ms each."""

DESIGN_TIME_WORKERS = 8
"""Threads that read packages: enough for 10 requests a second that take 800 ms each."""


PAGE_WORKERS = 4
"""Threads that read logs themselves, and count those of all iFlows for a day: few at once, since
each of these asks more of the tenant than the count of an iFlow."""


class ScanExecutor:
    """Pools of their own for lists, counts and logs, so that none keeps another waiting.

    The first failure ends all: what has not begun is dropped, what is under way is told to stop.

    Args:
        cancel: makes questions that are under way fail soon.
    """

    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel = cancel
        self._lists = ThreadPoolExecutor(DESIGN_TIME_WORKERS, thread_name_prefix="design-time")
        self._pages = ThreadPoolExecutor(PAGE_WORKERS, thread_name_prefix="pages")
        self._counts = ThreadPoolExecutor(WORKERS, thread_name_prefix="tenant")
        self._lock = threading.Lock()
        self._failure: BaseException | None = None

    def __enter__(self) -> "ScanExecutor":
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if error is not None:
            self._cancel()
        for pool in (self._lists, self._pages, self._counts):
            pool.shutdown(cancel_futures=error is not None)
        if (
            isinstance(error, Exception)
            and self._failure is not None
            and error is not self._failure
        ):
            # Others failed because they were told to stop; the first failure is the reason.
            raise self._failure

    def submit_design_time(
        self, stage: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Do a piece of work that reads the design workspace; `stage` is named in its error."""
        return self._lists.submit(self._staged(stage, call), *args, **kwargs)

    def submit_pages(
        self, stage: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Do a piece of work on logs of all iFlows; `stage` is named in its error."""
        return self._pages.submit(self._staged(stage, call), *args, **kwargs)

    def submit(
        self, stage: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Do any other piece of work; `stage` is named in its error."""
        return self._counts.submit(self._staged(stage, call), *args, **kwargs)

    def _staged(self, stage: str, call: Callable[P, T]) -> Callable[P, T]:
        def staged(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return call(*args, **kwargs)
            except CensusError as error:
                named = type(error)(f"{stage}: {error}")
                self._fail(named)
                raise named from error
            except BaseException as error:
                self._fail(error)
                raise

        return staged

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            if self._failure is None:
                self._failure = error
                self._cancel()
