"""Requests for message logs, and reuse of responses in the journal."""

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import requests

from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.tenant import CloudIntegrationTenant
from iflow_census.errors import NotFound, ResponseTimeout
from iflow_census.http.session import Session
from iflow_census.journal import Journal
from iflow_census.scan.tenant_api import LogQuery, MessageLog
from tests.unit.cloud_integration.stub_network import OCTOBER, StubNetwork, connection, next_attempt

OCTOBER_FILTER = (
    "LogStart ge datetime'2026-10-01T00:00:00' and LogStart lt datetime'2026-11-01T00:00:00'"
)


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        (LogQuery(OCTOBER), OCTOBER_FILTER),
        (LogQuery(OCTOBER, "It's"), f"IntegrationArtifact/Id eq 'It''s' and {OCTOBER_FILTER}"),
        (LogQuery(OCTOBER, statuses=("FAILED",)), f"{OCTOBER_FILTER} and Status eq 'FAILED'"),
        (
            LogQuery(OCTOBER, "A", ("FAILED", "RETRY")),
            f"IntegrationArtifact/Id eq 'A' and {OCTOBER_FILTER} and "
            "(Status eq 'FAILED' or Status eq 'RETRY')",
        ),
    ],
)
def test_count_filters_by_a_half_open_window(
    monkeypatch: pytest.MonkeyPatch, query: LogQuery, condition: str
) -> None:
    network = StubNetwork(monkeypatch, b"7")

    number = CloudIntegrationTenant(connection()).count_logs(query)

    parts = urlsplit(network.urls[0])
    assert number == 7
    assert parts.path == "/api/v1/MessageProcessingLogs/$count"
    assert unquote(parts.query) == f"$filter={condition}"
    assert "+" not in parts.query
    assert " " not in parts.query


@pytest.mark.parametrize("iflow_id", ["a&b=c", "a#b", "a?b", "a+b", "100%", "Größe", "a\nb"])
def test_special_characters_in_id_stay_in_the_filter(
    monkeypatch: pytest.MonkeyPatch, iflow_id: str
) -> None:
    network = StubNetwork(monkeypatch, b"7")

    CloudIntegrationTenant(connection()).count_logs(LogQuery(OCTOBER, iflow_id))

    parts = urlsplit(network.urls[0])
    assert unquote(parts.query).startswith(f"$filter=IntegrationArtifact/Id eq '{iflow_id}' and ")
    assert not set("&#+") & set(parts.query)


def test_responses_in_the_journal_are_reused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network, journal = StubNetwork(monkeypatch, b"7"), Journal()
    first = CloudIntegrationTenant(connection(journal))

    numbers = [first.count_logs(LogQuery(OCTOBER))]
    second = CloudIntegrationTenant(connection(next_attempt(journal)))
    numbers.append(second.count_logs(LogQuery(OCTOBER)))

    assert numbers == [7, 7]
    assert len(network.urls) == 1
    assert second.api_usage().requests == 0


def test_different_queries_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    network, journal = StubNetwork(monkeypatch, b"7"), Journal()
    tenant = CloudIntegrationTenant(connection(journal))
    first, second = OCTOBER.halves()

    for query in (LogQuery(first), LogQuery(second), LogQuery(first, "A")):
        tenant.count_logs(query)

    assert len(network.urls) == 3


def test_fresh_count_is_sent_and_journaled(monkeypatch: pytest.MonkeyPatch) -> None:
    network, journal = StubNetwork(monkeypatch, b"7"), Journal()
    CloudIntegrationTenant(connection(journal)).count_logs(LogQuery(OCTOBER))
    second = next_attempt(journal)

    CloudIntegrationTenant(connection(second)).count_logs(LogQuery(OCTOBER), fresh=True)
    third = next_attempt(second)
    CloudIntegrationTenant(connection(third)).count_logs(LogQuery(OCTOBER))

    assert len(network.urls) == 2


def test_second_list_of_packages_is_sent_and_not_journaled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def packages(modified: str) -> bytes:
        entry = {"Id": "Sales", "ModifiedDate": modified}
        return json.dumps({"d": {"results": [entry]}}).encode()

    bodies = (packages("1790000000000"), packages("1790000000001"))
    network, journal = StubNetwork(monkeypatch, *bodies), Journal()
    first = CloudIntegrationTenant(connection(journal)).packages()

    second = CloudIntegrationTenant(connection(journal)).packages(fresh=True)
    resumed = CloudIntegrationTenant(connection(next_attempt(journal))).packages()

    assert second != first
    assert resumed == first
    assert len(network.urls) == 2


def test_package_id_is_encoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = StubNetwork(monkeypatch, json.dumps({"d": {"results": []}}).encode())

    CloudIntegrationTenant(connection()).iflows("a/b'c%")

    assert network.urls == [
        "https://tenant.example/api/v1/IntegrationPackages('a%2Fb''c%25')/"
        "IntegrationDesigntimeArtifacts"
    ]


def test_filter_keeps_milliseconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = StubNetwork(monkeypatch, b"7")
    first, _ = OCTOBER.halves()
    later = type(first)(first.start + timedelta(milliseconds=5), first.end)

    CloudIntegrationTenant(connection()).count_logs(LogQuery(later))

    assert "LogStart ge datetime'2026-10-01T00:00:00.005'" in unquote(network.urls[0])


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"message":{"messageText":""},"parameter":["no host","no port"]}', "no host\nno port"),
        (b"no host", "no host"),
    ],
)
def test_runtime_error_is_read_as_words(
    monkeypatch: pytest.MonkeyPatch, body: bytes, error: str | None
) -> None:
    StubNetwork(monkeypatch, body)

    assert CloudIntegrationTenant(connection()).runtime_error("A").value == error


