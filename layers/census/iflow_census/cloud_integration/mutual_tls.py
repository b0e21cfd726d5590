"""Mutual TLS with a certificate and a key that are never written to disk on Linux."""

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from urllib3.util.ssl_ import create_urllib3_context

from iflow_census.cloud_integration.service_key import ClientCertificate, parse_service_key
from iflow_census.errors import ConfigurationError
from iflow_census.http.transport import LimitedAdapter


def create_client_context(credentials: ClientCertificate) -> ssl.SSLContext:
    """Create a TLS context with the client certificate, to which requests adds those it trusts.

    Raises:
        ConfigurationError: certificate or key is not PEM, or they do not match.
    """
    context = create_urllib3_context()
    pem = f"{credentials.certificate}\n{credentials.private_key}\n"
    try:
        with _as_file(pem.encode()) as path:
            # With an empty password, an encrypted key fails instead of prompting on the terminal.
            context.load_cert_chain(path, password="")
    except (ssl.SSLError, OSError, ValueError) as error:
        mismatch = "KEY_VALUES_MISMATCH" in str(error)
        raise ConfigurationError(
            "the service key's 'certificate' does not match its 'key'; create a new service key"
            if mismatch
            else "the service key's 'certificate' or 'key' is not PEM; create a new service key"
        ) from None  # the error may contain the key
    return context


class MutualTlsAdapter(LimitedAdapter):
    """A transport adapter that uses a given TLS context."""

    def __init__(self, context: ssl.SSLContext, **options: Any) -> None:
        self._context = context
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Pass the context to the pool (called by requests)."""
        super().init_poolmanager(*args, **options, ssl_context=self._context)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Pass the context to the pool of a proxy (called by requests)."""
        return super().proxy_manager_for(proxy, **options, ssl_context=self._context)


@contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """Yield a path for OpenSSL, which only reads files: in memory if the system supports it."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("client-certificate")
        try:
            os.write(descriptor, content)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "client-certificate.pem"
            path.write_bytes(content)
            yield str(path)


def validate_service_key(text: str, source: str) -> None:
    """Validate a service key without a request to its tenant.

    Raises:
        ConfigurationError: not a service key, or its certificate does not match its key.
    """
    credentials = parse_service_key(text, source=source).credentials
    if isinstance(credentials, ClientCertificate):
        try:
            create_client_context(credentials)
        except ConfigurationError as error:
            raise ConfigurationError(f"{source}: {error}") from None
