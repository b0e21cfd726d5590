"""Fixtures of the unit tests."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "iflow-census-reports"


@pytest.fixture
def s3(_no_real_credentials: None) -> Iterator["S3Client"]:
    """A client of a mocked S3 with a versioned bucket."""
    from moto import mock_aws  # noqa: PLC0415 - slow, and most unit tests do not need it

    from tests.aws_clients import cached_client  # noqa: PLC0415

    with mock_aws():
        client = cached_client("s3")
        client.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield client
