"""`iflow-census leanix outbound` to an S3 bucket."""

import json
from pathlib import Path

import boto3
from moto import mock_aws
from moto.core.models import responses_mock
from typer.testing import CliRunner

from iflow_census.cli.leanix import app
from tests.clock import FakeClock
from tests.simulators.leanix import SimulatedWorkspace
from tests.simulators.leanix.ldif import connector_key


def test_outbound_saves_to_s3(leanix: SimulatedWorkspace, clock: FakeClock, tmp_path: Path) -> None:
    keys = {
        "connectorType": "export",
        "connectorId": "all",
        "connectorVersion": "1.2.0",
        "processingDirection": "outbound",
    }
    processors = [{"processorType": "outboundFactSheet"}]
    leanix.api.configurations[connector_key(keys)] = keys | {"processors": processors}
    leanix.inventory.add("Application", "app", name="Orders")
    secret = tmp_path / "leanix.json"
    secret.write_text(leanix.secret(), encoding="utf-8")
    with mock_aws():
        responses_mock.stop()
        s3 = boto3.client("s3", region_name="eu-central-1")
        s3.create_bucket(
            Bucket="exports", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )

        result = CliRunner().invoke(
            app,
            [
                *("outbound", "--connector", "export/all/1.2.0", "--secret", str(secret)),
                *("--out", "s3://exports/of/it/"),
            ],
            obj=clock.clock,
        )

        body = s3.get_object(Bucket="exports", Key="of/it/leanixOutboundData1.2.0.json")["Body"]
        saved = json.loads(body.read())

    assert result.exit_code == 0
    assert "s3://exports/of/it/leanixOutboundData1.2.0.json" in result.stderr
    assert [item["data"]["name"] for item in saved["content"]] == ["Orders"]
