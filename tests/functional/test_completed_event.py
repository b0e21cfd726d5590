"""The event after a published report, from the handler or the steps through a rule to a queue."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import pytest

from iflow_census.aws.events import EventBridge
from iflow_census.errors import AccessError
from tests.clock import FakeClock
from tests.functional.events import SCHEDULE
from tests.functional.fan_out.planned import plan, scan_all
from tests.functional.lambda_rig import BUCKET, Rig
from tests.functional.tenants import simulated, small

MakeRig = Callable[..., Rig]


def _queue_of_a_rule() -> Callable[[], list[Mapping[str, Any]]]:
    """Create the rule of docs/consumers.md with a queue; return what reads the queue."""
    sqs, events = boto3.client("sqs"), boto3.client("events")
    queue = sqs.create_queue(QueueName="reports")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    pattern = {
        "source": ["iflow-census"],
        "detail-type": ["Census Completed"],
        "detail": {"status": ["complete"]},
    }
    events.put_rule(Name="completed", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="completed", Targets=[{"Id": "reports", "Arn": arn["QueueArn"]}])

    def read() -> list[Mapping[str, Any]]:
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in messages]

    return read


@pytest.mark.parametrize("fan_out", [False, True])
def test_event_reaches_a_queue_once(rig: MakeRig, clock: FakeClock, fan_out: bool) -> None:
    aws = rig(prod=simulated(clock, small(2)))
    read = _queue_of_a_rule()

    if fan_out:
        planned = plan(aws)
        scan_all(aws, planned)
    for _ in range(2):
        aws.invoke(planned["publish"] if fan_out else SCHEDULE)

    (event,) = read()
    assert event["source"] == "iflow-census"
    assert event["detail"] == {
        "status": "complete",
        "run_id": "20261101T003000Z",
        "period": "2026-10",
        "manifest": f"s3://{BUCKET}/reports/period=2026-10/manifest.json",
        "coverage_complete": aws.manifest()["coverage_complete"],
        "tenants": [{"name": "prod", "status": "complete"}],
        "tenants_omitted": 0,
    }


def test_lost_event_is_logged_and_counted(
    rig: MakeRig,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def refuse(*_: object) -> None:
        raise AccessError("event bus 'default': access denied")

    aws = rig(prod=simulated(clock, small(2)))
    monkeypatch.setattr(EventBridge, "send", refuse)

    result = aws.invoke(SCHEDULE)

    assert result["status"] == aws.manifest()["status"] == "complete"
    (record,) = [record for record in caplog.records if record.message == "event not sent"]
    assert getattr(record, "error", "") == "event bus 'default': access denied"
    assert '"EventsFailed":[1.0]' in capfd.readouterr().out
