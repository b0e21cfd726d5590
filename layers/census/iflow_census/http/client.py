"""An HTTP client: rate limits, retries, access tokens, all under one deadline."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import BinaryIO, Generic, TypeVar
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import MaxRetryError

from iflow_census.clock import Deadline
from iflow_census.errors import (
    CensusError,
    DataError,
    DeadlineExceeded,
    HostUnreachable,
    RequestNotDelivered,
    RequestRejected,
    ResponseTimeout,
    TransientError,
)
from iflow_census.http.access_token import BearerToken
from iflow_census.http.download import DownloadTarget
from iflow_census.http.errors import translate_errors, unexpected_body_error
from iflow_census.http.rate_limiter import Permit, RateLimiter
from iflow_census.http.request_log import log_attempt
from iflow_census.http.retry_policy import (
    RETRYABLE_STATUSES,
    QuickRetries,
    RetryPolicy,
    parse_retry_after,
)
from iflow_census.http.session import Auth, Session, no_auth
from iflow_census.http.time_limit import TimeLimit
from iflow_census.http.traffic import Traffic, TrafficCounter

MAX_RESPONSE_BYTES = 64 * 1024 * 1024
"""A page of 1000 message logs with all properties has about 2 MB."""

SLOW_BODY_FACTOR = 4
"""A whole response may take this many times the read timeout, except a download to a file."""

GRACE_SECONDS = 10.0
"""How long after the deadline a response to an earlier request is still accepted."""

PAUSE_AFTER_429 = 1.0
"""Seconds to pause after a 429 without Retry-After: limits are counted per second."""

Parsed = TypeVar("Parsed")
ErrorFactory = Callable[[requests.Response, bytes, str], CensusError]
"""Returns the error for a response that is not 2xx, from the response, its body and the label.

For a status that is usually retried, it returns `RequestRejected` if a retry would not help, and
`RequestNotDelivered` if the server has not carried out the request. For any other status, it
returns `TransientError` if a retry may help.
"""
Responses = list[requests.Response | None]
"""The response to each attempt; None if there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest(Generic[Parsed]):
    """A request, and how its responses are handled.

    Attributes:
        url: the absolute URL.
        label: names the request in error messages.
        parse: parses a 2xx body; raises ValueError if it cannot. For GET, it receives an empty
            body only with status 204.
        make_error: returns the error for any other response.
        body: the content, or the fields of a form; a file is sent from its start.
        auth: adds credentials. A `BearerToken` is renewed once after a 401.
        rate_limiter: grants the permit to send; None for no limit.
        retry_timeout: False raises `ResponseTimeout` at the first timeout.
        idempotent: False retries only if the server has not carried out the request: after 401,
            429, or a connection that could not be made.
        target: receives a 2xx body; `parse` is then called with an empty one.
    """

    method: str
    url: str
    label: str
    parse: Callable[[bytes], Parsed]
    make_error: ErrorFactory
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | BinaryIO | Mapping[str, str] | None = None
    auth: Auth = no_auth
    rate_limiter: RateLimiter | None = None
    retry_timeout: bool = True
    idempotent: bool = True
    target: DownloadTarget | None = None


