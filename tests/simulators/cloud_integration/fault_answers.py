"""The answers that a fault gives in place of the true one, or makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

from tests.simulators.cloud_integration.answers import error, html_page
from tests.simulators.cloud_integration.faults import Fault, FaultKind
from tests.simulators.http_server import BEFORE_THE_ANSWER, Answer


def retry_headers(form: str | None, seconds: float, now: datetime) -> tuple[tuple[str, str], ...]:
    """Return the Retry-After header in the form asked for: None, "seconds", "date" or verbatim."""
    if form is None:
        return ()
    if form == "seconds":
        return (("Retry-After", str(int(seconds))),)
    if form == "date":
        return (("Retry-After", format_datetime(now + timedelta(seconds=seconds), usegmt=True)),)
    return (("Retry-After", form),)


_ERROR = error(500, "Internal Server Error", "Simulated failure")
_TIMED_OUT = html_page(504, "504 Gateway Time-out", "The server did not respond in time.")
_INSTEAD = {
    FaultKind.SERVER_ERROR: _ERROR,
    FaultKind.BAD_GATEWAY: html_page(502, "502 Bad Gateway", "The route has no healthy target."),
    FaultKind.UNAVAILABLE: html_page(503, "503 Service Unavailable", "No server is available."),
    FaultKind.GATEWAY_TIMEOUT: _TIMED_OUT,
    FaultKind.WIDE_WINDOW_TIMES_OUT: _TIMED_OUT,
    FaultKind.CUT_BEFORE_ANSWER: Answer(200, cut_after=BEFORE_THE_ANSWER),
    FaultKind.UNAUTHORIZED: Answer(
        401, content_type=None, headers=(("WWW-Authenticate", "Bearer"),)
    ),
    FaultKind.FORBIDDEN: Answer(403, content_type=None),
    FaultKind.LOGIN_PAGE: html_page(200, "Log On", '<form action="/saml2/idp/sso">Password</form>'),
    FaultKind.ERROR_IN_200: replace(_ERROR, status=200),
    FaultKind.EMPTY_200: Answer(200),
}


def replaced(fault: Fault, now: datetime) -> Answer | None:
    """Return the answer that the fault gives without asking the API, or None if it gives none."""
    if fault.kind is FaultKind.THROTTLED:
        headers = retry_headers(fault.retry_after, fault.seconds, now)
        return error(429, "Too Many Requests", "Rate limit exceeded", headers)
    return _INSTEAD.get(fault.kind)


def broken(fault: Fault, answer: Answer) -> Answer:
    """Return what the fault leaves of a true answer."""
    if fault.kind is FaultKind.CUT_IN_BODY:
        return replace(answer, cut_after=len(answer.body) // 2)
    # Half a plain-text count would be a count that nobody could tell from a true one.
    if fault.kind is FaultKind.TRUNCATED_JSON and answer.content_type == "application/json":
        return replace(answer, body=answer.body[: len(answer.body) // 2])
    return answer
