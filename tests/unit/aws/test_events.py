"""Events on the default bus of EventBridge."""

import json
from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber

from iflow_census.aws.events import EventBridge
from iflow_census.errors import AccessError, TransientError


@pytest.fixture
def stubber(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("events")
    monkeypatch.setattr(boto3, "client", lambda *_, **__: client)
    with Stubber(client) as stubber:
        yield stubber


def test_event_is_sent_to_the_default_bus(stubber: Stubber) -> None:
    expected = {
        "EventBusName": "default",
        "Source": "iflow-census",
        "DetailType": "Census Completed",
        "Detail": json.dumps({"status": "complete"}),
    }
    stubber.add_response("put_events", {"FailedEntryCount": 0}, {"Entries": [expected]})

    EventBridge().send("Census Completed", {"status": "complete"})

    stubber.assert_no_pending_responses()


def test_entry_that_was_not_taken_is_an_error(stubber: Stubber) -> None:
    entries = [{"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}]
    stubber.add_response("put_events", {"FailedEntryCount": 1, "Entries": entries})

    with pytest.raises(TransientError, match="event bus 'default': AWS returned Throttling"):
        EventBridge().send("Census Completed", {})


def test_missing_permission_is_named(stubber: Stubber) -> None:
    stubber.add_client_error("put_events", "AccessDeniedException")

    with pytest.raises(AccessError, match="the role needs events:PutEvents"):
        EventBridge().send("Census Completed", {})
