"""User credentials and OAuth2 client credentials, which iFlows use by name.

SAP never returns a secret. An update replaces all properties: unchanged ones are read and sent
again, and the caller provides the secret.

Source: SAP OpenAPI, SecurityContent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import ConfigurationError, one_line
from iflow_census.tenant_admin.write_request import WriteRequest, drop_none

_CUSTOM_PARAMETERS = "CustomParameters"


class CredentialKind(StrEnum):
    """The kinds of user credentials; SAP rejects any other, and other letter cases, with 500."""

    DEFAULT = "default"
    SUCCESSFACTORS = "successfactors"
    OPENCONNECTORS = "openconnectors"


@dataclass(frozen=True, slots=True)
class CredentialType:
    """One type of credentials.

    Attributes:
        secret: the property with the secret, which is never shown.
        secret_title: the secret's name in messages.
        secret_option: the command-line option that names a file with the secret.
        properties: all other properties that can be set.
        defaults: properties that a new credential has unless they are set.
        has_custom_parameters: it may have custom parameters. Every update deletes them, and cannot
            send them (observed on a tenant); only a new credential can have them.
    """

    title: str
    entity_set: str
    secret: str
    secret_title: str
    secret_option: str
    properties: tuple[str, ...]
    defaults: Mapping[str, str]
    has_custom_parameters: bool = False

    def list(self, api: Api) -> list[Entity]:
        """Read all credentials of this type, with `Status` but without secrets."""
        return [
            self._without_secret(entity) for entity in api.read_all(self.entity_set, key=("Name",))
        ]

    def create_request(
        self, name: str, properties: Mapping[str, str | None], secret: str
    ) -> WriteRequest:
        """Build the request that creates a credential."""
        body = {"Name": name, **self.defaults, **drop_none(properties), self.secret: secret}
        return WriteRequest("POST", self.entity_set, body)

    def update_request(
        self, name: str, current: Entity, changes: Mapping[str, str | None], secret: str
    ) -> WriteRequest:
        """Build the request that changes a credential.

        `current` has the properties as `read` returns them; a change that is None keeps the current
        value.
        """
        unchanged = {key: current[key] for key in self.properties if current.get(key) is not None}
        body = {"Name": name, **self.defaults, **unchanged, **drop_none(changes)}
        return WriteRequest("PUT", self._path(name), {**body, self.secret: secret})

    def check_update(
        self, name: str, current: Entity, *, drop_custom_parameters: bool
    ) -> Sequence[str]:
        """Check that an update deletes no custom parameters unintentionally.

        `current` has the properties as `read` returns them.

        Returns:
            The keys of the custom parameters that the update deletes.

        Raises:
            ConfigurationError: the credential has custom parameters, or may have some.
        """
        if not self.has_custom_parameters:
            return ()
        parameters = current.get(_CUSTOM_PARAMETERS)
        if isinstance(parameters, list):
            keys = [one_line(str(parameter.get("Key") or "unnamed")) for parameter in parameters]
            problem = f"SAP deletes its custom parameters ({', '.join(keys)}) with every update"
            is_safe = not keys
        else:
            keys = []
            problem = "SAP does not show its custom parameters, which every update deletes"
            is_safe = False
        if is_safe or drop_custom_parameters:
            return keys
        raise ConfigurationError(
            f"{self.title} {name!r}: {problem}; add --drop-custom-parameters, or edit it in SAP's "
            "user interface"
        )

    def delete_request(self, name: str) -> WriteRequest:
        """Build the request that deletes a credential."""
        return WriteRequest("DELETE", self._path(name))

    def read(self, api: Api, name: str) -> Entity:
        """Read one credential.

        Raises:
            NotFound: there is no credential of this name.
        """
        query = {"$expand": _CUSTOM_PARAMETERS} if self.has_custom_parameters else None
        return api.read(self._path(name), query=query)

    def _path(self, name: str) -> str:
        return odata.entity_path(self.entity_set, name)

    def _without_secret(self, entity: Entity) -> Entity:
        descriptor = entity.get("SecurityArtifactDescriptor")
        deployment = descriptor if isinstance(descriptor, dict) else {}
        return (
            {"Name": entity["Name"]}
            | {key: entity.get(key) for key in self.properties}
            | {key: deployment.get(key) for key in ("Status", "DeployedBy", "DeployedOn")}
        )


USER = CredentialType(
    "user credential",
    "UserCredentials",
    "Password",
    "password",
    "--password-file",
    ("Kind", "Description", "User", "CompanyId"),
    {"Kind": CredentialKind.DEFAULT},
)

OAUTH2_CLIENT = CredentialType(
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
    has_custom_parameters=True,
)
