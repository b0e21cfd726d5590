"""The state of a tenant's LeanIX inbound run, so that it is started once and its result is kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from iflow_census.scan.period import Month
from iflow_census.store.protocol import Store, WriteConflict
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

    def claim(self, now: datetime) -> Claim:
        """Claim the start of the LeanIX run; only the first process acquires it."""
        try:
            self._write_run(now.isoformat(), None, if_absent=True)
        except WriteConflict:
            run = self._read("run.json")
            if run is not None:
                claimed_at = datetime.fromisoformat(run["since"])
                return Claim(acquired=False, claimed_at=claimed_at, leanix_run_id=run["run_id"])
        return Claim(acquired=True, claimed_at=now, leanix_run_id=None)

    def save_run_id(self, leanix_run_id: str) -> None:
        """Save LeanIX's id of the run, once it is started."""
        run = self._read("run.json")
        self._write_run(run["since"] if run else "", leanix_run_id)

    def read_outcome(self) -> Mapping[str, Any] | None:
        """The outcome of the LeanIX run; None before it has ended."""
        return self._read("outcome.json")

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
        self._write("outcome.json", _to_json(outcome))

    def _read(self, name: str) -> Mapping[str, Any] | None:
        file = self._store.read(self._folder + name)
        content: Mapping[str, Any] | None = json.loads(file.body) if file else None
        return content

    def _write(self, name: str, body: bytes, *, if_absent: bool = False) -> None:
        self._store.write(self._folder + name, body, if_absent=if_absent)

    def _write_run(
        self, claimed_at: str, leanix_run_id: str | None, *, if_absent: bool = False
    ) -> None:
        body = json.dumps({"since": claimed_at, "run_id": leanix_run_id}).encode()
        self._write("run.json", body, if_absent=if_absent)


def _to_json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()
