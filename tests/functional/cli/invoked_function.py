"""The function of a stack, as `iflow-census invoke` sees it."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest
from moto.awslambda_simple.models import LambdaSimpleBackend
from typer.testing import CliRunner, Result

from iflow_census.cli.commands import app
from iflow_census.clock import Clock
from iflow_census.errors import CensusError
from tests.clock import FakeClock
from tests.functional.lambda_rig import BUCKET, Rig

GROUP = "/aws/lambda/iflow-census-census"
FUNCTION = "iflow-census-CensusFunction"


@dataclass
class Function:
    """The function of the stack.

    Attributes:
        clock: the clock of the command.
        events: the invocation type and the event of each invocation.
        on_pause: called each time the command waits.
    """

    clock: FakeClock
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    on_pause: Callable[[], object] = lambda: None

    def call(self, *arguments: str) -> Result:
        """Call the command; its pauses advance the clock."""
        return CliRunner().invoke(app, ["invoke", *arguments], obj=self.waiting_clock())

    def waiting_clock(self) -> Clock:
        """Return a clock whose pauses advance the time and call `on_pause`."""

        def sleep(seconds: float) -> None:
            self.clock.advance(seconds)
            self.on_pause()

        return replace(self.clock.clock, sleep=sleep)

    def runs(self, rig: Rig) -> Callable[[], None]:
        """Return a function that runs the handler once for each event and ignores its errors."""

        def run() -> None:
            while self.events:
                _, event = self.events.pop()
                with suppress(CensusError):
                    rig.invoke(event)

        return run


def deployed_function(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, outputs: Mapping[str, str] | None = None
) -> Function:
    """Return a function in a stack with these outputs, a bucket and a log group."""
    function = Function(clock)

    def invoke(_: object, name: str, __: object, body: str, headers: Any, ___: object) -> bytes:
        assert name == FUNCTION
        function.events.append((headers["X-Amz-Invocation-Type"], json.loads(body)))
        return b""

    monkeypatch.setattr(LambdaSimpleBackend, "invoke", invoke)
    names = {"FunctionName": FUNCTION, "ReportBucket": BUCKET, "LogGroup": GROUP}
    create_stack(names | dict(outputs or {}))
    boto3.client("logs").create_log_group(logGroupName=GROUP)
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as file:
        file.writestr("app.py", "")
    trust = {"Version": "2012-10-17", "Statement": []}
    role = boto3.client("iam").create_role(
        RoleName="census", AssumeRolePolicyDocument=json.dumps(trust)
    )
    boto3.client("lambda").create_function(
        FunctionName=FUNCTION,
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="app.handler",
        Code={"ZipFile": code.getvalue()},
    )
    return function


def create_stack(outputs: dict[str, str], name: str = "iflow-census") -> None:
    """Create a stack with these outputs."""
    template = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))
