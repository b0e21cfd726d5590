"""How questions about message logs are put to SAP, and that an answer is not asked for twice."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import requests

from iflow_census.clock import Deadline
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.service_key import ApiKey, ServiceKey
from iflow_census.cloud_integration.tenant import CloudIntegrationTenant
from iflow_census.journal import Journal
from iflow_census.scan.period import Month
from iflow_census.scan.tenant_api import LogQuery
from tests.clock import FakeClock
from tests.unit.http.responses import make_response

OCTOBER = Month(2026, 10).window
KEY = ServiceKey("https://tenant.example", ApiKey("geheim"))
SPAN = "LogStart ge datetime'2026-10-01T00:00:00' and LogStart lt datetime'2026-11-01T00:00:00'"


class Asked:
    """Takes the place of the network: keeps the URLs, gives one body."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
        self.urls: list[str] = []
        self._body = body
        monkeypatch.setattr(requests.Session, "request", self._request)

    def _request(self, _method: str, url: str, **_: Any) -> requests.Response:
        self.urls.append(url)
        return make_response(200, self._body)


def connection(journal: Journal | None = None) -> SapConnection:
    return SapConnection(KEY, Deadline(FakeClock().clock, 3600), journal=journal)


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        (LogQuery(OCTOBER), SPAN),
        (LogQuery(OCTOBER, "It's"), f"IntegrationArtifact/Id eq 'It''s' and {SPAN}"),
        (LogQuery(OCTOBER, statuses=("FAILED",)), f"{SPAN} and Status eq 'FAILED'"),
        (
            LogQuery(OCTOBER, "A", ("FAILED", "RETRY")),
            f"IntegrationArtifact/Id eq 'A' and {SPAN} and "
            "(Status eq 'FAILED' or Status eq 'RETRY')",
        ),
    ],
)
def test_a_count_is_asked_for_with_a_half_open_window(
    monkeypatch: pytest.MonkeyPatch, query: LogQuery, condition: str
) -> None:
    asked = Asked(monkeypatch, b"7")

    number = CloudIntegrationTenant(connection()).count_logs(query)

    parts = urlsplit(asked.urls[0])
    assert number == 7
    assert parts.path == "/api/v1/MessageProcessingLogs/$count"
    assert unquote(parts.query) == f"$filter={condition}"
    assert "+" not in parts.query
    assert " " not in parts.query


@pytest.mark.parametrize("odd", ["a&b=c", "a#b", "a?b", "a+b", "100%", "Größe", "a\nb"])
def test_an_odd_id_stays_within_its_filter(monkeypatch: pytest.MonkeyPatch, odd: str) -> None:
    asked = Asked(monkeypatch, b"7")

    CloudIntegrationTenant(connection()).count_logs(LogQuery(OCTOBER, odd))

    parts = urlsplit(asked.urls[0])
    assert unquote(parts.query).startswith(f"$filter=IntegrationArtifact/Id eq '{odd}' and ")
    assert not set("&#+") & set(parts.query)


def test_what_was_answered_in_an_earlier_try_is_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, journal = Asked(monkeypatch, b"7"), Journal()
    first, again = (CloudIntegrationTenant(connection(journal)) for _ in range(2))

    numbers = [first.count_logs(LogQuery(OCTOBER)), again.count_logs(LogQuery(OCTOBER))]

    assert numbers == [7, 7]
    assert len(asked.urls) == 1
    assert again.api_usage().requests == 0


def test_another_question_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, journal = Asked(monkeypatch, b"7"), Journal()
    tenant = CloudIntegrationTenant(connection(journal))
    first, second = OCTOBER.halves()

    for query in (LogQuery(first), LogQuery(second), LogQuery(first, "A")):
        tenant.count_logs(query)

    assert len(asked.urls) == 3


def test_a_fresh_answer_is_asked_for_and_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, journal = Asked(monkeypatch, b"7"), Journal()
    tenant = CloudIntegrationTenant(connection(journal))
    tenant.count_logs(LogQuery(OCTOBER))

    tenant.count_logs(LogQuery(OCTOBER), fresh=True)
    tenant.count_logs(LogQuery(OCTOBER))

    assert len(asked.urls) == 2


def test_the_iflows_of_an_oddly_named_package_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked(monkeypatch, json.dumps({"d": {"results": []}}).encode())

    CloudIntegrationTenant(connection()).iflows("a/b'c%")

    assert asked.urls == [
        "https://tenant.example/api/v1/IntegrationPackages('a%2Fb''c%25')/"
        "IntegrationDesigntimeArtifacts"
    ]


def test_a_window_within_a_second_is_asked_for_to_the_millisecond(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked(monkeypatch, b"7")
    first, _ = OCTOBER.halves()
    later = type(first)(first.start + timedelta(milliseconds=5), first.end)

    CloudIntegrationTenant(connection()).count_logs(LogQuery(later))

    assert "LogStart ge datetime'2026-10-01T00:00:00.005'" in unquote(asked.urls[0])
