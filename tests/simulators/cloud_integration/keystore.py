"""Keystore entries: their certificates, upload, generation, renaming, activation.

Source: SAP OpenAPI: SecurityContent. Uploaded certificates have no trust path here, so
they must be sent with ``fingerprintVerified=true``.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.simulators.cloud_integration.content import Media, Row
from tests.simulators.cloud_integration.errors import ODataError
from tests.simulators.cloud_integration.keystore_files import (
    certificate,
    certificate_chain,
    signing_request,
    ssh_key,
)
from tests.simulators.cloud_integration.operation_call import (
    NO_CONTENT,
    USER,
    Handler,
    OperationCall,
    State,
    media_response,
    with_status,
)
from tests.simulators.cloud_integration.seeds_security import (
    BACKUP,
    RENEWAL,
    SSH_ALIAS,
    SYSTEM,
    keystore_entry,
)
from tests.simulators.cloud_integration.seeds_stores import hexadecimal
from tests.simulators.http_server import Response

STORES = (SYSTEM, BACKUP, RENEWAL, "KeyHistory")
_RESERVED = ("hcicertificate", "hcicertificate1", "hcimsgcertificate")
ENTRIES = "KeystoreEntries"


def _store(call: OperationCall) -> str:
    """Return the requested keystore; SAP's specification requires it, but its examples omit it."""
    return str(call.parameters.get("keystoreName", SYSTEM))


def decode_alias(hexalias: str) -> str:
    """Return the alias for a hexadecimal key; raises a 400 if it is invalid."""
    try:
        return bytes.fromhex(hexalias).decode()
    except ValueError:
        text = f"hexBinary needs to be even-length: {hexalias}"
        raise ODataError(400, text) from None


def entries_of(state: State, store: str) -> list[Row]:
    """Return the entries of one keystore."""
    return [row for row in state.content.rows(ENTRIES) if row["@store"] == store]


def find_entry(state: State, alias: str, store: str = SYSTEM) -> Row | None:
    """Return the entry with this alias, if there is one."""
    return next((row for row in entries_of(state, store) if row["Alias"] == alias), None)


def _entry(state: State, call: OperationCall, store: str) -> Row:
    alias = decode_alias(call.keys[0][0])
    row = find_entry(state, alias, store)
    if row is None:
        raise ODataError(404, f"Alias '{alias}' not found in the keystore")
    return row


def require_unreserved(alias: str) -> None:
    """Raise a 403 if an alias is reserved for SAP."""
    if alias in _RESERVED or alias.startswith("sap_"):
        raise ODataError(403, f'The alias "{alias}" is reserved for SAP.')


def entries_response(state: State, call: OperationCall, *, by_default: bool = False) -> Response:
    """Return all entries if they were requested, else a 204."""
    requested = call.parameters.get("returnKeystoreEntries")
    if requested == "true" or (requested is None and by_default):
        return state.list_response(call, entries_of(state, SYSTEM))
    return NO_CONTENT


def _list(state: State, call: OperationCall) -> Response:
    return state.list_response(call, entries_of(state, _store(call)))


def _read(state: State, call: OperationCall) -> Response:
    return state.entity_response(call, _entry(state, call, _store(call)))


def _certificate(state: State, call: OperationCall) -> Response:
    row = _entry(state, call, _store(call))
    return media_response(
        Media(certificate(row), "application/pkix-cert", f"{row['Hexalias']}.cer")
    )


def _chain_resource(state: State, call: OperationCall) -> Response:
    row = _entry(state, call, _store(call))
    return media_response(
        Media(certificate_chain(row), "application/pkcs7-mime", f"{row['Hexalias']}.p7b")
    )


def _signing_request(state: State, call: OperationCall) -> Response:
    row = _entry(state, call, SYSTEM)
    if row["Type"] != "Key Pair":
        raise ODataError(400, f'Keystore entry with alias "{row["Alias"]}" is not a key pair.')
    return media_response(
        Media(signing_request(row), "application/pkcs10", f"{row['Hexalias']}.csr")
    )


def _ssh_key(state: State, _call: OperationCall) -> Response:
    row = find_entry(state, SSH_ALIAS)
    if row is None:
        raise ODataError(404, f"Alias '{SSH_ALIAS}' not found in the keystore")
    return media_response(Media(ssh_key(row), "text/plain;charset=utf-8", f"{SSH_ALIAS}.pub"))


def _chain(state: State, call: OperationCall) -> Response:
    row = _entry(state, call, _store(call))
    rows = state.content.children("ChainCertificates", (ENTRIES, (row["Hexalias"],)))
    return state.list_response(call, rows)


