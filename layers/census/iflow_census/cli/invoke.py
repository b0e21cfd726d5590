"""`iflow-census invoke`: a run in AWS, started by hand and followed to its report."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iflow_census.cli.aws import (
    Account,
    JsonResult,
    Profile,
    Region,
    clock_of,
    console_for_people,
    told,
    translated,
    wrong_use,
)
from iflow_census.cli.following import Followed, Run, follow
from iflow_census.cli.invoke_output import print_followed, waiting
from iflow_census.cli.run import ExitCode
from iflow_census.cli.stack import DEFAULT_STACK, StackOutputs
from iflow_census.request import parse_event
from iflow_census.scan.census import TenantStatus

if TYPE_CHECKING:
    import boto3


@dataclass(frozen=True, slots=True)
class Stack:
    """What a stack's outputs name."""

    function: str
    bucket: str
    log_group: str | None


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
    """Start a run of the stack's function, and follow it until its report is there.

    Exit codes: 0 complete, 1 failed, 2 wrong use, 3 partial, 130 interrupted.
    """
    console = console_for_people()
    clock = clock_of(ctx)
    with told(console, interrupted="the run goes on in AWS"):
        event = _event(clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"), period, tenants, leanix)
        with wrong_use():
            request = parse_event(event, clock.now())
        session = Account(profile, region).session()
        found = _stack(session, stack)
        _start(session, found.function, event)
        console.print(f"Run {request.run_id} of {request.month} has been started.")
        run = Run(request.run_id, str(request.month), wants_leanix=leanix in ("yes", "test"))
        with waiting(console) as on_step, translated("following the run"):
            followed = follow(
                run,
                session.client("s3"),
                found.bucket,
                (session.client("logs"), found.log_group) if found.log_group else None,
                clock=clock,
                seconds=minutes * 60,
                on_step=on_step,
            )
        print_followed(console, followed, found.bucket)
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
    return Stack(outputs["FunctionName"], outputs["ReportBucket"], outputs.get("LogGroup"))


def _start(session: "boto3.Session", function: str, event: dict[str, Any]) -> None:
    from botocore.config import Config  # noqa: PLC0415 - `run` does without it

    with translated(f"function {function}"):
        # A second try of this request would start a second run.
        client = session.client("lambda", config=Config(retries={"total_max_attempts": 1}))
        client.invoke(
            FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode()
        )


def _exit_code(followed: Followed) -> ExitCode:
    if followed.status == TenantStatus.COMPLETE:
        return ExitCode.COMPLETE
    if followed.status == TenantStatus.PARTIAL and any(
        one["status"] != TenantStatus.FAILED for one in followed.tenants
    ):
        return ExitCode.PARTIAL
    return ExitCode.FAILED
