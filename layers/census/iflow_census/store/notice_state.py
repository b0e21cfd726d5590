"""Which notices and events of a run were sent, so that a run delivered twice sends each once."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime

from iflow_census.scan.period import Period
from iflow_census.store.protocol import Store
from iflow_census.store.state_file import StateFile, StateFormat, json_format
from iflow_census.store.work_state import run_folder

_SENT_AT: StateFormat[datetime] = json_format("iflow-census/notice/v1", AwareDatetime)


class NoticeState:
    """The state of one notice or event, in the work state of a run.

    Args:
        outcome: what it reports, in JSON types; another outcome is another notice or event.

    Attributes:
        lease_key: of the lease that is held while it is sent.
    """

    def __init__(
        self,
        store: Store,
        period: Period,
        run_id: str,
        outcome: Mapping[str, Any],
        folder: str = "notices",
    ) -> None:
        name = hashlib.sha256(json.dumps(outcome, sort_keys=True).encode()).hexdigest()[:16]
        key = f"{run_folder(period, run_id)}{folder}/{name}"
        self._file = StateFile(store, f"{key}.json", _SENT_AT)
        self.lease_key = f"{key}.lease.json"

    def was_sent(self) -> bool:
        """Whether it was sent."""
        return self._file.read().value is not None

    def mark_sent(self, now: datetime) -> None:
        """Save that it was sent."""
        self._file.write(now)
