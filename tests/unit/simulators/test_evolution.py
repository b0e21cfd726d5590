"""A tenant after a month of work: everything happens to somebody, and the past stays."""

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


def test_iflows_come_go_and_are_edited(before: Landscape, after: Landscape) -> None:
    then, now = ({one.id: one for one in each.iflows} for each in (before, after))

    edited = {key for key in then.keys() & now.keys() if then[key] != now[key]}

    assert len(now.keys() - then.keys()) == 2
    assert then.keys() - now.keys()
    assert edited
    assert all(START <= (now[key].modified_at or 0) < END for key in edited)
    assert all(then[key].version != now[key].version for key in edited)
    assert {one.package_id for one in after.iflows} <= {one.id for one in after.packages}


def test_artifacts_are_deployed_anew_and_undeployed(before: Landscape, after: Landscape) -> None:
    then, now = ({one.id: one for one in each.runtime_artifacts} for each in (before, after))

    anew = [now[key] for key in now.keys() & then.keys() if now[key] != then[key]]

    assert then.keys() - now.keys()
    assert now.keys() - then.keys()
    assert all(START <= one.deployed_on < END for one in anew)
    assert {one.name for one in after.endpoints} <= now.keys()


def test_what_was_before_the_month_stays(before: Landscape, after: Landscape) -> None:
    then, now = (
        [log for log in each.messages if log.start is not None and log.start < START]
        for each in (before, after)
    )

    assert then == now
    guids = [log.guid for log in after.messages]
    assert len(guids) == len(set(guids))


def test_some_fall_silent_some_begin_and_some_get_more(before: Landscape, after: Landscape) -> None:
    then, now = (_counts(each) for each in (before, after))

    assert then.keys() - now.keys()
    assert now.keys() - then.keys()
    assert any(now[key] >= then[key] + 200 for key in then.keys() & now.keys())


def _counts(landscape: Landscape) -> dict[str, int]:
    counts: dict[str, int] = {}
    for log in landscape.messages:
        if log.artifact and log.start is not None and START <= log.start < END:
            counts[log.artifact.id] = counts.get(log.artifact.id, 0) + 1
    return counts


def test_the_same_month_brings_the_same(before: Landscape, after: Landscape) -> None:
    assert simulate_month(before, 2026, 10) == after
