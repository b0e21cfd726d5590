"""`iflow-census invoke` while the real handler runs."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import Result

from tests.clock import FakeClock
from tests.functional.cli.invoked_function import (
    FUNCTION,
    GROUP,
    Function,
    create_stack,
    deployed_function,
)
from tests.functional.lambda_rig import BUCKET, Rig
from tests.functional.tenants import simulated

MakeRig = Callable[..., Rig]


@pytest.fixture(autouse=True)
def _without_docker() -> Iterator[None]:
    with mock_aws(config={"lambda": {"use_docker": False}}):
        yield


@pytest.fixture
def function(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Function:
    """A stack whose outputs name a function, a bucket and a log group."""
    return deployed_function(clock, monkeypatch)


def _result(result: Result) -> Any:
    """The last line; the handler runs in the same process and writes its log before it."""
    return json.loads(result.stdout.splitlines()[-1])


def test_run_is_started_and_awaited(rig: MakeRig, function: Function, clock: FakeClock) -> None:
    aws = rig(prod=simulated(clock), dev=simulated(clock))
    function.on_pause = function.runs(aws)

    result = function.call("--json")

    assert result.exit_code == 0, result.output
    outcome = _result(result)
    assert (outcome["status"], outcome["period"]) == ("complete", "2026-10")
    assert outcome["run_id"] == aws.manifest()["run_id"] == "20261101T003000Z"
    assert outcome["manifest"] == f"s3://{BUCKET}/reports/period=2026-10/manifest.json"
    assert outcome["tenants"] == aws.manifest()["tenants"]
    assert "waiting for the function to start" in result.stderr
    assert "iFlow census of 2026-10" in result.stderr


def test_last_30_days_are_awaited(rig: MakeRig, function: Function, clock: FakeClock) -> None:
    aws = rig(prod=simulated(clock))
    function.on_pause = function.runs(aws)

    result = function.call("--period", "last-30-days", "--json")

    assert result.exit_code == 0, result.output
    outcome = _result(result)
    assert outcome["manifest"] == f"s3://{BUCKET}/reports/last-30-days/manifest.json"
    assert outcome["tenants"][0]["coverage"] == 100
    assert aws.json("reports/latest.json")["rolling"]["run_id"] == outcome["run_id"]
    assert aws.json("ledger/period=2026-10/prod.json")["windows"]


def test_end_of_a_checkpoint_is_in_the_log(
    rig: MakeRig, function: Function, clock: FakeClock
) -> None:
    aws = rig(prod=simulated(clock))
    clock.advance(15 * 24 * 3600)
    run = function.runs(aws)

    def count() -> None:
        run()
        entry = {"message": "run finished", "run_id": "20261116T003000Z", "status": "complete"}
        _log(json.dumps(entry))

    function.on_pause = count

    result = function.call("--checkpoint", "--json")

    assert result.exit_code == 0, result.output
    outcome = _result(result)
    assert (outcome["period"], outcome["manifest"]) == ("2026-11", None)
    assert aws.json("ledger/period=2026-11/prod.json")["windows"]
    assert "The messages of 2026-11 were counted: complete." in result.stderr


def test_event_has_the_command_s_options(
    rig: MakeRig, function: Function, clock: FakeClock
) -> None:
    rig(prod=simulated(clock))

    function.call(
        *("--period", "2026-09", "--tenant", "prod", "--tenant", "dev"),
        *("--leanix", "test", "--minutes", "1"),
    )

    assert function.events == [
        (
            "Event",
            {
                "action": "census",
                "scheduled_time": "2026-11-01T00:30:00Z",
                "period": "2026-09",
                "tenants": ["prod", "dev"],
                "leanix": "test",
            },
        )
    ]


def test_partial_report_is_printed_with_its_errors(
    rig: MakeRig, function: Function, clock: FakeClock
) -> None:
    dev = simulated(clock, roles={"MonitoringDataRead"})
    function.on_pause = function.runs(rig(prod=simulated(clock), dev=dev))

    result = function.call("--json")

    assert result.exit_code == 3
    assert _result(result)["status"] == "partial"
    assert "lacks the role WorkspacePackagesRead" in result.stderr
    assert "Lambda retries the missing tenants twice within a few minutes" in result.stderr


def test_failed_run_is_recognized_by_its_log(
    rig: MakeRig, function: Function, clock: FakeClock
) -> None:
    rig(prod=simulated(clock))

    def fail() -> None:
        line = {
            "message": "run failed",
            "run_id": "20261101T003000Z",
            "error": "unknown tenant 'de'; known tenants: prod",
        }
        _log(json.dumps(line))

    function.on_pause = fail

    result = function.call("--tenant", "de")

    assert result.exit_code == 1
    assert "the run failed: unknown tenant 'de'; known tenants: prod" in result.stderr


def _log(line: str) -> None:
    client = boto3.client("logs")
    with suppress(client.exceptions.ResourceAlreadyExistsException):
        client.create_log_stream(logGroupName=GROUP, logStreamName="stream")
    # CloudWatch rejects old entries.
    timestamp = int(datetime.now(UTC).timestamp() * 1000)
    client.put_log_events(
        logGroupName=GROUP,
        logStreamName="stream",
        logEvents=[{"timestamp": timestamp, "message": line}],
    )


def test_manifest_of_another_run_does_not_end_the_wait(
    rig: MakeRig, function: Function, clock: FakeClock
) -> None:
    aws = rig(prod=simulated(clock))
    aws.invoke({"scheduled_time": "2026-11-01T00:00:00Z"})
    requests_before = len(aws.tenants["prod"].requests)
    function.on_pause = function.runs(aws)
    run_id = f"{clock.now():%Y%m%dT%H%M%SZ}"

    result = function.call("--json")

    assert _result(result)["run_id"] == run_id
    assert len(aws.tenants["prod"].requests) > requests_before


def test_wait_time_limit_says_where_the_report_will_be(
    rig: MakeRig, function: Function, clock: FakeClock
) -> None:
    rig(prod=simulated(clock))

    result = function.call("--minutes", "1")

    assert result.exit_code == 1
    assert len(function.events) == 1
    assert "run 20261101T003000Z: not finished after 1 min; it continues in AWS" in result.stderr
    assert f"s3://{BUCKET}/reports/period=2026-10/manifest.json" in result.stderr


@pytest.mark.parametrize("body", [b"{", b"[]", b"[" * 100_000, b'{"status": "complete"}'])
def test_damaged_manifest_is_not_the_end_of_the_run(
    rig: MakeRig, function: Function, clock: FakeClock, body: bytes
) -> None:
    rig(prod=simulated(clock))
    key = "reports/period=2026-10/manifest.json"
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)

    result = function.call("--minutes", "1")

    assert result.exit_code == 1
    assert "not finished after 1 min" in result.stderr


@pytest.mark.parametrize("minutes", ["-1", "0", "1441"])
def test_minutes_out_of_range_start_no_run(function: Function, minutes: str) -> None:
    result = function.call("--minutes", minutes)

    assert result.exit_code == 2
    assert f"{minutes} is not a number from 1 to 1440" in result.stderr
    assert function.events == []


def test_interrupt_does_not_stop_the_run(
    rig: MakeRig, function: Function, clock: FakeClock
) -> None:
    rig(prod=simulated(clock))

    def interrupt() -> None:
        raise KeyboardInterrupt

    function.on_pause = interrupt

    result = function.call()

    assert result.exit_code == 130
    assert "interrupted; the run continues in AWS" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--period", "October"], "period 'October': not a month"),
        (["--period", "2026-12"], "period 2026-12: it is in the future"),
        (["--leanix", "maybe"], "event: leanix"),
    ],
)
def test_invalid_option_starts_no_run(
    rig: MakeRig, function: Function, clock: FakeClock, arguments: list[str], message: str
) -> None:
    rig(prod=simulated(clock))

    result = function.call(*arguments)

    assert result.exit_code == 2
    assert message in result.stderr
    assert function.events == []


def test_unknown_or_foreign_stack_is_named(
    rig: MakeRig, function: Function, clock: FakeClock
) -> None:
    rig(prod=simulated(clock))
    create_stack({"Other": "output"}, "other")

    missing = function.call("--stack", "nowhere")
    other = function.call("--stack", "other")

    assert (missing.exit_code, other.exit_code) == (1, 1)
    assert "stack 'nowhere': not found" in missing.stderr
    assert "check --stack and --region (eu-central-1)" in missing.stderr
    assert "stack 'other': no output 'FunctionName'" in other.stderr
    assert function.events == []


def test_state_machine_of_the_stack_is_started(
    rig: MakeRig, function: Function, clock: FakeClock
) -> None:
    rig(prod=simulated(clock))
    client = boto3.client("stepfunctions")
    machine = client.create_state_machine(
        name="fan-out",
        definition='{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}',
        roleArn="arn:aws:iam::123456789012:role/fan-out",
    )["stateMachineArn"]
    outputs = {"FunctionName": FUNCTION, "ReportBucket": BUCKET, "StateMachineArn": machine}
    create_stack(outputs, "wide")

    function.call("--stack", "wide", "--tenant", "prod", "--minutes", "1")

    (execution,) = client.list_executions(stateMachineArn=machine)["executions"]
    started = client.describe_execution(executionArn=execution["executionArn"])
    assert execution["name"] == "20261101T003000Z"
    assert json.loads(started["input"]) == {
        "action": "census",
        "scheduled_time": "2026-11-01T00:30:00Z",
        "tenants": ["prod"],
    }
    assert function.events == []
