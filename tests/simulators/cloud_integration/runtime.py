"""Deployment and undeployment, and the maps of value mappings.

Source: SAP OpenAPI: IntegrationContent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tests.simulators.cloud_integration.content import Row
from tests.simulators.cloud_integration.landscape import RuntimeArtifact
from tests.simulators.cloud_integration.operation_call import (
    USER,
    Handler,
    OperationCall,
    State,
    done,
    new_id,
)
from tests.simulators.cloud_integration.refusals import RefusedError, not_found
from tests.simulators.http_server import Answer

_KINDS = {
    "MessageMapping": "MESSAGE_MAPPING",
    "ValueMapping": "VALUE_MAPPING",
    "ScriptCollection": "SCRIPT_COLLECTION",
    "IntegrationAdapter": "INTEGRATION_ADAPTER",
}
_VALUE_MAPPINGS = "ValueMappingDesigntimeArtifacts"


def _deploy_iflow(state: State, asked: OperationCall) -> Answer:
    iflow = state.iflow(asked.parameters["Id"], asked.parameters["Version"])
    made = RuntimeArtifact(iflow.id, iflow.name, iflow.version, deployed_by=USER)
    return _begin(state, made)


def _deploy(state: State, asked: OperationCall) -> Answer:
    kind = next(name for name in _KINDS if name in asked.operation.path)
    key = [asked.parameters["Id"]]
    if "Version" in asked.parameters:
        key.append(asked.parameters["Version"])
    row = state.found(f"{kind}DesigntimeArtifacts", tuple(key))
    made = RuntimeArtifact(row["Id"], row["Name"], row["Version"], _KINDS[kind], deployed_by=USER)
    return _begin(state, made)


def _begin(state: State, made: RuntimeArtifact) -> Answer:
    def finish(error: str | None) -> bool:
        status = "STARTED" if error is None else "ERROR"
        deployed = replace(made, deployed_on=state.now(), status=status, error=error)
        now = state.tenant.landscape
        others = tuple(item for item in now.runtime_artifacts if item.id != made.id)
        state.tenant.change(replace(now, runtime_artifacts=(*others, deployed)))
        return len(others) == len(now.runtime_artifacts)

    task = state.deployments.begin(made.id, finish)
    return Answer(202, task.encode(), "text/plain;charset=utf-8")


def _status(state: State, asked: OperationCall) -> Answer:
    task = asked.keys[0][0]
    status = state.deployments.status(task)
    if status is None:
        raise not_found()
    return state.entity(asked, {"TaskId": task, "Status": status})


def _undeploy(state: State, asked: OperationCall) -> Answer:
    key = asked.keys[0][0]
    now = state.tenant.landscape
    left = tuple(item for item in now.runtime_artifacts if item.id != key)
    if len(left) == len(now.runtime_artifacts):
        raise not_found()
    endpoints = tuple(item for item in now.endpoints if item.name != key)
    state.tenant.change(replace(now, runtime_artifacts=left, endpoints=endpoints))
    return done(asked)


def _take_binary(state: State, asked: OperationCall) -> Answer:
    # SAP offers this on Neo alone, and says nothing of what becomes of the file.
    del state
    if not asked.body.get("BinaryFile"):
        raise RefusedError(400, "Property 'BinaryFile' must not be null.")
    return done(asked)


def _list_schemas(state: State, asked: OperationCall) -> Answer:
    mapping = state.found(_VALUE_MAPPINGS, asked.keys[0])["Id"]
    return state.list(asked, state.content.children("ValMapSchema", (_VALUE_MAPPINGS, (mapping,))))


def _maps(state: State, table: str, mapping: str, pair: tuple[str, ...]) -> list[Row]:
    """Return the maps of one pair of agencies, or refuse with 404."""
    if state.content.find("ValMapSchema", pair, (_VALUE_MAPPINGS, (mapping,))) is None:
        raise not_found()
    return state.content.children(table, ("ValMapSchema", (mapping, *pair)))


def _list_maps(state: State, asked: OperationCall) -> Answer:
    table = asked.operation.shape[-1]
    mapping = state.found(_VALUE_MAPPINGS, asked.keys[0])["Id"]
    return state.list(asked, _maps(state, table, mapping, asked.keys[1]))


def _named(state: State, asked: OperationCall) -> tuple[str, tuple[str, ...]]:
    given = asked.parameters
    mapping = state.found(_VALUE_MAPPINGS, (given["Id"], given["Version"]))["Id"]
    return mapping, tuple(given[name] for name in ("SrcAgency", "SrcId", "TgtAgency", "TgtId"))


def _upsert_map(state: State, asked: OperationCall) -> Answer:
    mapping, pair = _named(state, asked)
    parent = (_VALUE_MAPPINGS, (mapping,))
    if state.content.find("ValMapSchema", pair, parent) is None:
        names = ("SrcAgency", "SrcId", "TgtAgency", "TgtId")
        schema = dict(zip(names, pair, strict=True)) | {"State": "", "@parent": parent}
        state.content.rows("ValMapSchema").append(schema)
    source = asked.parameters["SrcValue"]
    for row in _maps(state, "ValMaps", mapping, pair):
        if row["Value"]["SrcValue"] == source:
            row["Value"]["TgtValue"] = asked.parameters["TgtValue"]
            return done(asked)
    state.content.rows("ValMaps").append(
        {
            "Id": new_id(),
            "Value": {"SrcValue": source, "TgtValue": asked.parameters["TgtValue"]},
            "@parent": ("ValMapSchema", (mapping, *pair)),
        }
    )
    return done(asked)


def _set_default(state: State, asked: OperationCall) -> Answer:
    mapping, pair = _named(state, asked)
    known = [
        row
        for row in _maps(state, "ValMaps", mapping, pair)
        if row["Id"] == asked.parameters["ValMapId"]
    ]
    if not known:
        raise not_found()
    table = state.content.rows("DefaultValMaps")
    parent = ("ValMapSchema", (mapping, *pair))
    table[:] = [row for row in table if row["@parent"] != parent] + [dict(known[0])]
    return done(asked)


def _delete_maps(state: State, asked: OperationCall) -> Answer:
    mapping, pair = _named(state, asked)
    _maps(state, "ValMaps", mapping, pair)
    parent = ("ValMapSchema", (mapping, *pair))
    for name in ("ValMaps", "DefaultValMaps"):
        table = state.content.rows(name)
        table[:] = [row for row in table if row["@parent"] != parent]
    return done(asked)


_PAIR = (
    f"{_VALUE_MAPPINGS}(Id='{{Id}}',Version='{{Version}}')/ValMapSchema(SrcAgency='{{SrcAgency}}',"
    "SrcId='{SrcId}',TgtAgency='{TgtAgency}',TgtId='{TgtId}')"
)
HANDLERS: Mapping[str, Handler] = {
    "POST DeployIntegrationDesigntimeArtifact": _deploy_iflow,
    **{f"POST Deploy{kind}DesigntimeArtifact": _deploy for kind in _KINDS},
    "GET BuildAndDeployStatus(TaskId='{taskId}')": _status,
    "DELETE IntegrationRuntimeArtifacts('{Id}')": _undeploy,
    "POST IntegrationRuntimeArtifacts": _take_binary,
    f"GET {_VALUE_MAPPINGS}(Id='{{Id}}',Version='{{Version}}')/ValMapSchema": _list_schemas,
    f"GET {_PAIR}/ValMaps": _list_maps,
    f"GET {_PAIR}/DefaultValMaps": _list_maps,
    "POST UpsertValMaps": _upsert_map,
    "POST UpdateDefaultValMap": _set_default,
    "POST DeleteValMaps": _delete_maps,
}
