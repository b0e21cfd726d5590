"""The state machine: within its limits, and no failure of a step lost or repeated in vain."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from iflow_census import errors
from iflow_census.census.request import parse_event
from iflow_census.lambda_app.settings import Settings
from iflow_census.lambda_app.steps import STEP_ERRORS
from tests.processes import ROOT
from tests.template.stack import Stack

SERVICE = {
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
}
REPEATED = {"States.TaskFailed", "States.Timeout"}
PERMANENT = {"AccessError", "ConfigurationError"}
HOUR = 3600
NOW = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)


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

    assert sorted(tasks) == ["Finish", "Leanix", "Plan", "Publish", "Scan"]
    for name, task in tasks.items():
        function = "ScanFunction" if name == "Scan" else "CensusFunction"
        assert task["Resource"] == "arn:${AWS::Partition}:states:::lambda:invoke"
        assert task["Parameters"]["FunctionName"] == f"${{{function}.Arn}}"
        assert timeout < task["TimeoutSeconds"] <= timeout + 60


def test_every_task_is_retried_twice_unless_the_error_is_permanent(
    definition: Mapping[str, Any],
) -> None:
    for name, task in _tasks(definition).items():
        first, *_, last = task["Retry"]
        retried = _retried(task)
        resumed = {"CensusIncomplete"} if name in ("Leanix", "Scan") else set()
        assert retried.keys() == PERMANENT | SERVICE | resumed | REPEATED
        # The first retrier that knows an error decides.
        assert first == {"ErrorEquals": sorted(PERMANENT, reverse=True), "MaxAttempts": 0}
        assert set(last["ErrorEquals"]) == REPEATED
        assert _waits(last) == [30, 60]


def test_retried_errors_are_those_that_steps_raise(
    definition: Mapping[str, Any],
) -> None:
    named = {error for task in _tasks(definition).values() for error in _retried(task)}

    own = named - SERVICE - REPEATED

    assert own <= {kind.__name__ for kind in STEP_ERRORS}
    assert all(hasattr(errors, name) for name in own)


def test_scan_has_eight_rounds(definition: Mapping[str, Any]) -> None:
    assert _waits(_retried(_tasks(definition)["Scan"])["CensusIncomplete"]) == [5] * 7


def test_leanix_is_polled_for_hours_at_growing_intervals(
    definition: Mapping[str, Any],
) -> None:
    waits = _waits(_retried(_tasks(definition)["Leanix"])["CensusIncomplete"])

    assert 2 * HOUR < sum(waits) < 4 * HOUR
    assert waits == sorted(waits)
    assert waits[0] == 30


def test_maps_are_distributed_over_the_plan_in_s3(definition: Mapping[str, Any]) -> None:
    maps = {name: state for name, state in _states(definition) if state["Type"] == "Map"}

    assert sorted(maps) == ["ScanTenants", "SendToLeanix"]
    for state in maps.values():
        assert state["ItemProcessor"]["ProcessorConfig"] == {
            "Mode": "DISTRIBUTED",
            "ExecutionType": "STANDARD",
        }
        assert state["ItemReader"] == {
            "Resource": "arn:${AWS::Partition}:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/content/tenants"},
            "Parameters": {"Bucket": "${CensusBucket}", "Key.$": "$.plan"},
        }
        # A failed tenant does not stop the others; any other failed step ends the execution.
        assert state["ToleratedFailurePercentage"] == 100
        # The results are in S3, so that the output does not grow with the number of tenants.
        assert state["ResultPath"] is None
        assert state["ResultWriter"]["Parameters"]["Prefix"] == "work/executions"
        # No step reads them, so the run goes on without them.
        assert state["Catch"] == [
            {
                "ErrorEquals": ["States.ResultWriterFailed"],
                "ResultPath": None,
                "Next": state["Next"],
            }
        ]
        assert _waits(_retried(state)["States.ItemReaderFailed"]) == [30, 60]
    assert len({state["Label"] for state in maps.values()}) == 2
    assert not [name for name, task in _tasks(definition).items() if "Catch" in task]


def test_child_of_a_map_gets_the_event_of_its_step(definition: Mapping[str, Any]) -> None:
    events = parse_event({"leanix": True}, NOW).steps(leanix=True)

    for name, step in (("ScanTenants", "scan"), ("SendToLeanix", "leanix")):
        selector = dict(definition["States"][name]["ItemSelector"])
        assert selector.pop("tenants.$") == "States.Array($$.Map.Item.Value)"
        assert selector == {f"{key}.$": f"$.{step}.{key}" for key in events[step]}


def test_scans_run_as_concurrently_as_the_setting_says(
    definition: Mapping[str, Any], stack: Stack
) -> None:
    parameter = stack.template["Parameters"]["TenantsAtOnce"]
    metadata = Settings.model_fields["tenants_at_once"].metadata

    assert definition["States"]["ScanTenants"]["MaxConcurrencyPath"] == "$.tenants_at_once"
    assert [getattr(limit, "le", None) for limit in metadata][-1] == parameter["MaxValue"]
    # A distributed map starts at most 10,000 children at a time.
    assert parameter["MaxValue"] <= 10_000


def test_history_is_short_whatever_fails(definition: Mapping[str, Any]) -> None:
    events = 2  # the start and the end of the execution
    for state in definition["States"].values():
        tries = 1 + sum(retrier["MaxAttempts"] for retrier in state.get("Retry", ()))
        match state["Type"]:
            # Entered and exited; scheduled, started and ended each time.
            case "Task":
                events += 2 + 3 * tries
            # Also the start and the end of the state and of its map run, each time.
            case "Map":
                events += 2 + 4 * tries
            case _:
                events += 2

    assert events < 200


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
    maps = [state["ItemProcessor"] for _, state in _states(definition) if state["Type"] == "Map"]
    for machine in (definition, *maps):
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
        ("AWS/States ExecutionsAborted", "${FanOutMachine}"),
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


def test_alarms_are_documented() -> None:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    stacks = [Stack({"AWS::StackName": "<stack>", "FanOut": value}) for value in ("true", "false")]

    names = [
        item["AlarmName"]
        for stack in stacks
        for item in stack.of_type("AWS::CloudWatch::Alarm").values()
    ]

    assert [name for name in names if f"| `{name}` |" not in text] == []


@pytest.mark.parametrize("fan_out", ["true", "false"])
def test_cost_of_the_alarms_is_documented(fan_out: str) -> None:
    text = (ROOT / "docs/aws.md").read_text(encoding="utf-8")

    alarms = Stack({"FanOut": fan_out}).of_type("AWS::CloudWatch::Alarm")

    assert len(alarms) == 9
    assert "Nine alarms and a dashboard" in text
