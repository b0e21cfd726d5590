"""The roles of a service key, and which of them an operation asks for.

Source: SAP Help: tasks and permissions for Cloud Integration (role templates of Cloud Foundry).
"""

from __future__ import annotations

from tests.simulators.cloud_integration.rate_limits import DESIGN_TIME, MESSAGE_LOGS, RUNTIME
from tests.simulators.http_server import Request

ROLES = frozenset({"WorkspacePackagesRead", "MonitoringDataRead"})
"""What a census needs."""

ALL_ROLES = ROLES | {
    "AccessPoliciesEdit",
    "AccessPoliciesRead",
    "AuthGroup_TenantPartnerDirectoryConfigurator",
    "CatalogPackagesCopy",
    "CredentialsEdit",
    "DataArchivingActivate",
    "DataArchivingRead",
    "DataStorePayloadsRead",
    "DataStoresAndQueuesDelete",
    "DataStoresAndQueuesRead",
    "ExternalLoggingActivate",
    "ExternalLoggingActivationRead",
    "MessagePayloadsRead",
    "MessageProcessingLocksDelete",
    "MessageProcessingLocksRead",
    "MonitoringArtifactsDeploy",
    "QueuesActivate",
    "SecurityMaterialDownload",
    "SecurityMaterialEdit",
    "WorkspaceArtifactLocksDelete",
    "WorkspaceArtifactLocksRead",
    "WorkspaceArtifactsDeploy",
    "WorkspacePackagesConfigure",
    "WorkspacePackagesEdit",
}
"""What the whole API needs."""

_ROLE_OF = {
    DESIGN_TIME: "WorkspacePackagesRead",
    RUNTIME: "MonitoringDataRead",
    MESSAGE_LOGS: "MonitoringDataRead",
}
_ASKED_MOST = frozenset({"MessageProcessingLogs", "MessageProcessingLogs/$count"})


def role_needed(request: Request, family: str, below: str) -> str:
    """Return the role that a request needs, "" for none; ``below`` is its path below the root."""
    if below in _ASKED_MOST or (request.method == "GET" and not below.strip("/")):
        return _ROLE_OF.get(family, "")
    # Imported here: a tenant that is only counted need not read the operation table.
    from tests.simulators.cloud_integration.whole_api import role_of  # noqa: PLC0415

    role = role_of(request.method, below)
    return _ROLE_OF.get(family, "") if role is None else role
