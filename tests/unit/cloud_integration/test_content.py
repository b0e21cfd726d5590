"""Models of iFlows from responses, rejections and timeouts."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import requests

from iflow_census.clock import Deadline
from iflow_census.cloud_integration import content
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.tenant import CloudIntegrationTenant
from iflow_census.errors import DeadlineExceeded
from iflow_census.http.session import Session
from iflow_census.journal import Journal
from iflow_census.scan.anatomy.model import ModelResult
from iflow_census.scan.anatomy.reader import read_model
from iflow_census.scan.readings import Reading
from tests.clock import FakeClock
from tests.simulators.cloud_integration.archives import export_package
from tests.simulators.cloud_integration.models import EXAMPLE_MODEL, model_zip
from tests.unit.cloud_integration.stub_network import KEY
from tests.unit.http.responses import make_response

CONFIGURE_ONLY = b"Cannot download the artifact from a configure only package."


class ContentRig:
    """A tenant whose downloads all have the same response."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, respond: Callable[[], requests.Response]
    ) -> None:
        self.clock = FakeClock()
        self.deadline = Deadline(self.clock.clock, 900)
        self.journal = Journal()
        self.requests: list[str] = []
        self._respond = respond
        monkeypatch.setattr(Session, "open", self._request)

    @property
    def tenant(self) -> CloudIntegrationTenant:
        """The tenant, over a connection with the journal."""
        return CloudIntegrationTenant(SapConnection(KEY, self.deadline, journal=self.journal))

    def read(self, *names: str) -> Reading[ModelResult]:
        """Read the model of an iFlow, and search it for names of credentials."""
        return self.tenant.iflow_model("It's mine", 30.0, names)

    def start_next_attempt(self) -> None:
        part = self.journal.take_new()
        assert part
        self.journal.add_earlier(part)

    def _request(self, _method: str, url: str, **_: Any) -> requests.Response:
        self.requests.append(url)
        return self._respond()


def test_newest_version_is_downloaded_and_kept_in_the_journal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = ContentRig(monkeypatch, lambda: make_response(200, model_zip(EXAMPLE_MODEL)))

    first = rig.read()
    rig.start_next_attempt()

    assert first.value
    assert first.value.model
    assert [channel.adapter for channel in first.value.model.channels] == ["HTTPS", "HTTP"]
    assert rig.read() == first
    assert [url.partition("/api/v1/")[2] for url in rig.requests] == [
        "IntegrationDesigntimeArtifacts(Id='It''s%20mine',Version='active')/$value"
    ]


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, CONFIGURE_ONLY, "refused: GET"),
        (403, b"", "refused: GET"),
        (404, b"", "not yet read: not available"),
        (500, b"", "not yet read: GET"),
    ],
)
def test_missing_model_has_a_reason(
    monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, reason: str
) -> None:
    rig = ContentRig(monkeypatch, lambda: make_response(status, body))

    reading = rig.read()

    assert reading.value is None
    assert str(reading.reason).startswith(reason)


def test_content_that_is_no_model_is_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = ContentRig(monkeypatch, lambda: make_response(200, b"<html>"))

    assert rig.read().value == ModelResult(problem="not a model: the zip file is damaged")


def test_content_that_is_too_long_is_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MAX_ZIP_BYTES", 10)
    rig = ContentRig(monkeypatch, lambda: make_response(200, b"x" * 11))

    result = rig.read().value

    assert result
    assert str(result.problem).startswith("too large: ")
    assert len(rig.requests) == 1


def test_canceled_scan_is_not_taken_for_a_missing_model(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = ContentRig(monkeypatch, lambda: make_response(500, b""))
    rig.deadline.cancel()

    with pytest.raises(DeadlineExceeded):
        rig.read()


def test_model_in_the_journal_was_searched_for_the_same_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = ContentRig(monkeypatch, lambda: make_response(200, model_zip(EXAMPLE_MODEL)))
    for names in ((), ("SFTP_User",)):
        rig.read(*names)
    rig.start_next_attempt()

    for names in ((), ("SFTP_User",), ("ERP_User",)):
        rig.read(*names)

    assert len(rig.requests) == 3


def test_models_of_a_package_are_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_zip(EXAMPLE_MODEL)
    export = export_package({"Id": "Sales"}, {"A": model, "B": model, "C": b"no model"})
    rig = ContentRig(monkeypatch, lambda: make_response(200, export))

    first = rig.tenant.package_models("It's", 30.0, ()).value
    rig.start_next_attempt()

    assert first is not None
    assert sorted(first) == ["A", "B"]
    assert first["A"] == ModelResult(read_model(io.BytesIO(model)))
    assert rig.tenant.package_models("It's", 30.0, ()).value == first
    assert [url.partition("/api/v1/")[2] for url in rig.requests] == [
        "IntegrationPackages('It''s')/$value"
    ]


def test_package_that_cannot_be_downloaded_is_requested_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = ContentRig(monkeypatch, lambda: make_response(500, b""))

    reading = rig.tenant.package_models("Sales", 30.0, ())

    assert reading.value is None
    assert "HTTP 500" in str(reading.reason)
    assert len(rig.requests) == 1
