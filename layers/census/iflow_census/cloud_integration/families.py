"""SAP's API families and their rate limits.

Source: SAP Help, "Rate Limits on SAP Cloud Integration": requests per second, per user and API
family. Every request counts the same.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """A family of APIs that share a rate limit."""

    DESIGN_TIME = "design-time artifacts"
    RUNTIME = "runtime artifacts"
    MESSAGE_LOGS = "message processing logs"
    SECURITY = "security content"
    NUMBER_RANGES = "number ranges"
    PARTNER_DIRECTORY = "partner directory"
    OTHER = "no published limit"


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Requests per second and user, by API family, as published by SAP.

    SAP publishes no limit for the other sets; they get the lowest limit of the large families.
    """

    design_time: float = 10
    runtime: float = 50
    message_logs: float = 100
    security: float = 10
    number_ranges: float = 5
    partner_directory: float = 25
    other: float = 10

    def by_family(self) -> Mapping[Family, float]:
        """Return the limit of each family."""
        return {
            Family.DESIGN_TIME: self.design_time,
            Family.RUNTIME: self.runtime,
            Family.MESSAGE_LOGS: self.message_logs,
            Family.SECURITY: self.security,
            Family.NUMBER_RANGES: self.number_ranges,
            Family.PARTNER_DIRECTORY: self.partner_directory,
            Family.OTHER: self.other,
        }


_FAMILY_PATTERNS = (
    (
        r"IntegrationPackages|.*DesigntimeArtifact.*|CopyIntegrationPackage"
        r"|BuildAndDeployStatus|CustomTagConfigurations|IntegrationDesigntimeLocks"
        r"|UpsertValMaps|UpdateDefaultValMap|DeleteValMaps",
        Family.DESIGN_TIME,
    ),
    (r"IntegrationRuntimeArtifacts|ServiceEndpoints", Family.RUNTIME),
    (r"MessageProcessingLog\w*|TraceMessages", Family.MESSAGE_LOGS),
    (
        r"UserCredentials|OAuth2ClientCredentials|SecureParameters|CertificateUserMappings"
        r"|Keystore\w*|HistoryKeystoreEntries|Certificate(Chain)?Resources|KeyPair\w*"
        r"|(RSA|SSH)KeyGenerationRequests|AccessPolicies|ArtifactReferences",
        Family.SECURITY,
    ),
    (r"NumberRanges", Family.NUMBER_RANGES),
    (
        r"AlternativePartners|AuthorizedUsers|Partners|(Binary|String|UserCredential)Parameters",
        Family.PARTNER_DIRECTORY,
    ),
)


def family_of(path: str) -> Family:
    """Return the family of the entity set that a path below `/api/v1/` starts with."""
    name = resource_name(path)
    return next(
        (family for pattern, family in _FAMILY_PATTERNS if re.fullmatch(pattern, name)),
        Family.OTHER,
    )


def resource_name(path: str) -> str:
    """Return the entity set or function import that a path starts with."""
    return re.split(r"[/(?]", path)[0]
