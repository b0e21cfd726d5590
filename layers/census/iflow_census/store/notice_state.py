"""Which notices of a run were sent, so that an event that is delivered twice sends each once."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from iflow_census.scan.period import Month
from iflow_census.store.protocol import Expected, Store, WriteConflict
from iflow_census.store.work_state import run_folder

_JSON = "application/json"

CLAIM_TTL = timedelta(minutes=1)
"""How long another delivery of the same event may take to send a notice that it claimed."""


class NoticeState:
    """The file of one notice below the work state of a run.

    Args:
        store: where it is kept.
        month: the month of the run.
        run_id: of the run.
        outcome: what the notice tells, in JSON's types; another outcome is another notice.
    """

    def __init__(self, store: Store, month: Month, run_id: str, outcome: Mapping[str, Any]) -> None:
        self._store = store
        self._outcome = outcome
        name = hashlib.sha256(json.dumps(outcome, sort_keys=True).encode()).hexdigest()[:16]
        self._key = f"{run_folder(month, run_id)}notices/{name}.json"

    def claim(self, now: datetime) -> bool:
        """Claim the sending; False where it was sent, or another is sending it just now."""
        expected: Expected | str = Expected.NOTHING
        found = self._store.read(self._key)
        if found is not None:
            content = json.loads(found.body)
            since = datetime.fromisoformat(content["since"])
            if content["sent"] or now - since < CLAIM_TTL:
                return False
            expected = found.tag
        body = self._body(now, sent=False)
        try:
            self._store.write(self._key, body, content_type=_JSON, expected=expected)
        except WriteConflict:
            return False
        return True

    def sent(self, now: datetime) -> None:
        """Keep that it was sent."""
        self._store.write(self._key, self._body(now, sent=True), content_type=_JSON)

    def failed(self, now: datetime) -> None:
        """Give up the claim, so that the next delivery tries at once."""
        body = self._body(now - CLAIM_TTL, sent=False)
        self._store.write(self._key, body, content_type=_JSON)

    def _body(self, since: datetime, *, sent: bool) -> bytes:
        content = {"since": since.isoformat(), "sent": sent, "outcome": self._outcome}
        return json.dumps(content).encode()
