"""The four ways to log on to a tenant, one per kind of service key."""

from collections.abc import Callable
from dataclasses import dataclass

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from iflow_census.cloud_integration import mutual_tls
from iflow_census.cloud_integration.errors import error_for_token_response
from iflow_census.cloud_integration.service_key import (
    ApiKey,
    BasicUser,
    ClientCertificate,
    ClientSecret,
    Credentials,
)
from iflow_census.http.access_token import AccessToken, BearerToken, parse_access_token
from iflow_census.http.client import HttpClient


def log_on(credentials: Credentials, client: HttpClient) -> AuthBase:
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
            context = mutual_tls.create_client_context(credentials)
            client.session.mount(token_url, mutual_tls.MutualTlsAdapter(context))

    def send() -> requests.Response:
        return client.session.post(
            token_url,
            data=form,
            auth=auth,
            headers={"Accept": "application/json"},
            timeout=client.timeouts(),
            allow_redirects=False,
            stream=True,
        )

    def fetch() -> AccessToken:
        return client.run(send, "access token", parse_access_token, error_for_token_response)

    return BearerToken(fetch, client.deadline.clock)


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
