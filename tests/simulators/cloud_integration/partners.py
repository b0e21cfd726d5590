"""Operations of the partner directory that are not generic.

Source: SAP OpenAPI: PartnerDirectory. SAP returns 500 for a missing required value and for a key
that already exists. Partners are derived from the rows that refer to them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from tests.simulators.cloud_integration.errors import ODataError, not_found
from tests.simulators.cloud_integration.operation_call import (
    USER,
    Handler,
    OperationCall,
    State,
    empty_response,
)
from tests.simulators.cloud_integration.seeds_stores import hexadecimal
from tests.simulators.http_server import Response

SETS = (
    "AuthorizedUsers",
    "AlternativePartners",
    "BinaryParameters",
    "StringParameters",
    "UserCredentialParameters",
)
_KEYED = {
    "AuthorizedUsers": "('{User}')",
    "AlternativePartners": "(Hexagency='{Hexagency}',Hexscheme='{Hexscheme}',Hexid='{Hexid}')",
    "BinaryParameters": "(Pid='{Pid}',Id='{Id}')",
    "StringParameters": "(Pid='{Pid}',Id='{Id}')",
}


def _create(state: State, call: OperationCall) -> Response:
    name = call.operation.set
    row = dict(call.body)
    if name == "AlternativePartners":
        row |= {f"Hex{part.lower()}": hexadecimal(row[part]) for part in ("Agency", "Scheme", "Id")}
    if name == "AuthorizedUsers":
        row["User"] = row["User"].lower()  # observed on a tenant
    if state.content.find(name, state.content.key_of(name, row)) is not None:
        raise ODataError(
            500,
            f"Problem during creating an entity: a duplicate key in {name}",
            "Internal Server Error",
        )
    now = state.now()
    row |= {
        "LastModifiedBy": USER,
        "LastModifiedTime": now,
        "CreatedBy": USER,
        "CreatedTime": now,
    }
    state.content.rows(name).append(row)
    return state.entity_response(call, row)


def _update(state: State, call: OperationCall) -> Response:
    row = state.get_row(call.operation.set, call.keys[0])
    row.update(call.body)
    row.update({"LastModifiedBy": USER, "LastModifiedTime": state.now()})
    return empty_response(call)


def _partners(state: State) -> list[str]:
    return sorted({row["Pid"] for name in SETS for row in state.content.rows(name)})


def _list_partners(state: State, call: OperationCall) -> Response:
    return state.list_response(call, [{"Pid": pid} for pid in _partners(state)])


def _delete_partner(state: State, call: OperationCall) -> Response:
    pid = call.keys[0][0]
    if pid not in _partners(state):
        raise not_found()
    excluded = str(call.parameters.get("exclude") or "").split(",")
    for name in SETS:
        if name not in excluded:
            rows = state.content.rows(name)
            rows[:] = [row for row in rows if row["Pid"] != pid]
    return empty_response(call)


def _list_credentials(state: State, call: OperationCall) -> Response:
    if not call.options.values.get("$filter", "").strip().startswith("Pid eq '"):
        raise ODataError(
            500,
            "UserCredentialParameters can only be read with a filter on Pid.",
            "Internal Error",
        )
    return state.list_response(call, state.content.rows("UserCredentialParameters"))


def _read_credential(state: State, call: OperationCall) -> Response:
    row = state.get_row("UserCredentialParameters", call.keys[0])
    if call.parameters.get("returnHashedPassword") != "SHA256":
        return state.entity_response(call, row)
    hashed = hashlib.sha256(row["Password"].encode()).hexdigest()
    return state.entity_response(call, row, {"Password": hashed})


HANDLERS: Mapping[str, Handler] = {
    **{f"POST {name}": _create for name in SETS},
    **{f"PUT {name}{key}": _update for name, key in _KEYED.items()},
    "GET Partners": _list_partners,
    "DELETE Partners('{Pid}')": _delete_partner,
    "GET UserCredentialParameters": _list_credentials,
    "GET UserCredentialParameters(Pid='{Pid}',Id='{Id}')": _read_credential,
}
