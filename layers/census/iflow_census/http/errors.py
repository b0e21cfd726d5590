"""Errors of HTTP requests, in words that contain no secret."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from urllib3.exceptions import LocationParseError, NewConnectionError, ReadTimeoutError

from iflow_census.errors import (
    AccessError,
    CensusError,
    ConfigurationError,
    DataError,
    RequestNotDelivered,
    ResponseTimeout,
    TransientError,
)


@contextmanager
def translate_errors(label: str) -> Iterator[None]:
    """Translate what requests raises into the project's errors; `label` names the request."""
    try:
        yield
    except requests.exceptions.ConnectTimeout as error:
        raise RequestNotDelivered(
            f"{label}: connection timed out; check the URL and the network"
        ) from error
    except requests.exceptions.Timeout as error:
        raise ResponseTimeout(f"{label}: no response in time") from error
    except requests.exceptions.ConnectionError as error:
        if _has_cause(error, ssl.SSLCertVerificationError):
            raise ConfigurationError(
                f"{label}: the server's certificate is not trusted; check the URL, or set "
                "REQUESTS_CA_BUNDLE to the certificates of your own authority"
            ) from error
        if _has_cause(error, ReadTimeoutError):
            raise ResponseTimeout(f"{label}: timeout in the middle of the response") from error
        # If no connection was made, the server cannot have received the request.
        not_received = _has_cause(error, NewConnectionError)
        kind = RequestNotDelivered if not_received else TransientError
        raise kind(f"{label}: connection failed ({_innermost_name(error)})") from error
    except (
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidSchema,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidHeader,
        LocationParseError,
        UnicodeError,
    ) as error:
        # The original error may contain a header with a credential.
        raise ConfigurationError(
            f"{label}: the address or a header is not valid ({type(error).__name__}); check the "
            "URL and the credentials"
        ) from None
    except requests.exceptions.RequestException as error:
        raise TransientError(f"{label}: incomplete response ({_innermost_name(error)})") from error


def unexpected_body_error(label: str, body: bytes, response: requests.Response) -> CensusError:
    """Return the error for a successful response whose body cannot be parsed."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if not start:
        return DataError(f"{label}: empty response")
    if start.startswith((b"<!doctype html", b"<html")) or is_html(response):
        return AccessError(
            f"{label}: HTML page instead of data, such as a log-in or maintenance page; "
            "check the URL"
        )
    if start.startswith(b"<"):
        return DataError(f"{label}: XML instead of JSON")
    return DataError(f"{label}: invalid or incomplete response ({len(body)} bytes)")


def is_html(response: requests.Response) -> bool:
    """Check whether the content type of a response is HTML."""
    return "html" in response.headers.get("Content-Type", "")


def _has_cause(error: BaseException, kind: type[BaseException]) -> bool:
    """Search `args`, `reason` and `__context__`, where requests and urllib3 keep the cause."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        candidate = pending.pop()
        if isinstance(candidate, kind):
            return True
        if isinstance(candidate, BaseException) and id(candidate) not in seen:
            seen.add(id(candidate))
            pending += [*candidate.args, getattr(candidate, "reason", None), candidate.__context__]
    return False


def _innermost_name(error: BaseException) -> str:
    """Return the class name of the innermost error; its text is left out, as it has addresses."""
    while error.__context__ is not None:
        error = error.__context__
    return type(error).__name__
