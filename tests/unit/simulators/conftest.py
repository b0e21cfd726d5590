"""Shared fixtures: a clock, a client and a small landscape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.simulators.cloud_integration import (
    ALL_ROLES,
    Landscape,
    SimulatedTenant,
    generate_landscape,
)
from tests.simulators.cloud_integration.examples import example_landscape

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass
class ManualClock:
    """A clock that only moves on request."""

    now: datetime = NOVEMBER + timedelta(minutes=30)
    seconds: float = 0.0

    def __call__(self) -> datetime:
        """Return the current time."""
        return self.now

    def monotonic(self) -> float:
        """Return the seconds for rate limits."""
        return self.seconds

    def move(self, step: timedelta) -> None:
        """Advance the clock."""
        self.now += step
        self.seconds += step.total_seconds()


class TenantClient:
    """Sends requests to a tenant with an access token."""

    def __init__(self, tenant: SimulatedTenant) -> None:
        self.tenant = tenant
        self.session = requests.Session()
        self.session.headers["Accept"] = "application/json"
        # A CA bundle in the environment would replace that of the tenant.
        self.session.trust_env = False
        if tenant.ca_file is not None:
            self.session.verify = str(tenant.ca_file)

    def fetch_token(self) -> requests.Response:
        """Fetch an access token for all further requests."""
        key = self.tenant.service_key()["oauth"]
        response = self.session.post(
            key["tokenurl"],
            data={"grant_type": "client_credentials"},
            auth=(key["clientid"], key["clientsecret"]),
            timeout=10,
        )
        self.session.headers["Authorization"] = f"Bearer {response.json()['access_token']}"
        return response

    def get(self, path: str, **options: Any) -> requests.Response:
        """Send a GET for a path relative to the API's root."""
        return self.session.get(f"{self.tenant.url}/api/v1/{path}", timeout=10, **options)

    def fetch_csrf_token(self) -> requests.Response:
        """Fetch a CSRF token for all further requests."""
        response = self.get("", headers={"X-CSRF-Token": "Fetch"})
        self.session.headers["X-CSRF-Token"] = response.headers["X-CSRF-Token"]
        return response

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Send a request for a path relative to the API's root."""
        url = f"{self.tenant.url}/api/v1/{path}"
        return self.session.request(method, url, json=body, timeout=10, **options)

    def entity(self, path: str) -> dict[str, Any]:
        """Read one entity."""
        entity: dict[str, Any] = self.get(path).json()["d"]
        return entity

    def rows(self, path: str) -> list[dict[str, Any]]:
        """Read all pages of a list."""
        rows: list[dict[str, Any]] = []
        next_link: str | None = path
        while next_link is not None:
            content = self.get(next_link).json()["d"]
            rows += content["results"]
            next_link = content.get("__next")
        return rows

    def count(self, condition: str) -> int:
        """Count the message logs that match a filter."""
        return int(self.get(f"MessageProcessingLogs/$count?$filter={condition}").text)


StartTenant = Callable[..., TenantClient]


@pytest.fixture
def example(start: StartTenant) -> TenantClient:
    """A client with all roles and a CSRF token, for a tenant with content in every set."""
    client = start(example_landscape(), roles=ALL_ROLES)
    client.fetch_csrf_token()
    return client


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def landscape() -> Landscape:
    return generate_landscape(
        packages=12,
        iflows_per_package=5,
        messages_per_iflow=6,
        busy_iflows=1,
        busy_messages=400,
        empty_packages=1,
    )


@pytest.fixture
def start(request: pytest.FixtureRequest, landscape: Landscape, clock: ManualClock) -> StartTenant:
    """Start a tenant without rate limits, and return a client with an access token."""

    def start_tenant(content: Landscape | None = None, **options: Any) -> TenantClient:
        settings: dict[str, Any] = {
            "clock": clock,
            "monotonic": clock.monotonic,
            "enforce_limits": False,
        }
        tenant = SimulatedTenant(content or landscape, **(settings | options)).start()
        request.addfinalizer(tenant.stop)
        client = TenantClient(tenant)
        request.addfinalizer(client.session.close)
        if options.get("auth", "oauth") == "oauth":
            client.fetch_token()
        return client

    return start_tenant
