"""The way to a LeanIX workspace: logged on, and paced."""

from collections.abc import Callable, Mapping
from typing import BinaryIO, TypeVar
from urllib.parse import urlencode, urlsplit

import requests
from requests.auth import HTTPBasicAuth

from iflow_census.clock import Deadline
from iflow_census.errors import DataError, DeadlineExceeded, TransientError
from iflow_census.http.access_token import AccessToken, BearerToken, parse_access_token
from iflow_census.http.client import ErrorFactory, HttpClient, Traffic
from iflow_census.http.download import DownloadTarget
from iflow_census.http.rate_limiter import RateLimiter
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.http.urls import is_loopback
from iflow_census.leanix.errors import (
    HOST_HINT,
    error_for_response,
    error_for_storage_response,
    error_for_token_response,
)
from iflow_census.leanix.secret import LeanixSecret

REQUESTS_PER_SECOND = 30.0
"""1800 a minute, per user (SAP Help, "Rate limiting")."""

_TOKEN_PATH = "/services/mtm/v1/oauth2/token"  # noqa: S105 - an address
_API_PATH = "/services/integration-api/v1"

Parsed = TypeVar("Parsed")


class LeanixConnection:
    """Speaks to a workspace's Integration API; safe to use from many threads; a context manager.

    Args:
        secret: where the workspace is and how to log on.
        deadline: no request is begun after it.
        per_second: requests that one user may send.
        retry_policy: time-outs and retries.
    """

    def __init__(
        self,
        secret: LeanixSecret,
        deadline: Deadline,
        *,
        per_second: float = REQUESTS_PER_SECOND,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        self.deadline = deadline
        self._secret = secret
        self._client = HttpClient(deadline, retry_policy or RetryPolicy())
        self._rate_limiter = RateLimiter(per_second)
        self._token = BearerToken(self._fetch_token, deadline.clock)

    def __enter__(self) -> "LeanixConnection":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def traffic(self) -> Traffic:
        """What has been sent so far, token requests included."""
        return self._client.traffic

    def get(
        self,
        path: str,
        parse: Callable[[bytes], Parsed],
        *,
        query: Mapping[str, str] | None = None,
        make_error: ErrorFactory = error_for_response,
        target: DownloadTarget | None = None,
    ) -> Parsed:
        """Read a resource; `path` is below the API's root and begins with a slash.

        Raises:
            AccessError: 401 with a fresh token, 403, or a log-in page.
            TransientError: LeanIX stayed unreachable, busy (429) or broken (5xx) through all
                retries.
            ConfigurationError: no workspace is at the host.
            DataError: another 4xx, or an answer that is not what `parse` reads.
            DeadlineExceeded: the deadline came first.
        """
        return self._run("GET", path, parse, query=query, make_error=make_error, target=target)

    def post(
        self,
        path: str,
        parse: Callable[[bytes], Parsed],
        *,
        query: Mapping[str, str] | None = None,
        body: BinaryIO | None = None,
        make_error: ErrorFactory = error_for_response,
    ) -> Parsed:
        """Ask for something to be done, once: a failure that leaves open whether it was is raised.

        Raises as `get`.
        """
        return self._run(
            "POST", path, parse, query=query, body=body, make_error=make_error, idempotent=False
        )

    def put(self, path: str, body: BinaryIO) -> None:
        """Replace a resource. Raises as `get`."""
        self._run("PUT", path, bytes, body=body)

    def download(self, url: str, target: DownloadTarget) -> None:
        """Read a file that LeanIX keeps in a storage of its own; the address is a secret.

        Raises:
            DataError: the address is not https, or the storage refuses it.
            TransientError: the storage did not answer through all retries.
            DeadlineExceeded: the deadline came first.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
            raise DataError("results: LeanIX names a link to them that is not https")

        def send() -> requests.Response:
            return self._client.session.get(
                url,
                # The access token is for LeanIX alone, and ~/.netrc for nobody.
                auth=_no_auth,
                timeout=self._client.timeouts(),
                allow_redirects=False,
                stream=True,
            )

        self._client.run(send, "results", bytes, error_for_storage_response, target=target)

    def _run(
        self,
        method: str,
        path: str,
        parse: Callable[[bytes], Parsed],
        *,
        query: Mapping[str, str] | None = None,
        body: BinaryIO | None = None,
        make_error: ErrorFactory = error_for_response,
        idempotent: bool = True,
        target: DownloadTarget | None = None,
    ) -> Parsed:
        url = f"{self._secret.url}{_API_PATH}{path}"
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if query:
            url += f"?{urlencode(query)}"

        def send() -> requests.Response:
            if body is not None:
                body.seek(0)
            return self._client.session.request(
                method,
                url,
                data=body,
                auth=self._token,
                headers=headers,
                timeout=self._client.timeouts(),
                allow_redirects=False,
                stream=True,
            )

        return self._client.run(
            send,
            f"LeanIX: {method} {path}",
            parse,
            make_error,
            rate_limiter=self._rate_limiter,
            token=self._token,
            idempotent=idempotent,
            target=target,
        )

    def _fetch_token(self) -> AccessToken:
        """A token for an hour; there is no refresh token (SAP Help, "Authentication …")."""

        def send() -> requests.Response:
            return self._client.session.post(
                self._secret.url + _TOKEN_PATH,
                data={"grant_type": "client_credentials"},
                auth=HTTPBasicAuth("apitoken", self._secret.api_token),
                headers={"Accept": "application/json"},
                timeout=self._client.timeouts(),
                allow_redirects=False,
                stream=True,
            )

        host = urlsplit(self._secret.url).netloc
        try:
            return self._client.run(
                send,
                f"LeanIX access token from {host}",
                parse_access_token,
                error_for_token_response,
            )
        except DeadlineExceeded:
            raise
        except TransientError as error:
            raise type(error)(f"{error}; if it stays so, {HOST_HINT}") from error


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
