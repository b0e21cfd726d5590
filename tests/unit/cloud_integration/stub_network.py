"""A connection to a tenant without a network."""

from typing import Any

import pytest
import requests

from iflow_census.clock import Deadline
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.service_key import ApiKey, ServiceKey
from iflow_census.http.session import Session
from iflow_census.journal import Journal
from iflow_census.scan.period import Month
from tests.clock import FakeClock
from tests.unit.http.responses import make_response

OCTOBER = Month(2026, 10).window
KEY = ServiceKey("https://tenant.example", ApiKey("geheim"))


class StubNetwork:
    """Replaces the network: records the URLs, returns the bodies in order, and repeats the last."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *bodies: bytes) -> None:
        self.urls: list[str] = []
        self._bodies = list(bodies)
        monkeypatch.setattr(Session, "open", self._request)

    def _request(self, _method: str, url: str, **_: Any) -> requests.Response:
        self.urls.append(url)
        return make_response(200, self._bodies.pop(0) if len(self._bodies) > 1 else self._bodies[0])


def connection(journal: Journal | None = None) -> SapConnection:
    return SapConnection(KEY, Deadline(FakeClock().clock, 3600), journal=journal)


def next_attempt(journal: Journal) -> Journal:
    """Return the journal that the next attempt of the run starts with."""
    part = journal.take_new()
    assert part is not None
    result = Journal()
    result.add_earlier(part)
    return result
