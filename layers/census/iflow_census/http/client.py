"""One exchange: sent in its turn, read to its end, tried again where that may help."""

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError

from iflow_census.clock import Deadline
from iflow_census.errors import (
    CensusError,
    DataError,
    DeadlineExceeded,
    RequestNotDelivered,
    RequestRejected,
    ResponseTimeout,
    TransientError,
)
from iflow_census.http import errors as http_errors
from iflow_census.http.access_token import BearerToken
from iflow_census.http.download import DownloadTarget
from iflow_census.http.rate_limiter import RateLimiter
from iflow_census.http.retry_policy import RETRYABLE_STATUSES, RetryPolicy, parse_retry_after

POOL_SIZE = 64
"""Connections kept open to one host: as many as threads of a scan use at once."""

MAX_RESPONSE_BYTES = 64 * 1024 * 1024
"""Bytes; a page of 1000 message logs with all properties is about 2 MB."""

SLOW_BODY_FACTOR = 4
"""An answer that comes piece by piece may take this many times the silence allowed in it."""

GRACE_SECONDS = 10.0
"""Seconds after the deadline in which what was asked before it may still be answered."""

PAUSE_AFTER_429 = 1.0
"""Seconds without requests where a 429 names no time: limits are counted by the second."""

Parsed = TypeVar("Parsed")
ErrorFactory = Callable[[requests.Response, bytes, str], CensusError]
"""Makes the error of an answer that no other try would change: answer, its body, the client."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What has been sent: requests in all, among them repeated ones and those told 429."""

    requests: int = 0
    retries: int = 0
    throttled: int = 0


class _TryAgain(Exception):
    """This try failed; another may not. `unheard`: the other side did not take the request."""

    def __init__(
        self, failure: CensusError, pause: float | None = None, *, unheard: bool = False
    ) -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.pause = pause
        self.unheard = unheard


class _Refused(Exception):
    """No further try would change the answer, save with a new token."""

    def __init__(self, response: requests.Response, error: CensusError) -> None:
        super().__init__(str(error))
        self.response = response
        self.error = error


class _Tally:
    """What has been sent, counted by many threads."""

    def __init__(self) -> None:
        self.traffic = Traffic()
        self._lock = threading.Lock()

    def add(self, *, requests: int = 0, retries: int = 0, throttled: int = 0) -> None:
        with self._lock:
            sent = self.traffic
            self.traffic = Traffic(
                sent.requests + requests, sent.retries + retries, sent.throttled + throttled
            )


