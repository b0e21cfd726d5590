"""Do the work on a tenant while holding its lease."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from iflow_census.census.run_context import RunContext
from iflow_census.store.lease import LeaseLost

T = TypeVar("T")

_log = logging.getLogger(__name__)


def with_lease(run: RunContext, tenant: str, work: Callable[[RunContext], T]) -> T:
    """Call `work` while no other run works on the tenant, and wait for one that does.

    If this process is stopped for so long that another one takes the lease, it waits for that one
    and calls `work` again. `work` receives the context in which every write is protected by the
    lease.

    Raises:
        DeadlineExceeded: another run still works on the tenant.
    """
    lease = run.tenant_lease(tenant)

    def log_waiting() -> None:
        _log.warning("%s: another run is scanning this tenant; waiting", tenant)

    while True:
        lease.acquire(run.deadline, log_waiting)
        try:
            return work(replace(run, lease=lease))
        except LeaseLost as error:
            _log.warning("%s: %s", tenant, error)
        finally:
            lease.release()
