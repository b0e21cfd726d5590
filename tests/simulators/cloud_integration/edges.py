"""Move a part of a tenant's iFlows to an Edge Integration Cell.

The position of an iFlow determines where it runs, so that every kind of deployment is there: only
in the cloud, only at the edge, at both, and messages at both.
"""

from __future__ import annotations

from dataclasses import replace

from tests.simulators.cloud_integration.landscape import EdgeLocation, Landscape


def with_edge(landscape: Landscape, edge_id: str = "edge-1", retention_days: int = 30) -> Landscape:
    """Return the landscape with a location that runs a part of its iFlows.

    Of the deployed iFlows, orphans included, the first of four moves to the location, the second is
    deployed at both in different versions, and the others stay. Messages of iFlows at both are
    divided between them. All messages without an iFlow stay in the cloud.
    """
    iflows = [item for item in landscape.runtime_artifacts if item.type == "INTEGRATION_FLOW"]
    moved = {item.id for item in iflows[::4]}
    doubled = {item.id for item in iflows[1::4]}
    at_edge = [
        replace(item, version="0.1.0") if item.id in doubled else item
        for item in iflows
        if item.id in moved | doubled
    ]
    logs_at_edge = [
        log
        for number, log in enumerate(landscape.messages)
        if log.artifact is not None
        and (log.artifact.id in moved or (log.artifact.id in doubled and number % 2))
    ]
    guids = {log.guid for log in logs_at_edge}
    edge = EdgeLocation(
        edge_id,
        tuple(at_edge),
        tuple(item for item in landscape.endpoints if item.name in moved),
        tuple(logs_at_edge),
        retention_days,
    )
    return replace(
        landscape,
        runtime_artifacts=tuple(
            item for item in landscape.runtime_artifacts if item.id not in moved
        ),
        endpoints=tuple(item for item in landscape.endpoints if item.name not in moved),
        messages=tuple(log for log in landscape.messages if log.guid not in guids),
        edges=(*landscape.edges, edge),
    )
