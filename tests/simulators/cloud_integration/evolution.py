"""The changes to a tenant within a month: edits, deployments and messages.

As in the generator, the position of an iFlow determines its changes, so that a few dozen iFlows
show every kind of change. Earlier months stay unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tests.simulators.cloud_integration.landscape import (
    DesigntimeIflow,
    Landscape,
    LogArtifact,
    MessageLog,
    RuntimeArtifact,
)
from tests.simulators.cloud_integration.message_generator import (
    DAY,
    HOUR,
    MessageGenerator,
    month_bounds,
)

_USER = "carla@example.com"


def simulate_month(landscape: Landscape, year: int, month: int) -> Landscape:
    """Return the landscape at the end of a month.

    iFlows are edited, added, removed, deployed, redeployed and undeployed. Some have no messages
    any more, some have several times as many, and some have their first messages.
    """
    start, end = month_bounds(year, month)
    removed = {iflow.id for n, iflow in enumerate(landscape.iflows) if n % 23 == 9}
    kept = [
        _edit(iflow, start + n * HOUR) if n % 11 == 2 else iflow
        for n, iflow in enumerate(landscape.iflows)
        if iflow.id not in removed
    ]
    added = list(_added(landscape, start + 5 * DAY))
    undeployed = {iflow.id for n, iflow in enumerate(landscape.iflows) if n % 17 == 5}
    runtime = _runtime(landscape, [*kept, *added], removed | undeployed, start)
    deployed = {artifact.id for artifact in runtime}
    return replace(
        landscape,
        iflows=(*kept, *added),
        runtime_artifacts=tuple(runtime),
        endpoints=tuple(endpoint for endpoint in landscape.endpoints if endpoint.name in deployed),
        messages=tuple(_messages(landscape, [*kept, *added], deployed, start, end)),
    )


def _edit(iflow: DesigntimeIflow, moment: int) -> DesigntimeIflow:
    return replace(
        iflow, version=_next_version(iflow.version), modified_at=moment, modified_by=_USER
    )


def _next_version(version: str) -> str:
    """Return the next version; a draft becomes a version."""
    stem, _, last = version.rpartition(".")
    return f"{stem}.{int(last) + 1}" if last.isdigit() else "2.0.0"


def _added(landscape: Landscape, moment: int) -> Iterator[DesigntimeIflow]:
    """Yield a new iFlow for every twelfth package."""
    for number, package in enumerate(landscape.packages[::12]):
        iflow_id = f"com.example.new.iflow{number:05d}"
        yield DesigntimeIflow(
            id=iflow_id,
            package_id=package.id,
            name=f"New object {number:05d}",
            version="1.0.0",
            created_at=moment + number * HOUR,
            created_by=_USER,
            modified_at=moment + number * HOUR,
            modified_by=_USER,
        )


def _runtime(
    landscape: Landscape, iflows: Sequence[DesigntimeIflow], removed: set[str], start: int
) -> list[RuntimeArtifact]:
    """Redeploy every third edited iFlow; deploy new ones and some others for the first time."""
    deployed = {
        artifact.id: artifact
        for artifact in landscape.runtime_artifacts
        if artifact.id not in removed
    }
    for n, iflow in enumerate(iflows):
        edited = iflow.modified_at is not None and iflow.modified_at >= start
        is_first = iflow.id not in deployed and iflow.id not in removed and (edited or n % 7 == 1)
        if is_first or (edited and n % 3 == 0 and iflow.id in deployed):
            deployed[iflow.id] = RuntimeArtifact(
                id=iflow.id,
                name=iflow.name,
                version=iflow.version,
                deployed_by=_USER,
                deployed_on=start + 8 * DAY + n * HOUR,
            )
    return list(deployed.values())


def _messages(
    landscape: Landscape,
    iflows: Sequence[DesigntimeIflow],
    deployed: set[str],
    start: int,
    end: int,
) -> Iterator[MessageLog]:
    names = {package.id: package.name for package in landscape.packages}
    positions = {iflow.id: n for n, iflow in enumerate(iflows)}
    used: dict[str, LogArtifact] = {}
    for log in landscape.messages:
        artifact = log.artifact
        if artifact is None or log.start is None or not start <= log.start < end:
            yield log
            continue
        position = positions.get(artifact.id)
        is_silent = position is not None and (artifact.id not in deployed or position % 19 == 7)
        if not is_silent:
            used[artifact.id] = artifact
            yield log
    generator = MessageGenerator(f"{landscape.name}/{start}/later")
    for iflow in iflows:
        n = positions[iflow.id]
        if iflow.id in used and n % 9 == 4:
            yield from generator.spread(used[iflow.id], 200, start, end)
        elif iflow.id in deployed and iflow.id not in used and n % 5 == 2:
            package = iflow.package_id
            artifact = LogArtifact(iflow.id, iflow.name, package, names[package])
            yield from generator.spread(artifact, 30, start, end)
