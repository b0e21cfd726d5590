"""The state machine: within its limits, and no failure of a step lost or repeated in vain."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from iflow_census import errors
from iflow_census.lambda_app.steps import STEP_ERRORS
from tests.processes import ROOT
from tests.template.stack import Stack

SERVICE = {
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
}
KILLED = {"Lambda.Unknown", "Sandbox.Timedout", "States.Timeout"}
HOUR = 3600


@pytest.fixture(scope="module")
def definition(stack_with_fan_out: Stack) -> Mapping[str, Any]:
    """The definition as the translated template has it."""
    return stack_with_fan_out.definition("FanOutMachine")


def _states(machine: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in machine["States"].items():
        yield name, state
        if state["Type"] == "Map":
            yield from _states(state["ItemProcessor"])


def _tasks(machine: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: state for name, state in _states(machine) if state["Type"] == "Task"}


def _retried(task: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {error: retrier for retrier in task["Retry"] for error in retrier["ErrorEquals"]}


def _waits(retrier: Mapping[str, Any]) -> list[float]:
    """Seconds in front of each further try."""
    first, rate = retrier["IntervalSeconds"], retrier.get("BackoffRate", 2)
    longest = retrier.get("MaxDelaySeconds", float("inf"))
    return [min(first * rate**number, longest) for number in range(retrier["MaxAttempts"])]


def test_no_state_machine_by_default(stack: Stack) -> None:
    kinds = {resource["Type"] for resource in stack.resources.values()}

    assert "AWS::StepFunctions::StateMachine" not in kinds
    assert "FanOutRole" not in stack.resources


def test_state_machine_is_a_logged_standard_workflow(stack_with_fan_out: Stack) -> None:
    machine = stack_with_fan_out.properties("FanOutMachine")

    logging = machine["LoggingConfiguration"]
    (destination,) = logging["Destinations"]

    assert machine["StateMachineType"] == "STANDARD"
    assert machine["RoleArn"] == "${FanOutRole.Arn}"
    assert logging["Level"] == "ALL"
    assert destination["CloudWatchLogsLogGroup"]["LogGroupArn"] == "${FanOutLogGroup.Arn}"
    group = stack_with_fan_out.properties("FanOutLogGroup")
    assert group["LogGroupName"].startswith("/aws/vendedlogs/states/")
    assert group["RetentionInDays"] == 90


def test_every_task_calls_its_function_with_a_timeout(
    definition: Mapping[str, Any], stack_with_fan_out: Stack
) -> None:
    timeout = stack_with_fan_out.properties("CensusFunction")["Timeout"]

    tasks = _tasks(definition)

    assert sorted(tasks) == ["Leanix", "Plan", "Publish", "Scan"]
    for name, task in tasks.items():
        function = "ScanFunction" if name == "Scan" else "CensusFunction"
        assert task["Resource"] == "arn:${AWS::Partition}:states:::lambda:invoke"
        assert task["Parameters"]["FunctionName"] == f"${{{function}.Arn}}"
        assert timeout < task["TimeoutSeconds"] <= timeout + 60


def test_every_task_retries_transient_errors(definition: Mapping[str, Any]) -> None:
    for name, task in _tasks(definition).items():
        retried = _retried(task)
        assert retried.keys() >= SERVICE | KILLED | {"TransientError"}
        assert not retried.keys() & {"AccessError", "ConfigurationError", "States.ALL"}
        assert ("CensusIncomplete" in retried) is (name in {"Leanix", "Scan"})
        assert ("DataError" in retried) is (name == "Scan")


def test_retried_errors_are_those_that_steps_raise(
    definition: Mapping[str, Any],
) -> None:
    named = {error for task in _tasks(definition).values() for error in _retried(task)}

    own = named - SERVICE - KILLED

    assert own <= {kind.__name__ for kind in STEP_ERRORS}
    assert all(hasattr(errors, name) for name in own)


def test_tenant_has_eight_rounds_and_two_retries(
    definition: Mapping[str, Any],
) -> None:
    retried = _retried(_tasks(definition)["Scan"])

    assert _waits(retried["CensusIncomplete"]) == [5] * 7
    assert _waits(retried["TransientError"]) == [60, 120]
    assert _waits(retried["DataError"]) == [60]


def test_leanix_is_polled_for_hours_at_growing_intervals(
    definition: Mapping[str, Any],
) -> None:
    waits = _waits(_retried(_tasks(definition)["Leanix"])["CensusIncomplete"])

    assert 2 * HOUR < sum(waits) < 4 * HOUR
    assert waits == sorted(waits)
    assert waits[0] == 30


def test_failed_tenant_does_not_stop_the_map(definition: Mapping[str, Any]) -> None:
    scan = _tasks(definition)["Scan"]
    states = dict(_states(definition))

    (catcher,) = scan["Catch"]

    assert catcher["ErrorEquals"] == ["States.ALL"]
    assert states[catcher["Next"]] == {
        "Type": "Pass",
        "Result": {"status": "failed"},
        "End": True,
    }
    # Any other step that fails ends the execution, under the name and with the text of its error.
    assert [name for name, task in _tasks(definition).items() if "Catch" in task] == ["Scan"]


def test_map_concurrency_is_the_setting(definition: Mapping[str, Any], stack: Stack) -> None:
    scans = definition["States"]["ScanTenants"]

    assert scans["MaxConcurrencyPath"] == "$.tenants_at_once"
    assert scans["ItemProcessor"]["ProcessorConfig"] == {"Mode": "INLINE"}
    assert scans["ResultPath"] is None
    # Above 40 an inline map holds items back.
    assert stack.template["Parameters"]["TenantsAtOnce"]["MaxValue"] <= 40


def test_partial_run_ends_in_a_failed_execution(
    definition: Mapping[str, Any],
) -> None:
    states = dict(_states(definition))

    choice = states["IsComplete"]

    assert choice["Choices"] == [
        {"Variable": "$.result.status", "StringEquals": "complete", "Next": "Complete"}
    ]
    assert states[choice["Default"]]["Type"] == "Fail"
    assert states[choice["Default"]]["Error"] == "CensusIncomplete"


def test_every_state_is_reachable_and_continues(definition: Mapping[str, Any]) -> None:
    for machine in (definition, definition["States"]["ScanTenants"]["ItemProcessor"]):
        states = machine["States"]
        led_to = {machine["StartAt"]}
        for state in states.values():
            targets = [state.get("Next"), state.get("Default")]
            targets += [
                entry["Next"] for entry in (*state.get("Choices", ()), *state.get("Catch", ()))
            ]
            led_to.update(target for target in targets if target)
            assert state.get("End") or state["Type"] in ("Succeed", "Fail") or any(targets)
        assert led_to == set(states)


def test_definition_has_no_wildcard(definition: Mapping[str, Any]) -> None:
    assert "*" not in json.dumps(definition)


def test_only_final_failures_have_alarms(
    stack_with_fan_out: Stack,
) -> None:
    alarms = stack_with_fan_out.of_type("AWS::CloudWatch::Alarm").values()

    watched = {
        (f"{alarm['Namespace']} {alarm['MetricName']}", alarm["Dimensions"][0]["Value"])
        for alarm in alarms
        if alarm["Namespace"] in ("AWS/States", "AWS/Lambda")
    }

    assert watched == {
        ("AWS/States ExecutionsFailed", "${FanOutMachine}"),
        ("AWS/States ExecutionsTimedOut", "${FanOutMachine}"),
    }


def test_dashboard_shows_how_executions_ended(stack: Stack, stack_with_fan_out: Stack) -> None:
    with_it, without = (
        json.loads(made.properties("Dashboard")["DashboardBody"])["widgets"]
        for made in (stack_with_fan_out, stack)
    )

    executions, scans = with_it[len(without) :]

    assert {metric[1] for metric in executions["properties"]["metrics"]} == {
        "ExecutionsFailed",
        "ExecutionsSucceeded",
        "ExecutionsTimedOut",
    }
    assert scans["properties"]["metrics"] == [
        ["AWS/Lambda", "Duration", "FunctionName", "${ScanFunction}"]
    ]


def test_fan_out_alarms_are_documented() -> None:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    stack = Stack({"AWS::StackName": "<stack>", "FanOut": "true"})

    names = [item["AlarmName"] for item in stack.of_type("AWS::CloudWatch::Alarm").values()]

    assert [name for name in names if f"| `{name}` |" not in text] == []
