"""What a failed exchange means to the reader, in words that name no secret."""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from urllib3.exceptions import NewConnectionError, ReadTimeoutError

from iflow_census.errors import (
    AccessError,
    CensusError,
    ConfigurationError,
    DataError,
    RequestNotDelivered,
    ResponseTimeout,
    TransientError,
)

_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+"
)
"""Line ends, terminal control, direction marks, and halves of characters that no file can hold."""
_LONGEST_QUOTE = 300


@contextmanager
def translate_errors(what: str) -> Iterator[None]:
    """Turn what requests raises into the project's errors; `what` names the client."""
    try:
        yield
    except requests.exceptions.ConnectTimeout as error:
        raise RequestNotDelivered(f"{what}: the host could not be reached in time") from error
    except requests.exceptions.Timeout as error:
        raise ResponseTimeout(f"{what}: no answer in time") from error
    except requests.exceptions.ConnectionError as error:
        if _caused_by(error, ssl.SSLCertVerificationError):
            raise ConfigurationError(
                f"{what}: the server's certificate is not trusted; check the URL, or name "
                "your own certificate authority in REQUESTS_CA_BUNDLE"
            ) from error
        if _caused_by(error, ReadTimeoutError):
            raise ResponseTimeout(f"{what}: the answer stopped half-way") from error
        # A connection that was never made carried nothing; one that broke may have.
        unheard = _caused_by(error, NewConnectionError)
        kind = RequestNotDelivered if unheard else TransientError
        raise kind(f"{what}: the connection failed ({_kind(error)})") from error
    except requests.exceptions.RequestException as error:
        raise TransientError(f"{what}: the answer broke off ({_kind(error)})") from error


def unexpected_body(what: str, body: bytes, response: requests.Response) -> CensusError:
    """Tell apart what came in place of the expected answer."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if not start:
        return DataError(f"{what}: the answer is empty")
    if start.startswith((b"<!doctype html", b"<html")) or is_html(response):
        return AccessError(
            f"{what}: an HTML page instead of an answer, such as a log-in or maintenance page; "
            "check the URL"
        )
    if start.startswith(b"<"):
        return DataError(f"{what}: XML instead of JSON")
    return DataError(f"{what}: the answer of {len(body)} bytes breaks off or is no JSON")


def is_html(response: requests.Response) -> bool:
    """Whether an answer calls itself an HTML page."""
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
