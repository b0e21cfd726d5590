"""What a service key can access is checked with small requests."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import requests

from iflow_census.clock import Deadline
from iflow_census.cloud_integration.access_check import (
    CHECKS,
    AccessCheck,
    check_access,
    check_location,
)
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.service_key import ApiKey, ClientSecret, ServiceKey
from iflow_census.http.session import Session
from tests.clock import FakeClock
from tests.unit.cloud_integration.stub_network import StubNetwork
from tests.unit.http.responses import make_response

NOW = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)


@pytest.fixture
def connection() -> SapConnection:
    key = ServiceKey("https://tenant.example", ApiKey("geheim"))
    return SapConnection(key, Deadline(FakeClock().clock, 3600))


@pytest.fixture
def urls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs of the requests. Every list is empty, and runtime artifacts are forbidden."""
    sent: list[str] = []

    def answer(_session: object, _method: str, url: str, **_: Any) -> requests.Response:
        sent.append(unquote(url))
        if "IntegrationRuntimeArtifacts" in url:
            return make_response(403, b"Forbidden")
        return make_response(200, b"0" if "$count" in url else b'{"d": {"results": []}}')

    monkeypatch.setattr(Session, "open", answer)
    return sent


def test_every_check_has_an_outcome(connection: SapConnection, urls: list[str]) -> None:
    log_on, packages, runtime, logs = check_access(connection, NOW)

    assert len(urls) == 3
    names = tuple(check.name for check in (log_on, packages, runtime, logs))
    assert names == CHECKS
    assert log_on.problem is packages.problem is logs.problem is None
    assert runtime.problem is not None
    assert "HTTP 403" in runtime.problem


def test_only_one_entry_and_the_last_minute_are_read(
    connection: SapConnection, urls: list[str]
) -> None:
    check_access(connection, NOW)

    packages, runtime, logs = (urlsplit(url) for url in urls)
    assert "$top=1" in packages.query.split("&")
    assert "$top=1" in runtime.query.split("&")
    assert logs.query == (
        "$filter=LogStart ge datetime'2026-11-01T00:29:00' "
        "and LogStart lt datetime'2026-11-01T00:30:00'"
    )


def test_failed_log_on_ends_the_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def reject(_session: object, _method: str, url: str, **_: Any) -> requests.Response:
        sent.append(url)
        return make_response(401, b"")

    monkeypatch.setattr(Session, "open", reject)
    credentials = ClientSecret("sb-1", "geheim", "https://auth.example/token")
    key = ServiceKey("https://tenant.example", credentials)

    (check,) = check_access(SapConnection(key, Deadline(FakeClock().clock, 3600)), NOW)

    assert check.name == "log-on"
    assert check.problem is not None
    assert check.problem.startswith("access token: HTTP 401: the client of the service key was")
    assert sent == ["https://auth.example/token"]


LOCATION_REQUESTS = [
    "https://tenant.example/location/edge-1/api/v1/IntegrationRuntimeArtifacts?$top=1",
    "https://tenant.example/location/edge-1/api/v1/MessageProcessingLogs/$count?$filter="
    "LogStart ge datetime'2026-11-01T00:29:00' and LogStart lt datetime'2026-11-01T00:30:00'",
]


def test_artifacts_and_logs_of_a_location_are_read(
    connection: SapConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = StubNetwork(monkeypatch, b'{"d": {"results": []}}', b"0")

    check = check_location(connection, "edge-1", NOW)

    assert check == AccessCheck("edge-1", None)
    assert [unquote(url) for url in network.urls] == LOCATION_REQUESTS


def test_location_that_cannot_be_read_has_a_problem(
    connection: SapConnection, urls: list[str]
) -> None:
    check = check_location(connection, "edge-1", NOW)

    assert check.name == "edge-1"
    assert check.problem is not None
    assert "GET location/edge-1/IntegrationRuntimeArtifacts: HTTP 403" in check.problem
    assert urls == LOCATION_REQUESTS[:1]
