"""What only a store in S3 does; the common contract is in tests/unit/store/test_protocol.py."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from botocore.stub import Stubber

from iflow_census.aws.s3 import PART_BYTES, S3Store
from iflow_census.errors import AccessError, CensusError, ConfigurationError, TransientError
from iflow_census.store.protocol import WriteConflict
from tests.aws_clients import cached_client
from tests.unit.conftest import BUCKET

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "reports/period=2026-10/report.json"


@pytest.fixture
def s3(s3_by_http: "S3Client") -> "S3Client":
    return s3_by_http


def test_every_version_is_kept(s3: "S3Client") -> None:
    store = S3Store(s3, BUCKET)

    first = store.write(KEY, b"first")
    second = store.write(KEY, b"second")

    assert first.version_id
    assert first.version_id != second.version_id
    old = s3.get_object(Bucket=BUCKET, Key=KEY, VersionId=first.version_id)
    assert old["Body"].read() == b"first"


def test_media_type_and_checksum_are_sent(s3: "S3Client") -> None:
    S3Store(s3, BUCKET).write(KEY, b"{}", content_type="text/csv; charset=utf-8")

    head = s3.head_object(Bucket=BUCKET, Key=KEY, ChecksumMode="ENABLED")

    assert head["ContentType"] == "text/csv; charset=utf-8"
    assert head["ChecksumSHA256"]


def test_large_file_is_uploaded_in_parts(s3: "S3Client") -> None:
    store = S3Store(s3, BUCKET)

    written = store.write_parts(KEY, [b"a" * PART_BYTES, b"b", b"c"], content_type="text/csv")

    stored = s3.get_object(Bucket=BUCKET, Key=KEY)
    assert stored["Body"].read() == b"a" * PART_BYTES + b"bc"
    assert stored["ContentType"] == "text/csv"
    assert stored["ETag"].strip('"').endswith("-2")
    assert written.version_id == stored["VersionId"]


def test_upload_that_fails_is_not_visible(s3: "S3Client") -> None:
    def parts() -> Iterator[bytes]:
        yield b"a" * PART_BYTES
        yield b"b" * PART_BYTES
        raise TransientError("the tenant is gone")

    with pytest.raises(TransientError, match="gone"):
        S3Store(s3, BUCKET).write_parts(KEY, parts())

    assert S3Store(s3, BUCKET).read(KEY) is None


def test_address_is_an_s3_uri(s3: "S3Client") -> None:
    assert S3Store(s3, BUCKET).address(KEY) == f"s3://{BUCKET}/{KEY}"


@pytest.mark.parametrize("bucket", ["no-such-bucket", "No Bucket At All"])
def test_missing_bucket_is_named(s3: "S3Client", bucket: str) -> None:
    store = S3Store(s3, bucket)

    for act in (lambda: store.read(KEY), lambda: store.write(KEY, b"{}")):
        with pytest.raises(ConfigurationError, match=bucket):
            act()


@pytest.fixture
def stubbed() -> Iterator[tuple[S3Store, Stubber]]:
    client = cached_client("s3")
    with Stubber(client) as stubber:
        yield S3Store(client, BUCKET), stubber


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDenied", AccessError),
        ("403", AccessError),
        ("InvalidAccessKeyId", AccessError),
        ("ExpiredToken", AccessError),
        ("NoSuchBucket", ConfigurationError),
        ("SlowDown", TransientError),
        ("InternalError", TransientError),
    ],
)
@pytest.mark.parametrize("operation", ["get_object", "put_object"])
def test_error_codes_become_errors_of_the_census(
    stubbed: tuple[S3Store, Stubber], operation: str, code: str, kind: type[CensusError]
) -> None:
    store, stubber = stubbed
    stubber.add_client_error(operation, code)

    with pytest.raises(CensusError) as caught:
        store.read(KEY) if operation == "get_object" else store.write(KEY, b"{}")

    assert type(caught.value) is kind
    assert BUCKET in str(caught.value)
    assert isinstance(caught.value.__cause__, ClientError)


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"])
def test_failed_condition_is_a_write_conflict(stubbed: tuple[S3Store, Stubber], code: str) -> None:
    store, stubber = stubbed
    stubber.add_client_error("put_object", code)

    with pytest.raises(WriteConflict):
        store.write(KEY, b"{}", if_match='"tag"')


def test_unreachable_s3_is_a_transient_error(monkeypatch: pytest.MonkeyPatch) -> None:
    client = cached_client("s3")

    def unreachable(*_: Any, **__: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://s3.example")

    monkeypatch.setattr(client, "_make_api_call", unreachable)

    with pytest.raises(TransientError, match="EndpointConnectionError") as caught:
        S3Store(client, BUCKET).read(KEY)

    assert isinstance(caught.value.__cause__, BotoCoreError)
