"""Packages and iFlows: create, change, copy, download, delete.

Source: SAP OpenAPI: IntegrationContent. Where it is silent: a configure-only package refuses
changes of its artifacts with 400, in the words SAP has for its mappings, and its own download
likewise; a new iFlow without content gets an empty model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.simulators.cloud_integration.archives import (
    bundle,
    exported,
    imported,
    is_zip,
    parameters_in,
)
from tests.simulators.cloud_integration.content import Media
from tests.simulators.cloud_integration.landscape import DesigntimeIflow, Package
from tests.simulators.cloud_integration.operation_call import (
    USER,
    Handler,
    OperationCall,
    State,
    created,
    done,
    media,
)
from tests.simulators.cloud_integration.refusals import RefusedError
from tests.simulators.cloud_integration.seeds_design import (
    IFLOWS,
    configuration,
    resources,
)
from tests.simulators.http_server import Answer

_DRAFT = "Active"
_PACKAGE_FIELDS = {
    "Name": "name",
    "Description": "description",
    "ShortText": "short_text",
    "Version": "version",
    "Vendor": "vendor",
    "Mode": "mode",
}


def put(
    state: State, *, package: Package | None = None, iflow: DesigntimeIflow | None = None
) -> None:
    """Add a package or an iFlow, in place of the one with its id."""
    now = state.tenant.landscape
    packages, iflows = now.packages, now.iflows
    if package is not None:
        known = any(item.id == package.id for item in packages)
        packages = (
            tuple(package if item.id == package.id else item for item in packages)
            if known
            else (*packages, package)
        )
    if iflow is not None:
        known = any(item.id == iflow.id for item in iflows)
        iflows = (
            tuple(iflow if item.id == iflow.id else item for item in iflows)
            if known
            else (*iflows, iflow)
        )
    state.tenant.change(replace(now, packages=packages, iflows=iflows))


def editable(state: State, package_id: str) -> None:
    """Refuse to change what lies in a configure-only package."""
    if state.package(package_id).mode == "READ_ONLY":
        raise RefusedError(
            400, f"The artifact consists in a configure only package with Id: {package_id}."
        )


def unlocked(state: State, artifact_id: str) -> None:
    """Refuse to change what somebody has open."""
    for lock in state.content.rows("IntegrationDesigntimeLocks"):
        if lock["ArtifactId"] == artifact_id:
            raise RefusedError(
                500, "Cannot update the artifact as it is locked.", "Internal server error"
            )


def content_of(state: State, iflow: DesigntimeIflow) -> bytes:
    """Return the bundle that was uploaded last, or the one made of the resources."""
    uploaded = state.content.find("@content", (iflow.id,))
    if uploaded is not None:
        return bytes(uploaded["bytes"])
    parent = (IFLOWS, (iflow.id,))
    resources = {
        f"{row['ResourceType']}/{row['Name']}": row["@media"].content
        for row in state.content.children("Resources", parent)
    }
    parameters = "".join(
        f"{row['ParameterKey']}={row['ParameterValue']}\n"
        for row in state.content.children("Configurations", parent)
    )
    return bundle(iflow.id, iflow.name, iflow.version, resources, parameters)


def keep_content(state: State, artifact_id: str, content: bytes | None) -> None:
    """Keep an uploaded bundle; refuse what is no zip."""
    if content is None:
        return
    if not is_zip(content):
        raise RefusedError(400, "ArtifactContent is no zip file.")
    rows = state.content.rows("@content")
    rows[:] = [row for row in rows if row["Id"] != artifact_id]
    rows.append({"Id": artifact_id, "bytes": content})
    parameters = parameters_in(content)
    if parameters is not None:
        parent = (IFLOWS, (artifact_id,))
        table = state.content.rows("Configurations")
        table[:] = [row for row in table if row.get("@parent") != parent]
        table.extend(configuration(artifact_id, name, value) for name, value in parameters.items())


def forget(state: State, iflow: DesigntimeIflow) -> None:
    """Drop what was kept for an iFlow, so that another one of its id begins anew."""
    for name in ("Configurations", "Resources", "DesignGuidelineExecutionResults"):
        state.content.rows(name)
    state.content.orphan(IFLOWS, (iflow.id,))
    kept = state.content.rows("@content")
    kept[:] = [row for row in kept if row["Id"] != iflow.id]


def create_package(state: State, asked: OperationCall) -> Answer:
    """Create a package, from its properties or from an exported zip."""
    body = dict(asked.body)
    flows: Mapping[str, bytes] = {}
    if body.get("PackageContent") is not None:
        read = imported(body["PackageContent"])
        if read is None:
            raise RefusedError(400, "PackageContent is no exported package.")
        body |= {name: value for name, value in read[0].items() if body.get(name) is None}
        flows = read[1]
    for name in ("Id", "Name"):
        if not body.get(name):
            raise RefusedError(400, f"Property '{name}' must not be null.")
    known = any(item.id == body["Id"] for item in state.tenant.landscape.packages)
    if known and not asked.says("Overwrite"):
        raise RefusedError(409, "Entity with the specified IntegrationPackage id already exist.")
    now = state.now()
    package = Package(
        body["Id"],
        created_at=now,
        created_by=USER,
        modified_at=now,
        modified_by=USER,
        **_fields(body),
    )
    put(state, package=package)
    for flow, content in flows.items():
        put(state, iflow=new_iflow(state, flow, flow, package.id))
        keep_content(state, flow, content)
    return created(asked, state.tenant.entities.package(package))


def _fields(body: Mapping[str, Any]) -> dict[str, Any]:
    return {field: body[name] or "" for name, field in _PACKAGE_FIELDS.items() if body.get(name)}


def update_package(state: State, asked: OperationCall) -> Answer:
    """Change a package's properties."""
    package = state.package(asked.keys[0][0])
    changed = replace(package, **_fields(asked.body), modified_at=state.now(), modified_by=USER)
    put(state, package=changed)
    return done(asked)


