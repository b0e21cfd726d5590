"""When the census starts, with what event, and what happens to a start that fails."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from iflow_census.census.request import parse_event
from tests.processes import ROOT
from tests.template.cron import Cron
from tests.template.stack import Stack

ACTIONS = ("census", "checkpoint", "verify")
NOW = datetime(2026, 11, 22, 3, 40, tzinfo=UTC)
PLACEHOLDERS = {
    "<aws.scheduler.scheduled-time>": "2026-11-01T00:30:00Z",
    "<aws.scheduler.execution-id>": "0e4c2a52-6e0d-4a57-9b1c-3f1f3ad4a5c1",
}


def _schedules(stack: Stack) -> dict[str, dict[str, Any]]:
    return {found["Name"]: found for found in stack.of_type("AWS::Scheduler::Schedule").values()}


def _input(stack: Stack, action: str) -> str:
    text: str = _schedules(stack)[action]["Target"]["Input"]
    return text


def test_each_action_has_one_schedule(stack: Stack) -> None:
    schedules = _schedules(stack)

    assert tuple(sorted(schedules)) == ACTIONS


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("census", ["2026-12-01T00:30:00+00:00", "2027-01-01T00:30:00+00:00"]),
        ("checkpoint", ["2026-12-16T00:30:00+00:00", "2027-01-16T00:30:00+00:00"]),
        ("verify", ["2026-12-02T12:30:00+00:00", "2027-01-02T12:30:00+00:00"]),
    ],
)
def test_schedule_fires_monthly_in_utc(stack: Stack, name: str, expected: list[str]) -> None:
    schedule = _schedules(stack)[name]

    cron = Cron.parse(schedule["ScheduleExpression"])
    first = cron.next_after(NOW)

    assert [first.isoformat(), cron.next_after(first).isoformat()] == expected
    assert schedule["ScheduleExpressionTimezone"] == "UTC"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["State"] == "ENABLED"


def test_verification_follows_the_last_retry(stack: Stack) -> None:
    schedules = _schedules(stack)
    delivery = schedules["census"]["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"]
    waiting = stack.properties("CensusFunctionEventInvokeConfig")["MaximumEventAgeInSeconds"]

    census = Cron.parse(schedules["census"]["ScheduleExpression"]).next_after(NOW)
    verify = Cron.parse(schedules["verify"]["ScheduleExpression"]).next_after(census)

    assert (verify - census).total_seconds() > delivery + waiting + 900


def test_undelivered_start_is_retried_and_kept(stack: Stack) -> None:
    targets = [schedule["Target"] for schedule in _schedules(stack).values()]

    for target in targets:
        assert target["DeadLetterConfig"] == {"Arn": "${DeliveryQueue.Arn}"}
        assert 1 <= target["RetryPolicy"]["MaximumRetryAttempts"] <= 185
        assert 60 <= target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 86400


def test_two_stacks_have_two_schedule_groups() -> None:
    groups = []
    for name in ("first", "second"):
        stack = Stack({"AWS::StackName": name})
        groups.append(stack.properties("ScheduleGroup")["Name"])

    assert groups == ["first", "second"]


def test_all_schedules_are_in_the_group_of_the_stack(stack: Stack) -> None:
    groups = {schedule["GroupName"] for schedule in _schedules(stack).values()}

    assert groups == {"${ScheduleGroup}"}


def test_schedules_can_be_disabled() -> None:
    stack = Stack({"ScheduleState": "DISABLED"})

    states = {schedule["State"] for schedule in _schedules(stack).values()}

    assert states == {"DISABLED"}


@pytest.mark.parametrize("action", ACTIONS)
def test_schedule_sends_action_time_and_execution_id(stack: Stack, action: str) -> None:
    event = json.loads(_input(stack, action))

    assert event == {
        "action": action,
        "scheduled_time": "<aws.scheduler.scheduled-time>",
        "execution_id": "<aws.scheduler.execution-id>",
    }


@pytest.mark.parametrize("action", ACTIONS)
def test_function_accepts_the_input_of_a_schedule(stack: Stack, action: str) -> None:
    text = _input(stack, action)
    for placeholder, value in PLACEHOLDERS.items():
        text = text.replace(placeholder, value)

    request = parse_event(json.loads(text), NOW)

    assert request.action == action
    assert request.run_id == "20261101T003000Z"


@pytest.mark.parametrize(("file", "action"), [("schedule", "census"), ("verify", "verify")])
def test_example_event_matches_its_schedule(stack: Stack, file: str, action: str) -> None:
    cron = Cron.parse(_schedules(stack)[action]["ScheduleExpression"])
    sent = json.loads(_input(stack, action))

    event = json.loads((ROOT / f"events/{file}.json").read_text(encoding="utf-8"))

    assert event.keys() == sent.keys()
    assert event["action"] == action
    fired = datetime.fromisoformat(event["scheduled_time"])
    assert cron.next_after(fired.replace(minute=fired.minute - 1)) == fired


@pytest.mark.parametrize(
    ("file", "month"),
    [
        ("scan", "2026-10"),
        ("schedule", "2026-10"),
        ("manual", "2026-10"),
        ("checkpoint", "2026-11"),
        ("rolling", "last-30-days"),
        ("verify", "2026-10"),
    ],
)
def test_function_accepts_an_example_event(file: str, month: str) -> None:
    event = json.loads((ROOT / f"events/{file}.json").read_text(encoding="utf-8"))

    request = parse_event(event, NOW)

    assert str(request.period) == month


@pytest.mark.parametrize(
    ("fan_out", "expected"),
    [
        ("false", dict.fromkeys(ACTIONS, "${CensusFunction.Arn}")),
        (
            "true",
            {
                "census": "${FanOutMachine.Arn}",
                "checkpoint": "${FanOutMachine.Arn}",
                "verify": "${CensusFunction.Arn}",
            },
        ),
    ],
)
def test_schedule_starts_function_or_state_machine(fan_out: str, expected: dict[str, str]) -> None:
    schedules = _schedules(Stack({"FanOut": fan_out}))

    targets = {name: found["Target"]["Arn"] for name, found in schedules.items()}

    assert targets == expected


def test_verification_follows_every_execution(stack_with_fan_out: Stack) -> None:
    schedules = _schedules(stack_with_fan_out)
    delivery = schedules["census"]["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"]
    longest = stack_with_fan_out.definition("FanOutMachine")["TimeoutSeconds"]

    census = Cron.parse(schedules["census"]["ScheduleExpression"]).next_after(NOW)
    verify = Cron.parse(schedules["verify"]["ScheduleExpression"]).next_after(census)

    assert (verify - census).total_seconds() > delivery + longest
