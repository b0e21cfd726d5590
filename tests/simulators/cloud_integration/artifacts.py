"""Mappings, script collections and adapters; parameters, resources and guidelines of iFlows.

Source: SAP OpenAPI: IntegrationContent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.simulators.cloud_integration.content import Media, Row
from tests.simulators.cloud_integration.design_time import (
    require_editable,
    require_unlocked,
    store_content,
)
from tests.simulators.cloud_integration.errors import ODataError, not_found
from tests.simulators.cloud_integration.operation_call import (
    USER,
    Handler,
    OperationCall,
    State,
    empty_response,
    media_response,
    new_id,
)
from tests.simulators.cloud_integration.operations import entity_types
from tests.simulators.cloud_integration.seeds_design import IFLOWS, SCRIPTS, artifact, resource
from tests.simulators.http_server import Response

_KINDS = ("MessageMapping", "ValueMapping", "ScriptCollection")
_ADAPTERS = "IntegrationAdapterDesigntimeArtifacts"


def _table(call: OperationCall) -> str:
    """Return the entity set of an operation; the name of a function import contains the type."""
    for kind in _KINDS:
        if kind in call.operation.path:
            return f"{kind}DesigntimeArtifacts"
    return _ADAPTERS


def _create(state: State, call: OperationCall) -> Response:
    table = _table(call)
    body = call.body
    state.package(body["PackageId"])
    require_editable(state, body["PackageId"])
    name = body.get("Name") or f"Adapter {len(state.content.rows(table)) + 1}"
    key = body.get("Id") or name.replace(" ", "_")
    if any(row["Id"] == key for row in state.content.rows(table)):
        raise ODataError(
            call.operation.conflict_status or 400,
            f"An artifact with the ID {key} already exists in the {body['PackageId']} package. "
            "Please rename the artifact ID.",
        )
    store_content(state, key, body.get("ArtifactContent"))
    row = artifact(key, body["PackageId"], name, body.get("ArtifactContent"))
    state.content.rows(table).append(row | {"Description": body.get("Description") or ""})
    return state.entity_response(call, row)


def _get_editable(state: State, call: OperationCall, key: tuple[Any, ...]) -> Row:
    row = state.get_row(_table(call), key)
    require_editable(state, row["PackageId"])
    require_unlocked(state, row["Id"])
    return row


def _update(state: State, call: OperationCall) -> Response:
    row = _get_editable(state, call, call.keys[0])
    content = call.body.get("ArtifactContent")
    if content is not None:
        store_content(state, row["Id"], content)
        row["@media"] = Media(content, "application/zip")
    row.update(
        {
            name: call.body[name]
            for name in ("Name", "Description")
            if call.body.get(name) is not None
        }
    )
    return empty_response(call)


def _delete(state: State, call: OperationCall) -> Response:
    row = _get_editable(state, call, call.keys[0])
    state.content.remove(_table(call), row)
    return empty_response(call)


def _save(state: State, call: OperationCall) -> Response:
    row = _get_editable(state, call, (call.parameters["Id"],))
    row["Version"] = call.parameters["SaveAsVersion"]
    return empty_response(call)


def _read(state: State, call: OperationCall) -> Response:
    return state.entity_response(call, state.get_row(_table(call), call.keys[0]))


def _download(state: State, call: OperationCall) -> Response:
    return media_response(state.get_row(_table(call), call.keys[0])["@media"])


def _list_in_package(state: State, call: OperationCall) -> Response:
    package = state.package(call.keys[0][0]).id
    rows = state.content.rows(_table(call))
    return state.list_response(call, [row for row in rows if row["PackageId"] == package])


def _read_in_package(state: State, call: OperationCall) -> Response:
    row = state.get_row(_table(call), call.keys[1])
    if row["PackageId"] != state.package(call.keys[0][0]).id:
        raise not_found()
    return state.entity_response(call, row)


def _owner(state: State, call: OperationCall) -> tuple[str, tuple[Any, ...]]:
    """Return the set and key of the iFlow or script collection that a path starts with."""
    name = call.operation.set
    if name == IFLOWS:
        return name, (state.iflow(*call.keys[0]).id,)
    return name, (state.get_row(name, call.keys[0])["Id"],)


def _require_editable_owner(state: State, call: OperationCall) -> tuple[str, tuple[Any, ...]]:
    name, key = _owner(state, call)
    package = state.iflow(key[0]).package_id if name == IFLOWS else None
    require_editable(state, package or state.get_row(name, key)["PackageId"])
    require_unlocked(state, key[0])
    return name, key


def _set_parameter(state: State, call: OperationCall) -> Response:
    row = state.content.find("Configurations", call.keys[2], _owner(state, call))
    if row is None:
        raise not_found()
    row["ParameterValue"] = call.body["ParameterValue"]
    for name in ("DataType", "Description"):
        if call.body.get(name) is not None:
            row[name] = call.body[name]
    return empty_response(call)


def _create_resource(state: State, call: OperationCall) -> Response:
    name, key = _require_editable_owner(state, call)
    body = call.body
    if state.content.find("Resources", (body["Name"], body["ResourceType"]), (name, key)):
        raise ODataError(400, f"A resource with the name {body['Name']} already exists.")
    row = resource(
        (name, key),
        body["Name"],
        body["ResourceType"],
        body["ResourceContent"],
        body.get("ReferencedResourceType"),
    )
    state.content.rows("Resources").append(row)
    return state.entity_response(call, row)


def _linked_resource(state: State, call: OperationCall) -> Row:
    row = state.content.find("Resources", call.keys[2], _require_editable_owner(state, call))
    if row is None:
        raise not_found()
    return row


def _update_resource(state: State, call: OperationCall) -> Response:
    row = _linked_resource(state, call)
    content = call.body.get("ResourceContent") or b""
    row["@media"] = Media(content, file_name=row["Name"])
    row["ResourceSize"] = len(content)
    return empty_response(call)


def _delete_resource(state: State, call: OperationCall) -> Response:
    state.content.remove("Resources", _linked_resource(state, call))
    return empty_response(call)


def _set_tag(state: State, call: OperationCall) -> Response:
    parent = ("IntegrationPackages", (state.package(call.keys[0][0]).id,))
    row = state.content.find("CustomTags", call.keys[2], parent)
    if row is None:
        raise not_found()
    row["Value"] = call.body["Value"]
    return empty_response(call)


def _set_tag_configuration(state: State, call: OperationCall) -> Response:
    try:
        json.loads(call.body.get("customTagsConfiguration") or b"")
    except ValueError:
        raise ODataError(400, "The configuration is not JSON.") from None
    rows = state.content.rows("CustomTagConfigurations")
    rows[0]["@media"] = Media(call.body["customTagsConfiguration"], "application/json")
    return empty_response(call)


def _execute_guidelines(state: State, call: OperationCall) -> Response:
    iflow = state.iflow(call.parameters["Id"], call.parameters["Version"])
    executions = state.content.rows("DesignGuidelineExecutionResults")
    template = executions[0] if executions else {"@guidelines": []}
    executions.append(
        template
        | {
            "ExecutionId": new_id(),
            "ArtifactVersion": iflow.version,
            "ExecutionTime": str(state.now()),
            "@parent": (IFLOWS, (iflow.id,)),
        }
    )
    return empty_response(call)


def _execution(state: State, call: OperationCall, position: int = 1) -> Row:
    name = "DesignGuidelineExecutionResults"
    row = state.content.find(name, call.keys[position], _owner(state, call))
    if row is None:
        raise not_found()
    return row


def _read_execution(state: State, call: OperationCall) -> Response:
    row = _execution(state, call)
    guideline = entity_types()["DesignGuideline"]
    expanded = (
        {
            "DesignGuidelines": [
                state.renderer.entity(guideline, row_) for row_ in row["@guidelines"]
            ]
        }
        if "DesignGuidelines" in call.options.names("$expand")
        else None
    )
    return state.entity_response(call, row, expanded)


def _skip_guideline(state: State, call: OperationCall) -> Response:
    row = _execution(state, call, 2)
    for guideline in row["@guidelines"]:
        # SAP misspells the name.
        if guideline["GuidelineId"] == call.body.get("GudelineId"):
            guideline["IsGuidelineSkipped"] = bool(call.body.get("IsGuidelineSkipped"))
            guideline["SkipReason"] = call.body.get("SkipReason") or ""
            guideline["SkippedBy"] = USER
            return empty_response(call)
    raise not_found()


def _handlers() -> dict[str, Handler]:
    handlers: dict[str, Handler] = {}
    for kind in _KINDS:
        name = f"{kind}DesigntimeArtifacts"
        entity = f"{name}(Id='{{Id}}',Version='{{Version}}')"
        in_package = f"IntegrationPackages('{{Id}}')/{name}"
        key = "ScriptCollectionArtifactID" if kind == "ScriptCollection" else "ArtifactId"
        handlers |= {
            f"POST {name}": _create,
            f"GET {entity}": _read,
            f"PUT {entity}": _update,
            f"DELETE {entity}": _delete,
            f"GET {entity}/$value": _download,
            f"POST {kind}DesigntimeArtifactSaveAsVersion": _save,
            f"GET {in_package}": _list_in_package,
            f"GET {in_package}(Id='{{{key}}}',Version='{{ArtifactVersion}}')": _read_in_package,
        }
    for owner in (IFLOWS, SCRIPTS):
        entity = f"{owner}(Id='{{Id}}',Version='{{Version}}')"
        link = f"{entity}/$links/Resources(Name='{{Name}}',ResourceType='{{Type}}')"
        handlers |= {
            f"POST {entity}/Resources": _create_resource,
            f"PUT {link}": _update_resource,
            f"DELETE {link}": _delete_resource,
        }
    entity = f"{IFLOWS}(Id='{{Id}}',Version='{{Version}}')"
    results = "DesignGuidelineExecutionResults('{ExecutionId}')"
    return handlers | {
        f"POST {_ADAPTERS}": _create,
        f"DELETE {_ADAPTERS}(Id='{{Id}}')": _delete,
        f"PUT {entity}/$links/Configurations('{{ParameterKey}}')": _set_parameter,
        f"GET {entity}/{results}": _read_execution,
        f"PUT {entity}/$links/{results}": _skip_guideline,
        "POST ExecuteIntegrationDesigntimeArtifactsGuidelines": _execute_guidelines,
        "PUT IntegrationPackages('{Id}')/$links/CustomTags('{Name}')": _set_tag,
        "POST CustomTagConfigurations": _set_tag_configuration,
    }


HANDLERS: Mapping[str, Handler] = _handlers()
