"""Notices sent through Amazon SNS, with links to the report in Amazon S3."""

from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import boto3
from botocore.config import Config

from iflow_census.aws.errors import translate_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# The Lambda may be about to time out when notices are sent: give up after 15 seconds in all.
_SHORT_TIMEOUTS = Config(connect_timeout=3, read_timeout=4, retries={"total_max_attempts": 2})
# S3 accepts only version 4 signatures for objects that KMS encrypts. The host is part of the
# signature, and the address without a region redirects to another host.
_PRESIGNING = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})


class SnsNotifier:
    """Sends notices to a topic; clients are created when they are first needed.

    Args:
        topic: the topic's ARN.
        bucket: the bucket of the report.
        link_seconds: how long presigned links are valid; 0 for pages of the console instead.
    """

    def __init__(self, topic: str, bucket: str, link_seconds: int) -> None:
        self._topic = topic
        self._bucket = bucket
        self._link_seconds = link_seconds

    def send(self, subject: str, text: str) -> None:
        """Send a notice, with short timeouts.

        Raises:
            AccessError: the role may not publish, or may not use the topic's key.
            ConfigurationError: the topic does not exist.
            TransientError: SNS failed.
        """
        with translate_errors(
            f"topic {self._topic}",
            rights="sns:Publish, and kms:GenerateDataKey and kms:Decrypt for the topic's key",
            hint="check IFLOW_CENSUS_NOTICE_TOPIC",
        ):
            self._sns.publish(TopicArn=self._topic, Subject=subject, Message=text)

    def link(self, key: str) -> str:
        """Return the AWS console's page of a file, or a link presigned with the role's credentials.

        Mail programs open both; the console asks for a login and has a button to open the file.
        """
        if not self._link_seconds:
            return self._console("object", key)
        return self._s3.generate_presigned_url(
            "get_object",
            Params={"Bucket": self._bucket, "Key": key},
            ExpiresIn=self._link_seconds,
        )

    def folder(self, prefix: str) -> str:
        """Return the address of the AWS console page that lists the files of a report."""
        return self._console("buckets", prefix)

    def _console(self, page: str, key: str) -> str:
        region = self._sns.meta.region_name
        return (
            f"https://{region}.console.aws.amazon.com/s3/{page}/{self._bucket}"
            f"?region={region}&prefix={quote(key, safe='/')}"
        )

    @cached_property
    def _sns(self) -> Any:
        return boto3.client("sns", config=_SHORT_TIMEOUTS)

    @cached_property
    def _s3(self) -> "S3Client":
        return boto3.client("s3", config=_PRESIGNING)
