"""An iFlow is found by its id, whatever package it is in."""

import json

import pytest

from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.tenant import CloudIntegrationTenant
from iflow_census.errors import DataError, NotFound
from iflow_census.scan.tenant_api import DesigntimeIflow
from tests.unit.cloud_integration.stub_network import StubNetwork, connection


def iflow(**properties: object) -> bytes:
    return json.dumps({"d": {"Id": "It's", "Name": "N", **properties}}).encode()


def test_iflow_is_found_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    network = StubNetwork(monkeypatch, iflow(PackageId="Sales"))

    found = CloudIntegrationTenant(connection()).find_iflow("It's")

    assert found == DesigntimeIflow("It's", "Sales", "N")
    assert network.urls == [
        "https://tenant.example/api/v1/IntegrationDesigntimeArtifacts(Id='It''s',Version='active')"
    ]


def test_iflow_that_does_not_exist_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_found(*_: object, **__: object) -> None:
        raise NotFound("GET: HTTP 404")

    monkeypatch.setattr(SapConnection, "get", not_found)

    assert CloudIntegrationTenant(connection()).find_iflow("A") is None


@pytest.mark.parametrize("properties", [{}, {"PackageId": ""}, {"PackageId": 7}])
def test_iflow_without_a_package_is_refused(
    monkeypatch: pytest.MonkeyPatch, properties: dict[str, object]
) -> None:
    StubNetwork(monkeypatch, iflow(**properties))

    with pytest.raises(DataError, match="the iFlow has no PackageId"):
        CloudIntegrationTenant(connection()).find_iflow("A")
