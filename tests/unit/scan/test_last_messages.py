"""The last message of each iFlow: a value or a reason, with as few requests as possible."""

from collections.abc import Mapping
from datetime import timedelta

from hypothesis import given

from iflow_census.scan.bounded_reads import MAX_FAILURES
from iflow_census.scan.counting import DISCARDED, count_messages, count_totals
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.last_messages import LastMessageReader
from iflow_census.scan.message_counter import MessageCounter
from iflow_census.scan.month_counts import LastMessage, WindowCounts
from iflow_census.scan.readings import Reading
from iflow_census.scan.tenant_api import LogQuery
from tests.unit.scan.fake_tenant import IFLOWS, OCTOBER, FakeTenant, Log, log_lists

START = OCTOBER.start
HOUR = timedelta(hours=1)


def read(
    tenant: FakeTenant,
    by_iflow: Mapping[str, Mapping[str, int]],
    *,
    iflows: int = 0,
    errors: bool = False,
) -> Mapping[str, LastMessage]:
    with ScanExecutor(lambda: None) as executor:
        reader = LastMessageReader(tenant, executor, OCTOBER.window, iflows, errors=errors)
        for iflow_id in by_iflow:
            reader.add_iflow(iflow_id)
        return reader.result(by_iflow, {})


def count(tenant: FakeTenant, *, few_iflows: bool) -> WindowCounts:
    """Count October; few iFlows are counted one by one, of many all logs are read."""
    with ScanExecutor(lambda: None) as executor:
        counter = MessageCounter(
            tenant,
            executor,
            count_totals(tenant, OCTOBER.window),
            1 if few_iflows else 10_000,
            lambda *_: None,
        )
        counter.add_iflows(IFLOWS)
        return counter.result()


@given(log_lists())
def test_both_ways_of_counting_find_the_same_last_messages(logs: list[Log]) -> None:
    newest: dict[str, Log] = {}
    for log in logs:
        in_october = START <= log.start < OCTOBER.end
        if in_october and log.iflow_id in IFLOWS and log.status != DISCARDED:
            known = newest.get(log.iflow_id, log)
            newest[log.iflow_id] = log if log.start > known.start else known

    for few_iflows in (True, False):
        counts = count(FakeTenant(logs), few_iflows=few_iflows)
        found = {
            iflow_id: counts.last_messages[iflow_id].log.value
            for iflow_id in IFLOWS
            if count_messages(counts.by_iflow.get(iflow_id, {}))
        }
        assert {iflow_id: log and log.started_at for iflow_id, log in found.items()} == {
            iflow_id: log.start for iflow_id, log in newest.items()
        }


def test_all_logs_that_are_read_have_the_last_message() -> None:
    tenant = FakeTenant([Log(START, "A", "COMPLETED"), Log(START + HOUR, "A", "FAILED", "ERROR")])

    last = count(tenant, few_iflows=False).last_messages["A"].log.value

    assert last is not None
    assert (last.status, last.level) == ("FAILED", "ERROR")
    assert tenant.newest_queries == []


def test_iflow_that_is_counted_takes_one_more_request() -> None:
    logs = [Log(START, "A", "COMPLETED"), Log(START + HOUR, "A", "FAILED")]
    logs += [Log(START + 2 * HOUR, "A", DISCARDED), Log(START, "deleted", "COMPLETED")]
    tenant = FakeTenant(logs)

    last = count(tenant, few_iflows=True).last_messages["A"].log.value

    assert last is not None
    assert last.started_at == START + HOUR
    assert tenant.newest_queries == [LogQuery(OCTOBER.window, "A", excluded_status=DISCARDED)]


def test_one_page_has_the_last_messages_of_many_iflows() -> None:
    names = [f"iflow{number:03}" for number in range(60)]
    logs = [Log(START, name, "COMPLETED") for name in names[:58]]
    logs += [Log(START - HOUR, name, "COMPLETED") for name in names]
    tenant = FakeTenant(logs)

    found = read(tenant, {name: {"COMPLETED": 1} for name in names}, iflows=60)

    read_one_by_one = [query.iflow_id for query in tenant.newest_queries if query.iflow_id]
    assert sorted(read_one_by_one) == names[58:]
    assert len(tenant.newest_queries) == 3
    assert {log.log.value.started_at for log in found.values() if log.log.value} == {START}


def test_page_that_cannot_be_read_leaves_requests_for_each_iflow() -> None:
    tenant = FakeTenant([Log(START, "A", "COMPLETED")], unread="HTTP 500")

    found = read(tenant, {"A": {"COMPLETED": 1}}, iflows=60)

    assert found["A"].log == Reading(reason="HTTP 500")
    assert len(tenant.newest_queries) == 2


def test_tenant_that_does_not_respond_is_not_asked_again_and_again() -> None:
    tenant = FakeTenant([], unread="no response within 15 seconds")
    iflows = {f"iflow{number}": {"COMPLETED": 1} for number in range(500)}

    found = read(tenant, iflows)

    assert set(found.values()) == {LastMessage(Reading(reason="no response within 15 seconds"))}
    assert MAX_FAILURES <= len(tenant.newest_queries) <= MAX_FAILURES + 40


def test_list_that_is_empty_is_named() -> None:
    found = read(FakeTenant([]), {"A": {"COMPLETED": 1}})

    assert found["A"].log == Reading(reason="SAP counts messages, but lists none")


def test_errors_are_of_the_last_failed_message() -> None:
    logs = [Log(START, "A", "FAILED"), Log(START + HOUR, "A", "COMPLETED")]
    logs += [Log(START, "B", "COMPLETED"), Log(START + HOUR, "B", "FAILED")]
    tenant = FakeTenant([*logs, Log(START, "C", "COMPLETED")])
    by_iflow = {
        "A": {"COMPLETED": 1, "FAILED": 1},
        "B": {"COMPLETED": 1, "FAILED": 1},
        "C": {"COMPLETED": 1},
    }

    found = read(tenant, by_iflow, errors=True)

    assert found["A"].error == Reading(f"error of {START}")
    assert found["B"].error == Reading(f"error of {START + HOUR}")
    assert found["C"].error is None
    assert len(tenant.newest_queries) == 4


def test_errors_are_not_read_unless_they_are_wanted() -> None:
    tenant = FakeTenant([Log(START, "A", "FAILED")])

    assert read(tenant, {"A": {"FAILED": 1}})["A"].error is None


def test_error_has_the_reason_of_the_log_that_is_not_read() -> None:
    found = read(FakeTenant([], unread="HTTP 500"), {"A": {"FAILED": 1}}, errors=True)

    assert found["A"].error == Reading(reason="HTTP 500")
