"""The work state of a run: what is finished, what is half done, what an earlier run found.

All of it is made from `work/period=…`; a retry of the run, and a second delivery of the same event,
find it and go on from it. Two at once finish each tenant once: the first one counts.
"""

import json
from datetime import datetime, timedelta
from functools import cache

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from iflow_census.errors import DataError
from iflow_census.journal import Journal
from iflow_census.scan.period import Month
from iflow_census.scan.results import TenantResult
from iflow_census.store.protocol import Expected, Store, WriteConflict, update

FINISHED = "finished/"
"""Where the finished tenants of a run lie, in its folder."""

_JSON = "application/json"


def run_folder(month: object, run_id: str) -> str:
    """Where the work state of a run lies; `month` is written as "2026-10"."""
    return f"{_month_folder(month)}run={run_id}/"


def _month_folder(month: object) -> str:
    return f"work/period={month}/"


class WorkState:
    """The work state of one run.

    Args:
        store: where it is kept.
        month: the month that the run counts.
        run_id: of the run.
    """

    def __init__(self, store: Store, month: Month, run_id: str) -> None:
        self._store = store
        self._month = _month_folder(month)
        self._run = run_folder(month, run_id)

    def started_at(self, now: datetime) -> datetime:
        """When the run began: now, unless an earlier try has begun it already."""
        return self._moment_kept(f"{self._run}run.json", now)

    def began(self, tenant: str, now: datetime, lasting: timedelta) -> datetime:
        """When counting the messages of a tenant began, so that all tries count the same windows.

        Args:
            tenant: its name.
            now: the moment of this try.
            lasting: for so long the beginning of an earlier try counts; then this is a new one.
        """
        return self._moment_kept(self._beginning(tenant), now, lasting)

    def has_begun(self, tenant: str) -> datetime | None:
        """What `began` said last; None where it was never asked."""
        key = self._beginning(tenant)
        found = self._store.read(key)
        return self._moment(key, found.body) if found else None

    def _moment_kept(self, key: str, now: datetime, lasting: timedelta | None = None) -> datetime:
        kept = now

        def change(present: bytes | None) -> bytes | None:
            nonlocal kept
            kept = now if present is None else self._moment(key, present)
            if present is not None and (lasting is None or now - kept <= lasting):
                return None
            kept = now
            return json.dumps({"started_at": now.isoformat()}).encode()

        update(self._store, key, _JSON, change)
        return kept

    def _moment(self, key: str, body: bytes) -> datetime:
        try:
            return _start_type().validate_json(body)["started_at"]
        except (ValidationError, KeyError) as error:
            raise self._unreadable(key) from error

    def finished(self, tenant: str) -> TenantResult | None:
        """The result of a tenant that this run has scanned already."""
        return self._census(self._finished(tenant))

    def finish(self, census: TenantResult) -> TenantResult:
        """Keep the result of a tenant; returns the one that counts, should there be one already."""
        body = _census_type().dump_json(census)
        try:
            self._store.write(
                self._finished(census.name), body, content_type=_JSON, expected=Expected.NOTHING
            )
        except WriteConflict:
            return self.finished(census.name) or census
        update(
            self._store,
            self._last_good(census.name),
            _JSON,
            lambda present: None if _newer(present, census) else body,
        )
        return census

    def failed(self, tenant: str) -> TenantResult | None:
        """Why the newest scan of a tenant brought nothing, for whoever publishes later."""
        return self._census(self._failure(tenant))

    def keep_failure(self, census: TenantResult) -> None:
        """Keep why a scan brought nothing; a result that is kept before or later counts more."""
        body = _census_type().dump_json(census)
        self._store.write(self._failure(census.name), body, content_type=_JSON)

    def last_good(self, tenant: str) -> TenantResult | None:
        """The newest complete result of a tenant for this month, of any run."""
        return self._census(self._last_good(tenant))

    def journal(self, tenant: str) -> Journal:
        """The answers that an earlier try of this run got; one that is unreadable is left out."""
        found = self._store.read(self._journal(tenant))
        try:
            return Journal.load(found.body) if found else Journal()
        except DataError:
            return Journal()

    def keep_journal(self, tenant: str, journal: Journal) -> None:
        """Keep the answers so far for the next try."""
        self._store.write(self._journal(tenant), journal.dump(), content_type=_JSON)

    def _census(self, key: str) -> TenantResult | None:
        found = self._store.read(key)
        if found is None:
            return None
        try:
            return _census_type().validate_json(found.body)
        except ValidationError as error:
            raise self._unreadable(key) from error

    def _unreadable(self, key: str) -> DataError:
        return DataError(f"{self._store.address(key)} is no work state of this version: delete it")

    def _beginning(self, tenant: str) -> str:
        return f"{self._run}began/{tenant}.json"

    def _failure(self, tenant: str) -> str:
        return f"{self._run}failed/{tenant}.json"

    def _finished(self, tenant: str) -> str:
        return f"{self._run}{FINISHED}{tenant}.json"

    def _journal(self, tenant: str) -> str:
        return f"{self._run}answers/{tenant}.json"

    def _last_good(self, tenant: str) -> str:
        return f"{self._month}last-good/{tenant}.json"


def _newer(present: bytes | None, census: TenantResult) -> bool:
    """Whether the result that is there is of a later scan; an unreadable one is not."""
    if present is None or census.scanned_at is None:
        return False
    try:
        found = _census_type().validate_json(present)
    except ValidationError:
        return False
    return found.scanned_at is not None and found.scanned_at > census.scanned_at


@cache
def _start_type() -> TypeAdapter[dict[str, AwareDatetime]]:
    return TypeAdapter(dict[str, AwareDatetime])


@cache
def _census_type() -> TypeAdapter[TenantResult]:
    return TypeAdapter(TenantResult)
