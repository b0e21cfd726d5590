"""`iflow-census invoke --from-queue`: start again what the stack's queues keep as failed."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import typer
from rich.console import Console

from iflow_census.aws.errors import translate_errors
from iflow_census.census.request import parse_event
from iflow_census.cli.terminal import ExitCode, InvalidUsage, print_error
from iflow_census.errors import CensusError, one_line

Event = Mapping[str, Any]

HIDDEN_SECONDS = 600
"""How long the messages are hidden from others: time to answer the question."""

WAIT_SECONDS = 1
"""With a wait, SQS asks all of its servers and misses no message."""


@dataclass(frozen=True, slots=True)
class FailedEvent:
    """A message of a queue.

    Attributes:
        event: the event of the run that failed; None if the message has none that can be started.
        error: why the run failed, or why the message cannot be used; one line.
    """

    queue: str
    receipt: str
    event: Event | None
    error: str

    def to_dict(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "queue": self.queue,
            "event": self.event,
            "error": self.error,
            "started": self.event is not None,
        }


def replay_failed_events(
    sqs: Any,
    queues: list[str],
    start: Callable[[Event], None],
    console: Console,
    *,
    now: datetime,
    yes: bool,
    json_result: bool,
) -> ExitCode:
    """Show the messages of the queues, ask, start their runs, and delete each started message.

    A message is deleted after its run was started, so none is lost; if the command is killed in
    between, the run is started twice, which repeats nothing that is finished. Other messages stay.

    Returns:
        COMPLETE; PARTIAL if a message has no event that can be started.

    Raises:
        InvalidUsage: not confirmed, and standard input is not a terminal.
        Exit: the user declined.
        CensusError: a queue cannot be read, or a run cannot be started.
    """
    failed = [message for queue in queues for message in _receive(sqs, queue, now)]
    kept = list(failed)
    try:
        for message in failed:
            event = "no event" if message.event is None else json.dumps(message.event)
            print_error(f"{event}\n  {message.error}")
        startable = [message for message in failed if message.event is not None]
        if startable:
            _confirm(console, len(startable), yes=yes)
        for message in startable:
            start(message.event or {})
            _delete(sqs, message)
            kept.remove(message)
    finally:
        _show_again(sqs, kept)
    console.print(f"{len(startable)} runs started, {len(kept)} messages kept.")
    if json_result:
        typer.echo(json.dumps([message.to_dict() for message in failed]))
    return ExitCode.PARTIAL if kept else ExitCode.COMPLETE


def _receive(sqs: Any, queue: str, now: datetime) -> Iterator[FailedEvent]:
    while True:
        with translate_errors(f"queue {queue}"):
            messages = sqs.receive_message(
                QueueUrl=queue,
                MaxNumberOfMessages=10,
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=WAIT_SECONDS,
                MessageAttributeNames=["All"],
            ).get("Messages", [])
        if not messages:
            return
        for message in messages:
            yield _parse(queue, message, now)


def _parse(queue: str, message: Event, now: datetime) -> FailedEvent:
    """Parse a message of Lambda, which has event and error, or of the scheduler: the event.

    Source: AWS Lambda Developer Guide, "Adding a destination"; EventBridge Scheduler User Guide,
    "Configuring a dead-letter queue".
    """
    receipt = message["ReceiptHandle"]
    attribute = message.get("MessageAttributes", {}).get("ERROR_MESSAGE", {})
    error = attribute.get("StringValue", "no reason in the message")
    try:
        event = json.loads(message["Body"])
        if isinstance(event, dict) and "requestPayload" in event:
            response = event.get("responsePayload")
            if isinstance(response, dict):
                error = str(response.get("errorMessage", response))
            event = event["requestPayload"]
        parse_event(event, now)
    except (ValueError, RecursionError):
        return FailedEvent(queue, receipt, None, "message of the queue: not JSON; delete it")
    except CensusError as problem:
        return FailedEvent(queue, receipt, None, one_line(str(problem)))
    return FailedEvent(queue, receipt, event, one_line(error))


def _confirm(console: Console, count: int, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidUsage("cannot ask for confirmation without a terminal; add --yes")
    if not typer.confirm(f"Start these {count} runs again?", err=True):
        console.print("Nothing was started.")
        raise typer.Exit(ExitCode.FAILED)


def _delete(sqs: Any, message: FailedEvent) -> None:
    with translate_errors(f"queue {message.queue}"):
        sqs.delete_message(QueueUrl=message.queue, ReceiptHandle=message.receipt)


def _show_again(sqs: Any, messages: list[FailedEvent]) -> None:
    for message in messages:
        with translate_errors(f"queue {message.queue}"):
            sqs.change_message_visibility(
                QueueUrl=message.queue, ReceiptHandle=message.receipt, VisibilityTimeout=0
            )
