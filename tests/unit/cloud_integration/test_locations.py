"""Requests to an Edge Integration Cell."""

from urllib.parse import urlsplit

import pytest

from iflow_census.clock import Deadline
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.tenant import CloudIntegrationTenant
from iflow_census.errors import AccessError, DeadlineExceeded
from iflow_census.journal import Journal
from iflow_census.scan.locations import RuntimeLocation
from iflow_census.scan.tenant_api import LogQuery, Runtime
from tests.clock import FakeClock
from tests.unit.cloud_integration.stub_network import (
    KEY,
    OCTOBER,
    StubNetwork,
    connection,
    next_attempt,
)


def edge_runtime(journal: Journal | None = None, *, seconds: float = 3600) -> Runtime:
    network = SapConnection(KEY, Deadline(FakeClock().clock, seconds), journal=journal)
    (runtime,) = CloudIntegrationTenant(network, [RuntimeLocation("edge-1")]).edge_runtimes()
    return runtime


def test_location_has_a_path_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    network = StubNetwork(monkeypatch, b"7")

    number = edge_runtime().api.count_logs(LogQuery(OCTOBER))

    assert number == 7
    path = urlsplit(network.urls[0]).path
    assert path == "/location/edge-1/api/v1/MessageProcessingLogs/$count"


def test_responses_of_locations_are_kept_apart_in_the_journal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = StubNetwork(monkeypatch, b"7", b"8")
    journal = Journal()

    def count(journal: Journal) -> list[int]:
        apis = (CloudIntegrationTenant(connection(journal)), edge_runtime(journal).api)
        return [api.count_logs(LogQuery(OCTOBER)) for api in apis]

    first = count(journal)

    assert first == count(next_attempt(journal)) == [7, 8]
    assert len(network.urls) == 2


def test_error_names_its_location(monkeypatch: pytest.MonkeyPatch) -> None:
    StubNetwork(monkeypatch, b"<html>")

    with pytest.raises(AccessError, match="GET location/edge-1/IntegrationRuntimeArtifacts: "):
        edge_runtime().api.runtime_artifacts()


def test_location_may_take_half_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    StubNetwork(monkeypatch, b"7")
    time = FakeClock()
    network = SapConnection(KEY, Deadline(time.clock, 100))
    tenant = CloudIntegrationTenant(network, [RuntimeLocation("edge-1")])
    (runtime,) = tenant.edge_runtimes()

    time.advance(49)
    assert runtime.api.count_logs(LogQuery(OCTOBER)) == 7
    time.advance(1)

    assert tenant.count_logs(LogQuery(OCTOBER)) == 7
    with pytest.raises(DeadlineExceeded):
        runtime.api.count_logs(LogQuery(OCTOBER))


def test_canceled_location_does_not_cancel_the_tenant(monkeypatch: pytest.MonkeyPatch) -> None:
    StubNetwork(monkeypatch, b"7")
    network = connection()
    tenant = CloudIntegrationTenant(network, [RuntimeLocation("edge-1")])
    (runtime,) = tenant.edge_runtimes()

    runtime.cancel()

    assert tenant.count_logs(LogQuery(OCTOBER)) == 7
    with pytest.raises(DeadlineExceeded):
        runtime.api.count_logs(LogQuery(OCTOBER))
