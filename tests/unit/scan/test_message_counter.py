"""Both ways of counting give the same numbers, and doubtful ones are errors."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iflow_census.errors import DataError
from iflow_census.scan import counting
from iflow_census.scan.counting import STATUSES, UNLISTED, CountingPlan, StatusCounts, Totals
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.message_counter import MessageCount
from iflow_census.scan.month_counts import WindowCounts
from iflow_census.scan.tenant_api import LogQuery, MessageLog
from tests.unit.scan.log_tenant import IFLOWS, OCTOBER, Log, LogTenant, by_iflow, log_lists

MIDDLE = datetime(2026, 10, 16, tzinfo=UTC)
READ_ALL = CountingPlan(read_all=True)


def every_other_way(totals: Totals) -> list[CountingPlan]:
    """Plans that count per iFlow, with each status in each place it may have."""
    derivable = [UNLISTED] if UNLISTED in totals.by_status else list(totals.by_status)
    plans = []
    for derived in derivable:
        others = tuple(one for one in totals.by_status if one != derived)
        plans += [
            CountingPlan(read_all=False, derived=derived, counted=others),
            CountingPlan(read_all=False, derived=derived, read=others),
            CountingPlan(read_all=False, derived=derived, read=others[:1], counted=others[1:]),
        ]
    return plans


def counted(
    tenant: LogTenant,
    totals: Totals,
    plan: CountingPlan,
    iflows: Sequence[str] = IFLOWS,
    steps: list[tuple[int, int]] | None = None,
) -> WindowCounts:
    with pytest.MonkeyPatch.context() as patch, ScanExecutor(lambda: None) as work:
        patch.setattr(counting, "plan", lambda *_: plan)
        told = [] if steps is None else steps
        count = MessageCount(
            tenant, work, totals, len(iflows), lambda done, known: told.append((done, known))
        )
        count.begin(iflows)
        count.begin(iflows)
        return count.result()


def listed(counts: WindowCounts, ids: Sequence[str] = IFLOWS) -> Mapping[str, StatusCounts]:
    """What an iFlow without messages has is nothing, whether it is in the counts or not."""
    return {one: dict(counts.by_iflow.get(one, {})) for one in ids}


@settings(max_examples=40)
@given(log_lists(statuses=STATUSES))
def test_every_way_gives_the_same_numbers(logs: list[Log]) -> None:
    tenant = LogTenant(logs)
    totals = counting.totals(tenant, OCTOBER.window)
    truth = by_iflow(logs, OCTOBER.window)

    whole = counted(tenant, totals, READ_ALL)
    others = [counted(tenant, totals, plan) for plan in every_other_way(totals)]

    assert listed(whole) == {one: dict(truth.get(one, {})) for one in IFLOWS}
    assert all(listed(other) == listed(whole) for other in others)
    assert all(other.total == whole.total for other in others)
    assert whole.exhaustive
    assert not any(other.exhaustive for other in others)


@settings(max_examples=40)
@given(log_lists())
def test_statuses_that_nobody_knows_change_no_sum(logs: list[Log]) -> None:
    tenant = LogTenant(logs)
    totals = counting.totals(tenant, OCTOBER.window)
    truth = by_iflow(logs, OCTOBER.window)

    ways = [counted(tenant, totals, plan) for plan in (READ_ALL, *every_other_way(totals))]

    for way in ways:
        for one in IFLOWS:
            found, told = way.by_iflow.get(one, {}), truth.get(one, {})
            assert sum(found.values()) == sum(told.values())
            for status in ("COMPLETED", "FAILED"):
                assert found.get(status, 0) == told.get(status, 0)
        assert way.unattributed >= 0


@settings(max_examples=20)
@given(log_lists(), st.permutations(IFLOWS))
def test_the_plan_that_is_chosen_tells_the_truth_too(logs: list[Log], order: list[str]) -> None:
    tenant = LogTenant(logs)
    totals = counting.totals(tenant, OCTOBER.window)

    found = counted(tenant, totals, counting.plan(totals, len(order)), order)

    truth = by_iflow(logs, OCTOBER.window)
    sums = {one: sum(counts.values()) for one, counts in listed(found).items()}
    assert sums == {one: sum(truth.get(one, {}).values()) for one in IFLOWS}


def test_an_iflow_that_was_begun_is_not_counted_again() -> None:
    tenant = LogTenant([Log(MIDDLE, "A", "COMPLETED")])
    totals = Totals(OCTOBER.window, 1, {"COMPLETED": 1})
    steps: list[tuple[int, int]] = []

    counted(tenant, totals, CountingPlan(read_all=False, derived="COMPLETED"), steps=steps)

    asked = [query.iflow_id for query in tenant.questions if query.iflow_id is not None]
    assert sorted(asked) == ["A", "B", "C"]
    assert sorted(done for done, _ in steps) == [1, 2, 3]


def test_an_iflow_without_messages_is_not_asked_for_its_statuses() -> None:
    tenant = LogTenant([Log(MIDDLE, "A", "COMPLETED"), Log(MIDDLE, "A", "FAILED")])
    totals = counting.totals(tenant, OCTOBER.window)
    tenant.questions.clear()

    counted(tenant, totals, CountingPlan(read_all=False, derived="COMPLETED", counted=("FAILED",)))

    assert {one.iflow_id for one in tenant.questions if one.statuses} == {"A"}


def test_a_log_seen_in_two_statuses_of_an_iflow_is_told_apart_at_a_second_look() -> None:
    kept = [Log(MIDDLE, "A", "FAILED")]
    tenant = LogTenant(kept)

    def retry(query: LogQuery, fresh: bool) -> None:
        if query.iflow_id == "A" and query.statuses == ("RETRY",) and not fresh:
            kept[0] = Log(MIDDLE, "A", "RETRY")

    tenant.before_count = retry
    totals = Totals(OCTOBER.window, 1, {"COMPLETED": 1})
    plan = CountingPlan(read_all=False, derived="COMPLETED", counted=("FAILED", "RETRY"))

    found = counted(tenant, totals, plan)

    assert found.by_iflow["A"] == {"RETRY": 1}


def test_an_iflow_with_more_in_its_statuses_than_in_all_is_an_error() -> None:
    kept = [Log(MIDDLE, "A", "FAILED")]
    tenant = LogTenant(kept)

    def swap(query: LogQuery, _fresh: bool) -> None:
        if query.statuses:
            kept[0] = Log(MIDDLE, "A", query.statuses[0])

    tenant.before_count = swap
    plan = CountingPlan(read_all=False, derived="COMPLETED", counted=("FAILED", "RETRY"))

    with pytest.raises(DataError, match="iFlow 'A' has 1, but 2 in its statuses"):
        counted(tenant, Totals(OCTOBER.window, 1, {"COMPLETED": 1}), plan)


def test_fewer_logs_than_the_tenant_counts_is_an_error() -> None:
    class Forgetful(LogTenant):
        def logs(self, query: LogQuery) -> Sequence[MessageLog]:
            return super().logs(query)[1:]

    tenant = Forgetful([Log(MIDDLE, "A", "COMPLETED"), Log(MIDDLE, "B", "COMPLETED")])

    with pytest.raises(DataError, match="the tenant counts 2 logs, 1 were read"):
        counted(tenant, Totals(OCTOBER.window, 2, {"COMPLETED": 2}), READ_ALL)


def test_logs_that_were_forgotten_meanwhile_are_no_error() -> None:
    tenant = LogTenant([Log(MIDDLE, "A", "COMPLETED")])

    found = counted(tenant, Totals(OCTOBER.window, 2, {"COMPLETED": 2}), READ_ALL)

    assert found.by_iflow == {"A": {"COMPLETED": 1}}


def test_iflows_with_more_messages_than_the_tenant_are_an_error() -> None:
    tenant = LogTenant([Log(MIDDLE, one, "COMPLETED") for one in IFLOWS])

    with pytest.raises(DataError, match="the iFlows have 3, but the tenant has 2"):
        counted(
            tenant,
            Totals(OCTOBER.window, 2, {"COMPLETED": 2}),
            CountingPlan(read_all=False, derived="COMPLETED"),
        )
