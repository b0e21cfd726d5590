"""One request to a tenant: authenticated, paced, retried, counted, its failures translated."""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import TypeVar
from urllib.parse import quote, urlencode

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry
from urllib3.exceptions import InvalidHeader, MaxRetryError

from iflow_census.clock import Deadline
from iflow_census.cloud_integration import failures
from iflow_census.cloud_integration.access_token import BearerToken
from iflow_census.cloud_integration.logon import log_on
from iflow_census.cloud_integration.pacing import Family, Pacer, RateLimits
from iflow_census.cloud_integration.service_key import ServiceKey
from iflow_census.errors import (
    AnswerTimeout,
    CensusError,
    DataError,
    DeadlineReached,
    TransientError,
)

POOL_SIZE = 64
LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes; a page of 1000 logs with all properties is about 2 MB."""
PAUSE_AFTER_429 = 1.0
"""Seconds without requests where a 429 names no time: limits are counted by the second."""

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait and how often to try again.

    Attributes:
        connect: seconds for a connection to be made.
        read: seconds of silence while an answer is awaited.
        retries: how often a request is sent again after time-outs, cut connections, 429 and 5xx.
        backoff: seconds before the second retry; doubled for each further one, with jitter.
    """

    connect: float = 10.0
    read: float = 60.0
    retries: int = 6
    backoff: float = 0.5

    def policy(self) -> Retry:
        """The same as urllib3 has it."""
        return Retry(
            total=self.retries,
            backoff_factor=self.backoff,
            backoff_max=60,
            backoff_jitter=self.backoff,
        )


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a connection has sent: requests in all, among them repeated ones and those told 429."""

    requests: int = 0
    retries: int = 0
    throttled: int = 0


@dataclass(slots=True)
class _Counter:
    lock: threading.Lock = field(default_factory=threading.Lock)
    traffic: Traffic = field(default_factory=Traffic)

    def add(self, *, requests: int = 0, retries: int = 0, throttled: int = 0) -> None:
        with self.lock:
            now = self.traffic
            self.traffic = Traffic(
                now.requests + requests, now.retries + retries, now.throttled + throttled
            )


class Connection:
    """The way to one tenant's API; safe to use from many threads.

    Args:
        key: where the tenant is and how to log on.
        deadline: no request is begun after it.
        limits: SAP's rate limits, per API family.
        patience: time-outs and retries.
    """

    def __init__(
        self,
        key: ServiceKey,
        deadline: Deadline,
        *,
        limits: RateLimits | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.root = f"{key.url}/api/v1/"
        self._deadline = deadline
        self._patience = patience or Patience()
        self._pacers = {
            family: Pacer(rate) for family, rate in (limits or RateLimits()).by_family().items()
        }
        self._counter = _Counter()
        self._session = requests.Session()
        # Each request stands alone: a server session kept by cookies would tie all threads to it.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.mount("https://", HTTPAdapter(pool_maxsize=POOL_SIZE))
        self._session.mount("http://", HTTPAdapter(pool_maxsize=POOL_SIZE))
        self._auth = log_on(
            key.credentials,
            self._session,
            exchange=partial(self._exchange, family=None),
            timeouts=self._timeouts,
            clock=deadline.clock,
        )

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    @property
    def traffic(self) -> Traffic:
        """What has been sent so far, token requests included."""
        return self._counter.traffic

    def get(
        self,
        path: str,
        family: Family,
        parse: Callable[[bytes], Parsed],
        *,
        query: Mapping[str, str] | None = None,
        accept: str = "application/json",
        retry_timeout: bool = True,
    ) -> Parsed:
        """Read a resource.

        Args:
            path: below `/api/v1/`, keys already encoded; may carry a query of its own.
            family: whose rate limit the request counts for.
            parse: makes the result of the body; raises ValueError if the body is something else.
            query: further query options, not encoded.
            accept: the media type asked for; without it SAP answers Atom XML.
            retry_timeout: False raises `AnswerTimeout` at the first time-out.

        Raises:
            AccessError: 401 with a fresh token, 403, or a log-in page.
            AnswerTimeout: the tenant did not answer in time (also 504).
            TransientError: it stayed unreachable, busy (429) or broken (5xx) through all retries.
            DataError: another 4xx, an answer that is not what `parse` reads, or one without end.
            DeadlineReached: the deadline came first.
        """
        url = self.root + path
        if query:
            # SAP decodes %20 but not every component decodes '+', hence `quote`.
            url += ("&" if "?" in url else "?") + urlencode(query, quote_via=quote, safe="$'(),/")

        def send() -> requests.Response:
            return self._session.get(
                url,
                auth=self._auth,
                headers={"Accept": accept},
                timeout=self._timeouts(),
                allow_redirects=False,
                stream=True,
            )

        what = f"GET {path.partition('?')[0]}"
        return self._exchange(send, what, parse, family=family, retry_timeout=retry_timeout)

    def _exchange(
        self,
        send: Callable[[], requests.Response],
        what: str,
        parse: Callable[[bytes], Parsed],
        *,
        family: Family | None,
        retry_timeout: bool = True,
    ) -> Parsed:
        """Send until there is an answer that another try would not change."""
        policy = self._patience.policy()
        token_renewed = False
        while True:
            self._take_turn(family)
            failure: CensusError
            pause: float | None = None
            try:
                with failures.translated(what), send() as response:
                    body = self._read(response, what)
            except DeadlineReached:
                raise
            except TransientError as error:
                failure = error
            else:
                if response.ok and not response.is_redirect:
                    try:
                        return parse(body)
                    except ValueError:
                        # One garbled answer happens; only if all tries bring one is it the answer.
                        failure = failures.unexpected_body(what, body, response)
                elif self._with_new_token(response, family) and not token_renewed:
                    token_renewed = True
                    self._counter.add(retries=1)
                    continue
                else:
                    failure = failures.transient_or_raise(response, body, what, family)
                    pause = self._asked_pause(response, family)
            if isinstance(failure, AnswerTimeout) and not retry_timeout:
                raise failure
            try:
                policy = policy.increment()
            except MaxRetryError:
                raise failure from failure.__cause__
            self._sleep(policy.get_backoff_time() if pause is None else pause, failure)
            self._counter.add(retries=1)

    def _take_turn(self, family: Family | None) -> None:
        self._deadline.check()
        if family is not None:
            if isinstance(self._auth, BearerToken):
                self._auth.ensure()
            self._pacers[family].wait(self._deadline)
        self._counter.add(requests=1)

    def _read(self, response: requests.Response, what: str) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(65536):
            body += chunk
            if len(body) > LARGEST_ANSWER:
                raise DataError(f"{what}: the answer is longer than {LARGEST_ANSWER} bytes")
            self._deadline.check()
        return bytes(body)

    def _sleep(self, seconds: float, failure: CensusError) -> None:
        try:
            self._deadline.sleep(seconds)
        except DeadlineReached as error:
            raise DeadlineReached(f"{error}; last failure: {failure}") from failure

    def _timeouts(self) -> tuple[float, float]:
        left = max(self._deadline.remaining(), 0.001)
        return min(self._patience.connect, left), min(self._patience.read, left)

    def _with_new_token(self, response: requests.Response, family: Family | None) -> bool:
        """Whether a refused request may go through once a new token is fetched for it."""
        if response.status_code != HTTPStatus.UNAUTHORIZED or family is None:
            return False
        if isinstance(self._auth, BearerToken):
            self._auth.refused(response.request)
            return True
        return False

    def _asked_pause(self, response: requests.Response, family: Family | None) -> float | None:
        """Seconds the tenant wants to be left alone; its whole API family then is."""
        pause: float | None = None
        header = response.headers.get("Retry-After")
        if header is not None:
            with suppress(InvalidHeader):
                pause = float(Retry().parse_retry_after(header))
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            self._counter.add(throttled=1)
            pause = PAUSE_AFTER_429 if pause is None else pause
            if family is not None:
                self._pacers[family].hold(self._deadline, pause)
        return pause
