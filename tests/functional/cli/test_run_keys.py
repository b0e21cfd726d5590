"""`iflow-census run --stack`: the service keys of a stack in a mocked AWS."""

import json
from collections.abc import Callable
from pathlib import Path

import boto3
from moto import mock_aws
from typer.testing import CliRunner

from iflow_census.cli.commands import app
from tests.clock import FakeClock
from tests.functional.tenants import simulated, small
from tests.simulators.cloud_integration import SimulatedTenant

Start = Callable[[SimulatedTenant], SimulatedTenant]
TEMPLATE = {
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"SecretPrefix": {"Value": "census"}},
}


def test_unreadable_secret_fails_only_its_tenant(
    started: Start, clock: FakeClock, tmp_path: Path
) -> None:
    prod = started(simulated(clock, small(packages=1)))
    arguments = ["run", "--stack", "iflows", "--out", str(tmp_path), "--format", "JSON,csv"]
    with mock_aws():
        boto3.client("cloudformation").create_stack(
            StackName="iflows", TemplateBody=json.dumps(TEMPLATE)
        )
        secrets = boto3.client("secretsmanager")
        secrets.create_secret(
            Name="census/tenants/prod", SecretString=json.dumps(prod.service_key())
        )
        secrets.create_secret(Name="census/tenants/test", SecretBinary=b"\0")

        result = CliRunner().invoke(app, [*arguments, "--json"], obj=clock.clock)

    assert result.exit_code == 3, result.output
    tenants = {tenant["name"]: tenant for tenant in json.loads(result.stdout)["tenants"]}
    assert tenants["prod"]["status"] == "complete"
    assert tenants["test"]["error"].endswith(
        "secret census/tenants/test: binary or empty; store it as text"
    )
    assert not any(secret in result.output for secret in prod.secrets())
