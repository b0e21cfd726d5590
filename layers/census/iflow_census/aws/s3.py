"""A store in an S3 bucket."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
)

from iflow_census.errors import AccessError, ConfigurationError, TransientError
from iflow_census.store.protocol import JSON, StoredFile, WriteConflict, WriteResult

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# A write that expects a certain content where there is none any more is answered NoSuchKey.
_CONFLICTS = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "412", "409"}
_ABSENT = {"NoSuchKey", "NoSuchVersion"}
_REFUSALS = {"AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"}


class S3Store:
    """Keeps files in a bucket; conditional writes are S3's own (`If-Match`, `If-None-Match`)."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self, key: str, version_id: str | None = None) -> StoredFile | None:
        """A file, or None where there is none; the newest version, or the one that is named."""
        version: dict[str, Any] = {} if version_id is None else {"VersionId": version_id}
        with self._translated(key):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=key, **version)
            except ClientError as error:
                if error.response["Error"]["Code"] in _ABSENT:
                    return None
                raise
            return StoredFile(answer["Body"].read(), answer["ETag"])

    def write(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str = JSON,
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> WriteResult:
        """Write a file; S3 checks the content by its checksum."""
        condition: dict[str, Any] = {}
        if if_absent:
            condition["IfNoneMatch"] = "*"
        if if_match is not None:
            condition["IfMatch"] = if_match
        with self._translated(key):
            answer = self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=body,
                ContentType=content_type,
                ChecksumAlgorithm="SHA256",
                **condition,
            )
        return WriteResult(answer["ETag"], answer.get("VersionId"))

    def list_folders(self, prefix: str) -> Sequence[str]:
        """The names of the folders directly below a prefix, which ends with a slash."""
        pages = self._client.get_paginator("list_objects_v2")
        with self._translated(prefix):
            return [
                one["Prefix"].removeprefix(prefix).rstrip("/")
                for page in pages.paginate(Bucket=self._bucket, Prefix=prefix, Delimiter="/")
                for one in page.get("CommonPrefixes", ())
            ]

    def address(self, key: str) -> str:
        """The s3:// address of a file."""
        return f"s3://{self._bucket}/{key}"

    @contextmanager
    def _translated(self, key: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _CONFLICTS:
                raise WriteConflict(
                    f"{self.address(key)}: changed by another writer; run again"
                ) from error
            if code == "NoSuchBucket":
                raise ConfigurationError(
                    f"bucket {self._bucket!r} does not exist: check the bucket's name"
                ) from error
            if code in _REFUSALS:
                raise AccessError(
                    f"{self.address(key)} was refused ({code}): the role needs access to the bucket"
                ) from error
            raise TransientError(f"{self.address(key)}: S3 answered {code}") from error
        except ParamValidationError as error:
            raise ConfigurationError(
                f"{self.address(key)} cannot be the name of an object: check the bucket's name"
            ) from error
        except NoCredentialsError as error:
            raise ConfigurationError(
                f"{self.address(key)}: there are no AWS credentials: log in, or name a profile"
            ) from error
        except BotoCoreError as error:
            raise TransientError(f"{self.address(key)}: {type(error).__name__}") from error
