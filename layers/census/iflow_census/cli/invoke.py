"""`iflow-census invoke`: a run in AWS, started by hand and followed to its report."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iflow_census.aws.errors import translate_errors
from iflow_census.census.request import parse_event
from iflow_census.cli.aws import Account, Profile, Region
from iflow_census.cli.invoke_waiter import Followed, Run, follow
from iflow_census.cli.invoke_output import print_followed, waiting
from iflow_census.cli.stack import DEFAULT_STACK, StackOutputs
from iflow_census.cli.terminal import (
    ExitCode,
    JsonResult,
    as_usage_error,
    get_clock,
    handle_errors,
    stderr_console,
)
from iflow_census.scan.results import TenantStatus

if TYPE_CHECKING:
    import boto3


@dataclass(frozen=True, slots=True)
class Stack:
    """What a stack's outputs name; `machine`: the fan-out's, which starts the function."""

    function: str
    bucket: str
    log_group: str | None
    machine: str | None


def invoke(
    ctx: typer.Context,
    *,
    stack: Annotated[
        str, typer.Option(metavar="NAME", help="The stack.", show_default=True)
    ] = DEFAULT_STACK,
    period: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help="The month to count.  [default: last month]"),
    ] = None,
    tenants: Annotated[
        list[str] | None,
        typer.Option("--tenant", metavar="NAME", help="A tenant; repeatable.  [default: all]"),
    ] = None,
    leanix: Annotated[
        str | None,
        typer.Option(
            metavar="yes|no|test",
            help="Tell LeanIX; test is a dry run.  [default: where it is configured]",
        ),
    ] = None,
    minutes: Annotated[
        int, typer.Option(min=1, help="How long to wait for the report.", show_default=True)
    ] = 50,
    region: Region = None,
    profile: Profile = None,
    json_result: JsonResult = False,
) -> None:
    """Start a run in AWS and wait for its report.

    Exit codes: 0 complete, 1 failed, 2 usage error, 3 partial, 130 interrupted.
    """
    console = stderr_console()
    clock = get_clock(ctx)
    with handle_errors(console, interrupt_note="the run goes on in AWS"):
        event = _event(clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"), period, tenants, leanix)
        with as_usage_error():
            request = parse_event(event, clock.now())
        session = Account(profile, region).session()
        found = _stack(session, stack)
        _start(session, found, event, request.run_id)
        console.print(f"Run {request.run_id} of {request.month} has been started.")
        run = Run(request.run_id, str(request.month), wants_leanix=leanix in ("yes", "test"))
        with waiting(console) as on_step, translate_errors("following the run"):
            followed = follow(
                run,
                session.client("s3"),
                found.bucket,
                (session.client("logs"), found.log_group) if found.log_group else None,
                clock=clock,
                seconds=minutes * 60,
                on_step=on_step,
            )
        print_followed(console, followed, found.bucket, comes_back=found.machine is None)
        if json_result:
            typer.echo(json.dumps(followed.summary(found.bucket), ensure_ascii=False))
        raise typer.Exit(_exit_code(followed))


def _event(
    scheduled_time: str, period: str | None, tenants: list[str] | None, leanix: str | None
) -> dict[str, Any]:
    """The event; its time is chosen here, so that the run's id is known before it runs."""
    event: dict[str, Any] = {"action": "census", "scheduled_time": scheduled_time}
    if period is not None:
        event["period"] = period
    if tenants:
        event["tenants"] = tenants
    if leanix is not None:
        event["leanix"] = {"yes": True, "no": False}.get(leanix, leanix)
    return event


def _stack(session: "boto3.Session", name: str) -> Stack:
    outputs = StackOutputs(session, name)
    return Stack(
        outputs["FunctionName"],
        outputs["ReportBucket"],
        outputs.get("LogGroup"),
        outputs.get("StateMachineArn"),
    )


def _start(session: "boto3.Session", stack: Stack, event: dict[str, Any], run_id: str) -> None:
    from botocore.config import Config  # noqa: PLC0415 - `run` does without it

    if stack.machine is not None:
        with translate_errors(f"state machine {stack.machine}"):
            # Of one name there is one execution, however often this is sent.
            session.client("stepfunctions").start_execution(
                stateMachineArn=stack.machine, name=run_id, input=json.dumps(event)
            )
        return
    with translate_errors(f"function {stack.function}"):
        # A second try of this request would start a second run.
        client = session.client("lambda", config=Config(retries={"total_max_attempts": 1}))
        client.invoke(
            FunctionName=stack.function, InvocationType="Event", Payload=json.dumps(event).encode()
        )


def _exit_code(followed: Followed) -> ExitCode:
    if followed.status == TenantStatus.COMPLETE:
        return ExitCode.COMPLETE
    if followed.status == TenantStatus.PARTIAL and any(
        one["status"] != TenantStatus.FAILED for one in followed.tenants
    ):
        return ExitCode.PARTIAL
    return ExitCode.FAILED
