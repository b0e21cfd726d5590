"""A store in an S3 bucket."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from iflow_census.aws.errors import translate_errors
from iflow_census.store.protocol import JSON, StoredFile, WriteResult

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_NOT_FOUND = {"NoSuchKey", "NoSuchVersion"}


class S3Store:
    """Keeps files in a bucket; conditional writes use S3's `If-Match` and `If-None-Match`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self, key: str, version_id: str | None = None) -> StoredFile | None:
        """Read a file: its newest version or the given one; None if it does not exist."""
        version: dict[str, Any] = {} if version_id is None else {"VersionId": version_id}
        with self._translate_errors(key):
            try:
                response = self._client.get_object(Bucket=self._bucket, Key=key, **version)
            except self._client.exceptions.ClientError as error:
                if error.response["Error"]["Code"] in _NOT_FOUND:
                    return None
                raise
            return StoredFile(response["Body"].read(), response["ETag"])

    def write(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str = JSON,
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> WriteResult:
        """Write a file; S3 verifies the content by its checksum."""
        condition: dict[str, Any] = {}
        if if_absent:
            condition["IfNoneMatch"] = "*"
        if if_match is not None:
            condition["IfMatch"] = if_match
        with self._translate_errors(key):
            response = self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=body,
                ContentType=content_type,
                ChecksumAlgorithm="SHA256",
                **condition,
            )
        return WriteResult(response["ETag"], response.get("VersionId"))

    def list_folders(self, prefix: str) -> Sequence[str]:
        """List the names of the folders directly below a prefix, which ends with a slash."""
        pages = self._client.get_paginator("list_objects_v2")
        with self._translate_errors(prefix):
            return [
                folder["Prefix"].removeprefix(prefix).rstrip("/")
                for page in pages.paginate(Bucket=self._bucket, Prefix=prefix, Delimiter="/")
                for folder in page.get("CommonPrefixes", ())
            ]

    def address(self, key: str) -> str:
        """Return the s3:// address of a file."""
        return f"s3://{self._bucket}/{key}"

    def _translate_errors(self, key: str) -> AbstractContextManager[None]:
        return translate_errors(
            self.address(key), rights="access to the bucket", hint="check the name of the bucket"
        )
