"""The role that a service instance needs for a request.

Source: SAP Help, "Tasks and Permissions for Cloud Integration" (role templates, Cloud Foundry).
"""

import re
from collections.abc import Mapping

from iflow_census.cloud_integration.families import Family, family_of

_DIRECTORY = "AuthGroup_TenantPartnerDirectoryConfigurator"

_BY_FAMILY: Mapping[Family, tuple[str, str]] = {
    Family.DESIGN_TIME: ("WorkspacePackagesRead", "WorkspacePackagesEdit"),
    Family.RUNTIME: ("MonitoringDataRead", "WorkspaceArtifactsDeploy"),
    Family.MESSAGE_LOGS: ("MonitoringDataRead", "TraceConfigurationEdit"),
    Family.SECURITY: ("MonitoringDataRead", "SecurityMaterialEdit"),
    Family.NUMBER_RANGES: ("MonitoringDataRead", "MonitoringArtifactsDeploy"),
    Family.PARTNER_DIRECTORY: (_DIRECTORY, _DIRECTORY),
    Family.OTHER: ("MonitoringDataRead", "AuthGroup_Administrator"),
}
"""Reading and changing."""

_EXCEPTIONS = (
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
"""The shape of a path, then as above; the first that fits counts."""


def role_of(method: str, path: str) -> str:
    """The role that a request needs; `path` is below `/api/v1/`."""
    pair = next(
        (
            (reading, changing)
            for shape, reading, changing in _EXCEPTIONS
            if re.fullmatch(shape, path, re.DOTALL)
        ),
        _BY_FAMILY[family_of(path)],
    )
    return pair[method != "GET"]
