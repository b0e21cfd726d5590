"""The partner directory, as far as it is not generic.

Source: SAP OpenAPI: PartnerDirectory. SAP answers 500 where a value is missing that its tables
want, and where a key exists already; partners are whoever anything is kept for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from tests.simulators.cloud_integration.operation_call import (
    USER,
    Handler,
    OperationCall,
    State,
    done,
)
from tests.simulators.cloud_integration.refusals import RefusedError, not_found
from tests.simulators.cloud_integration.seeds_stores import hexadecimal
from tests.simulators.http_server import Answer

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


def _create(state: State, asked: OperationCall) -> Answer:
    name = asked.operation.set
    row = dict(asked.body)
    if name == "AlternativePartners":
        row |= {f"Hex{part.lower()}": hexadecimal(row[part]) for part in ("Agency", "Scheme", "Id")}
    if state.content.find(name, state.content.key_of(name, row)) is not None:
        raise RefusedError(
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
    return state.entity(asked, row)


def _update(state: State, asked: OperationCall) -> Answer:
    row = state.found(asked.operation.set, asked.keys[0])
    row.update(asked.body)
    row.update({"LastModifiedBy": USER, "LastModifiedTime": state.now()})
    return done(asked)


def _partners(state: State) -> list[str]:
    return sorted({row["Pid"] for name in SETS for row in state.content.rows(name)})


def _list_partners(state: State, asked: OperationCall) -> Answer:
    return state.list(asked, [{"Pid": pid} for pid in _partners(state)])


def _delete_partner(state: State, asked: OperationCall) -> Answer:
    pid = asked.keys[0][0]
    if pid not in _partners(state):
        raise not_found()
    kept = str(asked.parameters.get("exclude") or "").split(",")
    for name in SETS:
        if name not in kept:
            rows = state.content.rows(name)
            rows[:] = [row for row in rows if row["Pid"] != pid]
    return done(asked)


def _list_credentials(state: State, asked: OperationCall) -> Answer:
    if not asked.options.values.get("$filter", "").strip().startswith("Pid eq '"):
        raise RefusedError(
            500,
            "UserCredentialParameters can be read with a filter on Pid alone.",
            "Internal Error",
        )
    return state.list(asked, state.content.rows("UserCredentialParameters"))


def _read_credential(state: State, asked: OperationCall) -> Answer:
    row = state.found("UserCredentialParameters", asked.keys[0])
    if asked.parameters.get("returnHashedPassword") != "SHA256":
        return state.entity(asked, row)
    hashed = hashlib.sha256(row["Password"].encode()).hexdigest()
    return state.entity(asked, row, {"Password": hashed})


HANDLERS: Mapping[str, Handler] = {
    **{f"POST {name}": _create for name in SETS},
    **{f"PUT {name}{key}": _update for name, key in _KEYED.items()},
    "GET Partners": _list_partners,
    "DELETE Partners('{Pid}')": _delete_partner,
    "GET UserCredentialParameters": _list_credentials,
    "GET UserCredentialParameters(Pid='{Pid}',Id='{Id}')": _read_credential,
}
