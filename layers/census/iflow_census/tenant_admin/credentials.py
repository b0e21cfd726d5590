"""User credentials and OAuth2 client credentials, which iFlows use by their name.

SAP gives no secret out again. An update replaces all properties, so it takes those that are not
changed from what is there, and the secret from the caller.

Source: SAP OpenAPI, SecurityContent.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.values import Entity


@dataclass(frozen=True, slots=True)
class CredentialKind:
    """One kind of credentials.

    Attributes:
        title: what people call one.
        entity_set: where they are.
        secret: the property that is never shown.
        secret_title: what people call that.
        secret_option: of the command line, which names a file that holds it.
        properties: all others that can be set.
        required: what a new one has beside its name.
    """

    title: str
    entity_set: str
    secret: str
    secret_title: str
    secret_option: str
    properties: tuple[str, ...]
    required: Mapping[str, str]

    def list(self, api: Api) -> list[Entity]:
        """All of this kind, without secrets, and with their deployment as `Status`."""
        return [self._shown(one) for one in api.read_all(self.entity_set, key=("Name",))]

    def new(self, name: str, given: Mapping[str, str | None]) -> Entity:
        """A new one as it is sent, without its secret."""
        return {"Name": name, **self.required, **_set(given)}

    def changed(self, api: Api, name: str, given: Mapping[str, str | None]) -> Entity:
        """One that is there as it is sent when changed, without its secret.

        Raises:
            NotFound: there is none of this name.
        """
        present = api.read(self.path(name))
        kept = {key: present[key] for key in self.properties if present.get(key) is not None}
        return {"Name": name, **self.required, **kept, **_set(given)}

    def path(self, name: str) -> str:
        """The path of one."""
        return odata.entity_path(self.entity_set, name)

    def _shown(self, entity: Entity) -> Entity:
        descriptor = entity.get("SecurityArtifactDescriptor")
        deployed = descriptor if isinstance(descriptor, dict) else {}
        shown = {"Name": entity["Name"]} | {key: entity.get(key) for key in self.properties}
        return shown | {key: deployed.get(key) for key in ("Status", "DeployedBy", "DeployedOn")}


def _set(given: Mapping[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in given.items() if value is not None}


USER = CredentialKind(
    "user credential",
    "UserCredentials",
    "Password",
    "password",
    "--password-file",
    ("Kind", "Description", "User", "CompanyId"),
    {"Kind": "default"},
)

OAUTH2_CLIENT = CredentialKind(
    "OAuth2 client credential",
    "OAuth2ClientCredentials",
    "ClientSecret",
    "client secret",
    "--secret-file",
    (
        "Description",
        "TokenServiceUrl",
        "ClientId",
        "ClientAuthentication",
        "Scope",
        "ScopeContentType",
        "Resource",
        "Audience",
    ),
    {},
)
