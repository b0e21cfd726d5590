"""IFlows that are moved from one package to another.

Whether SAP changes the modification date of the packages then is not documented.
"""

from __future__ import annotations

from dataclasses import replace

from tests.simulators.cloud_integration.landscape import Landscape


def with_move(
    landscape: Landscape, iflow_id: str, package_id: str, *, at: int | None = None
) -> Landscape:
    """Return the landscape after an iFlow has moved.

    Args:
        landscape: before the move.
        iflow_id: the iFlow.
        package_id: its new package.
        at: the new modification date of both packages, in milliseconds; None: they keep theirs.
    """
    (moving,) = (iflow for iflow in landscape.iflows if iflow.id == iflow_id)
    packages = tuple(
        replace(package, modified_at=at)
        if at is not None and package.id in (moving.package_id, package_id)
        else package
        for package in landscape.packages
    )
    iflows = tuple(
        replace(iflow, package_id=package_id) if iflow is moving else iflow
        for iflow in landscape.iflows
    )
    return replace(landscape, packages=packages, iflows=iflows)
