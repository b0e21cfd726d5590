"""A store in an S3 bucket."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from typing import TYPE_CHECKING, Any

from iflow_census.aws.errors import translate_errors
from iflow_census.store.protocol import JSON, StoredFile, WriteResult

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART_BYTES = 8 * 2**20
"""Size of the parts of a large file. S3 requires 5 MiB, and accepts 10,000 parts: 80 GB."""

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
        return WriteResult(response.get("VersionId"))

    def write_parts(
        self, key: str, parts: Iterable[bytes], *, content_type: str = JSON
    ) -> WriteResult:
        """Write a file by a multipart upload if it is larger than `PART_BYTES`."""
        pieces = _join_parts(parts)
        first = next(pieces)
        second = next(pieces, None)
        if second is None:
            return self.write(key, first, content_type=content_type)
        with self._translate_errors(key):
            target: dict[str, Any] = {"Bucket": self._bucket, "Key": key}
            upload = self._client.create_multipart_upload(
                **target, ContentType=content_type, ChecksumAlgorithm="SHA256"
            )
            target["UploadId"] = upload["UploadId"]
            # One that fails is never visible; the lifecycle of the bucket removes it.
            return self._upload(target, chain([first, second], pieces))

    def _upload(self, target: dict[str, Any], pieces: Iterable[bytes]) -> WriteResult:
        uploaded: list[CompletedPartTypeDef] = []
        for number, piece in enumerate(pieces, start=1):
            part = self._client.upload_part(
                **target, PartNumber=number, Body=piece, ChecksumAlgorithm="SHA256"
            )
            uploaded.append(
                {
                    "PartNumber": number,
                    "ETag": part["ETag"],
                    "ChecksumSHA256": part["ChecksumSHA256"],
                }
            )
        response = self._client.complete_multipart_upload(
            **target, MultipartUpload={"Parts": uploaded}
        )
        return WriteResult(response.get("VersionId"))

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


def _join_parts(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Join parts to pieces of at least `PART_BYTES`; only the last one is smaller, at least one."""
    piece = bytearray()
    for part in parts:
        piece += part
        if len(piece) >= PART_BYTES:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)
