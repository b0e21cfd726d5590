"""Responses that a fault sends instead of the regular one, or changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

from tests.simulators.cloud_integration.faults import Fault, FaultKind
from tests.simulators.cloud_integration.responses import error_response, html_page
from tests.simulators.http_server import BEFORE_RESPONSE, Response


def retry_headers(form: str | None, seconds: float, now: datetime) -> tuple[tuple[str, str], ...]:
    """Return the Retry-After header: none, in seconds, as a date, or ``form`` verbatim."""
    if form is None:
        return ()
    if form == "seconds":
        return (("Retry-After", str(int(seconds))),)
    if form == "date":
        return (("Retry-After", format_datetime(now + timedelta(seconds=seconds), usegmt=True)),)
    return (("Retry-After", form),)


_ERROR = error_response(500, "Internal Server Error", "Simulated failure")
_TIMEOUT = html_page(504, "504 Gateway Time-out", "The server did not respond in time.")
_REPLACEMENTS = {
    FaultKind.SERVER_ERROR: _ERROR,
    FaultKind.BAD_GATEWAY: html_page(502, "502 Bad Gateway", "The route has no healthy target."),
    FaultKind.UNAVAILABLE: html_page(503, "503 Service Unavailable", "No server is available."),
    FaultKind.GATEWAY_TIMEOUT: _TIMEOUT,
    FaultKind.WIDE_WINDOW_TIMES_OUT: _TIMEOUT,
    FaultKind.CUT_BEFORE_RESPONSE: Response(200, cut_after=BEFORE_RESPONSE),
    FaultKind.UNAUTHORIZED: Response(
        401, content_type=None, headers=(("WWW-Authenticate", "Bearer"),)
    ),
    FaultKind.FORBIDDEN: Response(403, content_type=None),
    FaultKind.LOGIN_PAGE: html_page(200, "Log On", '<form action="/saml2/idp/sso">Password</form>'),
    FaultKind.ERROR_IN_200: replace(_ERROR, status=200),
    FaultKind.EMPTY_200: Response(200),
    FaultKind.NOT_FOUND: error_response(404, "Not Found", "Requested entity could not be found."),
    FaultKind.BROKEN_REDIRECT: Response(302, content_type=None, headers=(("Location", "//["),)),
    FaultKind.DEEP_JSON: Response(200, b"[" * 20_000),
    FaultKind.HALF_SURROGATE: Response(200, rb'{"d": {"results": "\ud83d", "__count": "\ud83d"}}'),
    FaultKind.NOT_ACCEPTABLE: html_page(406, "406 Not Acceptable", "Not Acceptable"),
}


def replacement_for(fault: Fault, now: datetime) -> Response | None:
    """Return the response that a fault sends instead of processing the request, if any."""
    if fault.kind is FaultKind.THROTTLED:
        headers = retry_headers(fault.retry_after, fault.seconds, now)
        return error_response(429, "Too Many Requests", "Rate limit exceeded", headers)
    return _REPLACEMENTS.get(fault.kind)


def distort(fault: Fault, response: Response) -> Response:
    """Return a regular response as the fault changes it."""
    if fault.kind is FaultKind.CUT_IN_BODY:
        return replace(response, cut_after=len(response.body) // 2)
    if fault.kind is FaultKind.ZERO_COUNT and (response.content_type or "").startswith(
        "text/plain"
    ):
        return replace(response, body=b"0")
    if fault.kind is FaultKind.DRIPPING:
        return replace(response, seconds_per_byte=fault.seconds)
    # A truncated plain-text count would look like a valid count.
    if fault.kind is FaultKind.TRUNCATED_JSON and response.content_type == "application/json":
        return replace(response, body=response.body[: len(response.body) // 2])
    return response
