"""Deployment and undeployment, and value mappings.

Source: SAP OpenAPI: IntegrationContent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tests.simulators.cloud_integration.content import Row
from tests.simulators.cloud_integration.errors import ODataError, not_found
from tests.simulators.cloud_integration.landscape import RuntimeArtifact
from tests.simulators.cloud_integration.operation_call import (
    USER,
    Handler,
    OperationCall,
    State,
    empty_response,
    new_id,
)
from tests.simulators.http_server import Response

_KINDS = {
    "MessageMapping": "MESSAGE_MAPPING",
    "ValueMapping": "VALUE_MAPPING",
    "ScriptCollection": "SCRIPT_COLLECTION",
    "IntegrationAdapter": "INTEGRATION_ADAPTER",
}
_VALUE_MAPPINGS = "ValueMappingDesigntimeArtifacts"


def _deploy_iflow(state: State, call: OperationCall) -> Response:
    iflow = state.iflow(call.parameters["Id"], call.parameters["Version"])
    artifact = RuntimeArtifact(iflow.id, iflow.name, iflow.version, deployed_by=USER)
    return _start_deployment(state, artifact)


def _deploy(state: State, call: OperationCall) -> Response:
    kind = next(name for name in _KINDS if name in call.operation.path)
    key = [call.parameters["Id"]]
    if "Version" in call.parameters:
        key.append(call.parameters["Version"])
    row = state.get_row(f"{kind}DesigntimeArtifacts", tuple(key))
    artifact = RuntimeArtifact(
        row["Id"], row["Name"], row["Version"], _KINDS[kind], deployed_by=USER
    )
    return _start_deployment(state, artifact)


def _start_deployment(state: State, artifact: RuntimeArtifact) -> Response:
    def finish(error: str | None) -> bool:
        status = "STARTED" if error is None else "ERROR"
        deployed = replace(artifact, deployed_on=state.now(), status=status, error=error)
        now = state.tenant.landscape
        others = tuple(item for item in now.runtime_artifacts if item.id != artifact.id)
        state.tenant.set_landscape(replace(now, runtime_artifacts=(*others, deployed)))
        return len(others) == len(now.runtime_artifacts)

    task = state.deployments.start(artifact.id, finish)
    return Response(202, task.encode(), "text/plain;charset=utf-8")


def _status(state: State, call: OperationCall) -> Response:
    task = call.keys[0][0]
    status = state.deployments.status(task)
    if status is None:
        raise not_found()
    return state.entity_response(call, {"TaskId": task, "Status": status})


def _undeploy(state: State, call: OperationCall) -> Response:
    key = call.keys[0][0]
    artifacts = state.tenant.landscape.runtime_artifacts
    if not any(artifact.id == key for artifact in artifacts):
        raise not_found()

    def remove() -> None:
        now = state.tenant.landscape
        remaining = tuple(item for item in now.runtime_artifacts if item.id != key)
        endpoints = tuple(item for item in now.endpoints if item.name != key)
        state.tenant.set_landscape(replace(now, runtime_artifacts=remaining, endpoints=endpoints))

    if state.deployments.start_removal(key, remove):
        stopping = tuple(
            replace(artifact, status="STOPPING") if artifact.id == key else artifact
            for artifact in artifacts
        )
        now = state.tenant.landscape
        state.tenant.set_landscape(replace(now, runtime_artifacts=stopping))
    return empty_response(call)


def _upload_binary(state: State, call: OperationCall) -> Response:
    # SAP only offers this on Neo, and does not document the effect.
    del state
    if not call.body.get("BinaryFile"):
        raise ODataError(400, "Property 'BinaryFile' must not be null.")
    return empty_response(call)


def _list_schemas(state: State, call: OperationCall) -> Response:
    mapping = state.get_row(_VALUE_MAPPINGS, call.keys[0])["Id"]
    return state.list_response(
        call, state.content.children("ValMapSchema", (_VALUE_MAPPINGS, (mapping,)))
    )


def _maps(state: State, table: str, mapping: str, pair: tuple[str, ...]) -> list[Row]:
    """Return the values of one pair of agencies; raises a 404."""
    if state.content.find("ValMapSchema", pair, (_VALUE_MAPPINGS, (mapping,))) is None:
        raise not_found()
    return state.content.children(table, ("ValMapSchema", (mapping, *pair)))


def _list_maps(state: State, call: OperationCall) -> Response:
    table = call.operation.shape[-1]
    mapping = state.get_row(_VALUE_MAPPINGS, call.keys[0])["Id"]
    return state.list_response(call, _maps(state, table, mapping, call.keys[1]))


def _mapping_and_pair(state: State, call: OperationCall) -> tuple[str, tuple[str, ...]]:
    parameters = call.parameters
    mapping = state.get_row(_VALUE_MAPPINGS, (parameters["Id"], parameters["Version"]))["Id"]
    return mapping, tuple(parameters[name] for name in ("SrcAgency", "SrcId", "TgtAgency", "TgtId"))


def _upsert_map(state: State, call: OperationCall) -> Response:
    mapping, pair = _mapping_and_pair(state, call)
    parent = (_VALUE_MAPPINGS, (mapping,))
    if state.content.find("ValMapSchema", pair, parent) is None:
        names = ("SrcAgency", "SrcId", "TgtAgency", "TgtId")
        schema = dict(zip(names, pair, strict=True)) | {"State": "", "@parent": parent}
        state.content.rows("ValMapSchema").append(schema)
    source = call.parameters["SrcValue"]
    for row in _maps(state, "ValMaps", mapping, pair):
        if row["Value"]["SrcValue"] == source:
            row["Value"]["TgtValue"] = call.parameters["TgtValue"]
            return empty_response(call)
    state.content.rows("ValMaps").append(
        {
            "Id": new_id(),
            "Value": {"SrcValue": source, "TgtValue": call.parameters["TgtValue"]},
            "@parent": ("ValMapSchema", (mapping, *pair)),
        }
    )
    return empty_response(call)


def _set_default(state: State, call: OperationCall) -> Response:
    mapping, pair = _mapping_and_pair(state, call)
    known = [
        row
        for row in _maps(state, "ValMaps", mapping, pair)
        if row["Id"] == call.parameters["ValMapId"]
    ]
    if not known:
        raise not_found()
    table = state.content.rows("DefaultValMaps")
    parent = ("ValMapSchema", (mapping, *pair))
    table[:] = [row for row in table if row["@parent"] != parent] + [dict(known[0])]
    return empty_response(call)


def _delete_maps(state: State, call: OperationCall) -> Response:
    mapping, pair = _mapping_and_pair(state, call)
    _maps(state, "ValMaps", mapping, pair)
    parent = ("ValMapSchema", (mapping, *pair))
    for name in ("ValMaps", "DefaultValMaps"):
        table = state.content.rows(name)
        table[:] = [row for row in table if row["@parent"] != parent]
    return empty_response(call)


_PAIR = (
    f"{_VALUE_MAPPINGS}(Id='{{Id}}',Version='{{Version}}')/ValMapSchema(SrcAgency='{{SrcAgency}}',"
    "SrcId='{SrcId}',TgtAgency='{TgtAgency}',TgtId='{TgtId}')"
)
HANDLERS: Mapping[str, Handler] = {
    "POST DeployIntegrationDesigntimeArtifact": _deploy_iflow,
    **{f"POST Deploy{kind}DesigntimeArtifact": _deploy for kind in _KINDS},
    "GET BuildAndDeployStatus(TaskId='{taskId}')": _status,
    "DELETE IntegrationRuntimeArtifacts('{Id}')": _undeploy,
    "POST IntegrationRuntimeArtifacts": _upload_binary,
    f"GET {_VALUE_MAPPINGS}(Id='{{Id}}',Version='{{Version}}')/ValMapSchema": _list_schemas,
    f"GET {_PAIR}/ValMaps": _list_maps,
    f"GET {_PAIR}/DefaultValMaps": _list_maps,
    "POST UpsertValMaps": _upsert_map,
    "POST UpdateDefaultValMap": _set_default,
    "POST DeleteValMaps": _delete_maps,
}