LINK = (
    "https://acme.example:443/itspaces/shell/monitoring/MessageDetails/%7B%22messageGuid%22%3A1%7D"
)


def log_page(*starts: int) -> bytes:
    rows = [
        {
            "MessageGuid": "AG1",
            "IntegrationFlowName": "A",
            "Status": "FAILED",
            "LogStart": f"/Date({start})/",
            "LogLevel": "ERROR",
            "AlternateWebLink": LINK,
        }
        for start in starts
    ]
    return json.dumps({"d": {"results": rows}}).encode()


LAST = LogQuery(OCTOBER, "A", excluded_status="DISCARDED")
STARTED = OCTOBER.start + timedelta(days=3)


def test_newest_log_is_one_request_for_one_log(monkeypatch: pytest.MonkeyPatch) -> None:
    network = StubNetwork(monkeypatch, log_page(int(STARTED.timestamp() * 1000)))

    reading = CloudIntegrationTenant(connection()).newest_logs(LAST, 1)

    assert reading.value == [MessageLog("AG1", "A", "FAILED", STARTED, "ERROR", LINK)]
    (url,) = network.urls
    assert unquote(urlsplit(url).query) == (
        f"$filter=IntegrationArtifact/Id eq 'A' and {OCTOBER_FILTER} and Status ne 'DISCARDED'"
        "&$select=MessageGuid,Status,IntegrationFlowName,LogStart,LogLevel,AlternateWebLink"
        "&$orderby=LogStart desc&$top=1"
    )


def test_newest_log_may_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    StubNetwork(monkeypatch, log_page())

    assert CloudIntegrationTenant(connection()).newest_logs(LAST, 1).value == []


@pytest.mark.parametrize("start", [OCTOBER.start - timedelta(milliseconds=1), OCTOBER.end])
def test_newest_log_outside_the_filter_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, start: datetime
) -> None:
    StubNetwork(monkeypatch, log_page(int(start.timestamp() * 1000)))

    reading = CloudIntegrationTenant(connection()).newest_logs(LAST, 1)

    assert reading.value is None
    assert reading.reason == "GET MessageProcessingLogs: a log that is not in the filter"


def test_newest_logs_in_another_order_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    started = int(STARTED.timestamp() * 1000)
    StubNetwork(monkeypatch, log_page(started, started + 1))

    reading = CloudIntegrationTenant(connection()).newest_logs(LAST, 2)

    assert reading.reason == "GET MessageProcessingLogs: the logs are not newest first"


def test_newest_logs_may_have_the_same_start(monkeypatch: pytest.MonkeyPatch) -> None:
    started = int(STARTED.timestamp() * 1000)
    StubNetwork(monkeypatch, log_page(started, started))

    logs = CloudIntegrationTenant(connection()).newest_logs(LAST, 2).value

    assert logs is not None
    assert [log.started_at for log in logs] == [STARTED, STARTED]


def test_newest_log_in_the_journal_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    network = StubNetwork(monkeypatch, log_page(int(STARTED.timestamp() * 1000)))
    journal = Journal()

    first = CloudIntegrationTenant(connection(journal)).newest_logs(LAST, 1)
    second = CloudIntegrationTenant(connection(next_attempt(journal))).newest_logs(LAST, 1)

    assert first == second
    assert len(network.urls) == 1


def test_error_that_is_not_found_has_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_found(*_: object, **__: object) -> None:
        raise NotFound("GET: HTTP 404")

    monkeypatch.setattr(SapConnection, "get", not_found)
    tenant = CloudIntegrationTenant(connection())

    assert tenant.runtime_error("A").reason == "the artifact was undeployed meanwhile (HTTP 404)"
    assert "has no error of the message" in (tenant.message_error("G").reason or "")


def test_error_of_a_message_is_its_first_line(monkeypatch: pytest.MonkeyPatch) -> None:
    network = StubNetwork(monkeypatch, b"\n  org.example.Fault: no host  \n at Camel")

    reading = CloudIntegrationTenant(connection()).message_error("AG'1")

    assert reading.value == "org.example.Fault: no host"
    assert network.urls == [
        "https://tenant.example/api/v1/MessageProcessingLogs('AG''1')/ErrorInformation/$value"
    ]


def test_count_that_times_out_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def time_out(_session: object, _method: str, url: str, **_: Any) -> requests.Response:
        sent.append(url)
        raise requests.ReadTimeout

    monkeypatch.setattr(Session, "open", time_out)

    with pytest.raises(ResponseTimeout):
        CloudIntegrationTenant(connection()).count_logs(LogQuery(OCTOBER))

    assert len(sent) == 1


def test_custom_tags_of_a_package_are_read_in_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"Name": "Author", "Value": "Fred|John"}, {"Name": "LoB", "Value": None}]
    network = StubNetwork(monkeypatch, json.dumps({"d": {"results": rows}}).encode())

    reading = CloudIntegrationTenant(connection()).custom_tags("It's", 30)

    assert reading.value == {"Author": "Fred|John", "LoB": ""}
    assert [unquote(urlsplit(url).path) for url in network.urls] == [
        "/api/v1/IntegrationPackages('It''s')/CustomTags"
    ]
