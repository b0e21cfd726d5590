"""Stores of every kind, empty."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from moto import mock_aws

from iflow_census.aws.s3 import S3Store
from iflow_census.store.folder import FolderStore
from iflow_census.store.memory import MemoryStore
from iflow_census.store.protocol import Store
from tests.aws_clients import cached_client

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "iflow-census-reports"


@pytest.fixture
def s3(_no_real_credentials: None) -> Iterator["S3Client"]:
    """A client of a mocked S3 with a versioned bucket."""
    with mock_aws():
        client = cached_client("s3")
        client.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield client


@pytest.fixture(params=["memory", "folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each of the stores."""
    match request.param:
        case "memory":
            return MemoryStore()
        case "folder":
            return FolderStore(tmp_path / "reports")
        case _:
            return S3Store(request.getfixturevalue("s3"), BUCKET)
