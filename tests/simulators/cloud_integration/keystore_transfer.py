"""Keystores: import, export, backup, restore, size and history.

Source: SAP OpenAPI: SecurityContent. Exports look like Java keystores; only such exports
can be imported.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.simulators.cloud_integration.errors import ODataError
from tests.simulators.cloud_integration.keystore import (
    ENTRIES,
    STORES,
    decode_alias,
    entries_of,
    entries_response,
    find_entry,
    rename,
    require_unreserved,
)
from tests.simulators.cloud_integration.keystore_files import (
    is_keystore,
    keystore_file,
    read_entries,
    split_aliases,
)
from tests.simulators.cloud_integration.operation_call import (
    USER,
    Handler,
    OperationCall,
    State,
    empty_response,
)
from tests.simulators.cloud_integration.operations import entity_types
from tests.simulators.cloud_integration.seeds_security import BACKUP, OWN, RENEWAL, SYSTEM
from tests.simulators.cloud_integration.seeds_stores import hexadecimal
from tests.simulators.http_server import Response

_HISTORY = "HistoryKeystoreEntries"


def _import_or_back_up(state: State, call: OperationCall) -> Response:
    name = call.body["Name"]
    if name == BACKUP:
        _copy_store(state, SYSTEM, BACKUP)
        return entries_response(state, call, by_default=True)
    if name != SYSTEM:
        raise ODataError(
            400,
            f"The value '{name}' is not supported for the property 'Name'. Possible name values "
            f"are '{SYSTEM}' and '{BACKUP}'.",
        )
    resource = call.body.get("Resource") or b""
    if not is_keystore(resource):
        raise ODataError(415, "The resource is not a keystore in the format JKS or JCEKS.")
    if not call.body.get("Password"):
        raise ODataError(400, "The password of the keystore is missing.")
    option = call.parameters.get("importOption", "overwrite")
    entries = read_entries(resource)
    rows = state.content.rows(ENTRIES)
    if option == "replace":
        rows[:] = [row for row in rows if row["@store"] != SYSTEM or row["Owner"] != OWN]
    for entry in entries:
        existing = find_entry(state, entry["Alias"])
        if existing is not None and option == "merge":
            existing["Status"] = "notImported: An entry with the same alias already exists"
            continue
        if entry["Owner"] == OWN:
            rows[:] = [row for row in rows if row is not existing]
            rows.append(entry | {"@store": SYSTEM, "Status": "changed" if existing else "new"})
    return entries_response(state, call, by_default=True)


def _copy_store(state: State, source: str, target: str) -> None:
    """Replace the tenant's own entries in a keystore with those of another."""
    rows = state.content.rows(ENTRIES)
    own = [row for row in entries_of(state, source) if row["Owner"] == OWN]
    rows[:] = [row for row in rows if row["@store"] != target or row["Owner"] != OWN]
    rows.extend(dict(row) | {"@store": target} for row in own)


def _export(state: State, call: OperationCall) -> Response:
    name = call.keys[0][0]
    if name not in (SYSTEM, BACKUP):
        raise ODataError(400, f"Keystore name '{name}' is invalid.")
    return state.entity_response(
        call, {"Name": name, "Resource": keystore_file(entries_of(state, name))}
    )


def _restore_or_delete(state: State, call: OperationCall) -> Response:
    if call.is_true("deleteEntries"):
        for alias in split_aliases(str(call.body.get("Aliases") or "")):
            require_unreserved(alias)
            row = find_entry(state, alias)
            if row is not None:
                state.content.remove(ENTRIES, row)
        return entries_response(state, call, by_default=True)
    if call.parameters.get("retrieveBackup") != BACKUP:
        raise ODataError(400, "Either retrieveBackup or deleteEntries is needed.")
    if not [row for row in entries_of(state, BACKUP) if row["Owner"] == OWN]:
        raise ODataError(404, "There are no backed up keystore entries.")
    _copy_store(state, BACKUP, SYSTEM)
    return entries_response(state, call, by_default=True)


def _keystore(state: State, call: OperationCall) -> Response:
    name = call.keys[0][0]
    if name not in STORES:
        raise ODataError(400, f"Keystore name '{name}' is invalid.")
    rows = entries_of(state, name)
    if call.operation.result == "number":
        return Response(200, str(len(rows)).encode(), "text/plain;charset=utf-8")
    kind = entity_types()["KeystoreEntry"]
    expanded = (
        {"Entries": [state.renderer.entity(kind, row) for row in rows]}
        if "Entries" in call.options.names("$expand")
        else None
    )
    newest = max((row["LastModifiedTime"] for row in rows), default=None)
    properties = {
        "Name": name,
        "LastModifiedBy": USER,
        "LastModifiedTime": newest,
        "Size": len(rows),
    }
    return state.entity_response(call, properties, expanded)


def _copy_from_history(state: State, call: OperationCall) -> Response:
    if not call.is_true("copy"):
        raise ODataError(400, "The parameter 'copy' must be 'true'.")
    row = state.content.find(_HISTORY, (hexadecimal(decode_alias(call.keys[0][0])),))
    if row is None:
        raise ODataError(404, "The alias was not found in the history keystore.")
    alias = str(call.parameters.get("destinationAlias") or row["Alias"])
    if find_entry(state, alias, RENEWAL) is not None:
        raise ODataError(400, f'Keystore entry with alias "{alias}" already exists.')
    copied = {name: value for name, value in row.items() if name != "@parent"}
    rename(state, copied, alias)
    state.content.rows(ENTRIES).append(copied | {"@store": RENEWAL})
    return empty_response(call)


HANDLERS: Mapping[str, Handler] = {
    "POST KeystoreResources": _import_or_back_up,
    "GET KeystoreResources('{KeystoreName}')": _export,
    "PUT KeystoreResources('system')": _restore_or_delete,
    "GET Keystores('{KeystoreName}')": _keystore,
    "GET Keystores('{KeystoreName}')/Size/$value": _keystore,
    "PUT HistoryKeystoreEntries('{Hexalias}')": _copy_from_history,
}
