"""Packages in the Discover area, and copying them to the workspace.

Source: SAP OpenAPI: IntegrationContent (CopyIntegrationPackage).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tests.simulators.cloud_integration.design_time import new_iflow, store
from tests.simulators.cloud_integration.errors import ODataError, not_found
from tests.simulators.cloud_integration.landscape import Package
from tests.simulators.cloud_integration.operation_call import (
    USER,
    Handler,
    OperationCall,
    State,
    created_response,
)
from tests.simulators.cloud_integration.seeds_design import IFLOWS, configurations, resources
from tests.simulators.http_server import Response

DISCOVER = {
    "Discover_Editable": Package(
        "Discover_Editable", "Editable sample", vendor="SAP", version="2.1.0"
    ),
    "Discover_ConfigureOnly": Package(
        "Discover_ConfigureOnly", "Sample", vendor="SAP", version="8.1.0", mode="READ_ONLY"
    ),
}
"""The packages in the Discover area; each has one iFlow, ``<id>_Flow``."""


def _copy_package(state: State, call: OperationCall) -> Response:
    """Copy a package from Discover."""
    source = DISCOVER.get(call.parameters["Id"])
    if source is None:
        raise not_found()
    mode = call.parameters.get("ImportMode")
    suffix = ""
    if any(item.id == source.id for item in state.tenant.landscape.packages):
        if mode is None:
            raise ODataError(409, "The package with the same name/Id already exists.")
        if mode == "CREATE_COPY":
            suffix = call.parameters.get("Suffix") or ""
            if not suffix:
                raise ODataError(400, "A copy needs a suffix.")
    now = state.now()
    package = replace(
        source,
        id=f"{source.id}{'.' if suffix else ''}{suffix}",
        name=f"{source.name} {suffix}".strip(),
        created_at=now,
        created_by=USER,
        modified_at=now + 3,
        modified_by=USER,
    )
    store(state, package=package)
    flow = f"{source.id}_Flow{suffix}"
    store(state, iflow=new_iflow(state, flow, flow, package.id))
    state.content.rows("Configurations").extend(configurations(flow))
    state.content.rows("Resources").extend(resources(IFLOWS, flow))
    return created_response(call, state.tenant.entities.package(package))


HANDLERS: Mapping[str, Handler] = {"POST CopyIntegrationPackage": _copy_package}
