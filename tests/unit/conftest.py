"""Fixtures of the unit tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "iflow-census-reports"


@pytest.fixture
def s3(_no_real_credentials: None) -> Iterator["S3Client"]:
    """A client of a mocked S3 with a versioned bucket, as fast as most tests need it."""
    from tests.aws_clients import direct_client  # noqa: PLC0415 - slow, and often not needed

    with _bucket(direct_client) as client:
        yield client


@pytest.fixture
def s3_by_http(_no_real_credentials: None) -> Iterator["S3Client"]:
    """Like `s3`, with every step of botocore."""
    from tests.aws_clients import cached_client  # noqa: PLC0415 - slow, and often not needed

    with _bucket(cached_client) as client:
        yield client


@contextmanager
def _bucket(make_client: Callable[[str], "S3Client"]) -> Iterator["S3Client"]:
    from moto import mock_aws  # noqa: PLC0415 - slow, and often not needed

    with mock_aws():
        client = make_client("s3")
        client.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield client
