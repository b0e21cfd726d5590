"""OAuth access tokens: fetched once, shared by all threads, renewed before they expire."""

import json
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

from requests import PreparedRequest
from requests.auth import AuthBase

from iflow_census.clock import Clock
from iflow_census.errors import CensusError, DataError, DeadlineExceeded

RENEW_BEFORE_EXPIRY = 60.0
"""Seconds before its expiry at which a token is renewed, so that none expires in transit."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token from the authorization server; `lifetime` in seconds."""

    value: str
    lifetime: float

    def __repr__(self) -> str:
        return f"AccessToken(lifetime={self.lifetime})"


class BearerToken(AuthBase):
    """Adds a valid bearer token to every request.

    Threads that wait while a token is requested share the result, also a failure: each of them
    would otherwise repeat all retries, one after the other.
    """

    def __init__(self, fetch: Callable[[], AccessToken], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._value: str | None = None
        self._renew_at = float("-inf")
        self._failures = 0
        self._failure: tuple[type[CensusError], str] = (CensusError, "")

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Set the Authorization header (called by requests)."""
        request.headers["Authorization"] = f"Bearer {self._current_value()}"
        return request

    def ensure_valid(self) -> None:
        """Fetch a token if necessary, so that no request spends its rate-limit permit on that."""
        self._current_value()

    def discard(self, request: PreparedRequest) -> None:
        """Discard the token of a rejected request, unless another thread has renewed it."""
        with self._lock:
            if request.headers.get("Authorization") == f"Bearer {self._value}":
                self._value = None

    def _current_value(self) -> str:
        failures = self._failures
        with self._lock:
            if self._value is None or self._clock.monotonic() >= self._renew_at:
                if self._failures > failures:
                    error, message = self._failure
                    raise error(message)
                token = self._fetch_or_remember()
                self._value = token.value
                # A very short-lived token is renewed halfway, not with every request.
                usable = max(token.lifetime - RENEW_BEFORE_EXPIRY, token.lifetime / 2)
                self._renew_at = self._clock.monotonic() + usable
            return self._value

    def _fetch_or_remember(self) -> AccessToken:
        """Request a token; remember why there is none, unless only the caller's time is over."""
        try:
            return self._fetch()
        except DeadlineExceeded:
            raise
        except CensusError as error:
            self._failures += 1
            self._failure = (type(error), str(error))
            raise


def parse_access_token(body: bytes) -> AccessToken:
    """Parse the response of an authorization server (RFC 6749, section 5.1).

    Raises:
        ValueError: it is not JSON.
        DataError: it has no usable token.
    """
    try:
        document = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    try:
        value, lifetime = document["access_token"], float(document.get("expires_in", 3600))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        value, lifetime = None, math.nan
    usable = isinstance(value, str) and value.isascii() and value.isprintable() and value
    if not usable or not 0 < lifetime < math.inf:
        raise DataError("access token: no usable token in the response; check the token URL")
    return AccessToken(value, lifetime)
