"""A connection to one tenant's OData API."""

import copy
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import Self, TypeVar, cast

import requests

from iflow_census.clock import Deadline
from iflow_census.cloud_integration import csrf, odata
from iflow_census.cloud_integration.auth import create_auth
from iflow_census.cloud_integration.errors import error_for_response
from iflow_census.cloud_integration.families import RateLimits, family_of
from iflow_census.cloud_integration.service_key import ApiKey, ServiceKey
from iflow_census.errors import CensusError, ConfigurationError, NotFound
from iflow_census.http.access_token import BearerToken
from iflow_census.http.api_connection import ApiConnection
from iflow_census.http.client import HttpRequest, Responses
from iflow_census.http.download import DownloadTarget
from iflow_census.http.rate_limiter import RateLimiter
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.journal import Journal

Parsed = TypeVar("Parsed")

JSON = "application/json"

LOCATION_READ_SECONDS = 30.0
LOCATION_RETRIES = 2
"""Timeout and retries at a runtime location other than the cloud."""

_SAFE_CHARACTERS = "$'(),/"


class SapConnection(ApiConnection):
    """A connection to a tenant's API; safe to use from many threads; a context manager.

    Args:
        journal: responses of an earlier attempt of the run, which are not requested again; new
            ones are added. None sends every request.

    Attributes:
        base_url: the API's address, with a trailing slash.
        journal: see above.
        prefix: what the names of its requests start with, in the journal and in messages; "" for
            the cloud.
        read_only: whether this is SAP's API sandbox, which rejects writes (SAP OpenAPI).
    """

    def __init__(
        self,
        key: ServiceKey,
        deadline: Deadline,
        *,
        limits: RateLimits | None = None,
        retry_policy: RetryPolicy | None = None,
        journal: Journal | None = None,
    ) -> None:
        super().__init__(deadline, retry_policy)
        self.base_url = f"{key.url}/api/v1/"
        self.prefix = ""
        self.read_only = isinstance(key.credentials, ApiKey)
        self.journal = journal
        self._rate_limiters = {
            family: RateLimiter(rate)
            for family, rate in (limits or RateLimits()).by_family().items()
        }
        self._auth = create_auth(key.credentials, self._client)
        self._csrf = csrf.CsrfTokens(self._fetch_csrf_token)

    def at_location(self, location_id: str, deadline: Deadline) -> Self:
        """Return a connection to a runtime location, whose API has the path `/location/<id>`.

        Its responses come from an Edge Integration Cell, which may be out of reach: it is given up
        sooner than the cloud.

        Returns:
            A connection that shares access token, rate limits and journal and needs no closing.
        """
        connection = copy.copy(self)
        connection.prefix = f"location/{location_id}/"
        root = self.base_url.removesuffix("api/v1/")
        connection.base_url = f"{root}{connection.prefix}api/v1/"
        policy = self._client.retry_policy
        connection._client = self._client.with_deadline(  # noqa: SLF001 - of this class
            deadline,
            replace(
                policy,
                read=min(policy.read, LOCATION_READ_SECONDS),
                retries=min(policy.retries, LOCATION_RETRIES),
            ),
        )
        return connection

    def with_timeout(self, seconds: float, retries: int) -> Self:
        """Return this connection with tighter limits and without a journal, for optional requests.

        The seconds are for all its requests, which then raise `DeadlineExceeded`. It shares the
        rate limits, and needs no closing.
        """
        connection = self.without_journal()
        connection._client = self._client.with_deadline(  # noqa: SLF001 - of this class
            self.deadline.child(seconds), replace(self._client.retry_policy, retries=retries)
        )
        return connection

    def without_journal(self) -> Self:
        """Return this connection for requests that are always sent, and never recorded."""
        connection = copy.copy(self)
        connection.journal = None
        return connection

    def log_on(self) -> None:
        """Fetch an access token if this kind of key uses one. Raises as `get`."""
        if isinstance(self._auth, BearerToken):
            self._auth.ensure_valid()

    def url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """Return the URL of a resource; `path` and `query` as for `get`."""
        url = self.base_url + path
        if query:
            # Not `urlencode`: SAP decodes %20 everywhere, but '+' only in some components.
            url += ("&" if "?" in url else "?") + "&".join(
                f"{odata.percent_encode(name, _SAFE_CHARACTERS)}="
                f"{odata.percent_encode(value, _SAFE_CHARACTERS)}"
                for name, value in query.items()
            )
        return url

    def get(
        self,
        path: str,
        parse: Callable[[bytes], Parsed],
        *,
        query: Mapping[str, str] | None = None,
        accept: str = JSON,
        retry_timeout: bool = True,
        fresh: bool = False,
    ) -> Parsed:
        """Read a resource.

        Args:
            path: path below `/api/v1/` with encoded keys; may include a query. The rate limit is
                that of its family.
            parse: parses the body; raises ValueError if it cannot.
            query: additional query options, not encoded.
            accept: the media type to request; SAP's default is Atom XML.
            retry_timeout: False raises `ResponseTimeout` at the first timeout.
            fresh: send the request even if the journal has a response.

        Raises:
            AccessError: 401 with a fresh token, 403, or a log-in page.
            ResponseTimeout: no response in time, or 504.
            TransientError: unreachable, 429 or 5xx in all attempts.
            NotFound: 404.
            DataError: another 4xx, or a body that cannot be parsed or is too long.
            DeadlineExceeded: the deadline came first.
        """
        name = self.prefix + self.url(path, query).removeprefix(self.base_url)
        journal = self.journal
        recorded = None if fresh or journal is None else journal.get(name)
        if recorded is not None:
            # A response that another version has recorded may be unreadable: request it again.
            with suppress(ValueError):
                return parse(recorded)

        def parse_and_record(body: bytes) -> Parsed:
            parsed = parse(body)
            if journal is not None:
                journal.record(name, body)
            return parsed

        headers = {"Accept": accept}
        request = self._request("GET", path, parse_and_record, headers, query=query)
        return self._client.send(replace(request, retry_timeout=retry_timeout))

    def download(
        self,
        path: str,
        target: DownloadTarget,
        *,
        query: Mapping[str, str] | None = None,
    ) -> str:
        """Write a stream to a file. Returns its media type. Raises as `get`."""
        request = self._request("GET", path, bytes, {"Accept": "*/*"}, query=query)
        response = self._send_for_response(replace(request, target=target))
        return response.headers.get("Content-Type", "")

    def write(
        self,
        method: str,
        path: str,
        parse: Callable[[bytes], Parsed],
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = JSON,
    ) -> Parsed:
        """Change something, with a CSRF token.

        Every write is retried if SAP has not carried it out: after 401, 429, a 403 that requires a
        CSRF token, a 503 with SAP's own message, or a connection that could not be made. DELETE and
        PUT without query options are idempotent (RFC 9110, section 9.2.2) and are also retried
        after timeouts and a 5xx without a reason. POST, PATCH, and PUT with query options, which
        may rename or copy, are not. Arguments are as for `get`; `parse` may receive an empty body.

        Raises:
            ConfigurationError: this is the API sandbox; nothing was sent.
            RequestRejected: 4xx other than 401, 403 and 404, or a 500 with a reason.
            NotFound: 404, unless an earlier attempt of a DELETE may have succeeded.
            CensusError: as `get`.
        """
        if self.read_only:
            raise ConfigurationError(
                f"{method} {path}: SAP's API sandbox can only be read; nothing was sent. "
                "Use the service key of a tenant"
            )
        headers = {"Accept": JSON}
        if body is not None:
            headers["Content-Type"] = content_type
        request = replace(
            self._request(method, path, parse, headers, query=query),
            body=body,
            idempotent=method == "DELETE" or (method == "PUT" and not query),
        )
        token = self._csrf.current()
        try:
            return self._send_write(request, token)
        except csrf.CsrfTokenRejected:
            self._csrf.discard(token)
            return self._send_write(request, self._csrf.current())

    def _send_write(self, request: HttpRequest[Parsed], token: csrf.CsrfToken) -> Parsed:
        responses: Responses = []
        try:
            return self._client.send(
                replace(request, headers={**request.headers, **token.headers}), responses
            )
        except NotFound:
            # An earlier attempt may have deleted it.
            if request.method == "DELETE" and any(map(_may_have_succeeded, responses[:-1])):
                return request.parse(b"")
            raise

    def _fetch_csrf_token(self) -> csrf.CsrfToken:
        headers = {"Accept": JSON, csrf.HEADER: "Fetch"}
        return csrf.parse_token(self._send_for_response(self._request("GET", "", bytes, headers)))

    def _send_for_response(self, request: HttpRequest[bytes]) -> requests.Response:
        responses: Responses = []
        self._client.send(request, responses)
        return cast(requests.Response, responses[-1])  # the attempt that succeeded has one

    def _request(
        self,
        method: str,
        path: str,
        parse: Callable[[bytes], Parsed],
        headers: Mapping[str, str],
        *,
        query: Mapping[str, str] | None = None,
    ) -> HttpRequest[Parsed]:
        def make_error(response: requests.Response, body: bytes, label: str) -> CensusError:
            if csrf.requires_token(response):
                return csrf.CsrfTokenRejected(
                    f"{label}: HTTP 403: SAP rejects the CSRF token that it has issued"
                )
            return error_for_response(response, body, label, path)

        return HttpRequest(
            method=method,
            url=self.url(path, query),
            label=f"{method} {self.prefix}{path.partition('?')[0]}",
            parse=parse,
            make_error=make_error,
            headers=headers,
            auth=self._auth,
            rate_limiter=self._rate_limiters[family_of(path)],
        )


def _may_have_succeeded(response: requests.Response | None) -> bool:
    """Check whether the server may have carried out an attempt."""
    if response is None:
        return True
    return response.ok or response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
