"""The real handler between a mocked AWS and simulated tenants."""

import json
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import boto3
import pytest
from moto import mock_aws
from moto.core.models import responses_mock

from iflow_census.clock import Clock
from iflow_census.lambda_app import observability
from tests.aws_clients import direct_client
from tests.clock import FakeClock
from tests.simulators.cloud_integration import SimulatedTenant
from tests.simulators.leanix import SimulatedWorkspace

BUCKET = "iflow-census-reports"
PREFIX = "iflow-census"
FUNCTION = "iflow-census"

Answer = TypeVar("Answer")


@dataclass
class Context:
    """What Lambda hands to a handler, with as much time left as the test says."""

    clock: Clock
    seconds: float
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"
    function_name: str = FUNCTION
    memory_limit_in_mb: int = 1769
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:iflow-census"
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock.monotonic()

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda has it, by the clock of the handler."""
        return int((self.began + self.seconds - self.clock.monotonic()) * 1000)


@dataclass
class Rig:
    """A bucket, secrets, tenants by name, a clock, and the handler."""

    clock: FakeClock
    tenants: Mapping[str, SimulatedTenant]

    def invoke(self, event: Mapping[str, Any], *, seconds: float = 900) -> dict[str, Any]:
        """Call the handler as Lambda would."""
        import app  # noqa: PLC0415 - imported where AWS is mocked, as in Lambda after its start

        result: dict[str, Any] = app.handler(dict(event), Context(app.CLOCK, seconds))
        return result

    def configure_leanix(self, workspace: SimulatedWorkspace) -> None:
        """Store the secret of LeanIX, with which every census of the stack tells it."""
        boto3.client("secretsmanager").create_secret(
            Name=f"{PREFIX}/leanix", SecretString=workspace.secret()
        )

    def at_once(
        self, deliver: Callable[[], Answer], times: int = 2, *, speed: float = 10
    ) -> list[Answer]:
        """Let several deliveries of an event run at the same time.

        Lambda gives each a process of its own; here each has a thread, and they share Powertools'
        metrics, which are not made for threads: nothing is counted. They wait for each other, so
        real time passes, at `speed` times its pace.
        """
        clock = Clock(
            now=self.clock.now,
            monotonic=lambda: time.monotonic() * speed,
            sleep=lambda seconds: time.sleep(seconds / speed),
        )
        with (
            pytest.MonkeyPatch.context() as patched,
            warnings.catch_warnings(),
            ThreadPoolExecutor(times) as pool,
        ):
            warnings.filterwarnings("ignore", message="No application metrics to publish")
            patched.setattr(observability.metrics, "add_metric", lambda **_: None)
            patched.setattr("app.CLOCK", clock)
            return list(pool.map(lambda _: deliver(), range(times)))

    def read(self, key: str, version: str | None = None) -> bytes:
        """An object of the bucket."""
        options = {"VersionId": version} if version else {}
        answer = boto3.client("s3").get_object(Bucket=BUCKET, Key=key, **options)  # type: ignore[arg-type]
        return answer["Body"].read()

    def write(self, key: str, body: bytes) -> None:
        """Write an object of the bucket."""
        boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)

    def delete(self, key: str) -> None:
        """Delete an object of the bucket."""
        boto3.client("s3").delete_object(Bucket=BUCKET, Key=key)

    def json(self, key: str) -> Any:
        """An object of the bucket, parsed."""
        return json.loads(self.read(key))

    def report(self, period: str = "2026-10") -> Any:
        """The report of a month."""
        return self.json(f"reports/period={period}/report.json")

    def manifest(self, period: str = "2026-10") -> Any:
        """The manifest of a month."""
        return self.json(f"reports/period={period}/manifest.json")

    def files(self) -> list[str]:
        """Every key in the bucket."""
        pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def forget_everything(self) -> None:
        """Empty the bucket."""
        for key in self.files():
            boto3.client("s3").delete_object(Bucket=BUCKET, Key=key)

    def versions(self, key: str) -> int:
        """How often a key was written."""
        answer = boto3.client("s3").list_object_versions(Bucket=BUCKET, Prefix=key)
        return len([version for version in answer.get("Versions", []) if version["Key"] == key])

    def all_versions(self, key: str) -> list[Any]:
        """Every version of an object of the bucket that is JSON, parsed."""
        answer = boto3.client("s3").list_object_versions(Bucket=BUCKET, Prefix=key)
        versions = [entry["VersionId"] for entry in answer.get("Versions", [])]
        return [json.loads(self.read(key, version)) for version in versions]

    def secrets(self) -> list[str]:
        """Every string that must appear nowhere."""
        return [secret for tenant in self.tenants.values() for secret in tenant.secrets()]


@contextmanager
def lambda_rig(
    monkeypatch: pytest.MonkeyPatch, clock: FakeClock, tenants: Mapping[str, SimulatedTenant]
) -> Iterator[Rig]:
    """Start everything; the tenants are started and stopped here."""
    with ExitStack() as stack:
        stack.enter_context(mock_aws())
        # boto3 is mocked without it; it would compare each request to a tenant with all of AWS.
        responses_mock.stop()
        monkeypatch.setattr(boto3, "client", direct_client)
        s3 = boto3.client("s3")
        s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        secrets = boto3.client("secretsmanager")
        for name, tenant in tenants.items():
            stack.enter_context(tenant)
            secrets.create_secret(
                Name=f"{PREFIX}/tenants/{name}", SecretString=json.dumps(tenant.service_key())
            )
        monkeypatch.setenv("IFLOW_CENSUS_BUCKET", BUCKET)
        monkeypatch.setenv("IFLOW_CENSUS_SECRET_PREFIX", PREFIX)
        monkeypatch.setattr("app.CLOCK", clock.clock)
        yield Rig(clock, tenants)
