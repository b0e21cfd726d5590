"""Mappings, script collections and adapters; parameters, resources and guidelines of iFlows.

Source: SAP OpenAPI: IntegrationContent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.simulators.cloud_integration.content import Media, Row
from tests.simulators.cloud_integration.design_time import (
    editable,
    keep_content,
    unlocked,
)
from tests.simulators.cloud_integration.operation_call import (
    USER,
    Handler,
    OperationCall,
    State,
    done,
    media,
    new_id,
)
from tests.simulators.cloud_integration.operations import entity_types
from tests.simulators.cloud_integration.refusals import RefusedError, not_found
from tests.simulators.cloud_integration.seeds_design import IFLOWS, SCRIPTS, artifact, resource
from tests.simulators.http_server import Answer

_KINDS = ("MessageMapping", "ValueMapping", "ScriptCollection")
_ADAPTERS = "IntegrationAdapterDesigntimeArtifacts"


def _table(asked: OperationCall) -> str:
    """Return the set that an operation is about; a function import's name contains its type's."""
    for kind in _KINDS:
        if kind in asked.operation.path:
            return f"{kind}DesigntimeArtifacts"
    return _ADAPTERS


def _create(state: State, asked: OperationCall) -> Answer:
    table = _table(asked)
    body = asked.body
    state.package(body["PackageId"])
    editable(state, body["PackageId"])
    name = body.get("Name") or f"Adapter {len(state.content.rows(table)) + 1}"
    key = body.get("Id") or name.replace(" ", "_")
    if any(row["Id"] == key for row in state.content.rows(table)):
        raise RefusedError(
            asked.operation.taken or 400,
            f"An artifact with the ID {key} already exists in the {body['PackageId']} package. "
            "Please rename the artifact ID.",
        )
    keep_content(state, key, body.get("ArtifactContent"))
    row = artifact(key, body["PackageId"], name, body.get("ArtifactContent"))
    state.content.rows(table).append(row | {"Description": body.get("Description") or ""})
    return state.entity(asked, row)


def _changeable(state: State, asked: OperationCall, key: tuple[Any, ...]) -> Row:
    row = state.found(_table(asked), key)
    editable(state, row["PackageId"])
    unlocked(state, row["Id"])
    return row


def _update(state: State, asked: OperationCall) -> Answer:
    row = _changeable(state, asked, asked.keys[0])
    content = asked.body.get("ArtifactContent")
    if content is not None:
        keep_content(state, row["Id"], content)
        row["@media"] = Media(content, "application/zip")
    row.update(
        {
            name: asked.body[name]
            for name in ("Name", "Description")
            if asked.body.get(name) is not None
        }
    )
    return done(asked)


def _delete(state: State, asked: OperationCall) -> Answer:
    row = _changeable(state, asked, asked.keys[0])
    state.content.remove(_table(asked), row)
    return done(asked)


def _save(state: State, asked: OperationCall) -> Answer:
    row = _changeable(state, asked, (asked.parameters["Id"],))
    row["Version"] = asked.parameters["SaveAsVersion"]
    return done(asked)


def _read(state: State, asked: OperationCall) -> Answer:
    return state.entity(asked, state.found(_table(asked), asked.keys[0]))


def _download(state: State, asked: OperationCall) -> Answer:
    return media(state.found(_table(asked), asked.keys[0])["@media"])


def _list_in_package(state: State, asked: OperationCall) -> Answer:
    package = state.package(asked.keys[0][0]).id
    rows = state.content.rows(_table(asked))
    return state.list(asked, [row for row in rows if row["PackageId"] == package])


def _read_in_package(state: State, asked: OperationCall) -> Answer:
    row = state.found(_table(asked), asked.keys[1])
    if row["PackageId"] != state.package(asked.keys[0][0]).id:
        raise not_found()
    return state.entity(asked, row)


def _owner(state: State, asked: OperationCall) -> tuple[str, tuple[Any, ...]]:
    """Return the iFlow or script collection that a path begins with."""
    name = asked.operation.set
    if name == IFLOWS:
        return name, (state.iflow(*asked.keys[0]).id,)
    return name, (state.found(name, asked.keys[0])["Id"],)


def _owner_can_change(state: State, asked: OperationCall) -> tuple[str, tuple[Any, ...]]:
    name, key = _owner(state, asked)
    package = state.iflow(key[0]).package_id if name == IFLOWS else None
    editable(state, package or state.found(name, key)["PackageId"])
    unlocked(state, key[0])
    return name, key


def _set_parameter(state: State, asked: OperationCall) -> Answer:
    row = state.content.find("Configurations", asked.keys[2], _owner(state, asked))
    if row is None:
        raise not_found()
    row["ParameterValue"] = asked.body["ParameterValue"]
    for name in ("DataType", "Description"):
        if asked.body.get(name) is not None:
            row[name] = asked.body[name]
    return done(asked)


def _create_resource(state: State, asked: OperationCall) -> Answer:
    name, key = _owner_can_change(state, asked)
    body = asked.body
    if state.content.find("Resources", (body["Name"], body["ResourceType"]), (name, key)):
        raise RefusedError(400, f"A resource with the name {body['Name']} already exists.")
    row = resource(
        (name, key),
        body["Name"],
        body["ResourceType"],
        body["ResourceContent"],
        body.get("ReferencedResourceType"),
    )
    state.content.rows("Resources").append(row)
    return state.entity(asked, row)


def _linked_resource(state: State, asked: OperationCall) -> Row:
    row = state.content.find("Resources", asked.keys[2], _owner_can_change(state, asked))
    if row is None:
        raise not_found()
    return row


def _update_resource(state: State, asked: OperationCall) -> Answer:
    row = _linked_resource(state, asked)
    content = asked.body.get("ResourceContent") or b""
    row["@media"] = Media(content, file_name=row["Name"])
    row["ResourceSize"] = len(content)
    return done(asked)


def _delete_resource(state: State, asked: OperationCall) -> Answer:
    state.content.remove("Resources", _linked_resource(state, asked))
    return done(asked)


def _set_tag(state: State, asked: OperationCall) -> Answer:
    parent = ("IntegrationPackages", (state.package(asked.keys[0][0]).id,))
    row = state.content.find("CustomTags", asked.keys[2], parent)
    if row is None:
        raise not_found()
    row["Value"] = asked.body["Value"]
    return done(asked)


def _set_tag_configuration(state: State, asked: OperationCall) -> Answer:
    try:
        json.loads(asked.body.get("customTagsConfiguration") or b"")
    except ValueError:
        raise RefusedError(400, "The configuration is no JSON.") from None
    rows = state.content.rows("CustomTagConfigurations")
    rows[0]["@media"] = Media(asked.body["customTagsConfiguration"], "application/json")
    return done(asked)


def _execute_guidelines(state: State, asked: OperationCall) -> Answer:
    iflow = state.iflow(asked.parameters["Id"], asked.parameters["Version"])
    seen = state.content.rows("DesignGuidelineExecutionResults")
    template = seen[0] if seen else {"@guidelines": []}
    seen.append(
        template
        | {
            "ExecutionId": new_id(),
            "ArtifactVersion": iflow.version,
            "ExecutionTime": str(state.now()),
            "@parent": (IFLOWS, (iflow.id,)),
        }
    )
    return done(asked)


def _execution(state: State, asked: OperationCall, position: int = 1) -> Row:
    name = "DesignGuidelineExecutionResults"
    row = state.content.find(name, asked.keys[position], _owner(state, asked))
    if row is None:
        raise not_found()
    return row


def _read_execution(state: State, asked: OperationCall) -> Answer:
    row = _execution(state, asked)
    guideline = entity_types()["DesignGuideline"]
    expanded = (
        {
            "DesignGuidelines": [
                state.renderer.entity(guideline, each) for each in row["@guidelines"]
            ]
        }
        if "DesignGuidelines" in asked.options.names("$expand")
        else None
    )
    return state.entity(asked, row, expanded)


def _skip_guideline(state: State, asked: OperationCall) -> Answer:
    row = _execution(state, asked, 2)
    for guideline in row["@guidelines"]:
        # The misspelt name is SAP's.
        if guideline["GuidelineId"] == asked.body.get("GudelineId"):
            guideline["IsGuidelineSkipped"] = bool(asked.body.get("IsGuidelineSkipped"))
            guideline["SkipReason"] = asked.body.get("SkipReason") or ""
            guideline["SkippedBy"] = USER
            return done(asked)
    raise not_found()


def _handlers() -> dict[str, Handler]:
    made: dict[str, Handler] = {}
    for kind in _KINDS:
        name = f"{kind}DesigntimeArtifacts"
        keyed = f"{name}(Id='{{Id}}',Version='{{Version}}')"
        inside = f"IntegrationPackages('{{Id}}')/{name}"
        key = "ScriptCollectionArtifactID" if kind == "ScriptCollection" else "ArtifactId"
        made |= {
            f"POST {name}": _create,
            f"GET {keyed}": _read,
            f"PUT {keyed}": _update,
            f"DELETE {keyed}": _delete,
            f"GET {keyed}/$value": _download,
            f"POST {kind}DesigntimeArtifactSaveAsVersion": _save,
            f"GET {inside}": _list_in_package,
            f"GET {inside}(Id='{{{key}}}',Version='{{ArtifactVersion}}')": _read_in_package,
        }
    for owner in (IFLOWS, SCRIPTS):
        keyed = f"{owner}(Id='{{Id}}',Version='{{Version}}')"
        link = f"{keyed}/$links/Resources(Name='{{Name}}',ResourceType='{{Type}}')"
        made |= {
            f"POST {keyed}/Resources": _create_resource,
            f"PUT {link}": _update_resource,
            f"DELETE {link}": _delete_resource,
        }
    keyed = f"{IFLOWS}(Id='{{Id}}',Version='{{Version}}')"
    results = "DesignGuidelineExecutionResults('{ExecutionId}')"
    return made | {
        f"POST {_ADAPTERS}": _create,
        f"DELETE {_ADAPTERS}(Id='{{Id}}')": _delete,
        f"PUT {keyed}/$links/Configurations('{{ParameterKey}}')": _set_parameter,
        f"GET {keyed}/{results}": _read_execution,
        f"PUT {keyed}/$links/{results}": _skip_guideline,
        "POST ExecuteIntegrationDesigntimeArtifactsGuidelines": _execute_guidelines,
        "PUT IntegrationPackages('{Id}')/$links/CustomTags('{Name}')": _set_tag,
        "POST CustomTagConfigurations": _set_tag_configuration,
    }


HANDLERS: Mapping[str, Handler] = _handlers()
