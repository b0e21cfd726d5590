"""Operations on credentials, user mappings and access policies that are not generic.

Source: SAP OpenAPI: SecurityContent. Secrets are stored and never returned.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.simulators.cloud_integration.content import Row
from tests.simulators.cloud_integration.errors import ODataError
from tests.simulators.cloud_integration.operation_call import (
    USER,
    Handler,
    OperationCall,
    State,
    empty_response,
    new_id,
)
from tests.simulators.cloud_integration.operations import entity_types
from tests.simulators.cloud_integration.responses import Entity
from tests.simulators.cloud_integration.seeds_security import descriptor
from tests.simulators.http_server import Response

_OPEN_CONNECTORS_PASSWORD = re.compile(r"User \S{0,44},Organization \S{0,32},Element \S{0,44}")
_NAMED = ("UserCredentials", "SecureParameters", "OAuth2ClientCredentials")


def _require_valid_kind(row: Mapping[str, Any]) -> None:
    """Reject user credentials as SAP's OpenAPI describes it, with 500."""
    match row["Kind"]:
        case "default":
            return
        case "successfactors" if row.get("CompanyId"):
            return
        case "successfactors":
            problem = "Company Id is missing."
        case "openconnectors" if _OPEN_CONNECTORS_PASSWORD.fullmatch(row.get("Password") or ""):
            return
        case "openconnectors":
            problem = "Password does not match Open Connectors Credentials pattern."
        case _:
            problem = "Kind must be one of [successfactors, default, openconnectors]."
    raise ODataError(500, problem, "Internal Server Error")


def _create_named(state: State, call: OperationCall) -> Response:
    name = call.operation.set
    if state.content.find(name, (call.body["Name"],)) is not None:
        raise ODataError(409, "Entity with the specified name already exist.")
    row = dict(call.body)
    if name == "UserCredentials":
        _require_valid_kind(row)
    custom = row.pop("CustomParameters", None)
    if name == "SecureParameters":
        row |= {"DeployedBy": USER, "DeployedOn": state.now(), "Status": "DEPLOYED"}
    else:
        row["SecurityArtifactDescriptor"] = descriptor(state.now())
    state.content.rows(name).append(row | {"@custom": custom or []})
    return empty_response(call)


def _update_named(state: State, call: OperationCall) -> Response:
    row = state.get_row(call.operation.set, call.keys[0])
    if call.body.get("Name", row["Name"]) != row["Name"]:
        raise ODataError(400, "Entity key specified in URI does not match to name from payload.")
    if call.operation.set == "UserCredentials":
        _require_valid_kind(row | dict(call.body))
    row.update(call.body)
    if call.operation.set == "SecureParameters":
        row.update({"DeployedBy": USER, "DeployedOn": state.now()})
    else:
        # Every PUT deletes the custom parameters, which it cannot contain (observed on a tenant).
        row["@custom"] = []
        row["SecurityArtifactDescriptor"] = descriptor(state.now())
    return empty_response(call)


def _custom_parameters(state: State, call: OperationCall, row: Row) -> dict[str, Any]:
    if "CustomParameters" not in call.options.names("$expand"):
        return {}
    base = f"{state.renderer.base}OAuth2ClientCredentialCustomParameters"
    return {
        "CustomParameters": [
            Entity("OAuth2ClientCredentialCustomParameter", f"{base}('{item['Key']}')", dict(item))
            for item in row["@custom"]
        ]
    }


def _list_clients(state: State, call: OperationCall) -> Response:
    kind = state.entity_type(call)
    return state.renderer.list_response(
        call.request,
        kind,
        state.content.rows("OAuth2ClientCredentials"),
        call.options,
        lambda row: state.renderer.entity(kind, row, _custom_parameters(state, call, row)),
    )


def _read_client(state: State, call: OperationCall) -> Response:
    row = state.get_row("OAuth2ClientCredentials", call.keys[0])
    return state.entity_response(call, row, _custom_parameters(state, call, row))


def _create_mapping(state: State, call: OperationCall) -> Response:
    now = state.now()
    row = dict(call.body) | {
        "Id": new_id(),
        "LastModifiedBy": USER,
        "LastModifiedTime": now,
        "CreatedBy": USER,
        "CreatedTime": now,
        "ValidUntil": now + 365 * 86_400_000,
    }
    state.content.rows("CertificateUserMappings").append(row)
    return state.entity_response(call, row)


def _next_id(state: State, name: str, first: int) -> int:
    return max((row["Id"] for row in state.content.rows(name)), default=first) + 1


def _create_policy(state: State, call: OperationCall) -> Response:
    role = call.body["RoleName"]
    if any(row["RoleName"] == role for row in state.content.rows("AccessPolicies")):
        text = f"The role name {role} is already used in another access policy!"
        raise ODataError(409, text)
    row: Row = {
        "Id": _next_id(state, "AccessPolicies", 100),
        "RoleName": role,
        "Description": call.body.get("Description") or "",
    }
    state.content.rows("AccessPolicies").append(row)
    for reference in call.body.get("ArtifactReferences") or []:
        _add_reference(state, reference, row["Id"])
    return state.entity_response(call, row)


def _add_reference(state: State, properties: Mapping[str, Any], policy: int | None) -> Row:
    names = entity_types()["ArtifactReference"].properties
    row: Row = {name: value for name, value in properties.items() if name in names}
    row["Id"] = _next_id(state, "ArtifactReferences", 200)
    if policy is not None:
        row["@parent"] = ("AccessPolicies", (policy,))
    state.content.rows("ArtifactReferences").append(row)
    return row


def _create_reference(state: State, call: OperationCall) -> Response:
    linked = call.body.get("AccessPolicy") or call.body.get("AcessPolicy")
    policy = linked[0] if isinstance(linked, list) and linked else linked
    number = policy.get("Id") if isinstance(policy, dict) else None
    if number is not None and not str(number).isdigit():
        raise ODataError(400, f"Unknown literal: '{number}'.")
    policy_id = None if number is None else state.get_row("AccessPolicies", (int(number),))["Id"]
    return state.entity_response(call, _add_reference(state, call.body, policy_id))


def _change_policy(state: State, call: OperationCall) -> Response:
    row = state.get_row("AccessPolicies", call.keys[0])
    row.update(call.body)
    return empty_response(call)


def _list_policies(state: State, call: OperationCall) -> Response:
    kind = state.entity_type(call)
    reference = entity_types()["ArtifactReference"]

    def make(row: Row) -> Entity:
        children = state.content.children("ArtifactReferences", ("AccessPolicies", (row["Id"],)))
        expanded = (
            {"ArtifactReferences": [state.renderer.entity(reference, child) for child in children]}
            if "ArtifactReferences" in call.options.names("$expand")
            else None
        )
        return state.renderer.entity(kind, row, expanded)

    rows = state.content.rows("AccessPolicies")
    return state.renderer.list_response(call.request, kind, rows, call.options, make)


HANDLERS: Mapping[str, Handler] = {
    **{f"POST {name}": _create_named for name in _NAMED},
    **{f"PUT {name}('{{Name}}')": _update_named for name in _NAMED},
    "GET OAuth2ClientCredentials": _list_clients,
    "GET OAuth2ClientCredentials('{Name}')": _read_client,
    "POST CertificateUserMappings": _create_mapping,
    "GET AccessPolicies": _list_policies,
    "POST AccessPolicies": _create_policy,
    "PATCH AccessPolicies({Id})": _change_policy,
    "POST ArtifactReferences": _create_reference,
}
