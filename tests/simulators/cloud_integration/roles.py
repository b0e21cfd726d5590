"""The roles of a service key, and the role that a request requires.

Source: SAP Help: tasks and permissions for Cloud Integration (role templates of Cloud Foundry).
"""

from __future__ import annotations

from tests.simulators.cloud_integration.rate_limits import DESIGN_TIME, MESSAGE_LOGS, RUNTIME
from tests.simulators.cloud_integration.responses import error_response, xml_error_response
from tests.simulators.http_server import Request, Response

CENSUS_ROLES = frozenset({"WorkspacePackagesRead", "MonitoringDataRead"})
"""The roles for a census."""

ALL_ROLES = CENSUS_ROLES | {
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
"""The roles for the whole API."""

_ROLES_BY_FAMILY = {
    DESIGN_TIME: "WorkspacePackagesRead",
    RUNTIME: "MonitoringDataRead",
    MESSAGE_LOGS: "MonitoringDataRead",
}
_SETS_WITH_ERROR_BODY = ("IntegrationDesigntimeLocks", "CustomTagConfigurations")
"""The sets that answer 403 with an error without a text, as observed on a tenant."""

_FREQUENT_PATHS = frozenset({"MessageProcessingLogs", "MessageProcessingLogs/$count"})


def required_role(request: Request, family: str, path: str) -> str:
    """Return the role for a request, "" for none; ``path`` is relative to the API's root."""
    if path in _FREQUENT_PATHS or (request.method == "GET" and not path.strip("/")):
        return _ROLES_BY_FAMILY.get(family, "")
    # Imported on first use: reading the operation table takes time.
    from tests.simulators.cloud_integration.operations_api import operation_role  # noqa: PLC0415

    role = operation_role(request.method, path)
    return _ROLES_BY_FAMILY.get(family, "") if role is None else role


def forbidden_response(request: Request, path: str) -> Response:
    """Return the response to a request whose role is missing: most sets send no body."""
    if not path.startswith(_SETS_WITH_ERROR_BODY):
        return Response(403, content_type=None)
    accepts_json = "json" in request.headers.get("accept", "")
    respond = error_response if accepts_json else xml_error_response
    return respond(403, "Forbidden", None)
