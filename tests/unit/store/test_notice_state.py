"""A notice is sent once, by whoever claimed it, and not lost with whoever did."""

from datetime import timedelta

from iflow_census.scan.period import Month
from iflow_census.store.notice_state import CLAIM_TTL, NoticeState
from iflow_census.store.protocol import Store
from tests.clock import NOVEMBER
from tests.unit.store.recording_store import RecordingStore

COMPLETE: dict[str, list[str]] = {"lacking": [], "leanix": []}
SECOND = timedelta(seconds=1)


def state(store: Store, run: str = "20261101T003000Z", **outcome: list[str]) -> NoticeState:
    return NoticeState(store, Month(2026, 10), run, {**COMPLETE, **outcome})


def test_what_was_sent_is_never_claimed_again(store: Store) -> None:
    first = state(store).claim(NOVEMBER)
    state(store).mark_sent(NOVEMBER)

    assert first
    assert not state(store).claim(NOVEMBER)
    assert not state(store).claim(NOVEMBER + 10 * CLAIM_TTL)


def test_another_outcome_and_another_run_are_notices_of_their_own(store: Store) -> None:
    state(store).claim(NOVEMBER)
    state(store).mark_sent(NOVEMBER)

    assert state(store, lacking=["dev"]).claim(NOVEMBER)
    assert state(store, leanix=["dev"]).claim(NOVEMBER)
    assert state(store, "20261101T090000Z").claim(NOVEMBER)


def test_a_claim_holds_while_its_owner_may_be_sending(store: Store) -> None:
    state(store).claim(NOVEMBER)

    assert not state(store).claim(NOVEMBER + CLAIM_TTL - SECOND)


def test_the_claim_of_one_that_died_is_taken_over(store: Store) -> None:
    state(store).claim(NOVEMBER)

    assert state(store).claim(NOVEMBER + CLAIM_TTL)
    assert not state(store).claim(NOVEMBER + CLAIM_TTL + SECOND)


def test_a_notice_that_was_not_taken_is_free_at_once(store: Store) -> None:
    state(store).claim(NOVEMBER)
    state(store).release(NOVEMBER)

    assert state(store).claim(NOVEMBER)


def test_of_two_that_claim_at_once_one_sends() -> None:
    store = RecordingStore()
    others: list[bool] = []
    store.run_before_next_write(lambda: others.append(state(store.inner).claim(NOVEMBER)))

    mine = state(store).claim(NOVEMBER)

    assert (mine, others) == (False, [True])


def test_of_two_that_take_over_at_once_one_sends() -> None:
    store = RecordingStore()
    state(store).claim(NOVEMBER)
    others: list[bool] = []
    store.run_before_next_write(
        lambda: others.append(state(store.inner).claim(NOVEMBER + CLAIM_TTL))
    )

    mine = state(store).claim(NOVEMBER + CLAIM_TTL)

    assert (mine, others) == (False, [True])
