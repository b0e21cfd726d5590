"""Which notices of a run were sent, so that an event delivered twice sends each notice once."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from iflow_census.scan.period import Month
from iflow_census.store.protocol import Store, WriteConflict
from iflow_census.store.work_state import run_folder

CLAIM_TTL = timedelta(minutes=1)
"""How long another delivery of the same event may take to send a notice that it claimed."""


class NoticeState:
    """The state of one notice, in the work state of a run.

    Args:
        store: holds the file.
        month: the month of the run.
        run_id: of the run.
        outcome: what the notice reports, in JSON types; another outcome is another notice.
    """

    def __init__(self, store: Store, month: Month, run_id: str, outcome: Mapping[str, Any]) -> None:
        self._store = store
        self._outcome = outcome
        name = hashlib.sha256(json.dumps(outcome, sort_keys=True).encode()).hexdigest()[:16]
        self._key = f"{run_folder(month, run_id)}notices/{name}.json"

    def claim(self, now: datetime) -> bool:
        """Claim the notice; False if it was sent, or another delivery is sending it."""
        file = self._store.read(self._key)
        if file is not None:
            state = json.loads(file.body)
            claimed_at = datetime.fromisoformat(state["since"])
            if state["sent"] or now - claimed_at < CLAIM_TTL:
                return False
        try:
            self._store.write(
                self._key,
                self._body(now, sent=False),
                if_match=file.etag if file else None,
                if_absent=file is None,
            )
        except WriteConflict:
            return False
        return True

    def mark_sent(self, now: datetime) -> None:
        """Save that the notice was sent."""
        self._store.write(self._key, self._body(now, sent=True))

    def release(self, now: datetime) -> None:
        """Release the claim, so that the next delivery may try at once."""
        self._store.write(self._key, self._body(now - CLAIM_TTL, sent=False))

    def _body(self, claimed_at: datetime, *, sent: bool) -> bytes:
        state = {"since": claimed_at.isoformat(), "sent": sent, "outcome": self._outcome}
        return json.dumps(state).encode()
