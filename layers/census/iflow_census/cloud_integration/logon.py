"""The four ways to log on to a tenant, one per kind of service key."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from iflow_census.clock import Clock
from iflow_census.cloud_integration import mutual_tls
from iflow_census.cloud_integration.access_token import AccessToken, BearerToken
from iflow_census.cloud_integration.service_key import (
    ApiKey,
    BasicUser,
    ClientCertificate,
    ClientSecret,
    Credentials,
)
from iflow_census.errors import DataError


class Exchange(Protocol):
    """Sends a request with retries and makes a token of its answer."""

    def __call__(
        self,
        send: Callable[[], requests.Response],
        what: str,
        parse: Callable[[bytes], AccessToken],
    ) -> AccessToken:
        """Raises the errors of `Connection.get`."""
        ...


Timeouts = Callable[[], tuple[float, float]]
"""Seconds for connecting and for reading, as they are now."""


def log_on(
    credentials: Credentials,
    session: requests.Session,
    *,
    exchange: Exchange,
    timeouts: Timeouts,
    clock: Clock,
) -> AuthBase:
    """What puts the right header on each request; tokens are fetched when first needed."""
    match credentials:
        case BasicUser(username, password):
            return HTTPBasicAuth(username.encode(), password.encode())
        case ApiKey(api_key):
            return _ApiKeyHeader(api_key)
        case ClientSecret(client_id, client_secret, token_url):
            form = {"grant_type": "client_credentials"}
            auth: _Auth = HTTPBasicAuth(client_id.encode(), client_secret.encode())
        case ClientCertificate(client_id, _, _, token_url):
            form = {"grant_type": "client_credentials", "client_id": client_id}
            auth = _no_auth
            context = mutual_tls.client_context(credentials)
            session.mount(token_url, mutual_tls.MutualTlsAdapter(context))

    def send() -> requests.Response:
        return session.post(
            token_url,
            data=form,
            auth=auth,
            headers={"Accept": "application/json"},
            timeout=timeouts(),
            allow_redirects=False,
            stream=True,
        )

    return BearerToken(lambda: exchange(send, "access token", _access_token), clock)


_Auth = Callable[[requests.PreparedRequest], requests.PreparedRequest]


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from looking for a password in ~/.netrc."""
    return request


@dataclass(frozen=True, slots=True, eq=False)
class _ApiKeyHeader(AuthBase):
    """The API sandbox's way to log on (SAP OpenAPI: host sandbox.api.sap.com)."""

    api_key: str

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["APIKey"] = self.api_key
        return request

    def __repr__(self) -> str:
        return "_ApiKeyHeader()"


def _access_token(body: bytes) -> AccessToken:
    """Read the authorization server's answer (RFC 6749, section 5.1)."""
    answer = json.loads(body)
    try:
        value, lifetime = answer["access_token"], float(answer.get("expires_in", 3600))
    except (ValueError, KeyError, TypeError, AttributeError):
        value, lifetime = None, 0.0
    if not isinstance(value, str) or not value or lifetime <= 0:
        raise DataError(
            "access token: the answer holds no usable token; check the service key's 'tokenurl'"
        )
    return AccessToken(value, lifetime)
