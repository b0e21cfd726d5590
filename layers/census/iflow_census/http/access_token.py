"""OAuth access tokens: fetched once, shared by all threads, renewed before they end."""

import json
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

from requests import PreparedRequest
from requests.auth import AuthBase

from iflow_census.clock import Clock
from iflow_census.errors import DataError

RENEW_BEFORE_END = 60.0
"""Seconds before its end at which a token is renewed, so that none ends on its way."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token as the authorization server gave it; `lifetime` in seconds."""

    value: str
    lifetime: float

    def __repr__(self) -> str:
        return f"AccessToken(lifetime={self.lifetime})"


class BearerToken(AuthBase):
    """Puts a valid bearer token on every request.

    Args:
        fetch: asks the authorization server for a new token.
        clock: tells how old the token is.
    """

    def __init__(self, fetch: Callable[[], AccessToken], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._value: str | None = None
        self._renew_at = float("-inf")

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Set the Authorization header (called by requests)."""
        request.headers["Authorization"] = f"Bearer {self._current()}"
        return request

    def ensure(self) -> None:
        """Have a valid token at hand, so that a request need not wait for one in its turn."""
        self._current()

    def refused(self, request: PreparedRequest) -> None:
        """Forget the token that a request carried, unless another thread has renewed it already."""
        with self._lock:
            if request.headers.get("Authorization") == f"Bearer {self._value}":
                self._value = None

    def _current(self) -> str:
        with self._lock:
            if self._value is None or self._clock.monotonic() >= self._renew_at:
                token = self._fetch()
                self._value = token.value
                # A server with very short tokens gets a renewal half-way, not one per request.
                usable = max(token.lifetime - RENEW_BEFORE_END, token.lifetime / 2)
                self._renew_at = self._clock.monotonic() + usable
            return self._value


def parse_access_token(body: bytes) -> AccessToken:
    """Read the authorization server's answer (RFC 6749, section 5.1)."""
    try:
        answer = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    try:
        value, lifetime = answer["access_token"], float(answer.get("expires_in", 3600))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        value, lifetime = None, 0.0
    usable = isinstance(value, str) and value.isascii() and value.isprintable() and value
    if not usable or not math.isfinite(lifetime) or lifetime <= 0:
        raise DataError("access token: the answer holds no usable token; check the token URL")
    return AccessToken(value, lifetime)
