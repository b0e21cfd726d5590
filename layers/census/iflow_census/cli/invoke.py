"""`iflow-census invoke`: start a run in AWS and wait for its report."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iflow_census.aws.errors import translate_errors
from iflow_census.census.request import Action, parse_event
from iflow_census.cli.aws import Account, Profile, Region
from iflow_census.cli.completion import complete
from iflow_census.cli.invoke_output import print_result, show_status
from iflow_census.cli.invoke_queue import replay_failed_events
from iflow_census.cli.invoke_waiter import InvokedRun, InvokeResult, LogGroup, wait_for_result
from iflow_census.cli.stack import DEFAULT_STACK, StackOutputs
from iflow_census.cli.terminal import (
    ExitCode,
    InvalidUsage,
    JsonResult,
    PeriodOption,
    as_usage_error,
    get_clock,
    handle_errors,
    number_range,
    stderr_console,
)
from iflow_census.scan.results import TenantStatus

if TYPE_CHECKING:
    import boto3


QUEUES = ("FailureQueueUrl", "DeliveryQueueUrl")
"""The outputs with the queues of events that failed or were not delivered."""

MAX_MINUTES = 24 * 60
"""A fan-out with all its retries takes less than a day."""


@dataclass(frozen=True, slots=True)
class StackResources:
    """The resources of a stack.

    Attributes:
        state_machine: the ARN of the fan-out's state machine, which starts the function.
        queues: the URLs of the queues with events that failed.
    """

    function: str
    bucket: str
    log_group: str | None
    state_machine: str | None
    queues: list[str]


def invoke(
    ctx: typer.Context,
    *,
    stack: Annotated[
        str, typer.Option(metavar="NAME", help="The stack.", show_default=True)
    ] = DEFAULT_STACK,
    period: PeriodOption = None,
    checkpoint: Annotated[
        bool,
        typer.Option("--checkpoint", help="Only count the messages of this month so far."),
    ] = False,
    tenants: Annotated[
        list[str] | None,
        typer.Option("--tenant", metavar="NAME", help="A tenant; repeatable.  [default: all]"),
    ] = None,
    leanix: Annotated[
        str | None,
        typer.Option(
            metavar="yes|no|test",
            autocompletion=complete(("yes", "no", "test")),
            help="Send to LeanIX; test is a dry run.  [default: yes, if configured]",
        ),
    ] = None,
    minutes: Annotated[
        int,
        typer.Option(
            callback=number_range(1, MAX_MINUTES),
            help="How long to wait for the report.",
            show_default=True,
        ),
    ] = 50,
    from_queue: Annotated[
        bool,
        typer.Option(
            "--from-queue",
            help="Start what failed again: show the events in the stack's queues, ask, start their "
            "runs without waiting, and delete the messages.",
        ),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="With --from-queue: do not ask for confirmation.")
    ] = False,
    region: Region = None,
    profile: Profile = None,
    json_result: JsonResult = False,
) -> None:
    """Start a run in AWS and wait for its report.

    Exit codes: 0 complete, 1 failed, 2 usage error, 3 partial, 130 interrupted.
    """
    console = stderr_console()
    clock = get_clock(ctx)
    if from_queue:
        with handle_errors(interrupt_note="messages of runs that were not started are kept"):
            if checkpoint or period or tenants or leanix:
                raise InvalidUsage("--from-queue: the events say what to run; omit other options")
            session = Account(profile, region).session()
            resources = _read_stack(session, stack)
            code = replay_failed_events(
                session.client("sqs"),
                resources.queues,
                lambda event: _start(session, resources, event),
                console,
                now=clock.now(),
                yes=yes,
                json_result=json_result,
            )
            raise typer.Exit(code)
    with handle_errors(interrupt_note="the run continues in AWS"):
        if yes:
            raise InvalidUsage("--yes only applies to --from-queue; omit it")
        event = _build_event(clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"), period, tenants, leanix)
        if checkpoint:
            event["action"] = "checkpoint"
        with as_usage_error():
            request = parse_event(event, clock.now())
        session = Account(profile, region).session()
        resources = _read_stack(session, stack)
        _start(session, resources, event, request.run_id)
        console.print(f"Run {request.run_id} of {request.period.label} has been started.")
        run = InvokedRun(
            request.run_id,
            str(request.period),
            expects_leanix=leanix in ("yes", "test"),
            writes_report=not checkpoint,
        )
        log_group = (
            LogGroup(session.client("logs"), resources.log_group) if resources.log_group else None
        )
        with show_status(console) as on_status, translate_errors(f"run {run.id}"):
            result = wait_for_result(
                run,
                session.client("s3"),
                resources.bucket,
                log_group,
                clock=clock,
                max_seconds=minutes * 60,
                on_status=on_status,
            )
        print_result(console, result, resources.bucket, is_retried=resources.state_machine is None)
        if json_result:
            typer.echo(json.dumps(result.to_dict(resources.bucket)))
        raise typer.Exit(_exit_code(result))


def _build_event(
    scheduled_time: str, period: str | None, tenants: list[str] | None, leanix: str | None
) -> dict[str, Any]:
    """Return the event; `scheduled_time` determines the run id."""
    event: dict[str, Any] = {"action": "census", "scheduled_time": scheduled_time}
    if period is not None:
        event["period"] = period
    if tenants:
        event["tenants"] = tenants
    if leanix is not None:
        event["leanix"] = {"yes": True, "no": False}.get(leanix, leanix)
    return event


def _read_stack(session: "boto3.Session", name: str) -> StackResources:
    outputs = StackOutputs(session, name)
    return StackResources(
        outputs["FunctionName"],
        outputs["ReportBucket"],
        outputs.get("LogGroup"),
        outputs.get("StateMachineArn"),
        [url for key in QUEUES if (url := outputs.get(key))],
    )


def _start(
    session: "boto3.Session",
    stack: StackResources,
    event: Mapping[str, Any],
    run_id: str | None = None,
) -> None:
    """Start the run of an event; a run id makes the request idempotent, once in 90 days."""
    from botocore.config import Config  # noqa: PLC0415 - optional dependency

    # The state machine has no verification: the schedule invokes the function for it, too.
    if stack.state_machine is not None and event.get("action") != Action.VERIFY:
        with translate_errors(f"state machine {stack.state_machine}"):
            name = {} if run_id is None else {"name": run_id}
            session.client("stepfunctions").start_execution(
                stateMachineArn=stack.state_machine, input=json.dumps(event), **name
            )
        return
    with translate_errors(f"function {stack.function}"):
        # A retry of this request could start a second run.
        client = session.client("lambda", config=Config(retries={"total_max_attempts": 1}))
        client.invoke(
            FunctionName=stack.function, InvocationType="Event", Payload=json.dumps(event).encode()
        )


def _exit_code(result: InvokeResult) -> ExitCode:
    if result.status == TenantStatus.COMPLETE:
        return ExitCode.COMPLETE
    if result.status == TenantStatus.PARTIAL and any(
        tenant["status"] != TenantStatus.FAILED for tenant in result.tenants
    ):
        return ExitCode.PARTIAL
    return ExitCode.FAILED
