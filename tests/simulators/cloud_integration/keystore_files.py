"""Keystore files: real certificates and requests, and exports that look like Java keystores."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulators.cloud_integration.content import Row
from tests.simulators.cloud_integration.landscape import EPOCH

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

_JCEKS = b"\xce\xce\xce\xce\x00\x00\x00\x02"
_JKS = b"\xfe\xed\xfe\xed"
_ESCAPED = re.compile(r"((?:[^;\\]|\\.)*)(?:;|\Z)", re.DOTALL)


def _key() -> ec.EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - slow to import

    return ec.generate_private_key(ec.SECP256R1())


def _name(row: Row) -> x509.Name:
    from cryptography import x509  # noqa: PLC0415 - slow to import
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, row["Alias"][:64])])


def _certificate(row: Row) -> x509.Certificate:
    from cryptography import x509  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415

    key = _key()
    return (
        x509.CertificateBuilder()
        .subject_name(_name(row))
        .issuer_name(_name(row))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(EPOCH + timedelta(milliseconds=row["ValidNotBefore"]))
        .not_valid_after(EPOCH + timedelta(milliseconds=row["ValidNotAfter"]))
        .sign(key, hashes.SHA256())
    )


def certificate(row: Row) -> bytes:
    """Return a certificate in DER with the entry's dates."""
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    return _certificate(row).public_bytes(Encoding.DER)


def certificate_chain(row: Row) -> bytes:
    """Return a PKCS#7 file with the entry's certificate."""
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7  # noqa: PLC0415

    return pkcs7.serialize_certificates([_certificate(row)], Encoding.DER)


def signing_request(row: Row) -> bytes:
    """Return a PKCS#10 request in PEM."""
    from cryptography import x509  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    request = x509.CertificateSigningRequestBuilder().subject_name(_name(row))
    return request.sign(_key(), hashes.SHA256()).public_bytes(Encoding.PEM)


def ssh_key(row: Row) -> bytes:
    """Return a public key in OpenSSH format."""
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - slow to import
        Encoding,
        PublicFormat,
    )

    public = _key().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return public + f" {row['Alias']}\n".encode()


def keystore_file(rows: Sequence[Row]) -> bytes:
    """Return an export of entries."""
    entries = [{name: row[name] for name in row if name[0] != "@"} for row in rows]
    return _JCEKS + zlib.compress(json.dumps(entries).encode())


def is_keystore(content: bytes) -> bool:
    """Return whether a file starts like JKS or JCEKS."""
    return content.startswith((_JCEKS[:4], _JKS))


def read_entries(content: bytes) -> list[Row]:
    """Return the entries of an export; [] for any other keystore."""
    if not content.startswith(_JCEKS):
        return []
    try:
        rows: list[Row] = json.loads(zlib.decompress(content[len(_JCEKS) :]))
    except (zlib.error, ValueError):
        return []
    return rows


def split_aliases(text: str) -> list[str]:
    r"""Return the aliases of a list separated by ``;``, where ``\`` escapes both characters."""
    parts = [match[1] for match in _ESCAPED.finditer(text)]
    return [re.sub(r"\\(.)", r"\1", part) for part in parts if part]
