"""Whole keystores: import, export, backup and its restoration, size; and the history.

Source: SAP OpenAPI: SecurityContent. What is exported is not a Java keystore but begins as one;
only what was exported here can be imported entry by entry.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.simulators.cloud_integration.keystore import (
    ENTRIES,
    STORES,
    alias_of,
    entries_of,
    find_entry,
    not_reserved,
    outcome,
    rename,
)
from tests.simulators.cloud_integration.keystore_files import (
    entries_in,
    is_keystore,
    keystore_file,
    split_aliases,
)
from tests.simulators.cloud_integration.operation_call import (
    USER,
    Handler,
    OperationCall,
    State,
    done,
)
from tests.simulators.cloud_integration.operations import entity_types
from tests.simulators.cloud_integration.refusals import RefusedError
from tests.simulators.cloud_integration.seeds_security import BACKUP, OWN, RENEWAL, SYSTEM
from tests.simulators.cloud_integration.seeds_stores import hexadecimal
from tests.simulators.http_server import Answer

_HISTORY = "HistoryKeystoreEntries"


def _import_or_back_up(state: State, asked: OperationCall) -> Answer:
    name = asked.body["Name"]
    if name == BACKUP:
        _copy_store(state, SYSTEM, BACKUP)
        return outcome(state, asked, shown_by_default=True)
    if name != SYSTEM:
        raise RefusedError(
            400,
            f"The value '{name}' is not supported for the property 'Name'. Possible name values "
            f"are '{SYSTEM}' and '{BACKUP}'.",
        )
    resource = asked.body.get("Resource") or b""
    if not is_keystore(resource):
        raise RefusedError(415, "The resource is no keystore in the format JKS or JCEKS.")
    if not asked.body.get("Password"):
        raise RefusedError(400, "The password of the keystore is missing.")
    option = asked.parameters.get("importOption", "overwrite")
    entries = entries_in(resource)
    rows = state.content.rows(ENTRIES)
    if option == "replace":
        rows[:] = [row for row in rows if row["@store"] != SYSTEM or row["Owner"] != OWN]
    for entry in entries:
        known = find_entry(state, entry["Alias"])
        if known is not None and option == "merge":
            known["Status"] = "notImported: An entry with the same alias already exists"
            continue
        if entry["Owner"] == OWN:
            rows[:] = [row for row in rows if row is not known]
            rows.append(entry | {"@store": SYSTEM, "Status": "changed" if known else "new"})
    return outcome(state, asked, shown_by_default=True)


def _copy_store(state: State, source: str, target: str) -> None:
    """Put the tenant's own entries of one keystore in the place of those of another."""
    rows = state.content.rows(ENTRIES)
    own = [row for row in entries_of(state, source) if row["Owner"] == OWN]
    rows[:] = [row for row in rows if row["@store"] != target or row["Owner"] != OWN]
    rows.extend(dict(row) | {"@store": target} for row in own)


def _export(state: State, asked: OperationCall) -> Answer:
    name = asked.keys[0][0]
    if name not in (SYSTEM, BACKUP):
        raise RefusedError(400, f"Keystore name '{name}' is invalid.")
    return state.entity(asked, {"Name": name, "Resource": keystore_file(entries_of(state, name))})


def _restore_or_delete(state: State, asked: OperationCall) -> Answer:
    if asked.says("deleteEntries"):
        for alias in split_aliases(str(asked.body.get("Aliases") or "")):
            not_reserved(alias)
            row = find_entry(state, alias)
            if row is not None:
                state.content.remove(ENTRIES, row)
        return outcome(state, asked, shown_by_default=True)
    if asked.parameters.get("retrieveBackup") != BACKUP:
        raise RefusedError(400, "Either retrieveBackup or deleteEntries is needed.")
    if not [row for row in entries_of(state, BACKUP) if row["Owner"] == OWN]:
        raise RefusedError(404, "There are no backed up keystore entries.")
    _copy_store(state, BACKUP, SYSTEM)
    return outcome(state, asked, shown_by_default=True)


def _keystore(state: State, asked: OperationCall) -> Answer:
    name = asked.keys[0][0]
    if name not in STORES:
        raise RefusedError(400, f"Keystore name '{name}' is invalid.")
    rows = entries_of(state, name)
    if asked.operation.answer == "number":
        return Answer(200, str(len(rows)).encode(), "text/plain;charset=utf-8")
    kind = entity_types()["KeystoreEntry"]
    expanded = (
        {"Entries": [state.renderer.entity(kind, row) for row in rows]}
        if "Entries" in asked.options.names("$expand")
        else None
    )
    newest = max((row["LastModifiedTime"] for row in rows), default=None)
    shown = {"Name": name, "LastModifiedBy": USER, "LastModifiedTime": newest, "Size": len(rows)}
    return state.entity(asked, shown, expanded)


def _from_history(state: State, asked: OperationCall) -> Answer:
    if not asked.says("copy"):
        raise RefusedError(400, "The parameter 'copy' must be 'true'.")
    row = state.content.find(_HISTORY, (hexadecimal(alias_of(asked.keys[0][0])),))
    if row is None:
        raise RefusedError(404, "The alias was not found in the history keystore.")
    alias = str(asked.parameters.get("destinationAlias") or row["Alias"])
    if find_entry(state, alias, RENEWAL) is not None:
        raise RefusedError(400, f'Keystore entry with alias "{alias}" already exists.')
    copied = {name: value for name, value in row.items() if name != "@parent"}
    rename(state, copied, alias)
    state.content.rows(ENTRIES).append(copied | {"@store": RENEWAL})
    return done(asked)


HANDLERS: Mapping[str, Handler] = {
    "POST KeystoreResources": _import_or_back_up,
    "GET KeystoreResources('{KeystoreName}')": _export,
    "PUT KeystoreResources('system')": _restore_or_delete,
    "GET Keystores('{KeystoreName}')": _keystore,
    "GET Keystores('{KeystoreName}')/Size/$value": _keystore,
    "PUT HistoryKeystoreEntries('{Hexalias}')": _from_history,
}
