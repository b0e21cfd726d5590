"""The last message of each iFlow and its log level, through the real handler."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.clock import FakeClock
from tests.functional.events import CHECKPOINT, SCHEDULE
from tests.functional.lambda_rig import Rig
from tests.functional.mailbox import Mailbox
from tests.functional.tenants import simulated, small, tenant
from tests.simulators.cloud_integration import (
    Fault,
    FaultKind,
    LogArtifact,
    MessageLog,
    SimulatedTenant,
    set_log_level,
    to_ms,
)

MakeRig = Callable[..., Rig]
SEPTEMBER_RUN = {"action": "census", "scheduled_time": "2026-10-01T00:30:00Z"}
IFLOW = "com.example.p0000.iflow00000"


def moment(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def go_to(clock: FakeClock, moment: datetime) -> None:
    clock.advance((moment - clock.now()).total_seconds())


@pytest.fixture
def clock() -> FakeClock:
    """The 1st of September 2026, 00:30 UTC, when August's report is made."""
    return FakeClock(datetime(2026, 9, 1, 0, 30, tzinfo=UTC))


def message(number: int, status: str, started: datetime) -> MessageLog:
    artifact = LogArtifact(IFLOW, "Flow", "Package0000", "Package0000")
    start = to_ms(started)
    return MessageLog(f"AG{number:026}", artifact, status, start, start + 900)


def with_messages(
    clock: FakeClock, *messages: MessageLog, error_since: datetime | None = None
) -> SimulatedTenant:
    """A tenant with one iFlow, deployed since August, at ERROR since a moment."""
    landscape = small(packages=1, iflows_per_package=1, orphans=0, messages_per_iflow=0)
    deployed = [item for item in landscape.runtime_artifacts if item.id == IFLOW]
    landscape = replace(
        landscape,
        runtime_artifacts=tuple(
            replace(item, status="STARTED", deployed_on=to_ms(moment(8, 1))) for item in deployed
        ),
        messages=messages,
    )
    if error_since is not None:
        landscape = set_log_level(landscape, IFLOW, "ERROR", since=to_ms(error_since))
    return simulated(clock, landscape)


def october(aws: Rig, *, checkpoint: bool = True, **event: Any) -> Mapping[str, Any]:
    """Run October's checkpoint and census, and return the only row."""
    if checkpoint:
        go_to(aws.clock, moment(10, 16))
        aws.invoke(CHECKPOINT)
    go_to(aws.clock, moment(11, 1) + timedelta(minutes=30))
    aws.invoke({**SCHEDULE, **event})
    row: Mapping[str, Any]
    (row,) = aws.report()["iflows"]
    return row


def test_iflow_that_succeeds_at_level_error_is_not_unused(rig: MakeRig, clock: FakeClock) -> None:
    executions = [message(1, "FAILED", moment(9, 20))]
    executions += [message(day, "COMPLETED", moment(10, day)) for day in range(2, 30)]
    prod = with_messages(clock, *executions, error_since=moment(9, 10))
    aws = rig(prod=prod)

    go_to(clock, moment(10, 1, 1))
    aws.invoke(SEPTEMBER_RUN)
    row = october(aws)

    assert len(prod.landscape.hidden) == 28
    assert (row["usage"], row["messages"], row["last_message_at"]) == ("UNKNOWN", 0, None)
    assert row["log_level"] == "ERROR"
    assert "log level ERROR" in row["usage_reason"]
    totals = tenant(aws.report(), "prod")["totals"]
    assert (totals["unused"], totals["at_level_error"]) == (0, 1)
    assert aws.report()["unused"]["not_judged"] == {"prod": 1}


