"""The service document and ``$metadata``.

On a real tenant the service document lists message logs and stores, but neither packages nor
artifacts, which can be called all the same: it is no use for discovery.
"""

from __future__ import annotations

from tests.simulators.cloud_integration.answers import NAMESPACE, json_answer
from tests.simulators.http_server import Answer

_LISTED = (
    "MessageProcessingLogs",
    "MessageProcessingLogErrorInformations",
    "MessageProcessingLogAttachments",
    "MessageStoreEntries",
    "LogFiles",
    "AuditLogs",
    "AccessPolicies",
)
_TYPES = {
    "IntegrationPackages": ("IntegrationPackage", "Id"),
    "IntegrationDesigntimeArtifacts": ("IntegrationDesigntimeArtifact", "Id"),
    "IntegrationRuntimeArtifacts": ("IntegrationRuntimeArtifact", "Id"),
    "ServiceEndpoints": ("ServiceEndpoint", "Id"),
    "MessageProcessingLogs": ("MessageProcessingLog", "MessageGuid"),
}


def service_document(wants_json: bool, base: str) -> Answer:
    """Return the list of entity sets, as JSON or as an AtomPub service document."""
    if wants_json:
        return json_answer(200, {"d": {"EntitySets": list(_LISTED)}})
    collections = "".join(
        f'<collection href="{name}"><atom:title>{name}</atom:title></collection>'
        for name in _LISTED
    )
    body = (
        '<?xml version="1.0" encoding="utf-8"?><service xmlns="http://www.w3.org/2007/app" '
        f'xmlns:atom="http://www.w3.org/2005/Atom" xml:base="{base}"><workspace>'
        f"<atom:title>Default</atom:title>{collections}</workspace></service>"
    )
    return Answer(200, body.encode(), "application/atomsvc+xml")


def metadata() -> Answer:
    """Return an EDMX with the sets that this simulator serves, and their keys alone."""
    types = "".join(
        f'<EntityType Name="{name}"><Key><PropertyRef Name="{key}"/></Key>'
        f'<Property Name="{key}" Type="Edm.String" Nullable="false"/></EntityType>'
        for name, key in _TYPES.values()
    )
    sets = "".join(
        f'<EntitySet Name="{name}" EntityType="{NAMESPACE}.{kind}"/>'
        for name, (kind, _) in _TYPES.items()
    )
    body = (
        '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="1.0" '
        'xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices '
        'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" '
        f'm:DataServiceVersion="2.0"><Schema Namespace="{NAMESPACE}" '
        f'xmlns="http://schemas.microsoft.com/ado/2008/09/edm">{types}<EntityContainer '
        f'Name="api" m:IsDefaultEntityContainer="true">{sets}</EntityContainer></Schema>'
        "</edmx:DataServices></edmx:Edmx>"
    )
    return Answer(200, body.encode(), "application/xml;charset=utf-8")
