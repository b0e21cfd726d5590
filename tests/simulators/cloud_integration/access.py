"""Authentication: the four kinds of service key, tokens, and TLS for client certificates.

Sources: SAP Help: creating a service instance and key (plan ``api``); UAA's token endpoint; SAP
Business Accelerator Hub (``APIKey`` header of the sandbox).
"""

from __future__ import annotations

import functools
import json
import secrets
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, quote

from tests.simulators.http_server import Request, Response
from tests.simulators.tokens import AccessTokens, encode_basic, has_basic_credentials

if TYPE_CHECKING:
    import trustme

AuthKind = Literal["oauth", "certificate", "basic", "apikey"]


@dataclass(frozen=True, slots=True)
class TlsMaterial:
    """An authority, a server certificate for 127.0.0.1 and a client certificate."""

    authority: trustme.CA
    server: trustme.LeafCert
    client: trustme.LeafCert

    def context(self) -> ssl.SSLContext:
        """Return the server's TLS context.

        A client certificate is requested, but only the token endpoint requires it: SAP's API host
        accepts a bearer token without one.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.server.configure_cert(context)
        self.authority.configure_trust(context)
        context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def write_authority(self) -> Path:
        """Write the authority's certificate to a new temporary file."""
        with tempfile.NamedTemporaryFile(suffix=".pem", delete=False) as file:
            file.write(self.authority.cert_pem.bytes())
            return Path(file.name)


@functools.cache
def tls_material() -> TlsMaterial:
    """Create the certificates once per process, because RSA keys take long to generate."""
    import trustme  # noqa: PLC0415 - only tenants of the certificate kind need it

    authority = trustme.CA(organization_name="Simulated tenant")
    return TlsMaterial(
        authority,
        authority.issue_cert("127.0.0.1", "localhost"),
        authority.issue_cert(
            "client.example.com", common_name="sb-client", key_type=trustme.KeyType.RSA
        ),
    )


class Access:
    """The service key of a tenant, and checks of tokens and credentials."""

    def __init__(self, kind: AuthKind, clock: Callable[[], datetime], token_lifetime: int) -> None:
        """Create a new service key; tokens expire by ``clock``."""
        self.kind = kind
        self.client_id = f"sb-{secrets.token_hex(8)}!b42|it!b410334"
        self.secret = f"{secrets.token_urlsafe(32)}$'="
        self.tokens = AccessTokens(clock, token_lifetime)

    def service_key(self, url: str) -> dict[str, Any]:
        """Return the service key as SAP BTP shows it, for a tenant at ``url``."""
        if self.kind == "basic":
            return {"url": url, "username": self.client_id, "password": self.secret}
        if self.kind == "apikey":
            return {"url": f"{url}/cpi", "apikey": self.secret}
        key = {
            "createdate": "2026-01-15T08:56:57.083Z",
            "clientid": self.client_id,
            "url": url,
            "tokenurl": f"{url}/oauth/token",
        }
        if self.kind == "oauth":
            return {"oauth": key | {"clientsecret": self.secret}}
        client = tls_material().client
        chain = b"".join(part.bytes() for part in client.cert_chain_pems).decode()
        return {
            "oauth": key | {"certificate": chain, "key": client.private_key_pem.bytes().decode()}
        }

    def secrets(self) -> list[str]:
        """Return all strings that must never appear in a log or a document."""
        if self.kind == "certificate":
            pem = tls_material().client.private_key_pem.bytes().decode()
            # Also line by line: a log may have escaped the line breaks.
            strings = [pem, *(line for line in pem.splitlines() if "-----" not in line)]
        else:
            encoded = encode_basic(self.client_id, self.secret)
            strings = [self.secret, quote(self.secret, safe=""), encoded]
        return strings + self.tokens.issued()

    def issue_token(self, request: Request) -> Response:
        """Handle a request to the token endpoint."""
        parameters = dict(parse_qsl(request.query, keep_blank_values=True)) | request.form()
        if request.method not in ("GET", "POST"):
            return Response(405, content_type=None)
        if not self._is_client(request, parameters):
            return _oauth_error(401, "unauthorized", "Bad credentials")
        grant = parameters.get("grant_type")
        if grant != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type", f"Unsupported grant type: {grant}")
        content = {
            "access_token": self.tokens.issue(),
            "token_type": "bearer",
            "expires_in": self.tokens.lifetime,
            "scope": "it!b410334.WorkspacePackagesRead it!b410334.MonitoringDataRead",
            "jti": secrets.token_hex(16),
        }
        return Response(200, json.dumps(content).encode())

    def user_of(self, request: Request) -> str | None:
        """Return the user of a request, or None (401)."""
        return self.client_id if self._is_authenticated(request) else None

    def _is_authenticated(self, request: Request) -> bool:
        if self.kind == "apikey":
            return request.headers.get("apikey") == self.secret
        if self.kind == "basic":
            return has_basic_credentials(request, self.client_id, self.secret)
        if "authorization" not in request.headers:
            # SAP accepts a client certificate instead of a token.
            return request.client_certificate
        return self.tokens.accepts(request)

    def _is_client(self, request: Request, parameters: dict[str, str]) -> bool:
        if self.kind == "certificate":
            return request.client_certificate and parameters.get("client_id") == self.client_id
        if "authorization" in request.headers:
            return has_basic_credentials(request, self.client_id, self.secret)
        credentials = (parameters.get("client_id"), parameters.get("client_secret"))
        return credentials == (self.client_id, self.secret)


def _oauth_error(status: int, error: str, description: str) -> Response:
    content = {"error": error, "error_description": description}
    return Response(status, json.dumps(content).encode())