class HttpClient:
    """Exchanges with one system under one deadline; safe to use from many threads.

    Attributes:
        deadline: no request is begun after it.
        retry_policy: time-outs and retries.
        session: holds the connections.
    """

    def __init__(self, deadline: Deadline, retry_policy: RetryPolicy) -> None:
        self.deadline = deadline
        self.session = requests.Session()
        # Each request stands alone: a server session kept by cookies would tie all threads to it.
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, HTTPAdapter(pool_maxsize=POOL_SIZE))
        self.retry_policy = retry_policy
        self._tally = _Tally()

    def close(self) -> None:
        """Close all connections."""
        self.session.close()

    @property
    def traffic(self) -> Traffic:
        """What has been sent so far."""
        return self._tally.traffic

    def with_deadline(self, deadline: Deadline, retry_policy: RetryPolicy) -> "HttpClient":
        """The same connections and the same count of what is sent, for less important exchanges."""
        other = copy.copy(self)
        other.deadline, other.retry_policy = deadline, retry_policy
        return other

    def timeouts(self) -> tuple[float, float]:
        """Seconds for connecting and for reading, as they are now.

        What is asked just before the deadline is still heard: it would be asked once more else.
        """
        left = max(self.deadline.remaining(), 0.001)
        return min(self.retry_policy.connect, left), min(
            self.retry_policy.read, left + GRACE_SECONDS
        )

    def run(
        self,
        send: Callable[[], requests.Response],
        what: str,
        parse: Callable[[bytes], Parsed],
        refusal: ErrorFactory,
        *,
        rate_limiter: RateLimiter | None = None,
        token: BearerToken | None = None,
        retry_timeout: bool = True,
        idempotent: bool = True,
        target: DownloadTarget | None = None,
    ) -> Parsed:
        """Send until there is an answer that another try would not change.

        Args:
            send: sends once, not following redirects, with `stream=True` and `timeouts()`.
            what: names the exchange in messages.
            parse: makes the result of a 2xx body; raises ValueError if the body is something else.
                Of a GET it is given an empty body only where the answer is 204, which says so.
            refusal: makes the error of any other answer. Of a 5xx, `RequestRejected` says that
                another try would not change it, `RequestNotDelivered` that nothing was done.
            rate_limiter: keeps the rate limit.
            token: the token that `send` uses; renewed once after a 401.
            retry_timeout: False raises `ResponseTimeout` at the first time-out.
            idempotent: False raises at the first failure that leaves open whether the request was
                carried out; only what was answered 429 or 401, or was not taken, is sent again.
            target: takes a 2xx body in place of `parse`, which is then given none.

        Raises:
            ResponseTimeout: no answer in time (also 504).
            TransientError: unreachable, busy (429) or broken (5xx) through all retries.
            DataError: an answer that is not what `parse` reads, or one without end.
            DeadlineExceeded: the deadline came first.
            CensusError: what `refusal` makes.
        """
        policy = self.retry_policy.policy()
        renewable = token
        while True:
            answered = self._take_turn(rate_limiter, token)
            try:
                return self._once(
                    send,
                    what,
                    parse,
                    refusal,
                    rate_limiter=rate_limiter,
                    target=target,
                    answered=answered,
                )
            except _TryAgain as again:
                failure, pause, unheard = again.failure, again.pause, again.unheard
            except _Refused as refused:
                if refused.response.status_code != HTTPStatus.UNAUTHORIZED or renewable is None:
                    raise refused.error from None
                renewable.refused(refused.response.request)
                renewable = None
                self._tally.add(retries=1)
                continue
            if isinstance(failure, ResponseTimeout) and not retry_timeout:
                raise failure
            if not (idempotent or unheard):
                raise failure
            try:
                policy = policy.increment()
            except MaxRetryError:
                raise failure from failure.__cause__
            self._sleep(policy.get_backoff_time() if pause is None else pause, failure)
            self._tally.add(retries=1)

    def _once(
        self,
        send: Callable[[], requests.Response],
        what: str,
        parse: Callable[[bytes], Parsed],
        refusal: ErrorFactory,
        *,
        rate_limiter: RateLimiter | None,
        target: DownloadTarget | None,
        answered: Callable[[], None],
    ) -> Parsed:
        """Send once. Raises `_TryAgain` or `_Refused` where there is no result."""
        try:
            with http_errors.translate_errors(what), send() as response:
                answered()
                body = b""
                if target is not None and response.ok:
                    target.take(response, what, self.deadline)
                else:
                    body = self._read(response, what)
        except DeadlineExceeded:
            raise
        except TransientError as error:
            raise _TryAgain(error, unheard=isinstance(error, RequestNotDelivered)) from error
        if HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES:
            try:
                if not body and target is None and _must_have_content(response):
                    raise ValueError("empty")  # noqa: TRY301 - as garbled as any other
                return parse(body)
            except ValueError as error:
                # One garbled answer happens; only if all tries bring one is it the answer.
                raise _TryAgain(http_errors.unexpected_body(what, body, response)) from error
        refused = refusal(response, body, what)
        if response.status_code in RETRYABLE_STATUSES and not isinstance(refused, RequestRejected):
            throttled = response.status_code == HTTPStatus.TOO_MANY_REQUESTS
            raise _TryAgain(
                _broken(response, refused),
                self._asked_pause(response, rate_limiter),
                unheard=throttled or isinstance(refused, RequestNotDelivered),
            )
        raise _Refused(response, refused)

    def _take_turn(
        self, rate_limiter: RateLimiter | None, token: BearerToken | None
    ) -> Callable[[], None]:
        """Wait until a request may be sent; returns what is to be called when it is answered."""
        self.deadline.check()
        if token is not None:
            token.ensure()
        self._tally.add(requests=1)
        if rate_limiter is None:
            return lambda: None
        return partial(rate_limiter.answered, rate_limiter.wait(self.deadline), self.deadline)

    def _read(self, response: requests.Response, what: str) -> bytes:
        """The body; what has begun may end after the deadline, so that no answer is wasted."""
        longest = min(
            self.retry_policy.read * SLOW_BODY_FACTOR, self.deadline.remaining() + GRACE_SECONDS
        )
        end = self.deadline.clock.monotonic() + longest
        body = bytearray()
        for chunk in response.iter_content(65536):
            body += chunk
            if len(body) > MAX_RESPONSE_BYTES:
                raise DataError(f"{what}: the answer is longer than {MAX_RESPONSE_BYTES} bytes")
            if self.deadline.clock.monotonic() > end:
                raise ResponseTimeout(f"{what}: the answer came too slowly to be waited for")
        return bytes(body)

    def _sleep(self, seconds: float, failure: CensusError) -> None:
        try:
            self.deadline.sleep(seconds)
        except DeadlineExceeded as error:
            raise DeadlineExceeded(f"{error}; last failure: {failure}") from failure

    def _asked_pause(
        self, response: requests.Response, rate_limiter: RateLimiter | None
    ) -> float | None:
        """Seconds the other side wants to be left alone; users of its limiter then wait."""
        pause = parse_retry_after(response.headers.get("Retry-After"), self.deadline.clock.now())
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            self._tally.add(throttled=1)
            pause = PAUSE_AFTER_429 if pause is None else pause
            if rate_limiter is not None:
                rate_limiter.hold(self.deadline, pause)
        return pause


def _must_have_content(response: requests.Response) -> bool:
    """Whether a good answer cannot be empty: what was asked for by GET, unless it is 204."""
    asked = response.request is not None and response.request.method == "GET"
    return asked and response.status_code != HTTPStatus.NO_CONTENT


def _broken(response: requests.Response, refused: CensusError) -> TransientError:
    """The same words as of a refusal, but worth another try."""
    if isinstance(refused, TransientError):
        return refused
    timeout = response.status_code == HTTPStatus.GATEWAY_TIMEOUT
    return ResponseTimeout(str(refused)) if timeout else TransientError(str(refused))
