"""The work state of a run: finished tenants, journals of unfinished ones, last good results.

It is stored under `work/period=…/`. A retry of the run, or a second delivery of the same event,
continues from it. If two processes finish the same tenant, the first result counts.
"""

from datetime import datetime, timedelta

from pydantic import AwareDatetime

from iflow_census.scan.period import Period, RollingWindow
from iflow_census.scan.results import TenantResult
from iflow_census.store.journal_files import JournalFiles
from iflow_census.store.protocol import Store
from iflow_census.store.result_format import RESULT
from iflow_census.store.state_file import State, StateFile, StateFormat, json_format

FINISHED_FOLDER = "finished/"
"""The folder of finished tenants, below the folder of a run."""


def run_folder(period: object, run_id: str) -> str:
    """The folder of a run's work state; `period` is written as in an event."""
    return f"{_period_folder(period)}run={run_id}/"


def _period_folder(period: object) -> str:
    return f"work/period={period}/"


class WorkState:
    """The work state of one run."""

    def __init__(self, store: Store, period: Period, run_id: str) -> None:
        self._store = store
        self._is_rolling = isinstance(period, RollingWindow)
        self._period = _period_folder(period)
        self._run = run_folder(period, run_id)

    def run_started_at(self, now: datetime) -> datetime:
        """When the run started; the first call sets it to `now`."""
        return StateFile(self._store, f"{self._run}run.json", _START).create(now)

    def counting_started_at(self, tenant: str, now: datetime, max_age: timedelta) -> datetime:
        """When counting of a tenant's messages started; all attempts count windows up to then.

        `now` becomes the start if there is none, or if it is older than `max_age`.
        """

        def change(current: State[datetime]) -> datetime | None:
            is_valid = current.value is not None and now - current.value <= max_age
            return None if is_valid else now

        return self._counting_start(tenant).update(change) or now

    def find_counting_start(self, tenant: str) -> datetime | None:
        """When counting of a tenant started; None if it never did."""
        return self._counting_start(tenant).read().value

    def read_result(self, tenant: str) -> TenantResult | None:
        """The result of a tenant that this run has finished; None before that."""
        return self._result(tenant).read().value

    def save_result(self, result: TenantResult) -> TenantResult:
        """Save the result of a finished tenant; returns another one if that was saved first."""
        saved = self._result(result.name).create(result)
        if saved is result:
            self.keep_last_good(result)
        return saved

    def keep_last_good(self, result: TenantResult) -> None:
        """Keep a complete result for later runs of the period, unless they have a newer one.

        Results of rolling windows are not kept: no later run has the same window.
        """
        if self._is_rolling or result.carried_over:
            return

        def change(current: State[TenantResult]) -> TenantResult | None:
            stored = current.value
            return None if stored and (stored == result or stored.is_newer_than(result)) else result

        self._last_good(result.name).update(change)

    def read_failure(self, tenant: str) -> TenantResult | None:
        """The failed result of the tenant's latest scan, for the step that publishes."""
        return self._failure(tenant).read().value

    def save_failure(self, result: TenantResult) -> None:
        """Save the result of a failed scan; a finished result takes precedence over it."""
        self._failure(result.name).write(result)

    def read_last_good(self, tenant: str) -> TenantResult | None:
        """The latest complete result of a tenant in this month, of any run; none of a window."""
        return None if self._is_rolling else self._last_good(tenant).read().value

    def journal_files(self, tenant: str) -> JournalFiles:
        """The journal of a tenant, which is of no use anymore once the tenant is finished."""
        return JournalFiles(self._store, f"{self._run}answers/{tenant}/")

    def _counting_start(self, tenant: str) -> StateFile[datetime]:
        return StateFile(self._store, f"{self._run}began/{tenant}.json", _START)

    def _failure(self, tenant: str) -> StateFile[TenantResult]:
        return StateFile(self._store, f"{self._run}failed/{tenant}.json", RESULT)

    def _result(self, tenant: str) -> StateFile[TenantResult]:
        return StateFile(self._store, f"{self._run}{FINISHED_FOLDER}{tenant}.json", RESULT)

    def _last_good(self, tenant: str) -> StateFile[TenantResult]:
        return StateFile(self._store, f"{self._period}last-good/{tenant}.json", RESULT)


_START: StateFormat[datetime] = json_format("iflow-census/start/v1", AwareDatetime)
