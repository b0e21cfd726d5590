"""Packages and iFlows: create, change, copy, download, delete.

Source: SAP OpenAPI: IntegrationContent. Not documented: a configure-only package rejects
changes of its artifacts, and its download, with 400 and the text that SAP uses for its mappings; a
new iFlow without content gets an empty model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.simulators.cloud_integration.archives import (
    export_package,
    import_package,
    is_zip,
    make_bundle,
    read_parameters,
)
from tests.simulators.cloud_integration.content import Media
from tests.simulators.cloud_integration.errors import ODataError
from tests.simulators.cloud_integration.landscape import (
    DRAFT_VERSIONS,
    DesigntimeIflow,
    Package,
)
from tests.simulators.cloud_integration.operation_call import (
    USER,
    Handler,
    OperationCall,
    State,
    created_response,
    empty_response,
    media_response,
)
from tests.simulators.cloud_integration.seeds_design import (
    IFLOWS,
    configuration,
    resources,
)
from tests.simulators.http_server import Response

_OTHER_KINDS = ("MessageMapping", "ValueMapping", "ScriptCollection")
_FOLDERS = {"iflw": "scenarioflows/integrationflow"}
_PACKAGE_FIELDS = {
    "Name": "name",
    "Description": "description",
    "ShortText": "short_text",
    "Version": "version",
    "Vendor": "vendor",
    "Mode": "mode",
}


def store(
    state: State, *, package: Package | None = None, iflow: DesigntimeIflow | None = None
) -> None:
    """Add or replace a package or an iFlow."""
    landscape = state.tenant.landscape
    packages, iflows = landscape.packages, landscape.iflows
    if package is not None:
        exists = any(item.id == package.id for item in packages)
        packages = (
            tuple(package if item.id == package.id else item for item in packages)
            if exists
            else (*packages, package)
        )
    if iflow is not None:
        exists = any(item.id == iflow.id for item in iflows)
        iflows = (
            tuple(iflow if item.id == iflow.id else item for item in iflows)
            if exists
            else (*iflows, iflow)
        )
    state.tenant.set_landscape(replace(landscape, packages=packages, iflows=iflows))


def require_editable(state: State, package_id: str) -> None:
    """Raise a 400 if a package is configure-only."""
    if state.package(package_id).mode == "READ_ONLY":
        raise ODataError(
            400, f"The artifact consists in a configure only package with Id: {package_id}."
        )


def require_unlocked(state: State, artifact_id: str) -> None:
    """Raise an error if an artifact is locked."""
    for lock in state.content.rows("IntegrationDesigntimeLocks"):
        if lock["ArtifactId"] == artifact_id:
            raise ODataError(
                500, "Cannot update the artifact as it is locked.", "Internal server error"
            )


def content_of(state: State, iflow: DesigntimeIflow) -> bytes:
    """Return the uploaded bundle, or one with the resources of the iFlow."""
    uploaded = state.content.find("@content", (iflow.id,))
    if uploaded is not None:
        return bytes(uploaded["bytes"])
    if iflow.content is not None:
        return iflow.content
    parent = (IFLOWS, (iflow.id,))
    resources = {
        f"{_FOLDERS.get(row['ResourceType'], row['ResourceType'])}/{row['Name']}": row[
            "@media"
        ].content
        for row in state.content.children("Resources", parent)
    }
    parameters = {
        row["ParameterKey"]: row["ParameterValue"]
        for row in state.content.children("Configurations", parent)
    }
    return make_bundle(iflow.id, iflow.name, iflow.version, resources, parameters)


def store_content(state: State, artifact_id: str, content: bytes | None) -> None:
    """Store an uploaded bundle; raises a 400 if it is not a zip file."""
    if content is None:
        return
    if not is_zip(content):
        raise ODataError(400, "ArtifactContent is not a zip file.")
    rows = state.content.rows("@content")
    rows[:] = [row for row in rows if row["Id"] != artifact_id]
    rows.append({"Id": artifact_id, "bytes": content})
    parameters = read_parameters(content)
    if parameters is not None:
        parent = (IFLOWS, (artifact_id,))
        table = state.content.rows("Configurations")
        table[:] = [row for row in table if row.get("@parent") != parent]
        table.extend(configuration(artifact_id, name, value) for name, value in parameters.items())


def delete_content(state: State, iflow: DesigntimeIflow) -> None:
    """Delete the content of an iFlow, so that a new one with the same id starts empty."""
    for name in ("Configurations", "Resources", "DesignGuidelineExecutionResults"):
        state.content.rows(name)
    state.content.remove_children(IFLOWS, (iflow.id,))
    contents = state.content.rows("@content")
    contents[:] = [row for row in contents if row["Id"] != iflow.id]


def create_package(state: State, call: OperationCall) -> Response:
    """Create a package, from its properties or from an exported zip."""
    body = dict(call.body)
    if "_" in (body.get("Id") or ""):
        # Observed on a tenant, for this character only.
        raise ODataError(
            400, "Property 'Id' value cannot have a special character. Enter a valid Id."
        )
    iflows: Mapping[str, bytes] = {}
    if body.get("PackageContent") is not None:
        package_export = import_package(body["PackageContent"])
        if package_export is None:
            raise ODataError(400, "PackageContent is not an exported package.")
        body |= {name: value for name, value in package_export[0].items() if body.get(name) is None}
        iflows = package_export[1]
    for name in ("Id", "Name"):
        if not body.get(name):
            raise ODataError(400, f"Property '{name}' must not be null.")
    exists = any(item.id == body["Id"] for item in state.tenant.landscape.packages)
    if exists and not call.is_true("Overwrite"):
        raise ODataError(409, "Entity with the specified IntegrationPackage id already exist.")
    now = state.now()
    package = Package(
        body["Id"],
        created_at=now,
        created_by=USER,
        modified_at=now,
        modified_by=USER,
        **_fields(body),
    )
    store(state, package=package)
    for iflow_id, content in iflows.items():
        store(state, iflow=new_iflow(state, iflow_id, iflow_id, package.id))
        store_content(state, iflow_id, content)
    return created_response(call, state.tenant.entities.package(package))


def _fields(body: Mapping[str, Any]) -> dict[str, Any]:
    return {field: body[name] or "" for name, field in _PACKAGE_FIELDS.items() if body.get(name)}


def update_package(state: State, call: OperationCall) -> Response:
    """Update the properties of a package."""
    package = state.package(call.keys[0][0])
    updated = replace(package, **_fields(call.body), modified_at=state.now(), modified_by=USER)
    store(state, package=updated)
    return empty_response(call)


def delete_package(state: State, call: OperationCall) -> Response:
    """Delete a package with its artifacts."""
    package = state.package(call.keys[0][0])
    now = state.tenant.landscape
    for iflow in now.iflows:
        if iflow.package_id == package.id:
            delete_content(state, iflow)
    state.tenant.set_landscape(
        replace(
            now,
            packages=tuple(item for item in now.packages if item.id != package.id),
            iflows=tuple(item for item in now.iflows if item.package_id != package.id),
        )
    )
    for kind in _OTHER_KINDS:
        rows = state.content.rows(f"{kind}DesigntimeArtifacts")
        rows[:] = [row for row in rows if row["PackageId"] != package.id]
    return empty_response(call)


def download_package(state: State, call: OperationCall) -> Response:
    """Export a package, unless one of its artifacts is a draft."""
    package = state.package(call.keys[0][0])
    require_editable(state, package.id)
    iflows = [item for item in state.tenant.landscape.iflows if item.package_id == package.id]
    drafts = [("IFlow", item.name) for item in iflows if item.is_draft]
    drafts += [
        (kind, row["Name"])
        for kind in _OTHER_KINDS
        for row in state.content.rows(f"{kind}DesigntimeArtifacts")
        if row["PackageId"] == package.id and row["Version"] in DRAFT_VERSIONS
    ]
    if drafts:
        names = ", ".join(f"{{Type={kind}, Name={name}}}" for kind, name in drafts)
        raise ODataError(
            500,
            f"Package export failed. It contains the following artifacts are in draft state: "
            f"[ {names} ].",
            "Internal Server Error",
        )
    properties = {name: getattr(package, field) for name, field in _PACKAGE_FIELDS.items()}
    content = export_package(
        {"Id": package.id, **properties},
        {iflow.id: content_of(state, iflow) for iflow in iflows},
    )
    return media_response(Media(content, "application/zip", "package.zip"))


def new_iflow(state: State, artifact: str, name: str, package_id: str) -> DesigntimeIflow:
    """Return a newly created iFlow."""
    now = state.now()
    return DesigntimeIflow(
        artifact,
        package_id,
        name,
        "1.0.0",
        created_at=now,
        created_by=USER,
        modified_at=now,
        modified_by=USER,
    )


def create_iflow(state: State, call: OperationCall) -> Response:
    """Create an iFlow, from a zip file or with an empty model."""
    body = call.body
    artifact = body.get("Id") or body["Name"].replace(" ", "_")
    require_editable(state, body["PackageId"])
    for item in state.tenant.landscape.iflows:
        if item.id == artifact:
            raise ODataError(
                500,
                f"An integration flow with the ID {artifact} already exists in the "
                f"{item.package_id} package. Please rename the artifact ID.",
                "Internal Server Error",
            )
    store_content(state, artifact, body.get("ArtifactContent"))
    if body.get("ArtifactContent") is None:
        state.content.rows("Resources").extend(resources(IFLOWS, artifact)[:1])
    iflow = new_iflow(state, artifact, body["Name"], body["PackageId"])
    store(state, iflow=iflow)
    return created_response(call, state.tenant.entities.iflow(iflow))


def _get_editable(state: State, call: OperationCall) -> DesigntimeIflow:
    iflow = state.iflow(*call.keys[0])
    require_editable(state, iflow.package_id)
    require_unlocked(state, iflow.id)
    return iflow


def update_iflow(state: State, call: OperationCall) -> Response:
    """Update the name or content of an iFlow."""
    iflow = _get_editable(state, call)
    store_content(state, iflow.id, call.body.get("ArtifactContent"))
    name = call.body.get("Name") or iflow.name
    store(state, iflow=replace(iflow, name=name, modified_at=state.now(), modified_by=USER))
    return empty_response(call)


def delete_iflow(state: State, call: OperationCall) -> Response:
    """Delete an iFlow from the design time; it stays deployed."""
    iflow = _get_editable(state, call)
    delete_content(state, iflow)
    now = state.tenant.landscape
    remaining = tuple(item for item in now.iflows if item.id != iflow.id)
    state.tenant.set_landscape(replace(now, iflows=remaining))
    return empty_response(call)


def save_iflow(state: State, call: OperationCall) -> Response:
    """Save an iFlow as a version."""
    iflow = state.iflow(call.parameters["Id"])
    require_editable(state, iflow.package_id)
    require_unlocked(state, iflow.id)
    version = call.parameters["SaveAsVersion"]
    store(state, iflow=replace(iflow, version=version, modified_at=state.now(), modified_by=USER))
    return empty_response(call)


def download_iflow(state: State, call: OperationCall) -> Response:
    """Download an iFlow's bundle."""
    iflow = state.iflow(*call.keys[0])
    require_editable(state, iflow.package_id)
    return media_response(Media(content_of(state, iflow), "application/zip", "iflow.zip"))


_IFLOW = "IntegrationDesigntimeArtifacts(Id='{Id}',Version='{Version}')"
HANDLERS: Mapping[str, Handler] = {
    "POST IntegrationPackages": create_package,
    "PUT IntegrationPackages('{Id}')": update_package,
    "DELETE IntegrationPackages('{Id}')": delete_package,
    "GET IntegrationPackages('{Id}')/$value": download_package,
    "POST IntegrationDesigntimeArtifacts": create_iflow,
    f"PUT {_IFLOW}": update_iflow,
    f"DELETE {_IFLOW}": delete_iflow,
    f"GET {_IFLOW}/$value": download_iflow,
    "POST IntegrationDesigntimeArtifactSaveAsVersion": save_iflow,
}
