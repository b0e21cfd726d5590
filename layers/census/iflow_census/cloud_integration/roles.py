"""The roles that a service instance needs, by request.

Source: SAP Help, "Tasks and Permissions for Cloud Integration" (role templates, Cloud Foundry).
"""

import re
from collections.abc import Mapping

from iflow_census.cloud_integration.families import Family, family_of

_PARTNER_DIRECTORY_ROLE = "AuthGroup_TenantPartnerDirectoryConfigurator"

_ROLES_BY_FAMILY: Mapping[Family, tuple[str, str]] = {
    Family.DESIGN_TIME: ("WorkspacePackagesRead", "WorkspacePackagesEdit"),
    Family.RUNTIME: ("MonitoringDataRead", "WorkspaceArtifactsDeploy"),
    Family.MESSAGE_LOGS: ("MonitoringDataRead", "TraceConfigurationEdit"),
    Family.SECURITY: ("MonitoringDataRead", "SecurityMaterialEdit"),
    Family.NUMBER_RANGES: ("MonitoringDataRead", "MonitoringArtifactsDeploy"),
    Family.PARTNER_DIRECTORY: (_PARTNER_DIRECTORY_ROLE, _PARTNER_DIRECTORY_ROLE),
    Family.OTHER: ("MonitoringDataRead", "AuthGroup_Administrator"),
}
"""The roles for reading and for writing."""

_ROLES_BY_PATH = (
    (r"CopyIntegrationPackage", "CatalogPackagesCopy", "CatalogPackagesCopy"),
    (r"Deploy\w+", "WorkspaceArtifactsDeploy", "WorkspaceArtifactsDeploy"),
    (
        r".*/\$links/Configurations\(.*|UpsertValMaps|UpdateDefaultValMap|DeleteValMaps",
        "WorkspacePackagesRead",
        "WorkspacePackagesConfigure",
    ),
    (
        r"IntegrationDesigntimeLocks.*",
        "WorkspaceArtifactLocksRead",
        "WorkspaceArtifactLocksDelete",
    ),
    (r"IntegrationRuntimeArtifacts\(.*", "MonitoringDataRead", "MonitoringArtifactsDeploy"),
    (
        r"IdMap.*|(Generic)?IdempotentRepositoryEntries.*",
        "MessageProcessingLocksRead",
        "MessageProcessingLocksDelete",
    ),
    (
        r"(MessageStoreEntr|MessageProcessingLogAttachments).*/\$value",
        "MessagePayloadsRead",
        "MessagePayloadsRead",
    ),
    (
        r"DataStoreEntries.*/\$value|Variables.*",
        "DataStorePayloadsRead",
        "DataStoresAndQueuesDelete",
    ),
    (r"(de)?activateQueue", "QueuesActivate", "QueuesActivate"),
    (
        r"DataStore.*|Jms.*|(Messaging)?Queues.*",
        "DataStoresAndQueuesRead",
        "DataStoresAndQueuesDelete",
    ),
    (
        r"(User|OAuth2Client)Credentials.*|SecureParameters.*",
        "MonitoringDataRead",
        "CredentialsEdit",
    ),
    (r"KeystoreResources.*", "SecurityMaterialDownload", "SecurityMaterialEdit"),
    (r"AccessPolicies.*|ArtifactReferences.*", "AccessPoliciesRead", "AccessPoliciesEdit"),
    (r"\w*ExternalLogging.*", "ExternalLoggingActivationRead", "ExternalLoggingActivate"),
    (r"\w*Archiving.*", "DataArchivingRead", "DataArchivingActivate"),
)
"""Path pattern, role for reading, role for writing; the first match wins, before the family."""


def required_role(method: str, path: str) -> str:
    """Return the role that a request needs; `path` is relative to `/api/v1/`."""
    read_role, write_role = next(
        (
            (read_role, write_role)
            for pattern, read_role, write_role in _ROLES_BY_PATH
            if re.fullmatch(pattern, path, re.DOTALL)
        ),
        _ROLES_BY_FAMILY[family_of(path)],
    )
    return read_role if method == "GET" else write_role