def _rename(state: State, call: OperationCall) -> Response:
    row = _entry(state, call, SYSTEM)
    alias = str(call.parameters.get("renameAlias") or "")
    if not alias or call.body.get("Status") is not None:
        raise ODataError(400, 'A new alias and the body {"Status": null} are needed.')
    require_unreserved(alias)
    if find_entry(state, alias) is not None:
        raise ODataError(400, f'Keystore entry with alias "{alias}" already exists.')
    rename(state, row, alias)
    if call.is_true("returnHexAlias"):
        return Response(200, f"[{row['Hexalias']}]".encode(), "text/plain;charset=utf-8")
    return entries_response(state, call)


def rename(state: State, row: Row, alias: str) -> None:
    """Rename an entry."""
    row.update(
        {
            "Alias": alias,
            "Hexalias": hexadecimal(alias),
            "LastModifiedBy": USER,
            "LastModifiedTime": state.now(),
        }
    )


def _delete(state: State, call: OperationCall) -> Response:
    if call.is_true("activate"):
        renewed = _entry(state, call, RENEWAL)
        old = find_entry(state, renewed["Alias"])
        if old is not None:
            state.content.remove(ENTRIES, old)
        renewed["@store"] = SYSTEM
        return entries_response(state, call)
    row = _entry(state, call, SYSTEM)
    require_unreserved(row["Alias"])
    state.content.remove(ENTRIES, row)
    return entries_response(state, call)


def _add(state: State, alias: str, *, update: bool | None, kind: str = "Key Pair") -> Row:
    """Add an entry, or replace one if ``update``; None does either."""
    if not alias or set(alias) & set('<>"'):
        raise ODataError(400, f"The alias '{alias}' contains an invalid character.")
    require_unreserved(alias)
    existing = find_entry(state, alias)
    if existing is not None and not update and update is not None:
        raise ODataError(400, f'Keystore entry with alias "{alias}" already exists.')
    if existing is None and update:
        raise ODataError(400, f'Keystore entry with alias "{alias}" does not exist.')
    rows = state.content.rows(ENTRIES)
    rows[:] = [row for row in rows if row is not existing]
    entry = keystore_entry(alias, state.now(), kind=kind) | {"Status": "new"}
    rows.append(entry)
    return entry


def _put_certificate(state: State, call: OperationCall) -> Response:
    alias = decode_alias(call.keys[0][0])
    if not call.body[""].startswith(b"\x30"):
        raise ODataError(415, "The request body is not an X.509 certificate.")
    if not call.is_true("fingerprintVerified"):
        entity = state.renderer.entity(
            state.entity_type(call), keystore_entry(alias, state.now()) | {"Validity": "notTrusted"}
        )
        return with_status(
            state.renderer.entity_response(
                call.request, state.entity_type(call), entity, call.options
            ),
            409,
        )
    if "CertificateChainResources" in call.operation.path:
        _add(state, alias, update=True)
    else:
        _add(state, alias, update=call.is_true("update"), kind="Certificate")
    return entries_response(state, call)


def _generate(state: State, call: OperationCall) -> Response:
    entry = _add(state, str(call.body.get("Alias") or ""), update=False)
    entry.update({name: call.body[name] for name in ("KeyType", "KeySize") if call.body.get(name)})
    return entries_response(state, call)


def _generate_ssh(state: State, call: OperationCall) -> Response:
    if not call.body.get("SSHFile"):
        raise ODataError(400, "Property 'SSHFile' must not be null.")
    _add(state, SSH_ALIAS, update=call.is_true("update"))
    if call.is_true("returnKeystoreEntries"):
        return entries_response(state, call)
    return state.entity_response(call, {"Alias": SSH_ALIAS})


def _import_pair(state: State, call: OperationCall) -> Response:
    if not call.is_true("fingerprintVerified"):
        raise ODataError(409, "Trust path to the top CA certificate could not be established.")
    if not call.body["Resource"].startswith(b"\x30"):
        raise ODataError(415, "The resource is not a PKCS#12 file.")
    _add(state, call.body["Alias"], update=call.is_true("update"))
    return entries_response(state, call)


_ENTRY = "KeystoreEntries('{Hexalias}')"
HANDLERS: Mapping[str, Handler] = {
    "GET KeystoreEntries": _list,
    f"GET {_ENTRY}": _read,
    f"PUT {_ENTRY}": _rename,
    f"DELETE {_ENTRY}": _delete,
    f"GET {_ENTRY}/Certificate/$value": _certificate,
    f"GET {_ENTRY}/ChainResource/$value": _chain_resource,
    f"GET {_ENTRY}/SigningRequest/$value": _signing_request,
    f"GET {_ENTRY}/ChainCertificates": _chain,
    "GET KeystoreEntries('69645F727361')/Sshkey/$value": _ssh_key,
    "PUT CertificateResources('{Hexalias}')/$value": _put_certificate,
    "PUT CertificateChainResources('{Hexalias}')/$value": _put_certificate,
    "POST KeyPairGenerationRequests": _generate,
    "POST RSAKeyGenerationRequests": _generate,
    "POST SSHKeyGenerationRequests": _generate_ssh,
    "POST KeyPairResources": _import_pair,
}
