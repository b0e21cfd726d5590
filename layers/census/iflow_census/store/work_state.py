"""The work state of a run: finished tenants, journals of unfinished ones, last good results.

It is stored under `work/period=…/`. A retry of the run, or a second delivery of the same event,
continues from it. If two processes finish the same tenant, the first result counts.
"""

import json
from datetime import datetime, timedelta
from functools import cache

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from iflow_census.errors import DataError
from iflow_census.journal import Journal
from iflow_census.scan.period import Month
from iflow_census.scan.results import TenantResult
from iflow_census.store.protocol import Store, WriteConflict, update_file

FINISHED_FOLDER = "finished/"
"""The folder of finished tenants, below the folder of a run."""


def run_folder(month: object, run_id: str) -> str:
    """The folder of a run's work state; `month` is written as "2026-10"."""
    return f"{_month_folder(month)}run={run_id}/"


def _month_folder(month: object) -> str:
    return f"work/period={month}/"


class WorkState:
    """The work state of one run.

    Args:
        store: holds the files.
        month: the month that the run counts.
        run_id: of the run.
    """

    def __init__(self, store: Store, month: Month, run_id: str) -> None:
        self._store = store
        self._month = _month_folder(month)
        self._run = run_folder(month, run_id)

    def run_started_at(self, now: datetime) -> datetime:
        """When the run started; the first call sets it to `now`."""
        return self._keep_first(f"{self._run}run.json", now)

    def counting_started_at(self, tenant: str, now: datetime, max_age: timedelta) -> datetime:
        """When counting of a tenant's messages started; all attempts count windows up to then.

        Args:
            tenant: its name.
            now: becomes the start if there is none, or if it is older than `max_age`.
            max_age: how long a start is valid for later attempts.
        """
        return self._keep_first(self._counting_start(tenant), now, max_age)

    def find_counting_start(self, tenant: str) -> datetime | None:
        """When counting of a tenant started; None if it never did."""
        key = self._counting_start(tenant)
        file = self._store.read(key)
        return self._parse_start(key, file.body) if file else None

    def _keep_first(self, key: str, now: datetime, max_age: timedelta | None = None) -> datetime:
        start = now

        def change(current: bytes | None) -> bytes | None:
            nonlocal start
            if current is not None:
                start = self._parse_start(key, current)
                if max_age is None or now - start <= max_age:
                    return None
            start = now
            return json.dumps({"started_at": now.isoformat()}).encode()

        update_file(self._store, key, change)
        return start

    def _parse_start(self, key: str, body: bytes) -> datetime:
        try:
            return _start_type().validate_json(body)["started_at"]
        except (ValidationError, KeyError) as error:
            raise self._unreadable(key) from error

    def read_result(self, tenant: str) -> TenantResult | None:
        """The result of a tenant that this run has finished; None before that."""
        return self._read(self._result(tenant))

    def save_result(self, result: TenantResult) -> TenantResult:
        """Save the result of a finished tenant.

        Returns:
            The saved result, or the one that another process saved first.
        """
        body = _result_type().dump_json(result)
        try:
            self._store.write(self._result(result.name), body, if_absent=True)
        except WriteConflict:
            return self.read_result(result.name) or result
        update_file(
            self._store,
            self._last_good(result.name),
            lambda current: None if _is_newer(current, result) else body,
        )
        return result

    def read_failure(self, tenant: str) -> TenantResult | None:
        """The failed result of the tenant's latest scan, for the step that publishes."""
        return self._read(self._failure(tenant))

    def save_failure(self, result: TenantResult) -> None:
        """Save the result of a failed scan; a finished result takes precedence over it."""
        self._store.write(self._failure(result.name), _result_type().dump_json(result))

    def read_last_good(self, tenant: str) -> TenantResult | None:
        """The latest complete result of a tenant in this month, of any run."""
        return self._read(self._last_good(tenant))

    def read_journal(self, tenant: str) -> Journal:
        """The journal of an earlier attempt; empty if there is none or it cannot be read."""
        file = self._store.read(self._journal(tenant))
        try:
            return Journal.load(file.body) if file else Journal()
        except DataError:
            return Journal()

    def save_journal(self, tenant: str, journal: Journal) -> None:
        """Save the journal for the next attempt."""
        self._store.write(self._journal(tenant), journal.dump())

    def _read(self, key: str) -> TenantResult | None:
        file = self._store.read(key)
        if file is None:
            return None
        try:
            return _result_type().validate_json(file.body)
        except ValidationError as error:
            raise self._unreadable(key) from error

    def _unreadable(self, key: str) -> DataError:
        return DataError(
            f"{self._store.address(key)}: not a work state of this version; delete the file"
        )

    def _counting_start(self, tenant: str) -> str:
        return f"{self._run}began/{tenant}.json"

    def _failure(self, tenant: str) -> str:
        return f"{self._run}failed/{tenant}.json"

    def _result(self, tenant: str) -> str:
        return f"{self._run}{FINISHED_FOLDER}{tenant}.json"

    def _journal(self, tenant: str) -> str:
        return f"{self._run}answers/{tenant}.json"

    def _last_good(self, tenant: str) -> str:
        return f"{self._month}last-good/{tenant}.json"


def _is_newer(current: bytes | None, result: TenantResult) -> bool:
    """Whether the stored result is of a later scan; an unreadable one is not."""
    if current is None or result.scanned_at is None:
        return False
    try:
        stored = _result_type().validate_json(current)
    except ValidationError:
        return False
    return stored.scanned_at is not None and stored.scanned_at > result.scanned_at


@cache
def _start_type() -> TypeAdapter[dict[str, AwareDatetime]]:
    return TypeAdapter(dict[str, AwareDatetime])


@cache
def _result_type() -> TypeAdapter[TenantResult]:
    return TypeAdapter(TenantResult)
