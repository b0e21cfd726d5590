"""What the simulator's own tests share: a moved clock, a caller, a small landscape."""

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
class MovedClock:
    """A clock that stands still until it is moved."""

    now: datetime = NOVEMBER + timedelta(minutes=30)
    seconds: float = 0.0

    def __call__(self) -> datetime:
        """Return the moment."""
        return self.now

    def monotonic(self) -> float:
        """Return the seconds of the rate limits."""
        return self.seconds

    def move(self, step: timedelta) -> None:
        """Let time pass."""
        self.now += step
        self.seconds += step.total_seconds()


class Caller:
    """Calls a tenant with a token, as any HTTP client would."""

    def __init__(self, tenant: SimulatedTenant) -> None:
        self.tenant = tenant
        self.session = requests.Session()
        self.session.headers["Accept"] = "application/json"
        # A CA bundle named in the environment would take the place of the tenant's.
        self.session.trust_env = False
        if tenant.ca_file is not None:
            self.session.verify = str(tenant.ca_file)

    def fetch_token(self) -> requests.Response:
        """Get a token and use it from now on."""
        key = self.tenant.service_key()["oauth"]
        answer = self.session.post(
            key["tokenurl"],
            data={"grant_type": "client_credentials"},
            auth=(key["clientid"], key["clientsecret"]),
            timeout=10,
        )
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return answer

    def get(self, path: str, **options: Any) -> requests.Response:
        """Get a path below the API's root."""
        return self.session.get(f"{self.tenant.url}/api/v1/{path}", timeout=10, **options)

    def fetch_csrf_token(self) -> requests.Response:
        """Get a token for writes; the session keeps its cookies."""
        answer = self.get("", headers={"X-CSRF-Token": "Fetch"})
        self.session.headers["X-CSRF-Token"] = answer.headers["X-CSRF-Token"]
        return answer

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Write to a path below the API's root, a dictionary as JSON."""
        url = f"{self.tenant.url}/api/v1/{path}"
        return self.session.request(method, url, json=body, timeout=10, **options)

    def entity(self, path: str) -> dict[str, Any]:
        """Read one entity."""
        found: dict[str, Any] = self.get(path).json()["d"]
        return found

    def rows(self, path: str) -> list[dict[str, Any]]:
        """Follow a list to its end."""
        found: list[dict[str, Any]] = []
        next_link: str | None = path
        while next_link is not None:
            content = self.get(next_link).json()["d"]
            found += content["results"]
            next_link = content.get("__next")
        return found

    def count(self, condition: str) -> int:
        """Count the message logs that a filter finds."""
        return int(self.get(f"MessageProcessingLogs/$count?$filter={condition}").text)


Starter = Callable[..., Caller]


@pytest.fixture
def whole(start: Starter) -> Caller:
    """A caller with every role and a CSRF token, of a tenant with something in every set."""
    caller = start(example_landscape(), roles=ALL_ROLES)
    caller.fetch_csrf_token()
    return caller


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


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
def start(request: pytest.FixtureRequest, landscape: Landscape, clock: MovedClock) -> Starter:
    """Start a tenant without limits and return a caller that holds a token for it."""

    def begin(content: Landscape | None = None, **options: Any) -> Caller:
        settings: dict[str, Any] = {
            "clock": clock,
            "monotonic": clock.monotonic,
            "enforce_limits": False,
        }
        tenant = SimulatedTenant(content or landscape, **(settings | options)).start()
        request.addfinalizer(tenant.stop)
        caller = Caller(tenant)
        request.addfinalizer(caller.session.close)
        if options.get("auth", "oauth") == "oauth":
            caller.fetch_token()
        return caller

    return begin
