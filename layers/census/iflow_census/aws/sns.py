"""Notices through Amazon SNS, with links into Amazon S3."""

from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from iflow_census.errors import AccessError, ConfigurationError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# The report is published, and the Lambda's time may be nearly up: who does not answer within a
# quarter of a minute in all is not waited for.
_BRIEF = Config(connect_timeout=3, read_timeout=4, retries={"total_max_attempts": 2})
# What KMS encrypts is read with signatures of version 4 alone, and a signature holds for its host:
# the address without a region redirects to another one.
_SIGNED = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
_REFUSALS = {"AuthorizationError", "AccessDenied", "AccessDeniedException", "KMSAccessDenied"}


class SnsNotices:
    """Sends notices to a topic; clients are made when there is something to send.

    Args:
        topic: the topic's ARN.
        bucket: where the report is.
        link_seconds: how long a link lets its owner read; 0: links are s3:// addresses.
    """

    def __init__(self, topic: str, bucket: str, link_seconds: int) -> None:
        self._topic = topic
        self._bucket = bucket
        self._link_seconds = link_seconds

    def send(self, subject: str, text: str) -> None:
        """Send a notice; the time-outs are short.

        Raises:
            AccessError: the role may not publish, or not use the topic's key.
            ConfigurationError: there is no such topic.
            TransientError: SNS did not take it.
        """
        try:
            self._sns.publish(TopicArn=self._topic, Subject=subject, Message=text)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _REFUSALS:
                raise AccessError(
                    f"topic {self._topic} refused the notice ({code}): the role needs sns:Publish, "
                    "and kms:GenerateDataKey and kms:Decrypt for the topic's key"
                ) from error
            if code in ("NotFound", "InvalidParameter"):
                raise ConfigurationError(
                    f"topic {self._topic} does not exist ({code}): check IFLOW_CENSUS_NOTICE_TOPIC"
                ) from error
            raise TransientError(f"topic {self._topic}: SNS answered {code}") from error
        except BotoCoreError as error:
            raise TransientError(f"topic {self._topic}: {type(error).__name__}") from error

    def link(self, key: str) -> str:
        """The s3:// address of a file, or a link that is signed with the role's credentials."""
        if not self._link_seconds:
            return f"s3://{self._bucket}/{key}"
        return self._s3.generate_presigned_url(
            "get_object",
            Params={"Bucket": self._bucket, "Key": key},
            ExpiresIn=self._link_seconds,
        )

    def folder(self, prefix: str) -> str:
        """The page of the AWS console that lists the files of a report."""
        region = self._sns.meta.region_name
        return (
            f"https://{region}.console.aws.amazon.com/s3/buckets/{self._bucket}"
            f"?region={region}&prefix={quote(prefix, safe='/')}"
        )

    @cached_property
    def _sns(self) -> Any:
        return boto3.client("sns", config=_BRIEF)

    @cached_property
    def _s3(self) -> "S3Client":
        return boto3.client("s3", config=_SIGNED)
