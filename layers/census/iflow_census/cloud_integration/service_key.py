"""Service keys, as SAP BTP hands them out.

Source: SAP Help, "Creating Service Instance and Service Key for Inbound Authentication"; the
service is Process Integration Runtime (`it-rt`), the plan `api`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from iflow_census.errors import ConfigurationError
from iflow_census.http.urls import is_secure


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """OAuth client credentials with a secret."""

    client_id: str
    client_secret: str = field(repr=False)
    token_url: str


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """OAuth client credentials with a certificate: the token is fetched by mutual TLS."""

    client_id: str
    certificate: str = field(repr=False)
    private_key: str = field(repr=False)
    token_url: str


@dataclass(frozen=True, slots=True)
class BasicUser:
    """User and password, on the Neo environment."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """The key of SAP's API sandbox."""

    api_key: str = field(repr=False)


Credentials = ClientSecret | ClientCertificate | BasicUser | ApiKey


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """Where a tenant's API is and how to log on; secrets are left out of its `repr`.

    Attributes:
        url: root of the tenant, without a slash at its end; the API is at `<url>/api/v1`.
        credentials: one of the four kinds.
    """

    url: str
    credentials: Credentials


def parse_service_key(text: str, *, source: str) -> ServiceKey:
    """Read a service key from JSON text.

    Args:
        text: the JSON, exactly as SAP BTP shows it.
        source: what to call the key in a message: a secret's name or a file.

    Raises:
        ConfigurationError: it is no JSON, lacks a field, belongs to another plan, or has a URL
            that is not https. The message names the field, never its value.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"{source} is not JSON ({_place(error)}): paste the service key as SAP BTP shows it"
        ) from None  # the error holds the whole secret text
    if not isinstance(document, dict):
        raise ConfigurationError(f"{source} is not a service key: a JSON object is expected")
    nested = document.get("oauth")
    fields = nested if isinstance(nested, dict) else document
    return ServiceKey(_root(fields, source), _credentials(fields, source))


def _credentials(fields: Mapping[str, Any], source: str) -> Credentials:
    if "clientid" in fields:
        client_id = _text(fields, "clientid", source)
        token_url = _token_url(fields, source)
        if "clientsecret" in fields:
            return ClientSecret(client_id, _secret(fields, "clientsecret", source), token_url)
        if "certificate" in fields:
            return ClientCertificate(
                client_id,
                _text(fields, "certificate", source),
                _text(fields, "key", source),
                token_url,
            )
        raise ConfigurationError(f"{source} lacks 'clientsecret' (or 'certificate' and 'key')")
    if "username" in fields:
        return BasicUser(_text(fields, "username", source), _secret(fields, "password", source))
    if "apikey" in fields:
        return ApiKey(_header_value(fields, "apikey", source))
    raise ConfigurationError(
        f"{source} is not a service key: it has none of 'clientid', 'username', 'apikey'; "
        "create a key for a service instance of plan 'api'"
    )


def _root(fields: Mapping[str, Any], source: str) -> str:
    url = _web_address(fields, "url", source).rstrip("/").removesuffix("/api/v1")
    host = urlsplit(url).hostname or ""
    # SAP puts the runtime of plan 'integration-flow' on hosts like tenant.it-cpi018-rt.cfapps…;
    # the tenant's own name in front may end in anything.
    if any(label.endswith("-rt") for label in host.split(".")[1:]):
        raise ConfigurationError(
            f"{source} is a key of plan 'integration-flow' (its url is a runtime): "
            "create one for a service instance of plan 'api'"
        )
    return url


def _token_url(fields: Mapping[str, Any], source: str) -> str:
    """SAP's keys hold the whole token URL; some tools write its host alone."""
    url = _web_address(fields, "tokenurl", source).rstrip("/")
    return url if urlsplit(url).path else f"{url}/oauth/token"


def _web_address(fields: Mapping[str, Any], name: str, source: str) -> str:
    url = _text(fields, name, source)
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.port != 0 and url.isprintable() and " " not in url else None
    except ValueError:
        host = None
    if not host or parts.username is not None or parts.query or parts.fragment:
        raise ConfigurationError(f"{source}: '{name}' is not a plain https URL")
    if not is_secure(url):
        raise ConfigurationError(f"{source}: '{name}' must begin with https://")
    return url


def _text(fields: Mapping[str, Any], name: str, source: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{source} lacks '{name}'")
    return value.strip()


def _secret(fields: Mapping[str, Any], name: str, source: str) -> str:
    """As it stands: blanks at its ends may be part of it."""
    _text(fields, name, source)
    return str(fields[name])


def _header_value(fields: Mapping[str, Any], name: str, source: str) -> str:
    value = _text(fields, name, source)
    if not (value.isascii() and value.isprintable()):
        raise ConfigurationError(f"{source}: '{name}' has characters that no HTTP header may hold")
    return value


def _place(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}"
    return "unreadable"