def delete_package(state: State, asked: OperationCall) -> Answer:
    """Delete a package with its artifacts."""
    package = state.package(asked.keys[0][0])
    now = state.tenant.landscape
    for iflow in now.iflows:
        if iflow.package_id == package.id:
            forget(state, iflow)
    state.tenant.change(
        replace(
            now,
            packages=tuple(item for item in now.packages if item.id != package.id),
            iflows=tuple(item for item in now.iflows if item.package_id != package.id),
        )
    )
    for kind in ("MessageMapping", "ValueMapping", "ScriptCollection"):
        rows = state.content.rows(f"{kind}DesigntimeArtifacts")
        rows[:] = [row for row in rows if row["PackageId"] != package.id]
    return done(asked)


def download_package(state: State, asked: OperationCall) -> Answer:
    """Export a package, unless one of its iFlows is a draft."""
    package = state.package(asked.keys[0][0])
    editable(state, package.id)
    flows = [item for item in state.tenant.landscape.iflows if item.package_id == package.id]
    drafts = [item.name for item in flows if item.version == _DRAFT]
    if drafts:
        named = ", ".join(f"{{Type=IFlow, Name={name}}}" for name in drafts)
        raise RefusedError(
            500,
            f"Package export failed. It contains the following artifacts are in draft state: "
            f"[ {named} ].",
            "Internal Server Error",
        )
    shown = {name: getattr(package, field) for name, field in _PACKAGE_FIELDS.items()}
    content = exported({"Id": package.id, **shown}, {f.id: content_of(state, f) for f in flows})
    return media(Media(content, "application/zip", "package.zip"))


def new_iflow(state: State, artifact: str, name: str, package_id: str) -> DesigntimeIflow:
    """Return an iFlow as it is when it is made."""
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


def create_iflow(state: State, asked: OperationCall) -> Answer:
    """Create an iFlow, with the zip that is sent or an empty model."""
    body = asked.body
    artifact = body.get("Id") or body["Name"].replace(" ", "_")
    editable(state, body["PackageId"])
    for item in state.tenant.landscape.iflows:
        if item.id == artifact:
            raise RefusedError(
                500,
                f"An integration flow with the ID {artifact} already exists in the "
                f"{item.package_id} package. Please rename the artifact ID.",
                "Internal Server Error",
            )
    keep_content(state, artifact, body.get("ArtifactContent"))
    if body.get("ArtifactContent") is None:
        state.content.rows("Resources").extend(resources(IFLOWS, artifact)[:1])
    iflow = new_iflow(state, artifact, body["Name"], body["PackageId"])
    put(state, iflow=iflow)
    return created(asked, state.tenant.entities.iflow(iflow))


def _changeable(state: State, asked: OperationCall) -> DesigntimeIflow:
    iflow = state.iflow(*asked.keys[0])
    editable(state, iflow.package_id)
    unlocked(state, iflow.id)
    return iflow


def update_iflow(state: State, asked: OperationCall) -> Answer:
    """Change an iFlow's name or content."""
    iflow = _changeable(state, asked)
    keep_content(state, iflow.id, asked.body.get("ArtifactContent"))
    name = asked.body.get("Name") or iflow.name
    put(state, iflow=replace(iflow, name=name, modified_at=state.now(), modified_by=USER))
    return done(asked)


def delete_iflow(state: State, asked: OperationCall) -> Answer:
    """Delete an iFlow from the design-time; what is deployed stays so."""
    iflow = _changeable(state, asked)
    forget(state, iflow)
    now = state.tenant.landscape
    left = tuple(item for item in now.iflows if item.id != iflow.id)
    state.tenant.change(replace(now, iflows=left))
    return done(asked)


def save_iflow(state: State, asked: OperationCall) -> Answer:
    """Save an iFlow as a version."""
    iflow = state.iflow(asked.parameters["Id"])
    editable(state, iflow.package_id)
    unlocked(state, iflow.id)
    version = asked.parameters["SaveAsVersion"]
    put(state, iflow=replace(iflow, version=version, modified_at=state.now(), modified_by=USER))
    return done(asked)


def download_iflow(state: State, asked: OperationCall) -> Answer:
    """Download an iFlow's bundle."""
    iflow = state.iflow(*asked.keys[0])
    editable(state, iflow.package_id)
    return media(Media(content_of(state, iflow), "application/zip", "iflow.zip"))


_KEYED = "IntegrationDesigntimeArtifacts(Id='{Id}',Version='{Version}')"
HANDLERS: Mapping[str, Handler] = {
    "POST IntegrationPackages": create_package,
    "PUT IntegrationPackages('{Id}')": update_package,
    "DELETE IntegrationPackages('{Id}')": delete_package,
    "GET IntegrationPackages('{Id}')/$value": download_package,
    "POST IntegrationDesigntimeArtifacts": create_iflow,
    f"PUT {_KEYED}": update_iflow,
    f"DELETE {_KEYED}": delete_iflow,
    f"GET {_KEYED}/$value": download_iflow,
    "POST IntegrationDesigntimeArtifactSaveAsVersion": save_iflow,
}
