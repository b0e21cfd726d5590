"""What is known of a tenant's LeanIX run, so that it is started once and its words are kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from iflow_census.scan.period import Month
from iflow_census.store.protocol import Expected, Store, WriteConflict
from iflow_census.store.work_state import run_folder

_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who starts the run.

    Attributes:
        mine: this process claimed it first.
        since: when it was claimed.
        leanix_run: LeanIX's id of the run, once it is started.
    """

    mine: bool
    since: datetime
    leanix_run: str | None

    def others_since(self, now: datetime, busy: timedelta) -> bool:
        """Whether somebody else claimed it just now and has not started it yet."""
        return not self.mine and self.leanix_run is None and now - self.since < busy


class InboundState:
    """The files of one tenant's LeanIX run below the work state of a census run.

    Args:
        store: where they are kept.
        month: the month of the census.
        run_id: of the census.
        tenant: the tenant's name.
        test: of the dry run, which is a run of its own.
    """

    def __init__(self, store: Store, month: Month, run_id: str, tenant: str, *, test: bool) -> None:
        self._store = store
        kind = "leanix-test" if test else "leanix"
        self._folder = f"{run_folder(month, run_id)}{kind}/{tenant}/"

    def claim(self, now: datetime) -> Claim:
        """Claim the start of the run; the first one to do so has it."""
        body = json.dumps({"since": now.isoformat(), "run_id": None}).encode()
        try:
            self._write("run.json", body, Expected.NOTHING)
        except WriteConflict:
            found = self._read("run.json")
            if found is not None:
                since = datetime.fromisoformat(found["since"])
                return Claim(mine=False, since=since, leanix_run=found["run_id"])
        return Claim(mine=True, since=now, leanix_run=None)

    def started(self, leanix_run: str) -> None:
        """Keep LeanIX's id of the run."""
        found = self._read("run.json")
        since = found["since"] if found else ""
        self._write("run.json", json.dumps({"since": since, "run_id": leanix_run}).encode())

    def outcome(self) -> Mapping[str, Any] | None:
        """What became of the run, if it has ended."""
        return self._read("outcome.json")

    def keep(
        self,
        outcome: Mapping[str, Any],
        stats: Mapping[str, Any],
        warnings: Sequence[Mapping[str, Any]],
        results: bytes | None,
    ) -> None:
        """Keep all that LeanIX said of the run; the outcome last, which marks the others whole."""
        self._write("stats.json", _json(stats))
        self._write("warnings.json", _json(warnings))
        if results is not None:
            self._write("results.json", results)
        self._write("outcome.json", _json(outcome))

    def _read(self, name: str) -> Mapping[str, Any] | None:
        found = self._store.read(self._folder + name)
        content: Mapping[str, Any] | None = json.loads(found.body) if found else None
        return content

    def _write(self, name: str, body: bytes, expected: Expected = Expected.ANYTHING) -> None:
        self._store.write(self._folder + name, body, content_type=_JSON, expected=expected)


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()
