"""The thread pools of a scan; its first failure stops all of them."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

from iflow_census.errors import CensusError
from iflow_census.scan.thread_pool import DaemonThreadPool

P = ParamSpec("P")
T = TypeVar("T")

WORKERS = 40
"""Threads for counts and other requests: enough for 100 requests a second of 400 ms each."""

DESIGN_TIME_WORKERS = 8
"""Threads that read packages: enough for 10 requests a second of 800 ms each."""

PAGE_WORKERS = 4
"""Threads that read logs or count those of all iFlows: few, as each request costs the tenant more
than the count of a single iFlow."""


class ScanExecutor:
    """Separate thread pools for packages, logs and counts, so that none delays another.

    After the first failure, waiting calls are dropped and running ones are canceled.

    Args:
        cancel: makes requests in progress fail soon.
    """

    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel = cancel
        self._design_time = DaemonThreadPool(DESIGN_TIME_WORKERS, "design-time")
        self._pages = DaemonThreadPool(PAGE_WORKERS, "pages")
        self._requests = DaemonThreadPool(WORKERS, "tenant")
        self._lock = threading.Lock()
        self._failure: BaseException | None = None

    def __enter__(self) -> "ScanExecutor":
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if error is not None:
            self._fail(error)
        for pool in (self._design_time, self._pages, self._requests):
            pool.shutdown(cancel_futures=error is not None)
        if (
            isinstance(error, Exception)
            and self._failure is not None
            and error is not self._failure
        ):
            # Later failures are only due to the cancellation; the first one is the cause.
            raise self._failure

    def submit_design_time(
        self, stage: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Submit a call that reads the design workspace; its error starts with `stage`."""
        return self._design_time.submit(self._with_stage(stage, call), *args, **kwargs)

    def submit_pages(
        self, stage: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Submit a call that reads or counts logs of all iFlows; its error starts with `stage`."""
        return self._pages.submit(self._with_stage(stage, call), *args, **kwargs)

    def submit(
        self, stage: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Submit any other call; its error starts with `stage`."""
        return self._requests.submit(self._with_stage(stage, call), *args, **kwargs)

    def submit_extra(
        self, stage: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Submit a call that only runs while no other call of `submit` waits."""
        return self._requests.submit_low(self._with_stage(stage, call), *args, **kwargs)

    def _with_stage(self, stage: str, call: Callable[P, T]) -> Callable[P, T]:
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return call(*args, **kwargs)
            except CensusError as error:
                named = type(error)(f"{stage}: {error}")
                self._fail(named)
                raise named from error
            except BaseException as error:
                self._fail(error)
                raise

        return run

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            if self._failure is None:
                self._failure = error
                self._cancel()
