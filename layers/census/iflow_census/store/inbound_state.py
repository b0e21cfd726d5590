"""The state of a tenant's LeanIX inbound run, so that it is started once and its result is kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import AwareDatetime

from iflow_census.scan.period import Month
from iflow_census.store.protocol import Store
from iflow_census.store.state_file import State, StateFile, StateFormat, json_format
from iflow_census.store.work_state import run_folder


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim to start the LeanIX run.

    Attributes:
        acquired: this process claimed it, and no other before.
        claimed_at: when it was claimed.
        leanix_run_id: LeanIX's id of the run; None before it is started.
    """

    acquired: bool
    claimed_at: datetime
    leanix_run_id: str | None

    def is_held_by_other(self, now: datetime, ttl: timedelta) -> bool:
        """Whether another process claimed it less than `ttl` ago and has not started it yet."""
        return not self.acquired and self.leanix_run_id is None and now - self.claimed_at < ttl


@dataclass(frozen=True, slots=True)
class _Run:
    since: AwareDatetime
    run_id: str | None


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_RUN: StateFormat[_Run] = json_format("iflow-census/leanix-run/v1", _Run)
_OUTCOME: StateFormat[Mapping[str, Any]] = json_format(
    "iflow-census/leanix-outcome/v1", dict[str, Any]
)


class InboundState:
    """The files of one tenant's LeanIX run, in the work state of a census run.

    Args:
        store: holds the files.
        month: the month of the census.
        run_id: of the census run.
        tenant: the tenant's name.
        test: the state of the dry run, which is a LeanIX run of its own.
    """

    def __init__(self, store: Store, month: Month, run_id: str, tenant: str, *, test: bool) -> None:
        self._store = store
        kind = "leanix-test" if test else "leanix"
        self._folder = f"{run_folder(month, run_id)}{kind}/{tenant}/"
        self._run = StateFile(store, f"{self._folder}run.json", _RUN)
        self._outcome = StateFile(store, f"{self._folder}outcome.json", _OUTCOME)

    def claim(self, now: datetime) -> Claim:
        """Claim the start of the LeanIX run; only the first process acquires it."""
        own = _Run(now, None)
        run = self._run.create(own)
        return Claim(acquired=run is own, claimed_at=run.since, leanix_run_id=run.run_id)

    def save_run_id(self, leanix_run_id: str) -> None:
        """Save LeanIX's id of the run, once it is started."""

        def change(current: State[_Run]) -> _Run:
            # A run that has an id is held by nobody, so any time will do.
            since = _LONG_AGO if current.value is None else current.value.since
            return _Run(since, leanix_run_id)

        self._run.update(change)

    def read_outcome(self) -> Mapping[str, Any] | None:
        """The outcome of the LeanIX run; None before it has ended."""
        return self._outcome.read().value

    def save_outcome(
        self,
        outcome: Mapping[str, Any],
        stats: Mapping[str, Any],
        warnings: Sequence[Mapping[str, Any]],
        results: bytes | None,
    ) -> None:
        """Save everything that LeanIX reported; the outcome last, as the mark that all is there."""
        self._write("stats.json", _to_json(stats))
        self._write("warnings.json", _to_json(warnings))
        if results is not None:
            self._write("results.json", results)
        self._outcome.write(outcome)

    def _write(self, name: str, body: bytes) -> None:
        self._store.write(self._folder + name, body)


def _to_json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()
