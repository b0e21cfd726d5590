"""A tenant is opened with its service key, which is only read then."""

import json

import pytest

from iflow_census.clock import Deadline
from iflow_census.cloud_integration.families import RateLimits
from iflow_census.cloud_integration.tenant import tenant_opener
from iflow_census.errors import ConfigurationError
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.journal import Journal
from iflow_census.scan.tenant_api import LogQuery
from tests.clock import FakeClock
from tests.unit.cloud_integration.stub_network import OCTOBER, StubNetwork

KEY = json.dumps(
    {
        "url": "https://tenant.example",
        "apikey": "geheim",
        "environment": "test",
        "locations": [{"id": "edge-1"}],
    }
)


def test_tenant_is_opened_with_its_locations_and_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    network = StubNetwork(monkeypatch, b"7")
    open_tenant = tenant_opener(
        lambda: KEY, "secret 'prod'", limits=RateLimits(), retry_policy=RetryPolicy()
    )

    with open_tenant(Deadline(FakeClock().clock, 60), Journal()) as tenant:
        number = tenant.count_logs(LogQuery(OCTOBER))

    assert number == 7
    assert network.urls[0].startswith("https://tenant.example/api/v1/MessageProcessingLogs/")
    assert [runtime.location.id for runtime in tenant.edge_runtimes()] == ["edge-1"]
    assert tenant.profile.environment == "test"


def test_invalid_key_fails_when_the_tenant_is_opened() -> None:
    open_tenant = tenant_opener(
        lambda: "{}", "secret 'prod'", limits=RateLimits(), retry_policy=RetryPolicy()
    )

    with (
        pytest.raises(ConfigurationError, match="secret 'prod'"),
        open_tenant(Deadline(FakeClock().clock, 60), Journal()),
    ):
        pass
