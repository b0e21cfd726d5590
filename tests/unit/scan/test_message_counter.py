"""All counting plans give the same numbers, and contradictions are errors."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iflow_census.errors import DataError, NotSupported
from iflow_census.scan import counting
from iflow_census.scan.counting import (
    DISCARDED,
    STATUSES,
    UNLISTED,
    CountingPlan,
    LogTotals,
    StatusCounts,
    choose_plan,
    count_totals,
)
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.message_counter import MessageCounter
from iflow_census.scan.month_counts import WindowCounts
from iflow_census.scan.tenant_api import LogQuery, MessageLog
from tests.unit.scan.fake_tenant import (
    IFLOWS,
    OCTOBER,
    FakeTenant,
    Log,
    count_by_iflow,
    log_lists,
)

MIDDLE = datetime(2026, 10, 16, tzinfo=UTC)
READ_ALL = CountingPlan(read_all=True)
DERIVE_COMPLETED = CountingPlan(read_all=False, derived_status="COMPLETED")


def counting_plans(totals: LogTotals) -> list[CountingPlan]:
    """Plans that count per iFlow, with each status derived, read and counted."""
    derivable = [UNLISTED] if UNLISTED in totals.by_status else list(totals.by_status)
    plans = []
    for derived in derivable:
        statuses = tuple(status for status in totals.by_status if status != derived)
        plans += [
            CountingPlan(read_all=False, derived_status=derived, counted_statuses=statuses),
            CountingPlan(read_all=False, derived_status=derived, read_statuses=statuses),
            CountingPlan(
                read_all=False,
                derived_status=derived,
                read_statuses=statuses[:1],
                counted_statuses=statuses[1:],
            ),
        ]
    return plans


def count(
    tenant: FakeTenant,
    totals: LogTotals,
    plan: CountingPlan,
    iflows: Sequence[str] = IFLOWS,
    steps: list[tuple[int, int]] | None = None,
) -> WindowCounts:
    with pytest.MonkeyPatch.context() as patch, ScanExecutor(lambda: None) as executor:
        patch.setattr(counting, "choose_plan", lambda *_: plan)
        calls = [] if steps is None else steps
        counter = MessageCounter(
            tenant,
            executor,
            totals,
            len(iflows),
            lambda counted, known: calls.append((counted, known)),
        )
        counter.add_iflows(iflows)
        counter.add_iflows(iflows)
        return counter.result()


def of_iflows(counts: Mapping[str, StatusCounts]) -> Mapping[str, StatusCounts]:
    """The counts of `IFLOWS`; an iFlow without messages may be in the counts or not."""
    return {iflow_id: dict(counts.get(iflow_id, {})) for iflow_id in IFLOWS}


def expected_counts(logs: Sequence[Log]) -> Mapping[str, StatusCounts]:
    counts = count_by_iflow(logs, OCTOBER.window)
    return {iflow_id: dict(counts.get(iflow_id, {})) for iflow_id in IFLOWS}


def messages_by_day(logs: Sequence[Log]) -> Mapping[date, int]:
    days = Counter(log.start.date() for log in logs if log.status != DISCARDED)
    return {day.start.date(): days[day.start.date()] for day in OCTOBER.window.days()}


@pytest.mark.slow
@settings(max_examples=40)
@given(log_lists(statuses=STATUSES))
def test_every_plan_gives_the_same_numbers(logs: list[Log]) -> None:
    tenant = FakeTenant(logs)
    totals = count_totals(tenant, OCTOBER.window)

    read = count(tenant, totals, READ_ALL)
    counted = [count(tenant, totals, plan) for plan in counting_plans(totals)]

    assert of_iflows(read.by_iflow) == expected_counts(logs)
    assert all(of_iflows(counts.by_iflow) == of_iflows(read.by_iflow) for counts in counted)
    assert all(counts.total == read.total for counts in counted)
    assert read.by_day == messages_by_day(logs)
    assert all(counts.by_day == read.by_day for counts in counted)
    assert read.exhaustive
    assert not any(counts.exhaustive for counts in counted)


@pytest.mark.slow
@settings(max_examples=40)
@given(log_lists())
def test_unlisted_statuses_do_not_change_the_sums(logs: list[Log]) -> None:
    tenant = FakeTenant(logs)
    totals = count_totals(tenant, OCTOBER.window)
    expected = expected_counts(logs)

    results = [count(tenant, totals, plan) for plan in (READ_ALL, *counting_plans(totals))]

    for result in results:
        counts = of_iflows(result.by_iflow)
        for iflow_id in IFLOWS:
            assert sum(counts[iflow_id].values()) == sum(expected[iflow_id].values())
            for status in ("COMPLETED", "FAILED"):
                assert counts[iflow_id].get(status, 0) == expected[iflow_id].get(status, 0)
        assert result.unattributed >= 0


@settings(max_examples=20)
@given(log_lists(), st.permutations(IFLOWS))
def test_chosen_plan_gives_the_expected_sums(logs: list[Log], iflows: list[str]) -> None:
    tenant = FakeTenant(logs)
    totals = count_totals(tenant, OCTOBER.window)

    result = count(tenant, totals, choose_plan(totals, len(iflows)), iflows)

    assert {
        iflow_id: sum(counts.values()) for iflow_id, counts in of_iflows(result.by_iflow).items()
    } == {iflow_id: sum(counts.values()) for iflow_id, counts in expected_counts(logs).items()}


def test_iflow_that_was_added_before_is_not_counted_again() -> None:
    tenant = FakeTenant([Log(MIDDLE, "A", "COMPLETED")])
    totals = LogTotals(OCTOBER.window, 1, {"COMPLETED": 1})
    steps: list[tuple[int, int]] = []

    count(tenant, totals, DERIVE_COMPLETED, steps=steps)

    iflow_ids = [query.iflow_id for query in tenant.queries if query.iflow_id is not None]
    assert sorted(iflow_ids) == ["A", "B", "C"]
    assert sorted(counted for counted, _ in steps) == [1, 2, 3]


def test_progress_is_reported_when_all_logs_are_read() -> None:
    tenant = FakeTenant([Log(MIDDLE, "A", "COMPLETED")])
    steps: list[tuple[int, int]] = []

    count(tenant, LogTotals(OCTOBER.window, 1, {"COMPLETED": 1}), READ_ALL, steps=steps)

    assert steps[:3] == [(1, 1), (2, 2), (3, 3)]
    assert steps[-1] == (3, 3)


def test_statuses_of_an_iflow_without_messages_are_not_requested() -> None:
    tenant = FakeTenant([Log(MIDDLE, "A", "COMPLETED"), Log(MIDDLE, "A", "FAILED")])
    totals = count_totals(tenant, OCTOBER.window)
    tenant.queries.clear()

    count(
        tenant,
        totals,
        CountingPlan(read_all=False, derived_status="COMPLETED", counted_statuses=("FAILED",)),
    )

    assert {query.iflow_id for query in tenant.queries if query.statuses} == {"A"}


def test_no_zero_is_confirmed_if_the_iflows_have_all_logs() -> None:
    tenant = FakeTenant([Log(MIDDLE, "A", status) for status in ("COMPLETED", "FAILED")])
    tenant.stored = [*tenant.stored, Log(MIDDLE, "B", "COMPLETED")]
    plan = CountingPlan(False, "COMPLETED", counted_statuses=("FAILED",))

    count(tenant, count_totals(tenant, OCTOBER.window), plan, ["A", "B", "C"])

    assert not any(query.iflow_ids for query in tenant.queries)


def test_wrong_zero_of_a_status_is_counted_again() -> None:
    class Tenant(FakeTenant):
        def count_logs(self, query: LogQuery, *, fresh: bool = False) -> int:
            number = super().count_logs(query, fresh=fresh)
            return number if fresh or query.iflow_id != "B" or not query.statuses else 0

    logs = [Log(MIDDLE, iflow_id, "FAILED") for iflow_id in "AB"]
    tenant = Tenant([*logs, Log(MIDDLE, "C", "COMPLETED")])
    plan = CountingPlan(False, "COMPLETED", counted_statuses=("FAILED",))

    counts = count(tenant, count_totals(tenant, OCTOBER.window), plan, ["A", "B", "C", "D"])

    assert counts.by_iflow == {
        "A": {"FAILED": 1},
        "B": {"FAILED": 1},
        "C": {"COMPLETED": 1},
        "D": {},
    }
    confirmed = {query.iflow_ids for query in tenant.queries if query.statuses and query.iflow_ids}
    assert confirmed == {("B", "C", "A"), ("B", "C")}, "D has no logs of any status"


def test_log_counted_in_two_statuses_of_an_iflow_is_counted_again() -> None:
    stored = [Log(MIDDLE, "A", "FAILED")]
    tenant = FakeTenant(stored)

    def retry(query: LogQuery, fresh: bool) -> None:
        if query.iflow_id == "A" and query.statuses == ("RETRY",) and not fresh:
            stored[0] = Log(MIDDLE, "A", "RETRY")

    tenant.before_count = retry
    totals = LogTotals(OCTOBER.window, 1, {"FAILED": 1, "RETRY": 0})
    plan = CountingPlan(
        read_all=False, derived_status="COMPLETED", counted_statuses=("FAILED", "RETRY")
    )

    result = count(tenant, totals, plan)

    assert result.by_iflow["A"] == {"RETRY": 1}


def test_more_messages_by_status_than_in_total_is_an_error() -> None:
    stored = [Log(MIDDLE, "A", "FAILED")]
    tenant = FakeTenant(stored)

    def change_status(query: LogQuery, _fresh: bool) -> None:
        if query.statuses:
            stored[0] = Log(MIDDLE, "A", query.statuses[0])

    tenant.before_count = change_status
    plan = CountingPlan(
        read_all=False, derived_status="COMPLETED", counted_statuses=("FAILED", "RETRY")
    )

    with pytest.raises(DataError, match="iFlow 'A' has 1, but 2 by status"):
        count(tenant, LogTotals(OCTOBER.window, 1, {"FAILED": 1, "RETRY": 0}), plan)


def test_fewer_logs_than_the_total_is_an_error() -> None:
    class IncompleteTenant(FakeTenant):
        def logs(self, query: LogQuery) -> Sequence[MessageLog]:
            return super().logs(query)[1:]

    tenant = IncompleteTenant([Log(MIDDLE, "A", "COMPLETED"), Log(MIDDLE, "B", "COMPLETED")])

    with pytest.raises(DataError, match="the tenant has 2 logs, but 1 were read"):
        count(tenant, LogTotals(OCTOBER.window, 2, {"COMPLETED": 2}), READ_ALL)


def test_changed_total_is_requested_again_not_read_from_the_journal() -> None:
    stored = [Log(MIDDLE, "A", "COMPLETED"), Log(MIDDLE, "A", "COMPLETED")]
    tenant = FakeTenant(stored)
    totals = count_totals(tenant, OCTOBER.window)
    stored.pop()

    result = count(tenant, totals, READ_ALL)

    assert result.by_iflow == {"A": {"COMPLETED": 1}}


@pytest.mark.parametrize("refuses", [True, False])
def test_list_that_has_no_or_confirms_no_zero(refuses: bool) -> None:
    class Tenant(FakeTenant):
        def count_logs(self, query: LogQuery, *, fresh: bool = False) -> int:
            if query.iflow_id == "B" and not fresh:
                return 0
            return super().count_logs(query, fresh=fresh)

        def has_logs(self, query: LogQuery) -> bool:
            if refuses and len(query.iflow_ids) > 1:
                raise NotSupported("HTTP 501")
            return len(query.iflow_ids) < 2 and super().has_logs(query)

    tenant = Tenant([Log(MIDDLE, iflow_id, "COMPLETED") for iflow_id in ("A", "B")])

    counts = count(tenant, count_totals(tenant, OCTOBER.window), DERIVE_COMPLETED, ["A", "B", "C"])

    assert counts.by_iflow["B"] == {"COMPLETED": 1}


@pytest.mark.parametrize(("iflows", "sizes"), [(2, [1]), (3, [2, 3]), (25, [4, 10, 10, 10])])
def test_zeros_of_many_iflows_are_confirmed_ten_at_a_time(iflows: int, sizes: list[int]) -> None:
    """If there are several, a request that adds an iFlow with logs shows that this works."""
    tenant = FakeTenant([Log(MIDDLE, "I0", "COMPLETED"), Log(MIDDLE, None, "COMPLETED")])

    count(
        tenant,
        count_totals(tenant, OCTOBER.window),
        DERIVE_COMPLETED,
        [f"I{number}" for number in range(iflows)],
    )

    assert sorted(len(query.iflow_ids) for query in tenant.queries if query.iflow_ids) == sizes


@pytest.mark.parametrize("failed", [1, 3])
def test_status_may_change_while_its_logs_are_read(failed: int) -> None:
    tenant = FakeTenant([Log(MIDDLE, "A", status) for status in ("COMPLETED", "FAILED", "FAILED")])
    totals = count_totals(tenant, OCTOBER.window)
    statuses = ["FAILED"] * failed + ["COMPLETED"] * (3 - failed)
    tenant.stored = [Log(MIDDLE, "A", status) for status in statuses]

    result = count(tenant, totals, CountingPlan(False, "COMPLETED", read_statuses=("FAILED",)))

    assert result.by_iflow["A"] == Counter(statuses)


@pytest.mark.parametrize("read", [1, 3])
def test_logs_of_a_status_that_differ_from_its_count_are_an_error(read: int) -> None:
    class Tenant(FakeTenant):
        def logs(self, query: LogQuery) -> Sequence[MessageLog]:
            return [*super().logs(query), *super().logs(query)][:read]

    tenant = Tenant([Log(MIDDLE, "A", "COMPLETED"), *[Log(MIDDLE, "A", "FAILED")] * 2])

    with pytest.raises(DataError, match=f"2 logs with status FAILED, but {read} were read"):
        count(
            tenant,
            count_totals(tenant, OCTOBER.window),
            CountingPlan(False, "COMPLETED", read_statuses=("FAILED",)),
        )


def test_more_messages_of_iflows_than_of_the_tenant_is_an_error() -> None:
    tenant = FakeTenant([Log(MIDDLE, iflow_id, "COMPLETED") for iflow_id in IFLOWS])

    with pytest.raises(DataError, match="the iFlows have 3, but the tenant has 2"):
        count(tenant, LogTotals(OCTOBER.window, 2, {"COMPLETED": 2}), DERIVE_COMPLETED)
