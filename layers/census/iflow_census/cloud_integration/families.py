"""The API families that SAP limits, and what it takes to be let in.

Source: SAP Help, "Rate Limits on SAP Cloud Integration": requests per second, counted per user and
API family, whatever a request costs; "Tasks and Required Roles".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """A family of APIs that share a rate limit."""

    DESIGN_TIME = "design-time artifacts"
    RUNTIME = "runtime artifacts"
    MESSAGE_LOGS = "message processing logs"
    SECURITY = "security content"


ROLES: Mapping[Family, str] = {
    Family.DESIGN_TIME: "WorkspacePackagesRead",
    Family.RUNTIME: "MonitoringDataRead",
    Family.MESSAGE_LOGS: "MonitoringDataRead",
    Family.SECURITY: "MonitoringDataRead",
}
"""The role that a service instance needs to read each family."""


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Requests per second that one user may send, per family; SAP's published figures."""

    design_time: float = 10
    runtime: float = 50
    message_logs: float = 100
    security: float = 10

    def by_family(self) -> Mapping[Family, float]:
        """The limit of each family."""
        return {
            Family.DESIGN_TIME: self.design_time,
            Family.RUNTIME: self.runtime,
            Family.MESSAGE_LOGS: self.message_logs,
            Family.SECURITY: self.security,
        }
