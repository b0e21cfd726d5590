"""Credentials, user mappings and access policies, as far as they are not generic.

Source: SAP OpenAPI: SecurityContent. Secrets are taken and never shown again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.simulators.cloud_integration.answers import Entity
from tests.simulators.cloud_integration.call import Call
from tests.simulators.cloud_integration.content import Row
from tests.simulators.cloud_integration.operation_call import (
    USER,
    Handler,
    OperationCall,
    State,
    done,
    new_id,
)
from tests.simulators.cloud_integration.operations import entity_types
from tests.simulators.cloud_integration.refusals import RefusedError
from tests.simulators.cloud_integration.seeds_security import descriptor
from tests.simulators.http_server import Answer

_NAMED = ("UserCredentials", "SecureParameters", "OAuth2ClientCredentials")


def _create_named(state: State, asked: OperationCall) -> Answer:
    name = asked.operation.set
    if state.content.find(name, (asked.body["Name"],)) is not None:
        raise RefusedError(409, "Entity with the specified name already exist.")
    row = dict(asked.body)
    custom = row.pop("CustomParameters", None)
    if name == "SecureParameters":
        row |= {"DeployedBy": USER, "DeployedOn": state.now(), "Status": "DEPLOYED"}
    else:
        row["SecurityArtifactDescriptor"] = descriptor(state.now())
    state.content.rows(name).append(row | {"@custom": custom or []})
    return done(asked)


def _update_named(state: State, asked: OperationCall) -> Answer:
    row = state.found(asked.operation.set, asked.keys[0])
    if asked.body.get("Name", row["Name"]) != row["Name"]:
        raise RefusedError(400, "Entity key specified in URI does not match to name from payload.")
    row.update(asked.body)
    if asked.operation.set == "SecureParameters":
        row.update({"DeployedBy": USER, "DeployedOn": state.now()})
    else:
        row["SecurityArtifactDescriptor"] = descriptor(state.now())
    return done(asked)


def _custom_parameters(state: State, asked: OperationCall, row: Row) -> dict[str, Any]:
    if "CustomParameters" not in asked.options.names("$expand"):
        return {}
    base = f"{state.renderer.base}OAuth2ClientCredentialCustomParameters"
    return {
        "CustomParameters": [
            Entity("OAuth2ClientCredentialCustomParameter", f"{base}('{item['Key']}')", dict(item))
            for item in row["@custom"]
        ]
    }


def _list_clients(state: State, asked: OperationCall) -> Answer:
    kind = state.type(asked)
    return state.renderer.several(
        asked.call,
        kind,
        state.content.rows("OAuth2ClientCredentials"),
        asked.options,
        lambda row: state.renderer.entity(kind, row, _custom_parameters(state, asked, row)),
    )


def _read_client(state: State, asked: OperationCall) -> Answer:
    row = state.found("OAuth2ClientCredentials", asked.keys[0])
    return state.entity(asked, row, _custom_parameters(state, asked, row))


def _create_mapping(state: State, asked: OperationCall) -> Answer:
    now = state.now()
    row = dict(asked.body) | {
        "Id": new_id(),
        "LastModifiedBy": USER,
        "LastModifiedTime": now,
        "CreatedBy": USER,
        "CreatedTime": now,
        "ValidUntil": now + 365 * 86_400_000,
    }
    state.content.rows("CertificateUserMappings").append(row)
    return state.entity(asked, row)


def _next_id(state: State, name: str, first: int) -> int:
    return max((row["Id"] for row in state.content.rows(name)), default=first) + 1


def _create_policy(state: State, asked: OperationCall) -> Answer:
    role = asked.body["RoleName"]
    if any(row["RoleName"] == role for row in state.content.rows("AccessPolicies")):
        text = f"The role name {role} is already used in another access policy!"
        raise RefusedError(409, text)
    row: Row = {
        "Id": _next_id(state, "AccessPolicies", 100),
        "RoleName": role,
        "Description": asked.body.get("Description") or "",
    }
    state.content.rows("AccessPolicies").append(row)
    for reference in asked.body.get("ArtifactReferences") or []:
        _add_reference(state, reference, row["Id"])
    return state.entity(asked, row)


def _add_reference(state: State, given: Mapping[str, Any], policy: int | None) -> Row:
    known = entity_types()["ArtifactReference"].properties
    row: Row = {name: value for name, value in given.items() if name in known}
    row["Id"] = _next_id(state, "ArtifactReferences", 200)
    if policy is not None:
        row["@parent"] = ("AccessPolicies", (policy,))
    state.content.rows("ArtifactReferences").append(row)
    return row


def _create_reference(state: State, asked: OperationCall) -> Answer:
    linked = asked.body.get("AccessPolicy") or asked.body.get("AcessPolicy")
    policy = linked[0] if isinstance(linked, list) and linked else linked
    number = policy.get("Id") if isinstance(policy, dict) else None
    if number is not None and not str(number).isdigit():
        raise RefusedError(400, f"Unknown literal: '{number}'.")
    known = None if number is None else state.found("AccessPolicies", (int(number),))["Id"]
    return state.entity(asked, _add_reference(state, asked.body, known))


def _change_policy(state: State, asked: OperationCall) -> Answer:
    row = state.found("AccessPolicies", asked.keys[0])
    row.update(asked.body)
    return done(asked)


def _list_policies(state: State, asked: OperationCall) -> Answer:
    kind = state.type(asked)
    reference = entity_types()["ArtifactReference"]

    def make(row: Row) -> Entity:
        children = state.content.children("ArtifactReferences", ("AccessPolicies", (row["Id"],)))
        expanded = (
            {"ArtifactReferences": [state.renderer.entity(reference, each) for each in children]}
            if "ArtifactReferences" in asked.options.names("$expand")
            else None
        )
        return state.renderer.entity(kind, row, expanded)

    call: Call = asked.call
    rows = state.content.rows("AccessPolicies")
    return state.renderer.several(call, kind, rows, asked.options, make)


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
