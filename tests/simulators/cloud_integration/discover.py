"""The Discover area: what it offers, and how it is copied into the workspace.

Source: SAP OpenAPI: IntegrationContent (CopyIntegrationPackage).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tests.simulators.cloud_integration.design_time import new_iflow, put
from tests.simulators.cloud_integration.landscape import Package
from tests.simulators.cloud_integration.operation_call import (
    USER,
    Handler,
    OperationCall,
    State,
    created,
)
from tests.simulators.cloud_integration.refusals import RefusedError, not_found
from tests.simulators.cloud_integration.seeds_design import IFLOWS, configurations, resources
from tests.simulators.http_server import Answer

DISCOVER = {
    "Discover_Editable": Package(
        "Discover_Editable", "Editable sample", vendor="SAP", version="2.1.0"
    ),
    "Discover_ConfigureOnly": Package(
        "Discover_ConfigureOnly", "Sample", vendor="SAP", version="8.1.0", mode="READ_ONLY"
    ),
}
"""What the Discover area offers to copy; each package holds one iFlow, ``<id>_Flow``."""


def _copy_package(state: State, asked: OperationCall) -> Answer:
    """Copy a package from Discover."""
    source = DISCOVER.get(asked.parameters["Id"])
    if source is None:
        raise not_found()
    mode = asked.parameters.get("ImportMode")
    suffix = ""
    if any(item.id == source.id for item in state.tenant.landscape.packages):
        if mode is None:
            raise RefusedError(409, "The package with the same name/Id already exists.")
        if mode == "CREATE_COPY":
            suffix = asked.parameters.get("Suffix") or ""
            if not suffix:
                raise RefusedError(400, "A copy needs a suffix.")
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
    put(state, package=package)
    flow = f"{source.id}_Flow{suffix}"
    put(state, iflow=new_iflow(state, flow, flow, package.id))
    state.content.rows("Configurations").extend(configurations(flow))
    state.content.rows("Resources").extend(resources(IFLOWS, flow))
    return created(asked, state.tenant.entities.package(package))


HANDLERS: Mapping[str, Handler] = {"POST CopyIntegrationPackage": _copy_package}
