"""The state machine of the translated template, run by moto with the real handler in its tasks."""

import functools
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.stepfunctions.parser.asl.component.common.retry import max_attempts_decl, retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.eval import (
    resource_eval_s3,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import (
    iteration_worker,
)
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from tests.functional.lambda_rig import BUCKET, Rig
from tests.template.stack import Stack

ACCOUNT = "123456789012"
FUNCTIONS = {
    name: f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:{name}"
    for name in ("CensusFunction", "ScanFunction")
}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/fan-out"
_validate_once = staticmethod(functools.cache(StepFunctionsParserBackend._validate_definition))
"""A definition takes long to parse, and nearly all tests have the same one."""
SECONDS = 60
"""Of real time, after which an execution that has not ended has failed the test."""


class Crashed(BaseException):
    """The process of the function has died, for example without memory."""


@dataclass(frozen=True)
class Invocation:
    """A task's call of the function: when it began and ended, by the test's clock, and how."""

    event: Mapping[str, Any]
    began: float
    ended: float
    error: str | None


@dataclass(frozen=True)
class Execution:
    """How an execution ended."""

    status: str
    output: Any
    error: str | None
    cause: str | None
    events: int = field(compare=False)


@dataclass
class Machine:
    """The state machine, and what it did.

    Attributes:
        rig: the handler, with AWS and tenants.
        seconds: what each Lambda has.
        invocations: of the function, in the order of their end.
        waits: seconds between two tries, in which no Lambda runs.
    """

    rig: Rig
    seconds: float = 900
    invocations: list[Invocation] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    # One process takes the place of many, and its clock and log are of one of them at a time.
    _one: threading.Lock = field(default_factory=threading.Lock)

    def run(self, event: Mapping[str, Any]) -> Execution:
        """Start an execution and wait for its end."""
        client = boto3.client("stepfunctions")
        machine = Stack({"FanOut": "true", "AWS::Partition": "aws"})
        definition = machine.definition("FanOutMachine", CensusBucket=BUCKET, **FUNCTIONS)
        made = client.create_state_machine(
            name=f"fan-out-{len(self.invocations)}",
            definition=json.dumps(_without_pointers(definition)),
            roleArn=ROLE,
        )
        started = client.start_execution(
            stateMachineArn=made["stateMachineArn"], input=json.dumps(event)
        )["executionArn"]
        for _ in range(SECONDS * 20):
            found = client.describe_execution(executionArn=started)
            if found["status"] != "RUNNING":
                output = json.loads(found["output"]) if "output" in found else None
                history = client.get_execution_history(executionArn=started, maxResults=1000)
                return Execution(
                    found["status"],
                    output,
                    found.get("error"),
                    found.get("cause"),
                    len(history["events"]),
                )
            threading.Event().wait(0.05)
        raise AssertionError("the execution does not end")

    def of(self, step: str, tenant: str | None = None) -> list[Invocation]:
        """The invocations of a step, optionally of one tenant only."""
        return [
            invocation
            for invocation in self.invocations
            if invocation.event["step"] == step
            and (tenant is None or invocation.event.get("tenants") == [tenant])
        ]

    def invoke(self, body: bytes, headers: dict[str, Any]) -> bytes:
        """What Lambda does: the handler's answer, or its error in Lambda's form."""
        event = json.loads(body)
        with self._one:
            began, error = self.rig.clock.monotonic(), None
            try:
                answer = self.rig.invoke(event, seconds=self.seconds)
            except Crashed:
                error = "Runtime.ExitError"
                answer = {"errorType": error, "errorMessage": "Runtime exited"}
            except Exception as failure:  # noqa: BLE001 - Lambda catches all
                error = type(failure).__name__
                answer = {"errorType": error, "errorMessage": str(failure), "stackTrace": []}
            if error:
                headers["x-amz-function-error"] = "Unhandled"
            self.invocations.append(Invocation(event, began, self.rig.clock.monotonic(), error))
            return json.dumps(answer).encode()

    def wait(self, seconds: float) -> None:
        """Between two tries."""
        with self._one:
            self.waits.append(seconds)
            self.rig.clock.advance(seconds)


def machine_of(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The state machine in front of a rig; its waits pass on the rig's clock."""
    machine = Machine(rig)

    def invoke(
        _: LambdaSimpleBackend,
        function_name: str,
        _qualifier: str | None,
        body: bytes,
        _headers: Any,
        response_headers: dict[str, Any],
    ) -> bytes:
        step = json.loads(body)["step"]
        assert function_name == FUNCTIONS["ScanFunction" if step == "scan" else "CensusFunction"]
        return machine.invoke(body, response_headers)

    monkeypatch.setattr(LambdaSimpleBackend, "invoke", invoke)
    monkeypatch.setattr(StepFunctionsParserBackend, "_validate_definition", _validate_once)
    # moto counts attempts under a name that each of two tenants' threads may make up at once.
    monkeypatch.setattr(
        max_attempts_decl.MaxAttemptsDecl, "_attempt_number_key", lambda attempts: str(id(attempts))
    )
    _complete_distributed_maps(monkeypatch)
    monkeypatch.setattr(retrier_decl, "time", SimpleNamespace(sleep=machine.wait))
    return machine


def _without_pointers(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """The definition without `ItemsPointer`, which moto does not know."""
    for state in definition["States"].values():
        if "ItemReader" in state:
            assert state["ItemReader"]["ReaderConfig"].pop("ItemsPointer") == "/content/tenants"
    return definition


def _complete_distributed_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add to moto what its distributed maps lack: `ItemsPointer`, and failures to tolerate."""
    reader, worker = resource_eval_s3.ResourceEvalS3, iteration_worker.IterationWorker
    read, evaluate = reader._handle_get_object, worker._eval_job

    def read_tenants(env: Any, *parts: Any) -> None:
        read(env, *parts)
        env.stack.append(json.dumps(json.loads(env.stack.pop())["content"]["tenants"]))

    def tolerate(self: Any, env: Any, job: Any) -> None:
        evaluate(self, env, job)
        if isinstance(job.job_output, Exception):
            job.job_output = {"status": "FAILED"}

    monkeypatch.setattr(reader, "_handle_get_object", staticmethod(read_tenants))
    monkeypatch.setattr(worker, "_eval_job", tolerate)
