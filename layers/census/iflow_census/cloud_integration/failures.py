"""What a failed exchange with SAP means to the reader, in words that name no secret."""

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import requests
from urllib3.exceptions import ReadTimeoutError

from iflow_census.cloud_integration.pacing import Family
from iflow_census.errors import (
    AccessError,
    AnswerTimeout,
    CensusError,
    ConfigurationError,
    DataError,
    TransientError,
)

ROLES = {
    Family.DESIGN_TIME: "WorkspacePackagesRead",
    Family.RUNTIME: "MonitoringDataRead",
    Family.MESSAGE_LOGS: "MonitoringDataRead",
    Family.SECURITY: "SecurityMaterialRead",
}
"""The role a service instance needs (SAP Help: "Tasks and Required Roles")."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_LONGEST_QUOTE = 300


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn what requests raises into the project's errors; `what` names the exchange."""
    try:
        yield
    except requests.exceptions.ConnectTimeout as error:
        raise TransientError(f"{what}: the host could not be reached in time") from error
    except requests.exceptions.Timeout as error:
        raise AnswerTimeout(f"{what}: no answer in time") from error
    except requests.exceptions.ConnectionError as error:
        if _caused_by(error, ssl.SSLCertVerificationError):
            raise ConfigurationError(
                f"{what}: the server's certificate is not trusted; check the URL of the service "
                "key, or name your own certificate authority in REQUESTS_CA_BUNDLE"
            ) from error
        if _caused_by(error, ReadTimeoutError):
            raise AnswerTimeout(f"{what}: the answer stopped half-way") from error
        raise TransientError(f"{what}: the connection failed ({_kind(error)})") from error
    except requests.exceptions.RequestException as error:
        raise TransientError(f"{what}: the answer broke off ({_kind(error)})") from error


def transient_or_raise(
    response: requests.Response, body: bytes, what: str, family: Family | None
) -> TransientError:
    """Judge an answer that is not 2xx.

    Returns:
        The error to raise if all retries end like this.

    Raises:
        AccessError: 401 or 403, or a redirect, which is how a log-in page begins.
        DataError: any other 4xx.
    """
    status = response.status_code
    said = f"{what}: HTTP {status}{_quoted(body, response) if family else ''}"
    if status == HTTPStatus.GATEWAY_TIMEOUT:
        return AnswerTimeout(said)
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        if status == HTTPStatus.NOT_IMPLEMENTED:
            raise DataError(said)
        return TransientError(said)
    if family is None:
        raise AccessError(
            f"{said}: the client of the service key was refused; it may be wrong or deleted: "
            "create a new key"
        )
    if status == HTTPStatus.UNAUTHORIZED:
        raise AccessError(f"{said}: the service key was refused; create a new one")
    if status == HTTPStatus.FORBIDDEN:
        raise AccessError(f"{said}: the service instance lacks the role {ROLES[family]}")
    if response.is_redirect:
        raise AccessError(f"{said}: a log-in page instead of an answer; check the key's 'url'")
    raise DataError(said)


def unexpected_body(what: str, body: bytes, response: requests.Response) -> CensusError:
    """Tell apart what came in place of the expected answer."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if not start:
        return DataError(f"{what}: the answer is empty")
    if start.startswith((b"<!doctype html", b"<html")) or _is_html(response):
        return AccessError(
            f"{what}: an HTML page instead of an answer, such as a log-in or maintenance page; "
            "check the service key's 'url'"
        )
    if start.startswith(b"<"):
        return DataError(f"{what}: XML instead of JSON")
    return DataError(f"{what}: the answer of {len(body)} bytes breaks off or is no JSON")


def _quoted(body: bytes, response: requests.Response) -> str:
    """SAP's error text, cut to one short line; what is no OData error is not quoted."""
    try:
        error = json.loads(body)["error"]
        message = error["message"]
        text = message["value"] if isinstance(message, dict) else message
    except (ValueError, KeyError, TypeError):
        return " with an HTML page" if _is_html(response) else ""
    return f": {one_line(str(text))}"


def _is_html(response: requests.Response) -> bool:
    return "html" in response.headers.get("Content-Type", "")


def one_line(text: str) -> str:
    """Text from a tenant, made safe for a message: one line, no control characters, not long."""
    line = _CONTROL.sub(" ", text).strip()
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}…"


def _caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    """Requests and urllib3 wrap the first cause in `args`, `reason` and `__context__`."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        one = pending.pop()
        if isinstance(one, kind):
            return True
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            pending += [*one.args, getattr(one, "reason", None), one.__context__]
    return False


def _kind(error: BaseException) -> str:
    """The name of the innermost error: its text may hold addresses and is left out."""
    while error.__context__ is not None:
        error = error.__context__
    return type(error).__name__
