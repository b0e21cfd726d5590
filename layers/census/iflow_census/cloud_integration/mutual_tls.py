"""Mutual TLS with a certificate and key that never lie in a file."""

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.util.ssl_ import create_urllib3_context

from iflow_census.cloud_integration.service_key import ClientCertificate, parse_service_key
from iflow_census.errors import ConfigurationError


def create_client_context(credentials: ClientCertificate) -> ssl.SSLContext:
    """A TLS context that shows the client certificate; servers are verified as always.

    Raises:
        ConfigurationError: certificate or key is no PEM, or they do not belong together.
    """
    context = create_urllib3_context()
    context.load_default_certs()
    pem = f"{credentials.certificate}\n{credentials.private_key}\n"
    try:
        with _readable_as_file(pem.encode()) as path:
            # An encrypted key would make OpenSSL ask on the terminal; an empty password fails.
            context.load_cert_chain(path, password="")
    except (ssl.SSLError, OSError, ValueError) as error:
        mismatch = "KEY_VALUES_MISMATCH" in str(error)
        raise ConfigurationError(
            "the service key's 'certificate' does not fit its 'key': create a new key"
            if mismatch
            else "the service key's 'certificate' or 'key' is no readable PEM: create a new key"
        ) from None  # nothing of the key may reach a log
    return context


class MutualTlsAdapter(HTTPAdapter):
    """A transport adapter whose connections use a given TLS context."""

    def __init__(self, context: ssl.SSLContext, **options: Any) -> None:
        self._context = context
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Hand the context to the pool (called by requests)."""
        super().init_poolmanager(*args, **options, ssl_context=self._context)


@contextmanager
def _readable_as_file(content: bytes) -> Iterator[str]:
    """A path for OpenSSL, which reads certificates from files alone: in memory where possible."""
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
            path.touch(mode=0o600)
            path.write_bytes(content)
            yield str(path)


def validate_service_key(text: str, source: str) -> None:
    """Find out what can be told of a service key without asking its tenant.

    Args:
        text: the service key, as SAP BTP shows it.
        source: what to call the key in a message.

    Raises:
        ConfigurationError: it is no service key, or its certificate does not fit its key.
    """
    credentials = parse_service_key(text, source=source).credentials
    if isinstance(credentials, ClientCertificate):
        try:
            create_client_context(credentials)
        except ConfigurationError as error:
            raise ConfigurationError(f"{source}: {error}") from None
