"""`iflow-census invoke --from-queue`: what is in the queues is started again."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from iflow_census.cli import invoke_queue
from iflow_census.cli.invoke import StackResources
from tests.clock import FakeClock
from tests.functional.cli.invoked_function import Function

FAILED = {"action": "census", "scheduled_time": "2026-11-01T00:30:00Z", "tenants": ["prod"]}
UNDELIVERED = {"action": "verify", "scheduled_time": "2026-10-02T12:30:00Z"}
HOSTILE = "secret prod: not valid JSON\x1b[2J\nfix it"
MESSAGE = {
    "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
    "requestPayload": FAILED,
    "responsePayload": {"errorType": "ConfigurationError", "errorMessage": HOSTILE},
}


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The failure queue and the delivery queue of the stack, with a message each."""
    monkeypatch.setattr(invoke_queue, "WAIT_SECONDS", 0)
    with mock_aws():
        sqs = boto3.client("sqs")
        urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("failed", "undelivered")]
        for url, body in zip(urls, (MESSAGE, UNDELIVERED), strict=True):
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))
        resources = StackResources("census", "bucket", None, None, urls)
        monkeypatch.setattr("iflow_census.cli.invoke._read_stack", lambda *_: resources)
        yield urls


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The events of the runs that were started."""
    events: list[Any] = []
    monkeypatch.setattr("iflow_census.cli.invoke._start", lambda _, __, event: events.append(event))
    return events


def _visible(urls: list[str]) -> list[int]:
    sqs = boto3.client("sqs")
    return [
        len(sqs.receive_message(QueueUrl=url, VisibilityTimeout=0).get("Messages", []))
        for url in urls
    ]


def test_failed_and_undelivered_events_are_started(queues: list[str], started: list[Any]) -> None:
    result = Function(FakeClock()).call("--from-queue", "--yes", "--json")

    assert result.exit_code == 0, result.output
    assert started == [FAILED, UNDELIVERED]
    assert _visible(queues) == [0, 0]
    first, second = json.loads(result.stdout)
    assert first["event"] == FAILED
    assert first["error"] == "secret prod: not valid JSON [2J fix it"
    assert (second["queue"], second["started"]) == (queues[1], True)


def test_nothing_is_started_without_confirmation(queues: list[str], started: list[Any]) -> None:
    result = Function(FakeClock()).call("--from-queue")

    assert result.exit_code == 2
    assert "cannot ask for confirmation without a terminal; add --yes" in result.stderr
    assert json.dumps(FAILED) in result.stderr
    assert started == []
    assert _visible(queues) == [1, 1]


def test_declined_question_keeps_the_messages(
    queues: list[str], started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(invoke_queue, "sys", terminal)
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)

    result = Function(FakeClock()).call("--from-queue")

    assert result.exit_code == 1
    assert "Nothing was started." in result.stderr
    assert started == []
    assert _visible(queues) == [1, 1]


def test_message_without_a_valid_event_is_kept(queues: list[str], started: list[Any]) -> None:
    sqs = boto3.client("sqs")
    for body in ("<xml>", json.dumps({"action": "destroy"})):
        sqs.send_message(QueueUrl=queues[0], MessageBody=body)

    result = Function(FakeClock()).call("--from-queue", "--yes")

    assert result.exit_code == 3
    assert started == [FAILED, UNDELIVERED]
    assert "2 runs started, 2 messages kept." in result.stderr
    assert len(sqs.receive_message(QueueUrl=queues[0], MaxNumberOfMessages=10)["Messages"]) == 2


def test_message_is_kept_if_its_run_cannot_be_started(queues: list[str]) -> None:
    # The function does not exist.
    result = Function(FakeClock()).call("--from-queue", "--yes")

    assert result.exit_code == 1
    assert "function census: not found" in result.stderr
    assert _visible(queues) == [1, 1]


def test_other_options_are_refused(queues: list[str], started: list[Any]) -> None:
    result = Function(FakeClock()).call("--from-queue", "--tenant", "prod", "--yes")

    assert result.exit_code == 2
    assert started == []
    assert _visible(queues) == [1, 1]


def test_yes_without_from_queue_is_refused() -> None:
    result = Function(FakeClock()).call("--yes")

    assert result.exit_code == 2
    assert "--yes only applies to --from-queue; omit it" in result.stderr
