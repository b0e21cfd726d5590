"""`iflow-census report` on a bucket."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto import mock_aws
from typer.testing import CliRunner, Result

from iflow_census.aws.s3 import S3Store
from iflow_census.cli.commands import app
from tests.aws_clients import direct_client
from tests.functional.cli.published import census_of, publish_report, publish_two_months
from tests.unit.report.examples import OCTOBER

BUCKET = "iflow-census-reports"
FROM = ("--bucket", BUCKET)
REPORT = "reports/period=2026-10/report.json"


@pytest.fixture(autouse=True)
def bucket() -> Iterator[S3Store]:
    """Return a versioned bucket with the reports of both months, and create a stack for it."""
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        outputs = {"FunctionName": {"Value": "census"}, "ReportBucket": {"Value": BUCKET}}
        template = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}, "Outputs": outputs}
        boto3.client("cloudformation").create_stack(
            StackName="iflow-census", TemplateBody=json.dumps(template)
        )
        store = S3Store(direct_client("s3"), BUCKET)
        publish_two_months(store)
        yield store


def call(*arguments: str) -> Result:
    result = CliRunner().invoke(app, ["report", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


@pytest.mark.parametrize("options", [(), ("--stack", "iflow-census"), FROM])
def test_list_reads_the_bucket_of_a_stack_or_any_bucket(options: tuple[str, ...]) -> None:
    result = call("list", "--json", *options)

    assert result.exit_code == 0, result.stderr
    reports = json.loads(result.stdout)
    assert [report["period"] for report in reports] == ["2026-09", "2026-10"]
    assert reports[0]["manifest"] == f"s3://{BUCKET}/reports/period=2026-09/manifest.json"


def test_other_folders_are_ignored(bucket: S3Store) -> None:
    for key in ("reports/period=soon/manifest.json", "reports/other/manifest.json"):
        bucket.write(key, b"{}", content_type="application/json")

    result = call("list", "--json", *FROM)

    assert (result.exit_code, len(json.loads(result.stdout))) == (0, 2)


def test_get_reads_the_version_in_the_manifest(bucket: S3Store, tmp_path: Path) -> None:
    published = bucket.read(REPORT)
    bucket.write(REPORT, b"of a run that has not published yet", content_type="text/plain")

    result = call("get", "2026-10", "--format", "json", "--out", str(tmp_path), *FROM)

    assert result.exit_code == 0, result.stderr
    assert published is not None
    assert (tmp_path / "report.json").read_bytes() == published.body


def test_diff_and_unused_read_the_bucket() -> None:
    changes = call("diff", "2026-09", "2026-10", "--json", *FROM)
    unused = call("unused", "2026-10", "--json", *FROM)

    assert (changes.exit_code, unused.exit_code) == (0, 0)
    assert len(json.loads(changes.stdout)["changes"]["iflows"]) == 3
    assert json.loads(unused.stdout)["unused"]["months"] == ["2026-10", "2026-09"]


def test_deleted_version_is_missing(tmp_path: Path) -> None:
    s3 = boto3.client("s3")
    for version in s3.list_object_versions(Bucket=BUCKET, Prefix=REPORT)["Versions"]:
        s3.delete_object(Bucket=BUCKET, Key=REPORT, VersionId=version["VersionId"])

    result = call("get", "2026-10", "--out", str(tmp_path), *FROM)

    assert result.exit_code == 1
    assert f"s3://{BUCKET}/{REPORT}: missing, although" in result.stderr


def test_checksums_protect_a_bucket_without_versions(tmp_path: Path) -> None:
    boto3.client("s3").create_bucket(
        Bucket="plain", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    store = S3Store(boto3.client("s3"), "plain")
    publish_report(store, census_of(OCTOBER), formats=["csv", "json"])
    arguments = ("get", "2026-10", "--out", str(tmp_path), "--bucket", "plain")

    good = call(*arguments)
    store.write("reports/period=2026-10/report.csv", b"other", content_type="text/csv")
    mixed = call(*arguments)

    assert (good.exit_code, mixed.exit_code) == (0, 1)
    assert "its sha256 differs); try again if a run is publishing" in mixed.stderr


@pytest.mark.parametrize(
    "command", [["list"], ["get", "2026-10"], ["open", "2026-10"], ["unused", "2026-10"]]
)
def test_denied_bucket_is_an_error(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(_: BaseClient, operation: str, __: Mapping[str, Any]) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)

    monkeypatch.setattr(BaseClient, "_make_api_call", deny)

    result = call(*command, *FROM)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "access denied (AccessDenied); the role needs access to the bucket" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--bucket", "nowhere"), "not found (NoSuchBucket); check the name of the bucket"),
        (("--bucket", "No Bucket!"), "check the name of the bucket"),
        (("--stack", "nowhere"), "stack 'nowhere': not found"),
        (("--bucket", BUCKET, "--profile", "nobody"), "nobody"),
    ],
)
def test_missing_bucket_or_stack_is_an_error(options: tuple[str, ...], message: str) -> None:
    result = call("list", *options)

    assert result.exit_code == 1
    assert message in result.stderr


def test_missing_credentials_are_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)

        results = [call("list", *FROM), call("list")]

    assert [result.exit_code for result in results] == [1, 1]
    assert all("no AWS credentials; log in" in result.stderr for result in results)
