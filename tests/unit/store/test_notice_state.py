"""A notice is sent once for each outcome of a run."""

from iflow_census.scan.period import Month
from iflow_census.store.notice_state import NoticeState
from iflow_census.store.protocol import Store
from tests.clock import NOVEMBER

OCTOBER = Month(2026, 10)
RUN = "20261101T003000Z"
COMPLETE: dict[str, list[str]] = {"tenants": [], "leanix": []}


def state(store: Store, run: str = RUN, **outcome: list[str]) -> NoticeState:
    return NoticeState(store, OCTOBER, run, {**COMPLETE, **outcome})


def test_sent_notice_is_remembered(store: Store) -> None:
    before = state(store).was_sent()
    state(store).mark_sent(NOVEMBER)

    assert (before, state(store).was_sent()) == (False, True)


def test_another_outcome_or_run_is_another_notice(store: Store) -> None:
    state(store).mark_sent(NOVEMBER)
    others = [
        state(store, tenants=["dev"]),
        state(store, leanix=["dev"]),
        state(store, "20261101T090000Z"),
    ]

    assert [other.was_sent() for other in others] == [False] * 3
    assert len({state(store).lease_key, *(other.lease_key for other in others)}) == 4


def test_order_of_an_outcome_makes_no_difference(store: Store) -> None:
    NoticeState(store, OCTOBER, RUN, {"tenants": ["dev"], "leanix": []}).mark_sent(NOVEMBER)

    assert NoticeState(store, OCTOBER, RUN, {"leanix": [], "tenants": ["dev"]}).was_sent()
