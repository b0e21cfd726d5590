"""A simulated month has every kind of change, and keeps earlier months."""

from datetime import UTC, datetime

import pytest

from tests.simulators.cloud_integration import Landscape, generate_landscape, to_ms
from tests.simulators.cloud_integration.evolution import simulate_month

START, END = (to_ms(datetime(2026, month, 1, tzinfo=UTC)) for month in (10, 11))


@pytest.fixture(scope="module")
def before() -> Landscape:
    return generate_landscape(
        packages=24, months=[(2026, 9), (2026, 10)], busy_messages=50, variant="dev"
    )


@pytest.fixture(scope="module")
def after(before: Landscape) -> Landscape:
    return simulate_month(before, 2026, 10)


def test_iflows_are_added_removed_and_edited(before: Landscape, after: Landscape) -> None:
    then, now = ({iflow.id: iflow for iflow in landscape.iflows} for landscape in (before, after))

    edited = {key for key in then.keys() & now.keys() if then[key] != now[key]}

    assert len(now.keys() - then.keys()) == 2
    assert then.keys() - now.keys()
    assert edited
    assert all(START <= (now[key].modified_at or 0) < END for key in edited)
    assert all(then[key].version != now[key].version for key in edited)
    assert {iflow.package_id for iflow in after.iflows} <= {
        package.id for package in after.packages
    }


def test_artifacts_are_redeployed_and_undeployed(before: Landscape, after: Landscape) -> None:
    then, now = (
        {artifact.id: artifact for artifact in landscape.runtime_artifacts}
        for landscape in (before, after)
    )

    redeployed = [now[key] for key in now.keys() & then.keys() if now[key] != then[key]]

    assert then.keys() - now.keys()
    assert now.keys() - then.keys()
    assert all(START <= artifact.deployed_on < END for artifact in redeployed)
    assert {endpoint.name for endpoint in after.endpoints} <= now.keys()


def test_earlier_months_stay_unchanged(before: Landscape, after: Landscape) -> None:
    then, now = (
        [log for log in landscape.messages if log.start is not None and log.start < START]
        for landscape in (before, after)
    )

    assert then == now
    guids = [log.guid for log in after.messages]
    assert len(guids) == len(set(guids))


def test_number_of_messages_changes(before: Landscape, after: Landscape) -> None:
    then, now = (_counts(landscape) for landscape in (before, after))

    assert then.keys() - now.keys()
    assert now.keys() - then.keys()
    assert any(now[key] >= then[key] + 200 for key in then.keys() & now.keys())


def _counts(landscape: Landscape) -> dict[str, int]:
    counts: dict[str, int] = {}
    for log in landscape.messages:
        if log.artifact and log.start is not None and START <= log.start < END:
            counts[log.artifact.id] = counts.get(log.artifact.id, 0) + 1
    return counts


def test_simulation_is_deterministic(before: Landscape, after: Landscape) -> None:
    assert simulate_month(before, 2026, 10) == after
