"""Which notices of a run were sent, so that an event delivered twice sends each notice once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime

from iflow_census.scan.period import Month
from iflow_census.store.protocol import Store
from iflow_census.store.state_file import State, StateFile, StateFormat, json_format
from iflow_census.store.work_state import run_folder

CLAIM_TTL = timedelta(minutes=1)
"""How long another delivery of the same event may take to send a notice that it claimed."""


@dataclass(frozen=True, slots=True)
class _Notice:
    since: AwareDatetime
    sent: bool
    outcome: Mapping[str, Any]


_NOTICE: StateFormat[_Notice] = json_format("iflow-census/notice/v1", _Notice)


class NoticeState:
    """The state of one notice, in the work state of a run.

    Args:
        store: holds the file.
        month: the month of the run.
        run_id: of the run.
        outcome: what the notice reports, in JSON types; another outcome is another notice.
    """

    def __init__(self, store: Store, month: Month, run_id: str, outcome: Mapping[str, Any]) -> None:
        self._outcome = outcome
        name = hashlib.sha256(json.dumps(outcome, sort_keys=True).encode()).hexdigest()[:16]
        key = f"{run_folder(month, run_id)}notices/{name}.json"
        self._file = StateFile(store, key, _NOTICE)

    def claim(self, now: datetime) -> bool:
        """Claim the notice; False if it was sent, or another delivery is sending it."""
        claimed = False

        def change(current: State[_Notice]) -> _Notice | None:
            nonlocal claimed
            notice = current.value
            claimed = notice is None or not (notice.sent or now - notice.since < CLAIM_TTL)
            return self._notice(now, sent=False) if claimed else None

        self._file.update(change)
        return claimed

    def mark_sent(self, now: datetime) -> None:
        """Save that the notice was sent."""
        self._file.write(self._notice(now, sent=True))

    def release(self, now: datetime) -> None:
        """Release the claim, so that the next delivery may try at once."""
        self._file.write(self._notice(now - CLAIM_TTL, sent=False))

    def _notice(self, claimed_at: datetime, *, sent: bool) -> _Notice:
        return _Notice(claimed_at, sent, self._outcome)
