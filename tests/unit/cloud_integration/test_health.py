"""Health readings from responses, rejections and timeouts."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from iflow_census.clock import Deadline
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.health import CloudIntegrationHealth
from iflow_census.cloud_integration.optional_reads import MAX_RETRIES
from iflow_census.errors import DeadlineExceeded
from iflow_census.http.session import Session
from iflow_census.journal import Journal
from iflow_census.scan.health import CountedObject, CredentialKind, QueueState
from tests.clock import FakeClock
from tests.unit.cloud_integration.stub_network import KEY
from tests.unit.http.responses import make_response

Respond = Callable[[], requests.Response]


class HealthRig:
    """The health of a tenant that always sends the same response."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, respond: Respond) -> None:
        self.clock = FakeClock()
        self.deadline = Deadline(self.clock.clock, 900)
        self.journal = Journal()
        self.requests = 0
        self._respond = respond
        monkeypatch.setattr(Session, "open", self._request)

    @property
    def health(self) -> CloudIntegrationHealth:
        return CloudIntegrationHealth(SapConnection(KEY, self.deadline, journal=self.journal))

    def start_next_attempt(self) -> None:
        part = self.journal.take_new()
        assert part
        self.journal.add_earlier(part)

    def _request(self, *_: Any, **__: Any) -> requests.Response:
        self.requests += 1
        return self._respond()


def entity(**properties: Any) -> Respond:
    return lambda: make_response(200, json.dumps({"d": properties}).encode())


def entries(*rows: dict[str, Any]) -> Respond:
    return entity(results=list(rows))


@pytest.mark.parametrize("status", [404, 501])
def test_missing_feature_gives_a_reason(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    rig = HealthRig(monkeypatch, lambda: make_response(status, b""))

    reading = rig.health.count(CountedObject.DATA_STORES)

    assert reading.reason == f"not available on this tenant (HTTP {status})"


@pytest.mark.parametrize("status", [403, 404, 501])
def test_rejected_reading_is_kept_in_the_journal(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    rig = HealthRig(monkeypatch, lambda: make_response(status, b""))

    first = rig.health.jms_broker()
    rig.start_next_attempt()

    assert rig.health.jms_broker() == first
    assert rig.requests == 1


def test_failed_reading_is_requested_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = HealthRig(monkeypatch, lambda: make_response(500, b""))

    readings = [rig.health.jms_broker() for _ in range(2)]

    assert all(reading.reason and "HTTP 500" in reading.reason for reading in readings)
    assert rig.requests == 2 * (1 + MAX_RETRIES)
    assert rig.journal.take_new() is None


def test_journal_of_another_version_is_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = HealthRig(monkeypatch, entries({"Name": "a"}, {"Name": "b"}))
    rig.journal.record("health: user_credentials", b'{"number": 7}')
    rig.start_next_attempt()

    reading = rig.health.credential_names(CredentialKind.USER_CREDENTIALS)

    assert reading.value == ["a", "b"]


def test_journal_has_names_of_credentials_but_no_users(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = HealthRig(monkeypatch, entries({"Name": "SFTP", "User": "backoffice"}))

    rig.health.credential_names(CredentialKind.USER_CREDENTIALS)
    rig.start_next_attempt()

    assert len(rig.journal) == 1
    assert rig.journal.get("health: user_credentials") == b'{"value":["SFTP"],"reason":null}'


def test_slow_reading_does_not_stop_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = make_response(503, b"")
    busy.headers["Retry-After"] = "3600"
    rig = HealthRig(monkeypatch, lambda: busy)

    reading = rig.health.keystore_entries()

    assert reading.reason == "no response within 30 seconds"
    assert rig.deadline.remaining() > 890
    assert len(rig.journal) == 0


def test_deadline_of_the_run_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = HealthRig(monkeypatch, entries())
    rig.deadline.cancel()

    with pytest.raises(DeadlineExceeded):
        rig.health.keystore_entries()


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ("0", QueueState.OK),
        (1, QueueState.WARNING),
        ("2", QueueState.CRITICAL),
        ("3", QueueState.UNKNOWN),
        (None, QueueState.UNKNOWN),
    ],
)
def test_queue_state_can_be_text_or_number(
    monkeypatch: pytest.MonkeyPatch, state: object, meaning: QueueState
) -> None:
    states = {"results": [{"Name": "Orders", "State": state}]}
    rig = HealthRig(monkeypatch, entity(Key="Broker1", QueueStates=states))

    broker = rig.health.jms_broker().value

    assert broker is not None
    assert [queue.state for queue in broker.queues] == [meaning]


def test_missing_broker_properties_are_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    states = {"__deferred": {"uri": "x"}}
    rig = HealthRig(
        monkeypatch,
        entity(Key="Broker1", Capacity="5", IsQueuesHigh=1, IsProducersHigh=0, QueueStates=states),
    )

    broker = rig.health.jms_broker().value

    assert broker is not None
    assert (broker.used_bytes, broker.max_bytes, broker.exhausted) == (5, None, ["queues"])
    assert broker.queues == []


@pytest.mark.parametrize(
    "row", [{"Hexalias": "00"}, {"Hexalias": "00", "Alias": 7}, {"Alias": "a"}]
)
def test_invalid_entry_gives_a_reason(monkeypatch: pytest.MonkeyPatch, row: dict[str, Any]) -> None:
    rig = HealthRig(monkeypatch, entries(row))

    reading = rig.health.keystore_entries()

    assert reading.value is None
    assert reading.reason


def test_shared_data_stores_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared = {"DataStoreName": "Shared", "IntegrationFlow": "", "Type": ""}
    rig = HealthRig(monkeypatch, entries(shared, shared | {"DataStoreName": "Other"}))

    assert rig.health.count(CountedObject.DATA_STORES).value == 2
