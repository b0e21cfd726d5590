"""Events sent to the account's default event bus in Amazon EventBridge."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

from iflow_census.aws.errors import translate_errors
from iflow_census.errors import TransientError

SOURCE = "iflow-census"
BUS = "default"

# As for notices: the Lambda may be about to time out, so give up after 15 seconds in all.
_SHORT_TIMEOUTS = Config(connect_timeout=3, read_timeout=4, retries={"total_max_attempts": 2})


class EventBridge:
    """Sends events to the default bus; the client is created when the first one is sent."""

    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Send an event, with short timeouts.

        Args:
            detail_type: what happened, such as "Census Completed".
            detail: the content, in JSON types; EventBridge accepts 256 KB in all.

        Raises:
            AccessError: the role may not send events.
            TransientError: EventBridge failed.
        """
        entry = {
            "EventBusName": BUS,
            "Source": SOURCE,
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
        }
        resource = f"event bus {BUS!r}"
        with translate_errors(resource, rights="events:PutEvents"):
            client = boto3.client("events", config=_SHORT_TIMEOUTS)
            response = client.put_events(Entries=[entry])
        # EventBridge returns 200 even if it has not taken the event.
        if response["FailedEntryCount"]:
            code = response["Entries"][0].get("ErrorCode", "no error code")
            raise TransientError(f"{resource}: AWS returned {code}; the next delivery tries again")
