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


class Work:
    """Two pools, so that slow lists never keep quick counts waiting; a context manager.

    The first failure ends all: what has not begun is dropped, what is under way is told to stop.

    Args:
        cancel: makes questions that are under way fail soon.
    """

    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel = cancel
        self._lists = ThreadPoolExecutor(DESIGN_TIME_WORKERS, thread_name_prefix="design-time")
        self._counts = ThreadPoolExecutor(WORKERS, thread_name_prefix="tenant")
        self._lock = threading.Lock()
        self._failure: BaseException | None = None

    def __enter__(self) -> "Work":
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if error is not None:
            self._cancel()
        self._lists.shutdown(cancel_futures=error is not None)
        self._counts.shutdown(cancel_futures=error is not None)
        if (
            isinstance(error, Exception)
            and self._failure is not None
            and error is not self._failure
        ):
            # Others failed because they were told to stop; the first failure is the reason.
            raise self._failure

    def design_time(
        self, stage: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Do a piece of work that reads the design workspace; `stage` is named in its error."""
        return self._lists.submit(self._staged(stage, call), *args, **kwargs)

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
