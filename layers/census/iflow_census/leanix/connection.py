"""A connection to the Integration API of a LeanIX workspace."""

from collections.abc import Callable, Mapping
from typing import BinaryIO, TypeVar
from urllib.parse import urlencode, urlsplit

from requests.auth import HTTPBasicAuth

from iflow_census.clock import Deadline
from iflow_census.errors import DataError, DeadlineExceeded, TransientError
from iflow_census.http.access_token import AccessToken, BearerToken
from iflow_census.http.api_connection import ApiConnection, fetch_access_token
from iflow_census.http.client import ErrorFactory, HttpRequest
from iflow_census.http.download import DownloadTarget
from iflow_census.http.rate_limiter import RateLimiter
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.http.urls import is_secure
from iflow_census.leanix.errors import (
    HOST_HINT,
    error_for_response,
    error_for_storage_response,
    error_for_token_response,
)
from iflow_census.leanix.secret import LeanixSecret

REQUESTS_PER_SECOND = 30.0
"""1800 per minute and user (SAP Help, "Rate limiting")."""

_TOKEN_PATH = "/services/mtm/v1/oauth2/token"  # noqa: S105 - not a secret
_API_PATH = "/services/integration-api/v1"

Parsed = TypeVar("Parsed")


class LeanixConnection(ApiConnection):
    """A connection to a workspace; safe to use from many threads; a context manager.

    Args:
        per_second: LeanIX's rate limit for one user.
    """

    def __init__(
        self,
        secret: LeanixSecret,
        deadline: Deadline,
        *,
        per_second: float = REQUESTS_PER_SECOND,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        super().__init__(deadline, retry_policy)
        self._secret = secret
        self._rate_limiter = RateLimiter(per_second)
        self._token = BearerToken(self._fetch_token, deadline.clock)

    def get(
        self,
        path: str,
        parse: Callable[[bytes], Parsed],
        *,
        query: Mapping[str, str] | None = None,
        make_error: ErrorFactory = error_for_response,
        target: DownloadTarget | None = None,
    ) -> Parsed:
        """Read a resource; `path` is below the API's root and starts with a slash.

        Raises:
            AccessError: 401 with a fresh token, 403, or a log-in page.
            TransientError: unreachable, 429 or 5xx in all attempts.
            ConfigurationError: no workspace at this host.
            DataError: another 4xx, or a body that cannot be parsed.
            DeadlineExceeded: the deadline came first.
        """
        return self._send("GET", path, parse, query=query, make_error=make_error, target=target)

    def post(
        self,
        path: str,
        parse: Callable[[bytes], Parsed],
        *,
        query: Mapping[str, str] | None = None,
        body: BinaryIO | None = None,
        make_error: ErrorFactory = error_for_response,
    ) -> Parsed:
        """Request an action, without retries that could repeat it. Raises as `get`."""
        return self._send(
            "POST", path, parse, query=query, body=body, make_error=make_error, idempotent=False
        )

    def put(self, path: str, body: BinaryIO) -> None:
        """Replace a resource. Raises as `get`."""
        self._send("PUT", path, bytes, body=body)

    def download(self, url: str, target: DownloadTarget) -> None:
        """Download a file from LeanIX's storage; its URL is a secret, and the token is not sent.

        Raises:
            DataError: the URL is not https, or the storage rejects it.
            TransientError: the storage failed in all attempts.
            DeadlineExceeded: the deadline came first.
        """
        if not is_secure(url):
            raise DataError("results: the link from LeanIX is not https")
        self._client.send(
            HttpRequest(
                method="GET",
                url=url,
                label="results",
                parse=bytes,
                make_error=error_for_storage_response,
                target=target,
            )
        )

    def _send(
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
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        url = f"{self._secret.url}{_API_PATH}{path}"
        return self._client.send(
            HttpRequest(
                method=method,
                url=f"{url}?{urlencode(query)}" if query else url,
                label=f"LeanIX: {method} {path}",
                parse=parse,
                make_error=make_error,
                headers=headers,
                body=body,
                auth=self._token,
                rate_limiter=self._rate_limiter,
                idempotent=idempotent,
                target=target,
            )
        )

    def _fetch_token(self) -> AccessToken:
        """Fetch a token, valid for an hour; there are no refresh tokens (SAP Help)."""
        try:
            return fetch_access_token(
                self._client,
                self._secret.url + _TOKEN_PATH,
                f"LeanIX access token from {urlsplit(self._secret.url).netloc}",
                error_for_token_response,
                auth=HTTPBasicAuth("apitoken", self._secret.api_token),
            )
        except DeadlineExceeded:
            raise
        except TransientError as error:
            raise type(error)(f"{error}; if it persists, {HOST_HINT}") from error
