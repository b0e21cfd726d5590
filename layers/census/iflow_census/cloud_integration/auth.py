"""Authentication with a tenant: one method per kind of service key."""

from dataclasses import dataclass, field

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from iflow_census.cloud_integration.errors import error_for_token_response
from iflow_census.cloud_integration.mutual_tls import MutualTlsAdapter, create_client_context
from iflow_census.cloud_integration.service_key import (
    ApiKey,
    BasicUser,
    ClientCertificate,
    ClientSecret,
    Credentials,
)
from iflow_census.http.access_token import AccessToken, BearerToken
from iflow_census.http.api_connection import fetch_access_token
from iflow_census.http.client import HttpClient
from iflow_census.http.session import Auth, no_auth


def create_auth(credentials: Credentials, client: HttpClient) -> AuthBase:
    """Create what adds credentials to each request; tokens are fetched when first needed.

    Raises:
        ConfigurationError: a client certificate cannot be used.
    """
    match credentials:
        case BasicUser(username, password):
            return HTTPBasicAuth(username.encode(), password.encode())
        case ApiKey(api_key):
            return _ApiKeyHeader(api_key)
        case ClientSecret(client_id, client_secret, token_url):
            auth: Auth = HTTPBasicAuth(client_id.encode(), client_secret.encode())
            fields = {}
        case ClientCertificate(client_id, _, _, token_url):
            context = create_client_context(credentials)
            client.session.mount(token_url, MutualTlsAdapter(context))
            auth, fields = no_auth, {"client_id": client_id}

    def fetch() -> AccessToken:
        return fetch_access_token(
            client, token_url, "access token", error_for_token_response, auth=auth, fields=fields
        )

    return BearerToken(fetch, client.deadline.clock)


@dataclass(frozen=True, slots=True, eq=False)
class _ApiKeyHeader(AuthBase):
    """The API key of SAP's sandbox (SAP OpenAPI: host sandbox.api.sap.com)."""

    api_key: str = field(repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["APIKey"] = self.api_key
        return request
