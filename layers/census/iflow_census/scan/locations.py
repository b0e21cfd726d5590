"""Runtime locations: where the iFlows of a tenant run.

Each tenant has the cloud runtime, and may have Edge Integration Cells. All of them share the design
workspace; deployed artifacts, endpoints and message logs belong to a location (SAP Help,
"Integration Content", "Message Processing Logs"). This is built from SAP's documentation and was
not tried on a real Edge Integration Cell.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

CLOUD = "cloudintegration"
"""The id of the cloud runtime, as SAP names it."""

LOCATION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
"""Ids of locations are parts of URLs and of the ledger."""

DEFAULT_RETENTION_DAYS = 30
"""How long message logs are kept (SAP Help, "Specific Data Assets"); on an Edge Integration Cell, a
parameter of a job ("Job Management")."""

MAX_RETENTION_DAYS = 366
"""Longer than any job is set to."""


@dataclass(frozen=True, slots=True, order=True)
class RuntimeLocation:
    """A runtime location, and for how many days it keeps message logs."""

    id: str = CLOUD
    retention_days: int = DEFAULT_RETENTION_DAYS

    @property
    def is_cloud(self) -> bool:
        """Whether it is the cloud runtime, without which a tenant is not scanned."""
        return self.id == CLOUD

    @property
    def retention(self) -> timedelta:
        """How long it keeps message logs."""
        return timedelta(days=self.retention_days)


CLOUD_RUNTIME = RuntimeLocation()
