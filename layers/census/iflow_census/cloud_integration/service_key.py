"""Parse service keys from SAP BTP.

Source: SAP Help, "Creating Service Instance and Service Key for Inbound Authentication"; the
service is Process Integration Runtime (`it-rt`), plan `api`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from iflow_census.cloud_integration.location_keys import EXAMPLE, parse_locations
from iflow_census.errors import ConfigurationError
from iflow_census.http.urls import is_host_name, is_link, is_secure
from iflow_census.scan.locations import RuntimeLocation
from iflow_census.scan.web_ui import Environment, TenantProfile, root_of_web_ui

_LOCATION_URL = re.compile(r"/location/[^/]*\Z")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """OAuth client credentials with a secret."""

    client_id: str
    client_secret: str = field(repr=False)
    token_url: str


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """OAuth client credentials with a certificate; the token is fetched with mutual TLS."""

    client_id: str
    certificate: str = field(repr=False)
    private_key: str = field(repr=False)
    token_url: str


@dataclass(frozen=True, slots=True)
class BasicUser:
    """User and password, in the Neo environment."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """API key of SAP's API sandbox."""

    api_key: str = field(repr=False)


Credentials = ClientSecret | ClientCertificate | BasicUser | ApiKey


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """A tenant's URL and credentials; its `repr` contains no secrets.

    Attributes:
        url: root of the tenant, without a trailing slash; the API is at `<url>/api/v1`.
        locations: its Edge Integration Cells, sorted by id.
    """

    url: str
    credentials: Credentials
    locations: tuple[RuntimeLocation, ...] = ()
    profile: TenantProfile = field(default_factory=TenantProfile)

    @property
    def token_host(self) -> str | None:
        """The host that issues access tokens; None if this kind of key needs none."""
        match self.credentials:
            case ClientSecret() | ClientCertificate():
                return urlsplit(self.credentials.token_url).netloc
        return None


def parse_service_key(text: str, *, source: str) -> ServiceKey:
    """Parse a service key.

    Args:
        text: JSON, exactly as SAP BTP shows it; `locations`, `environment` and `web_url` may be
            added, beside its fields or around them.
        source: names the key in messages: a secret or a file.

    Raises:
        ConfigurationError: the text is not JSON, a field is missing, the key is for another plan,
            or a URL is not https. The message names the field, never its value.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"{source}: not valid JSON ({_position(error)}); copy the service key exactly as SAP "
            "BTP shows it"
        ) from None  # the original error contains the whole secret
    if not isinstance(document, dict):
        raise ConfigurationError(
            f"{source}: not a service key; copy the JSON object exactly as SAP BTP shows it"
        )
    nested = document.get("oauth")
    fields = nested if isinstance(nested, dict) else document
    additions = {**fields, **document}
    return ServiceKey(
        _tenant_url(fields, source),
        _credentials(fields, source),
        parse_locations(additions.get("locations"), source),
        TenantProfile(_environment(additions, source), _web_url(additions, source)),
    )


def _environment(additions: Mapping[str, Any], source: str) -> Environment | None:
    value = additions.get("environment")
    if value is None:
        return None
    if value not in [*Environment]:
        raise ConfigurationError(
            f"{source}: 'environment' is not one of {', '.join(Environment)}; use the nearest one"
        )
    return Environment(value)


def _web_url(additions: Mapping[str, Any], source: str) -> str | None:
    if additions.get("web_url") is None:
        return None
    url = _checked_url(additions, "web_url", source)
    if not is_link(url):
        raise ConfigurationError(
            f"{source}: 'web_url' has characters that no URL has; copy it from the browser"
        )
    return root_of_web_ui(url)


def _credentials(fields: Mapping[str, Any], source: str) -> Credentials:
    if "clientid" in fields:
        client_id = _required_text(fields, "clientid", source)
        token_url = _token_url(fields, source)
        if "clientsecret" in fields:
            return ClientSecret(client_id, _secret(fields, "clientsecret", source), token_url)
        if "certificate" in fields:
            return ClientCertificate(
                client_id,
                _required_text(fields, "certificate", source),
                _required_text(fields, "key", source),
                token_url,
            )
        raise ConfigurationError(
            f"{source}: 'clientsecret' (or 'certificate' and 'key') is missing; "
            "copy the whole service key"
        )
    if "username" in fields:
        username = _required_text(fields, "username", source)
        return BasicUser(username, _secret(fields, "password", source))
    if "apikey" in fields:
        return ApiKey(_header_value(fields, "apikey", source))
    raise ConfigurationError(
        f"{source}: not a service key (no 'clientid', 'username' or 'apikey'); "
        "create a key for a service instance of plan 'api'"
    )


def _tenant_url(fields: Mapping[str, Any], source: str) -> str:
    url = _checked_url(fields, "url", source).rstrip("/").removesuffix("/api/v1")
    host = urlsplit(url).hostname or ""
    # The runtime of plan 'integration-flow' has host names like tenant.it-cpi018-rt.cfapps…; the
    # first label is the tenant's own name, which may end in anything.
    if any(label.endswith("-rt") for label in host.split(".")[1:]):
        raise ConfigurationError(
            f"{source}: this is a key of plan 'integration-flow' (its url is a runtime); "
            "create one for a service instance of plan 'api'"
        )
    if _LOCATION_URL.search(url):
        raise ConfigurationError(
            f"{source}: 'url' is that of a runtime location; remove '/location/…' from it and add "
            f"'locations' to the tenant's key: {EXAMPLE}"
        )
    return url


def _token_url(fields: Mapping[str, Any], source: str) -> str:
    """Return the token URL; some tools write only its host, without the path."""
    url = _checked_url(fields, "tokenurl", source).rstrip("/")
    return url if urlsplit(url).path else f"{url}/oauth/token"


def _checked_url(fields: Mapping[str, Any], name: str, source: str) -> str:
    url = _required_text(fields, name, source)
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.port != 0 and url.isprintable() and " " not in url else None
    except ValueError:
        host = None
    if not host or parts.username is not None or parts.query or parts.fragment:
        raise ConfigurationError(
            f"{source}: '{name}' is not a plain https URL; remove user, query and fragment"
        )
    if not is_host_name(host):
        raise ConfigurationError(f"{source}: '{name}' has no valid host name; copy it again")
    if not is_secure(url):
        raise ConfigurationError(f"{source}: '{name}' must start with https://")
    return url


def _required_text(fields: Mapping[str, Any], name: str, source: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{source}: '{name}' is missing; copy the whole service key")
    if _SURROGATE.search(value):
        raise ConfigurationError(
            f"{source}: '{name}' contains half a character; copy the whole service key again"
        )
    return value.strip()


def _secret(fields: Mapping[str, Any], name: str, source: str) -> str:
    """Return a secret unchanged: leading and trailing spaces may be part of it."""
    _required_text(fields, name, source)
    return str(fields[name])


def _header_value(fields: Mapping[str, Any], name: str, source: str) -> str:
    value = _required_text(fields, name, source)
    if not (value.isascii() and value.isprintable()):
        raise ConfigurationError(
            f"{source}: '{name}' contains characters that are not allowed in an HTTP header; "
            "copy the key again"
        )
    return value


def _position(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}"
    return "unreadable"
