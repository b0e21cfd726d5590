"""Keystore entries: their certificates, upload, generation, renaming, activation.

Source: SAP OpenAPI: SecurityContent. No trust path leads to any uploaded certificate here, so that
it must be sent with ``fingerprintVerified=true``.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.simulators.cloud_integration.content import Media, Row
from tests.simulators.cloud_integration.keystore_files import (
    certificate,
    certificate_chain,
    signing_request,
    ssh_key,
)
from tests.simulators.cloud_integration.operation_call import (
    EMPTY,
    USER,
    Handler,
    OperationCall,
    State,
    media,
    with_status,
)
from tests.simulators.cloud_integration.refusals import RefusedError
from tests.simulators.cloud_integration.seeds_security import (
    BACKUP,
    RENEWAL,
    SSH_ALIAS,
    SYSTEM,
    keystore_entry,
)
from tests.simulators.cloud_integration.seeds_stores import hexadecimal
from tests.simulators.http_server import Answer

STORES = (SYSTEM, BACKUP, RENEWAL, "KeyHistory")
_RESERVED = ("hcicertificate", "hcicertificate1", "hcimsgcertificate")
ENTRIES = "KeystoreEntries"


def _store(asked: OperationCall) -> str:
    """Return the keystore asked for; SAP's text requires it, but its help calls without."""
    return str(asked.parameters.get("keystoreName", SYSTEM))


def alias_of(hexalias: str) -> str:
    """Return the alias that a key stands for; refuse what is no hexadecimal."""
    try:
        return bytes.fromhex(hexalias).decode()
    except ValueError:
        text = f"hexBinary needs to be even-length: {hexalias}"
        raise RefusedError(400, text) from None


def entries_of(state: State, store: str) -> list[Row]:
    """Return the entries of one keystore."""
    return [row for row in state.content.rows(ENTRIES) if row["@store"] == store]


def find_entry(state: State, alias: str, store: str = SYSTEM) -> Row | None:
    """Return the entry with this alias, if there is one."""
    return next((row for row in entries_of(state, store) if row["Alias"] == alias), None)


def _entry(state: State, asked: OperationCall, store: str) -> Row:
    alias = alias_of(asked.keys[0][0])
    row = find_entry(state, alias, store)
    if row is None:
        raise RefusedError(404, f"Alias '{alias}' not found in the keystore")
    return row


def not_reserved(alias: str) -> None:
    """Refuse an alias that is kept for SAP."""
    if alias in _RESERVED or alias.startswith("sap_"):
        raise RefusedError(403, f'The alias "{alias}" is reserved for SAP.')


def outcome(state: State, asked: OperationCall, *, shown_by_default: bool = False) -> Answer:
    """Answer with all entries where they were asked for, else with 204."""
    given = asked.parameters.get("returnKeystoreEntries")
    if given == "true" or (given is None and shown_by_default):
        return state.list(asked, entries_of(state, SYSTEM))
    return EMPTY


def _list(state: State, asked: OperationCall) -> Answer:
    return state.list(asked, entries_of(state, _store(asked)))


def _read(state: State, asked: OperationCall) -> Answer:
    return state.entity(asked, _entry(state, asked, _store(asked)))


def _certificate(state: State, asked: OperationCall) -> Answer:
    row = _entry(state, asked, _store(asked))
    return media(Media(certificate(row), "application/pkix-cert", f"{row['Hexalias']}.cer"))


def _chain_resource(state: State, asked: OperationCall) -> Answer:
    row = _entry(state, asked, _store(asked))
    return media(Media(certificate_chain(row), "application/pkcs7-mime", f"{row['Hexalias']}.p7b"))


def _signing_request(state: State, asked: OperationCall) -> Answer:
    row = _entry(state, asked, SYSTEM)
    if row["Type"] != "Key Pair":
        raise RefusedError(400, f'Keystore entry with alias "{row["Alias"]}" is no key pair.')
    return media(Media(signing_request(row), "application/pkcs10", f"{row['Hexalias']}.csr"))


def _ssh_key(state: State, _asked: OperationCall) -> Answer:
    row = find_entry(state, SSH_ALIAS)
    if row is None:
        raise RefusedError(404, f"Alias '{SSH_ALIAS}' not found in the keystore")
    return media(Media(ssh_key(row), "text/plain;charset=utf-8", f"{SSH_ALIAS}.pub"))


def _chain(state: State, asked: OperationCall) -> Answer:
    row = _entry(state, asked, _store(asked))
    rows = state.content.children("ChainCertificates", (ENTRIES, (row["Hexalias"],)))
    return state.list(asked, rows)


