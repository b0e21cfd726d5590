"""A notice is sent once, by the first to claim it, and is not lost if that process dies."""

from datetime import timedelta

from iflow_census.scan.period import Month
from iflow_census.store.notice_state import CLAIM_TTL, NoticeState
from iflow_census.store.protocol import Store
from tests.clock import NOVEMBER
from tests.unit.store.recording_store import RecordingStore

OCTOBER = Month(2026, 10)
RUN = "20261101T003000Z"
COMPLETE: dict[str, list[str]] = {"tenants": [], "leanix": []}
SECOND = timedelta(seconds=1)


def state(store: Store, run: str = RUN, **outcome: list[str]) -> NoticeState:
    return NoticeState(store, OCTOBER, run, {**COMPLETE, **outcome})


def test_sent_notice_cannot_be_claimed_again(store: Store) -> None:
    first = state(store).claim(NOVEMBER)
    state(store).mark_sent(NOVEMBER)

    assert first
    assert not state(store).claim(NOVEMBER)
    assert not state(store).claim(NOVEMBER + 10 * CLAIM_TTL)


def test_another_outcome_or_run_is_another_notice(store: Store) -> None:
    state(store).claim(NOVEMBER)
    state(store).mark_sent(NOVEMBER)

    assert state(store, tenants=["dev"]).claim(NOVEMBER)
    assert state(store, leanix=["dev"]).claim(NOVEMBER)
    assert state(store, "20261101T090000Z").claim(NOVEMBER)


def test_order_of_an_outcome_makes_no_difference(store: Store) -> None:
    outcomes: list[dict[str, list[str]]] = [
        {"tenants": ["dev"], "leanix": []},
        {"leanix": [], "tenants": ["dev"]},
    ]

    claims = [NoticeState(store, OCTOBER, RUN, outcome).claim(NOVEMBER) for outcome in outcomes]

    assert claims == [True, False]


def test_claim_holds_while_its_owner_may_be_sending(store: Store) -> None:
    state(store).claim(NOVEMBER)

    assert not state(store).claim(NOVEMBER + CLAIM_TTL - SECOND)


def test_expired_claim_is_taken_over(store: Store) -> None:
    state(store).claim(NOVEMBER)

    assert state(store).claim(NOVEMBER + CLAIM_TTL)
    assert not state(store).claim(NOVEMBER + CLAIM_TTL + SECOND)


def test_released_notice_can_be_claimed_at_once(store: Store) -> None:
    state(store).claim(NOVEMBER)
    state(store).release(NOVEMBER)

    assert state(store).claim(NOVEMBER)


def test_only_one_of_two_simultaneous_claims_succeeds() -> None:
    store = RecordingStore()
    other_claims: list[bool] = []
    store.run_before_next_write(lambda: other_claims.append(state(store.inner).claim(NOVEMBER)))

    claimed = state(store).claim(NOVEMBER)

    assert (claimed, other_claims) == (False, [True])


def test_only_one_of_two_simultaneous_takeovers_succeeds() -> None:
    store = RecordingStore()
    state(store).claim(NOVEMBER)
    other_claims: list[bool] = []
    store.run_before_next_write(
        lambda: other_claims.append(state(store.inner).claim(NOVEMBER + CLAIM_TTL))
    )

    claimed = state(store).claim(NOVEMBER + CLAIM_TTL)

    assert (claimed, other_claims) == (False, [True])