class _RetryableError(Exception):
    """An attempt failed, and a retry may succeed.

    Attributes:
        pause: seconds requested by the server; None for the usual backoff.
        not_received: the server has not carried out the request.
    """

    def __init__(
        self, error: CensusError, pause: float | None = None, *, not_received: bool = False
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.pause = pause
        self.not_received = not_received


class _FinalError(Exception):
    """An attempt failed, and only a new token may change that."""

    def __init__(self, error: CensusError, response: requests.Response) -> None:
        super().__init__(str(error))
        self.error = error
        self.response = response


class HttpClient:
    """Sends requests to one system; safe to use from many threads."""

    def __init__(self, deadline: Deadline, retry_policy: RetryPolicy) -> None:
        self.deadline = deadline
        self.retry_policy = retry_policy
        self.session = Session()
        self._counter = TrafficCounter()
        self._hosts: set[str] = set()  # that have answered; shared with copies of this client

    def close(self) -> None:
        """Close all connections."""
        self.session.close()

    @property
    def traffic(self) -> Traffic:
        """The traffic so far."""
        return self._counter.traffic

    def with_deadline(self, deadline: Deadline, retry_policy: RetryPolicy) -> "HttpClient":
        """Return a client with other limits that shares the connections and the traffic count."""
        client = copy.copy(self)
        client.deadline, client.retry_policy = deadline, retry_policy
        return client

    def send(self, request: HttpRequest[Parsed], responses: Responses | None = None) -> Parsed:
        """Send a request, with retries, and return what `request.parse` makes of the body.

        `responses` receives one item per attempt.

        Raises:
            ResponseTimeout: no response in time, or 504.
            HostUnreachable: no connection; see `QuickRetries`.
            TransientError: 429 or 5xx in all attempts.
            DataError: the body cannot be parsed, or is too long.
            DeadlineExceeded: the deadline came first.
            CensusError: the error from `request.make_error`.
        """
        attempts: Responses = [] if responses is None else responses
        token = request.auth if isinstance(request.auth, BearerToken) else None
        retry = self.retry_policy.to_urllib3()
        quick_retries = QuickRetries(self.deadline.clock)
        while True:
            permit = self._start_attempt(request)
            try:
                with log_attempt(request.method, request.url, attempts):
                    return self._send_once(request, permit, attempts)
            except _RetryableError as caught:
                failure = caught
            except _FinalError as caught:
                if caught.response.status_code != HTTPStatus.UNAUTHORIZED or token is None:
                    raise caught.error from None
                token.discard(caught.response.request)
                token = None
                self._counter.add(retries=1)
                continue
            error = failure.error
            if isinstance(error, ResponseTimeout) and not request.retry_timeout:
                raise error
            if not (request.idempotent or failure.not_received):
                raise error
            try:
                retry = retry.increment()
            except MaxRetryError:
                raise error from error.__cause__
            pause = retry.get_backoff_time() if failure.pause is None else failure.pause
            if (
                isinstance(error, HostUnreachable)
                and urlsplit(request.url).netloc not in self._hosts
            ):
                quick_pause = quick_retries.next_pause()
                if quick_pause is None:
                    raise error from error.__cause__
                pause = quick_pause
            self._sleep(pause, error)
            self._counter.add(retries=1)

    def _start_attempt(self, request: HttpRequest[Parsed]) -> Permit | None:
        """Wait until the request may be sent."""
        self.deadline.check()
        if isinstance(request.auth, BearerToken):
            request.auth.ensure_valid()
        self._counter.add(requests=1)
        return None if request.rate_limiter is None else request.rate_limiter.acquire(self.deadline)

    def _send_once(
        self, request: HttpRequest[Parsed], permit: Permit | None, responses: Responses
    ) -> Parsed:
        responses.append(None)
        limit = TimeLimit(self.deadline, GRACE_SECONDS, self.retry_policy.read * SLOW_BODY_FACTOR)
        if permit is not None:
            limit.on_sent = permit.record_sent
        try:
            with (
                limit.active(),
                translate_errors(request.label, request.url),
                self._open(request) as response,
            ):
                responses[-1] = response
                self._hosts.add(urlsplit(request.url).netloc)
                if request.rate_limiter is not None and permit is not None:
                    request.rate_limiter.record_response(permit, self.deadline)
                body = b""
                if request.target is not None and response.ok:
                    limit.allow_long_response()
                    request.target.write_body(response, request.label, self.deadline)
                else:
                    body = _read_body(response, request.label)
        except DeadlineExceeded:
            raise
        except TransientError as error:
            not_received = isinstance(error, RequestNotDelivered)
            raise _RetryableError(error, not_received=not_received) from error
        if HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES:
            return _parse(request, response, body)
        raise self._failure(request, response, body)

    def _open(self, request: HttpRequest[Parsed]) -> requests.Response:
        body = request.body
        if body is not None and not isinstance(body, bytes | Mapping):
            body.seek(0)
        return self.session.open(
            request.method,
            request.url,
            headers=request.headers,
            body=body,
            auth=request.auth,
            timeouts=self._timeouts(),
        )

    def _timeouts(self) -> tuple[float, float]:
        """Return the current timeouts for connecting and reading.

        A response may arrive shortly after the deadline; otherwise the request would be repeated.
        """
        remaining = max(self.deadline.remaining(), 0.001)
        policy = self.retry_policy
        return min(policy.connect, remaining), min(policy.read, remaining + GRACE_SECONDS)

    def _failure(
        self, request: HttpRequest[Parsed], response: requests.Response, body: bytes
    ) -> _RetryableError | _FinalError:
        """Classify a response that is not 2xx."""
        status = response.status_code
        error = request.make_error(response, body, request.label)
        retryable = status in RETRYABLE_STATUSES or isinstance(error, TransientError)
        if not retryable or isinstance(error, RequestRejected):
            return _FinalError(error, response)
        pause = parse_retry_after(response.headers.get("Retry-After"), self.deadline.clock.now())
        throttled = status == HTTPStatus.TOO_MANY_REQUESTS
        if throttled:
            self._counter.add(throttled=1)
            pause = PAUSE_AFTER_429 if pause is None else pause
            if request.rate_limiter is not None:
                request.rate_limiter.pause(self.deadline, pause)
        not_received = throttled or isinstance(error, RequestNotDelivered)
        if not isinstance(error, TransientError):
            timeout = status == HTTPStatus.GATEWAY_TIMEOUT
            error = ResponseTimeout(str(error)) if timeout else TransientError(str(error))
        return _RetryableError(error, pause, not_received=not_received)

    def _sleep(self, seconds: float, last_error: CensusError) -> None:
        try:
            self.deadline.sleep(seconds)
        except DeadlineExceeded as error:
            raise DeadlineExceeded(f"{error}; last failure: {last_error}") from last_error


def _read_body(response: requests.Response, label: str) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(65536):
        body += chunk
        if len(body) > MAX_RESPONSE_BYTES:
            raise DataError(f"{label}: response longer than {MAX_RESPONSE_BYTES} bytes")
    return bytes(body)


def _parse(request: HttpRequest[Parsed], response: requests.Response, body: bytes) -> Parsed:
    has_content = request.method == "GET" and response.status_code != HTTPStatus.NO_CONTENT
    try:
        if has_content and not body and request.target is None:
            raise ValueError("empty")  # noqa: TRY301 - handled like any other invalid body
        return request.parse(body)
    except ValueError as error:
        # A single garbled response may be an accident, so it is retried.
        raise _RetryableError(unexpected_body_error(request.label, body, response)) from error
