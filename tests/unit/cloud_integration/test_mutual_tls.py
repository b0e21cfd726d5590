"""Client certificates are loaded, or rejected without quoting them."""

import json
import os
import ssl
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from iflow_census.clock import Deadline
from iflow_census.cloud_integration.auth import create_auth
from iflow_census.cloud_integration.mutual_tls import (
    MutualTlsAdapter,
    create_client_context,
    validate_service_key,
)
from iflow_census.cloud_integration.service_key import ClientCertificate
from iflow_census.errors import ConfigurationError
from iflow_census.http.client import HttpClient
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.http.session import Session
from tests.clock import FakeClock
from tests.unit.http.responses import make_response

PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8


def private_key(password: bytes | None = None) -> tuple[ec.EllipticCurvePrivateKey, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        encryption = serialization.BestAvailableEncryption(password)
    return key, key.private_bytes(PEM, PKCS8, encryption).decode()


def certificate(key: ec.EllipticCurvePrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sb-client")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(datetime(2026, 1, 1))  # noqa: DTZ001 - the builder expects it
        .not_valid_after(datetime(2026, 1, 1) + timedelta(days=365))  # noqa: DTZ001
        .sign(key, hashes.SHA256())
    )
    return signed.public_bytes(PEM).decode()


KEY, KEY_TEXT = private_key()
CERTIFICATE = certificate(KEY)


def context(certificate_text: str, key_text: str) -> ssl.SSLContext:
    return create_client_context(
        ClientCertificate("sb-client", certificate_text, key_text, "https://auth.example/token")
    )


@pytest.mark.parametrize(
    ("certificate_text", "key_text"),
    [
        (CERTIFICATE, KEY_TEXT),
        (CERTIFICATE.strip(), KEY_TEXT.strip()),
        (CERTIFICATE.replace("\n", "\r\n"), KEY_TEXT.replace("\n", "\r\n")),
        (CERTIFICATE + certificate(private_key()[0]), KEY_TEXT),
    ],
)
def test_certificate_with_its_key_is_loaded(certificate_text: str, key_text: str) -> None:
    tls_context = context(certificate_text, key_text)

    assert tls_context.verify_mode is ssl.CERT_REQUIRED
    assert tls_context.check_hostname


def test_authorities_of_the_system_are_not_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = tmp_path / "authority.pem"
    authority.write_text(CERTIFICATE, encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))

    assert context(CERTIFICATE, KEY_TEXT).cert_store_stats()["x509"] == 0


def test_certificate_is_loaded_without_files_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)

    assert context(CERTIFICATE, KEY_TEXT).verify_mode is ssl.CERT_REQUIRED


def test_certificate_is_only_shown_to_the_authorization_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[tuple[str, object]] = []

    def respond(_session: object, _method: str, url: str, **options: Any) -> requests.Response:
        sent.append((url, options["body"]))
        return make_response(200, b'{"access_token": "abc"}')

    monkeypatch.setattr(Session, "open", respond)
    client = HttpClient(Deadline(FakeClock().clock, 60), RetryPolicy())
    token_url = "https://auth.example/token"

    auth = create_auth(ClientCertificate("sb-client", CERTIFICATE, KEY_TEXT, token_url), client)
    request = auth(requests.Request("GET", "https://tenant.example/").prepare())

    assert request.headers["Authorization"] == "Bearer abc"
    assert sent == [(token_url, {"grant_type": "client_credentials", "client_id": "sb-client"})]
    assert isinstance(client.session.get_adapter(token_url), MutualTlsAdapter)
    assert not isinstance(client.session.get_adapter("https://tenant.example/"), MutualTlsAdapter)


def test_certificate_with_another_key_is_rejected() -> None:
    with pytest.raises(ConfigurationError, match="'certificate' does not match its 'key'"):
        context(CERTIFICATE, private_key()[1])


@pytest.mark.parametrize(
    ("certificate_text", "key_text"),
    [
        ("garbage", KEY_TEXT),
        (CERTIFICATE, "garbage"),
        ("", ""),
        (CERTIFICATE, ""),
        (KEY_TEXT, CERTIFICATE.replace("CERTIFICATE", "SOMETHING")),
        (CERTIFICATE[:100], KEY_TEXT),
        (CERTIFICATE, KEY_TEXT[:100]),
        (CERTIFICATE, "\ud800"),
        (CERTIFICATE.replace("\n", " "), KEY_TEXT),
        (CERTIFICATE, private_key(b"password")[1]),
    ],
    # The PEM texts differ in each process, and pytest-xdist compares the names of tests.
    ids=range(10),
)
def test_unreadable_pem_is_rejected_without_quoting_it(
    certificate_text: str, key_text: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        context(certificate_text, key_text)

    assert "is not PEM" in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_service_key_with_another_certificate_is_named() -> None:
    fields = {
        "url": "https://tenant.example",
        "tokenurl": "https://auth.example/token",
        "clientid": "sb-client",
        "certificate": CERTIFICATE,
        "key": KEY_TEXT,
    }
    validate_service_key(json.dumps(fields), "prod.json")

    with pytest.raises(
        ConfigurationError, match=r"prod\.json: the service key's 'certificate' does"
    ):
        validate_service_key(json.dumps(fields | {"key": private_key()[1]}), "prod.json")
