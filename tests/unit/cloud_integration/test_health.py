"""The questions about a tenant's health: what is made of answers, refusals and silence."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from iflow_census.clock import Deadline
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.health import RETRIES, CloudIntegrationHealth
from iflow_census.errors import DeadlineExceeded
from iflow_census.journal import Journal
from iflow_census.scan.health import CountedObject, QueueState
from tests.clock import FakeClock
from tests.unit.cloud_integration.test_questions import KEY
from tests.unit.http.responses import make_response

Respond = Callable[[], requests.Response]


class Rig:
    """Health questions to a tenant that always answers the same."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, respond: Respond) -> None:
        self.clock = FakeClock()
        self.deadline = Deadline(self.clock.clock, 900)
        self.journal = Journal()
        self.asked = 0
        self._respond = respond
        monkeypatch.setattr(requests.Session, "request", self._request)

    @property
    def health(self) -> CloudIntegrationHealth:
        return CloudIntegrationHealth(SapConnection(KEY, self.deadline, journal=self.journal))

    def _request(self, *_: Any, **__: Any) -> requests.Response:
        self.asked += 1
        return self._respond()


def entity(**properties: Any) -> Respond:
    return lambda: make_response(200, json.dumps({"d": properties}).encode())


def entries(*rows: dict[str, Any]) -> Respond:
    return entity(results=list(rows))


@pytest.mark.parametrize("status", [404, 501])
def test_what_a_tenant_does_not_have_is_said(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    rig = Rig(monkeypatch, lambda: make_response(status, b""))

    part = rig.health.count(CountedObject.DATA_STORES)

    assert part.reason == f"this tenant does not have it (HTTP {status})"


@pytest.mark.parametrize("status", [403, 404, 501])
def test_a_refusal_is_not_asked_for_again_in_the_next_try(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    rig = Rig(monkeypatch, lambda: make_response(status, b""))

    first, again = (rig.health.jms_broker() for _ in range(2))

    assert first == again
    assert rig.asked == 1


def test_what_was_broken_is_asked_for_again_in_the_next_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig(monkeypatch, lambda: make_response(500, b""))

    parts = [rig.health.jms_broker() for _ in range(2)]

    assert all(one.reason and "HTTP 500" in one.reason for one in parts)
    assert rig.asked == 2 * (1 + RETRIES)
    assert len(rig.journal) == 0


def test_a_kept_answer_of_another_version_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig(monkeypatch, entries({"Name": "a"}, {"Name": "b"}))
    rig.journal.record("health: user_credentials", b'{"number": 7}')

    part = rig.health.count(CountedObject.USER_CREDENTIALS)

    assert part.value == 2


def test_the_journal_keeps_a_number_and_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, entries({"Name": "SFTP", "User": "backoffice"}))

    rig.health.count(CountedObject.USER_CREDENTIALS)

    assert len(rig.journal) == 1
    assert rig.journal.get("health: user_credentials") == b'{"value":1,"reason":null}'


def test_the_time_of_a_question_ends_and_the_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = make_response(503, b"")
    busy.headers["Retry-After"] = "3600"
    rig = Rig(monkeypatch, lambda: busy)

    part = rig.health.keystore_entries()

    assert part.reason == "no answer within 30 seconds"
    assert rig.deadline.remaining() > 890
    assert len(rig.journal) == 0


def test_the_end_of_the_run_s_time_is_the_run_s(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, entries())
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
def test_a_queue_s_state_is_read_as_text_or_number(
    monkeypatch: pytest.MonkeyPatch, state: object, meaning: QueueState
) -> None:
    states = {"results": [{"Name": "Orders", "State": state}]}
    rig = Rig(monkeypatch, entity(Key="Broker1", QueueStates=states))

    broker = rig.health.jms_broker().value

    assert broker is not None
    assert [one.state for one in broker.queues] == [meaning]


def test_a_broker_that_says_little_is_one_of_which_little_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    states = {"__deferred": {"uri": "x"}}
    rig = Rig(
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
def test_an_entry_that_is_not_as_documented_is_a_reason(
    monkeypatch: pytest.MonkeyPatch, row: dict[str, Any]
) -> None:
    rig = Rig(monkeypatch, entries(row))

    part = rig.health.keystore_entries()

    assert part.value is None
    assert part.reason


def test_a_data_store_that_all_iflows_share_has_an_empty_key_and_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared = {"DataStoreName": "Shared", "IntegrationFlow": "", "Type": ""}
    rig = Rig(monkeypatch, entries(shared, shared | {"DataStoreName": "Other"}))

    assert rig.health.count(CountedObject.DATA_STORES).value == 2


def test_an_artifact_that_was_undeployed_meanwhile_has_no_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig(monkeypatch, lambda: make_response(404, b""))

    assert rig.health.artifact_error("Codes").value == ""
