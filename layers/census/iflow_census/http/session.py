"""A session of the library requests, for many small requests to a few hosts."""

from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import requests

from iflow_census.http.transport import LimitedAdapter
from iflow_census.http.urls import is_encoded

POOL_SIZE = 64
"""Connections kept open per host: as many as a scan has threads."""

Auth = Callable[[requests.PreparedRequest], requests.PreparedRequest]
"""Adds credentials to a request."""


def no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send no credentials; without it, requests would look for some in ~/.netrc."""
    return request


class Session(requests.Session):
    """Keeps connections, but no cookies: a server-side session would be shared by all threads.

    For each request, requests reads the proxies and certificates in the environment, and quotes the
    URL anew; that is a third of its time. Here the environment is read once per host.
    """

    def __init__(self) -> None:
        super().__init__()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.mount(scheme, LimitedAdapter(pool_maxsize=POOL_SIZE))
        self._environments: dict[tuple[str, str], dict[str, Any]] = {}

    def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | BinaryIO | Mapping[str, str] | None,
        auth: Auth,
        timeouts: tuple[float, float],
    ) -> requests.Response:
        """Send a request and return the response, whose body has not been read.

        `timeouts` are the seconds to connect, and between two reads. Redirects are not followed.

        Raises:
            requests.RequestException: there is no response.
        """
        request = _Request()
        request.prepare(method, url, headers={**self.headers, **headers}, data=body, auth=auth)
        return self.send(
            request, timeout=timeouts, allow_redirects=False, **self._environment(request.url or "")
        )

    def _environment(self, url: str) -> dict[str, Any]:
        """Return the proxies and certificates for the host of a URL."""
        parts = urlsplit(url)
        origin = parts.scheme, parts.netloc
        if origin not in self._environments:
            settings: Any = self.merge_environment_settings(url, {}, True, None, None)
            self._environments[origin] = settings
        return self._environments[origin]

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - as overridden
        """Never parse a redirect: a Location may be no URL at all (called by requests)."""
        return


class _Request(requests.PreparedRequest):
    def prepare_url(self, url: Any, params: Any) -> None:
        """Take a URL that is ready to be sent as it is (called by `prepare`)."""
        if is_encoded(url):
            self.url = url
        else:
            super().prepare_url(url, params)

    def prepare_cookies(self, cookies: Any) -> None:
        """There are none (called by `prepare`)."""
