"""What people and senders do to a tenant within a month.

As in the generator, who is concerned is dealt out by position: a few dozen iFlows show every kind
of change. Nothing is done to what came before the month.
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


def a_month_later(landscape: Landscape, year: int, month: int) -> Landscape:
    """Return the tenant as it is at the end of a month of work.

    iFlows are edited, added, removed, deployed, deployed anew and undeployed; some get no messages
    any more, some several times as many, and some that had none get their first.
    """
    start, end = month_bounds(year, month)
    removed = {iflow.id for n, iflow in enumerate(landscape.iflows) if n % 23 == 9}
    kept = [
        _edited(iflow, start + n * HOUR) if n % 11 == 2 else iflow
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
        endpoints=tuple(one for one in landscape.endpoints if one.name in deployed),
        messages=tuple(_messages(landscape, [*kept, *added], deployed, start, end)),
    )


def _edited(iflow: DesigntimeIflow, moment: int) -> DesigntimeIflow:
    return replace(iflow, version=_next(iflow.version), modified_at=moment, modified_by=_USER)


def _next(version: str) -> str:
    """Return the version after one; a draft becomes a version."""
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
    landscape: Landscape, iflows: Sequence[DesigntimeIflow], gone: set[str], start: int
) -> list[RuntimeArtifact]:
    """Every third edited iFlow is deployed anew, new ones and some others for the first time."""
    present = {one.id: one for one in landscape.runtime_artifacts if one.id not in gone}
    for n, iflow in enumerate(iflows):
        edited = iflow.modified_at is not None and iflow.modified_at >= start
        first = iflow.id not in present and iflow.id not in gone and (edited or n % 7 == 1)
        if first or (edited and n % 3 == 0 and iflow.id in present):
            present[iflow.id] = RuntimeArtifact(
                id=iflow.id,
                name=iflow.name,
                version=iflow.version,
                deployed_by=_USER,
                deployed_on=start + 8 * DAY + n * HOUR,
            )
    return list(present.values())


def _messages(
    landscape: Landscape,
    iflows: Sequence[DesigntimeIflow],
    deployed: set[str],
    start: int,
    end: int,
) -> Iterator[MessageLog]:
    names = {package.id: package.name for package in landscape.packages}
    places = {iflow.id: n for n, iflow in enumerate(iflows)}
    used: dict[str, LogArtifact] = {}
    for log in landscape.messages:
        artifact = log.artifact
        if artifact is None or log.start is None or not start <= log.start < end:
            yield log
            continue
        place = places.get(artifact.id)
        silent = place is not None and (artifact.id not in deployed or place % 19 == 7)
        if not silent:
            used[artifact.id] = artifact
            yield log
    generator = MessageGenerator(f"{landscape.name}/{start}/later")
    for iflow in iflows:
        n = places[iflow.id]
        if iflow.id in used and n % 9 == 4:
            yield from generator.spread(used[iflow.id], 200, start, end)
        elif iflow.id in deployed and iflow.id not in used and n % 5 == 2:
            package = iflow.package_id
            artifact = LogArtifact(iflow.id, iflow.name, package, names[package])
            yield from generator.spread(artifact, 30, start, end)
