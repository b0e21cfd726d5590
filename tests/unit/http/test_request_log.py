"""A line in the log for each request, with its status and how long it took."""

import logging

import pytest
import requests

from iflow_census.http import request_log
from iflow_census.http.request_log import LOGGER, log_attempt, redact
from tests.clock import FakeClock
from tests.unit.http.responses import make_response


@pytest.mark.parametrize(
    ("responses", "outcome"),
    [
        ([make_response(503), make_response(200)], "HTTP 200"),
        ([make_response(503), None], "no response"),
        ([], "no response"),
    ],
)
def test_line_has_the_last_outcome_and_the_milliseconds(
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    responses: list[requests.Response | None],
    outcome: str,
) -> None:
    time = FakeClock()
    time.advance(7)
    monkeypatch.setattr(request_log, "time", time)

    with (
        caplog.at_level(logging.DEBUG, LOGGER.name),
        log_attempt("GET", "https://tenant.example/a", responses),
    ):
        time.advance(2.5)

    assert caplog.messages == [f"GET https://tenant.example/a: {outcome}, 2500 ms"]


def test_failed_request_is_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    with (
        pytest.raises(requests.ReadTimeout),
        caplog.at_level(logging.DEBUG, LOGGER.name),
        log_attempt("GET", "https://tenant.example/a", [None]),
    ):
        raise requests.ReadTimeout

    assert caplog.messages[0].startswith("GET https://tenant.example/a: no response, ")


@pytest.mark.parametrize(
    ("url", "printed"),
    [
        ("https://u:p@host/a?%24filter=Id%20eq%201", "https://host/a?$filter=Id eq 1"),
        ("https://host/a?X-Amz-Signature=s&$top=1", "https://host/a?X-Amz-Signature=***&$top=1"),
        ("https://host/a", "https://host/a"),
    ],
)
def test_printed_url_has_no_credentials(url: str, printed: str) -> None:
    assert redact(url) == printed
