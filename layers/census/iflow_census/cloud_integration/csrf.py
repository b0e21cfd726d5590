"""The CSRF token that SAP requires for writes.

Source: SAP OpenAPI, "CSRF Token Handling": the response to a GET with `X-CSRF-Token: Fetch` has a
token, which is valid in the session that its cookies identify.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import requests

from iflow_census.errors import AccessError

HEADER = "X-CSRF-Token"


class CsrfTokenRejected(AccessError):
    """A write was rejected because it had no valid CSRF token."""


@dataclass(frozen=True, slots=True, repr=False)
class CsrfToken:
    """The headers that add a write to a session; empty if SAP sent no token."""

    headers: Mapping[str, str]


class CsrfTokens:
    """Holds one token for all threads; it is fetched before the first write."""

    def __init__(self, fetch: Callable[[], CsrfToken]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._token: CsrfToken | None = None

    def current(self) -> CsrfToken:
        """Return the current token, or fetch one."""
        with self._lock:
            if self._token is None:
                self._token = self._fetch()
            return self._token

    def discard(self, token: CsrfToken) -> None:
        """Forget a token, unless another thread has already fetched a new one."""
        with self._lock:
            if self._token is token:
                self._token = None


def parse_token(response: requests.Response) -> CsrfToken:
    """Return the token of a response; tenants with OAuth may neither send nor require one."""
    headers = {}
    token = response.headers.get(HEADER, "")
    if token.isascii() and token.isprintable() and token.lower() not in ("", "fetch", "required"):
        headers[HEADER] = token
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in response.cookies)
    if cookies:
        headers["Cookie"] = cookies
    return CsrfToken(headers)


def requires_token(response: requests.Response) -> bool:
    """Whether a write was rejected because it had no valid token."""
    return (
        response.status_code == HTTPStatus.FORBIDDEN
        and response.headers.get(HEADER, "").lower() == "required"
    )
