"""Where the notices of a run arrive."""

import json
from typing import Any

import boto3

TOPIC = "arn:aws:sns:eu-central-1:123456789012:census-notices"


class Mailbox:
    """A queue that is subscribed to the topic of the notices."""

    def __init__(self) -> None:
        sns: Any = boto3.client("sns")
        self._sqs = boto3.client("sqs")
        assert sns.create_topic(Name="census-notices")["TopicArn"] == TOPIC
        self._queue = self._sqs.create_queue(QueueName="mailbox")["QueueUrl"]
        asked = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=asked["Attributes"]["QueueArn"])

    def notices(self) -> list[tuple[str, str]]:
        """Subject and text of each notice since the last look."""
        found = []
        while True:
            answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                body = json.loads(message["Body"])
                found.append((body["Subject"], body["Message"]))
                self._sqs.delete_message(
                    QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"]
                )
            if not answer.get("Messages"):
                return found