def test_level_is_remembered_for_more_than_a_month(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(
        prod=with_messages(clock, message(1, "FAILED", moment(8, 20)), error_since=moment(8, 10))
    )

    aws.invoke({"action": "census", "scheduled_time": "2026-09-01T00:30:00Z"})
    go_to(clock, moment(10, 1, 1))
    aws.invoke(SEPTEMBER_RUN)
    row = october(aws)

    assert (row["usage"], row["log_level"]) == ("UNKNOWN", "ERROR")


@pytest.mark.parametrize("action", ["census", "checkpoint"])
def test_level_is_remembered_over_a_month_without_report(
    rig: MakeRig, clock: FakeClock, action: str
) -> None:
    prod = with_messages(clock, message(1, "FAILED", moment(8, 20)), error_since=moment(8, 10))
    aws = rig(prod=prod)

    aws.invoke({"action": action, "scheduled_time": "2026-09-01T00:30:00Z", "period": "2026-08"})
    row = october(aws)

    assert (row["usage"], row["log_level"]) == ("UNKNOWN", "ERROR")


def test_level_is_known_in_a_window_before_the_report_of_its_month(
    rig: MakeRig, clock: FakeClock
) -> None:
    prod = with_messages(clock, message(1, "FAILED", moment(9, 20)), error_since=moment(9, 10))
    aws = rig(prod=prod)

    go_to(clock, moment(10, 1, 1))
    aws.invoke(SEPTEMBER_RUN)
    go_to(clock, moment(10, 31, 12))
    aws.invoke({"period": "last-30-days", "scheduled_time": "2026-10-31T12:00:00Z"})

    (row,) = aws.json("reports/last-30-days/report.json")["iflows"]
    assert (row["usage"], row["log_level"]) == ("UNKNOWN", "ERROR")


def test_level_in_mid_month_is_that_of_the_last_log(rig: MakeRig, clock: FakeClock) -> None:
    executions = [message(day, "COMPLETED", moment(10, day)) for day in range(2, 30)]
    executions += [message(40, "FAILED", moment(10, 24, 8))]
    aws = rig(prod=with_messages(clock, *executions, error_since=moment(10, 20)))

    row = october(aws)

    assert (row["usage"], row["messages"], row["log_level"]) == ("USED", 19, "ERROR")
    assert row["last_message_at"] == "2026-10-24T08:00:00.000Z"
    assert row["last_message_status"] == "FAILED"
    assert row["usage_reason"] == "19 messages, last on 2026-10-24"


def test_checkpoint_keeps_the_last_message(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=with_messages(clock, message(1, "COMPLETED", moment(10, 1, 12))))

    row = october(aws)

    assert row["last_message_at"] == "2026-10-01T12:00:00.000Z"
    assert (row["last_message_status"], row["log_level"]) == ("COMPLETED", "INFO")


def test_last_message_that_cannot_be_read_is_named(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iflow_census.scan.counting.COUNTS_PER_PAGE", 10_000)
    prod = with_messages(clock, message(1, "COMPLETED", moment(10, 5)))
    aws = rig(prod=prod)
    prod.faults.add(Fault(FaultKind.SERVER_ERROR, path=r"orderby=LogStart%20desc.*top=1"))

    row = october(aws, checkpoint=False)

    assert (row["usage"], row["messages"], row["last_message_at"]) == ("USED", 1, None)
    found = tenant(aws.report(), "prod")
    assert found["status"] == "complete"
    assert [part["part"] for part in found["unreadable"]] == ["last messages"]


FAILURES = (
    (1, "FAILED", moment(10, 5)),
    (2, "FAILED", moment(10, 20)),
    (3, "COMPLETED", moment(10, 21)),
)
ERROR_TEXT = "MPL ID AG00000000000000000000000002"


@pytest.mark.usefixtures("_notice_topic")
@pytest.mark.parametrize("counts_per_page", [1, 10_000], ids=["read all", "count each"])
def test_last_error_is_in_the_report_only_if_it_is_switched_on(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, counts_per_page: int
) -> None:
    monkeypatch.setattr("iflow_census.scan.counting.COUNTS_PER_PAGE", counts_per_page)
    monkeypatch.setenv("IFLOW_CENSUS_LAST_ERRORS", "true")
    prod = with_messages(clock, *(message(*failure) for failure in FAILURES))
    aws = rig(prod=prod)
    mailbox = Mailbox()

    row = october(aws)

    assert ERROR_TEXT in row["last_error"]
    assert row["last_message_status"] == "COMPLETED"
    notices = mailbox.notices()
    assert notices
    assert not any("CamelException" in text for _, text in notices)

    monkeypatch.setenv("IFLOW_CENSUS_LAST_ERRORS", "false")
    clock.advance(60)
    aws.invoke({**SCHEDULE, "scheduled_time": "2026-11-01T09:00:00Z"})

    (row,) = aws.report()["iflows"]
    assert row["last_error"] is None