def _rename(state: State, asked: OperationCall) -> Answer:
    row = _entry(state, asked, SYSTEM)
    alias = str(asked.parameters.get("renameAlias") or "")
    if not alias or asked.body.get("Status") is not None:
        raise RefusedError(400, 'A new alias and the body {"Status": null} are needed.')
    not_reserved(alias)
    if find_entry(state, alias) is not None:
        raise RefusedError(400, f'Keystore entry with alias "{alias}" already exists.')
    rename(state, row, alias)
    if asked.says("returnHexAlias"):
        return Answer(200, f"[{row['Hexalias']}]".encode(), "text/plain;charset=utf-8")
    return outcome(state, asked)


def rename(state: State, row: Row, alias: str) -> None:
    """Give an entry another alias."""
    row.update(
        {
            "Alias": alias,
            "Hexalias": hexadecimal(alias),
            "LastModifiedBy": USER,
            "LastModifiedTime": state.now(),
        }
    )


def _delete(state: State, asked: OperationCall) -> Answer:
    if asked.says("activate"):
        renewed = _entry(state, asked, RENEWAL)
        old = find_entry(state, renewed["Alias"])
        if old is not None:
            state.content.remove(ENTRIES, old)
        renewed["@store"] = SYSTEM
        return outcome(state, asked)
    row = _entry(state, asked, SYSTEM)
    not_reserved(row["Alias"])
    state.content.remove(ENTRIES, row)
    return outcome(state, asked)


def _add(state: State, alias: str, *, update: bool | None, kind: str = "Key Pair") -> Row:
    """Add an entry, or put it in the place of one; ``update`` None takes either."""
    if not alias or set(alias) & set('<>"'):
        raise RefusedError(400, f"The alias '{alias}' contains an invalid character.")
    not_reserved(alias)
    known = find_entry(state, alias)
    if known is not None and not update and update is not None:
        raise RefusedError(400, f'Keystore entry with alias "{alias}" already exists.')
    if known is None and update:
        raise RefusedError(400, f'Keystore entry with alias "{alias}" does not exist.')
    rows = state.content.rows(ENTRIES)
    rows[:] = [row for row in rows if row is not known]
    made = keystore_entry(alias, state.now(), kind=kind) | {"Status": "new"}
    rows.append(made)
    return made


def _put_certificate(state: State, asked: OperationCall) -> Answer:
    alias = alias_of(asked.keys[0][0])
    if not asked.body[""].startswith(b"\x30"):
        raise RefusedError(415, "The request body is no X.509 certificate.")
    if not asked.says("fingerprintVerified"):
        entity = state.renderer.entity(
            state.type(asked), keystore_entry(alias, state.now()) | {"Validity": "notTrusted"}
        )
        return with_status(
            state.renderer.one(asked.call, state.type(asked), entity, asked.options), 409
        )
    if "CertificateChainResources" in asked.operation.path:
        _add(state, alias, update=True)
    else:
        _add(state, alias, update=asked.says("update"), kind="Certificate")
    return outcome(state, asked)


def _generate(state: State, asked: OperationCall) -> Answer:
    made = _add(state, str(asked.body.get("Alias") or ""), update=False)
    made.update({name: asked.body[name] for name in ("KeyType", "KeySize") if asked.body.get(name)})
    return outcome(state, asked)


def _generate_ssh(state: State, asked: OperationCall) -> Answer:
    if not asked.body.get("SSHFile"):
        raise RefusedError(400, "Property 'SSHFile' must not be null.")
    _add(state, SSH_ALIAS, update=asked.says("update"))
    if asked.says("returnKeystoreEntries"):
        return outcome(state, asked)
    return state.entity(asked, {"Alias": SSH_ALIAS})


def _import_pair(state: State, asked: OperationCall) -> Answer:
    if not asked.says("fingerprintVerified"):
        raise RefusedError(409, "Trust path to the top CA certificate could not be established.")
    if not asked.body["Resource"].startswith(b"\x30"):
        raise RefusedError(415, "The resource is no PKCS#12 file.")
    _add(state, asked.body["Alias"], update=asked.says("update"))
    return outcome(state, asked)


_KEYED = "KeystoreEntries('{Hexalias}')"
HANDLERS: Mapping[str, Handler] = {
    "GET KeystoreEntries": _list,
    f"GET {_KEYED}": _read,
    f"PUT {_KEYED}": _rename,
    f"DELETE {_KEYED}": _delete,
    f"GET {_KEYED}/Certificate/$value": _certificate,
    f"GET {_KEYED}/ChainResource/$value": _chain_resource,
    f"GET {_KEYED}/SigningRequest/$value": _signing_request,
    f"GET {_KEYED}/ChainCertificates": _chain,
    "GET KeystoreEntries('69645F727361')/Sshkey/$value": _ssh_key,
    "PUT CertificateResources('{Hexalias}')/$value": _put_certificate,
    "PUT CertificateChainResources('{Hexalias}')/$value": _put_certificate,
    "POST KeyPairGenerationRequests": _generate,
    "POST RSAKeyGenerationRequests": _generate,
    "POST SSHKeyGenerationRequests": _generate_ssh,
    "POST KeyPairResources": _import_pair,
}
