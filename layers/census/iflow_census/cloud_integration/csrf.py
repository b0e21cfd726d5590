"""The token without which SAP takes no write.

Source: SAP OpenAPI, "CSRF Token Handling": a GET with `X-CSRF-Token: Fetch` is answered with a
token, which is good for the session that its cookies name.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import requests

from iflow_census.errors import AccessError

HEADER = "X-CSRF-Token"


class CsrfTokenRejected(AccessError):
    """A write was refused for want of a valid token."""


@dataclass(frozen=True, slots=True, repr=False)
class CsrfToken:
    """The headers that make a write one of a session; none where SAP gave no token."""

    headers: Mapping[str, str]


class CsrfTokens:
    """One token for all threads, fetched at the first write.

    Args:
        fetch: asks SAP for a new token.
    """

    def __init__(self, fetch: Callable[[], CsrfToken]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._token: CsrfToken | None = None

    def current(self) -> CsrfToken:
        """A token at hand, or a new one."""
        with self._lock:
            if self._token is None:
                self._token = self._fetch()
            return self._token

    def discard(self, token: CsrfToken) -> None:
        """Forget a token, unless another thread has fetched a new one already."""
        with self._lock:
            if self._token is token:
                self._token = None


def parse_token(response: requests.Response) -> CsrfToken:
    """The token of an answer; tenants that log on by OAuth may give none and ask for none."""
    headers = {}
    token = response.headers.get(HEADER, "")
    if token.isascii() and token.isprintable() and token.lower() not in ("", "fetch", "required"):
        headers[HEADER] = token
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in response.cookies)
    if cookies:
        headers["Cookie"] = cookies
    return CsrfToken(headers)


def requires_token(response: requests.Response) -> bool:
    """Whether an answer refuses a write for want of a valid token."""
    return (
        response.status_code == HTTPStatus.FORBIDDEN
        and response.headers.get(HEADER, "").lower() == "required"
    )
