"""The way to one tenant's API: logged on, and paced per API family."""

import copy
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import TypeVar

import requests

from iflow_census.clock import Deadline
from iflow_census.cloud_integration import csrf, odata
from iflow_census.cloud_integration.errors import error_for_response
from iflow_census.cloud_integration.families import Family, RateLimits
from iflow_census.cloud_integration.logon import log_on
from iflow_census.cloud_integration.service_key import ApiKey, ServiceKey
from iflow_census.errors import CensusError, ConfigurationError, NotFound
from iflow_census.http.access_token import BearerToken
from iflow_census.http.client import HttpClient, Traffic
from iflow_census.http.download import DownloadTarget
from iflow_census.http.rate_limiter import RateLimiter
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.journal import Journal

Parsed = TypeVar("Parsed")

JSON = "application/json"

_SAFE = "$'(),/"

RELAXED_HEADROOM = 0.1
"""Share of a limit that is left unused where nothing is won by using it."""


class SapConnection:
    """Speaks to a tenant's API; safe to use from many threads; a context manager.

    Args:
        key: where the tenant is and how to log on.
        deadline: no request is begun after it.
        limits: SAP's rate limits, per API family.
        retry_policy: time-outs and retries.
        journal: answers of an earlier try, given again without asking; new ones are added.
            Without it, each question is asked.

    Attributes:
        root: the API's address, with a slash at its end.
        journal: as given.
        read_only: this is SAP's API sandbox, which takes no write (SAP OpenAPI).
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
        self.root = f"{key.url}/api/v1/"
        self.read_only = isinstance(key.credentials, ApiKey)
        self._client = HttpClient(deadline, retry_policy or RetryPolicy())
        self._rate_limiters = {
            # The design time alone is what a census waits for; the others have time to spare.
            family: RateLimiter(rate)
            if family is Family.DESIGN_TIME
            else RateLimiter(rate, RELAXED_HEADROOM)
            for family, rate in (limits or RateLimits()).by_family().items()
        }
        self.journal = journal
        self._auth = log_on(key.credentials, self._client)
        self._csrf = csrf.CsrfTokens(self._fetch_csrf_token)

    def __enter__(self) -> "SapConnection":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def traffic(self) -> Traffic:
        """What has been sent so far, token requests included."""
        return self._client.traffic

    def with_timeout(self, seconds: float, retries: int) -> "SapConnection":
        """The same connection, paced and counted with it, for questions that need no answer.

        Args:
            seconds: after which each of its requests raises `DeadlineExceeded`, if not before.
            retries: how often a request is sent again.

        Returns:
            A connection without a journal; nothing is to be closed.
        """
        client = self._client
        other = copy.copy(self)
        other._client = client.with_deadline(  # noqa: SLF001 - its own kind
            client.deadline.child(seconds), replace(client.retry_policy, retries=retries)
        )
        other.journal = None
        return other

    def check_deadline(self) -> None:
        """Raise `DeadlineExceeded` if the time of the whole connection is used up."""
        self._client.deadline.check()

    def log_on(self) -> None:
        """Fetch an access token, where the kind of key needs one. Raises as `get` does."""
        if isinstance(self._auth, BearerToken):
            self._auth.ensure()

    def url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """The address of a resource; `path` and `query` as for `get`."""
        url = self.root + path
        if query:
            # SAP decodes %20 but not every component decodes '+', hence no `urlencode`.
            url += ("&" if "?" in url else "?") + "&".join(
                f"{odata.percent_encode(name, _SAFE)}={odata.percent_encode(value, _SAFE)}"
                for name, value in query.items()
            )
        return url

    def get(
        self,
        path: str,
        family: Family,
        parse: Callable[[bytes], Parsed],
        *,
        query: Mapping[str, str] | None = None,
        accept: str = JSON,
        retry_timeout: bool = True,
        fresh: bool = False,
    ) -> Parsed:
        """Read a resource.

        Args:
            path: below `/api/v1/`, keys already encoded; may carry a query of its own.
            family: whose rate limit the request counts for.
            parse: makes the result of the body; raises ValueError if the body is something else.
            query: further query options, not encoded.
            accept: the media type asked for; without it SAP answers Atom XML.
            retry_timeout: False raises `ResponseTimeout` at the first time-out.
            fresh: ask, even if there is an answer of an earlier time.

        Raises:
            AccessError: 401 with a fresh token, 403, or a log-in page.
            ResponseTimeout: the tenant did not answer in time (also 504).
            TransientError: it stayed unreachable, busy (429) or broken (5xx) through all retries.
            NotFound: 404.
            DataError: another 4xx, an answer that is not what `parse` reads, or one without end.
            DeadlineExceeded: the deadline came first.
        """
        question = self.url(path, query).removeprefix(self.root)
        journal = self.journal
        remembered = None if fresh or journal is None else journal.get(question)
        if remembered is not None:
            # Of another version of this program, it may be unreadable; then it is asked again.
            with suppress(ValueError):
                return parse(remembered)

        def keep(body: bytes) -> Parsed:
            parsed = parse(body)
            if journal is not None:
                journal.record(question, body)
            return parsed

        return self._run(
            "GET",
            path,
            family,
            keep,
            query=query,
            headers={"Accept": accept},
            retry_timeout=retry_timeout,
        )

    def download(
        self,
        path: str,
        family: Family,
        target: DownloadTarget,
        *,
        query: Mapping[str, str] | None = None,
    ) -> str:
        """Read a stream into a target. Returns its media type. Raises as `get`."""
        heard: _Heard = []
        self._run(
            "GET",
            path,
            family,
            bytes,
            query=query,
            headers={"Accept": "*/*"},
            target=target,
            heard=heard,
        )
        answer = heard[-1]
        return "" if answer is None else answer.headers.get("Content-Type", "")

    def write(
        self,
        method: str,
        path: str,
        family: Family,
        parse: Callable[[bytes], Parsed],
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = JSON,
    ) -> Parsed:
        """Change something, in a session of SAP's that a CSRF token stands for.

        It is sent again where that repeats nothing: after 401, 403 for want of a CSRF token, 429,
        503 in SAP's own words, or a connection that was never made. A DELETE, and a PUT without
        query options, may come twice (RFC 9110, section 9.2.2) and are sent again after time-outs
        and a 5xx that says nothing too. A PUT with options may rename or copy: like POST and
        PATCH it is not, since nobody knows then whether it was carried out.

        Args:
            method: POST, PUT, PATCH or DELETE.
            path: as for `get`.
            family: as for `get`.
            parse: makes the result of the body, which may be empty.
            query: as for `get`.
            body: what to send.
            content_type: of the body.

        Raises:
            ConfigurationError: this is the API sandbox; nothing was sent.
            RequestRejected: 4xx other than 401, 403 and 404, or a 500 that says what is wrong.
            NotFound: 404, unless an earlier try of this DELETE may have been carried out.
            CensusError: as `get`.
        """
        if self.read_only:
            raise ConfigurationError(
                f"{method} {path}: SAP's API sandbox can only be read; nothing was sent. "
                "Use the service key of a tenant"
            )

        def send(token: csrf.CsrfToken) -> Parsed:
            heard: _Heard = []
            typed = {} if body is None else {"Content-Type": content_type}
            try:
                return self._run(
                    method,
                    path,
                    family,
                    parse,
                    query=query,
                    headers={"Accept": JSON, **typed, **token.headers},
                    body=body,
                    idempotent=method == "DELETE" or (method == "PUT" and not query),
                    heard=heard,
                )
            except NotFound:
                # What an earlier try deleted, the next one does not find.
                if method == "DELETE" and any(map(_may_have_worked, heard[:-1])):
                    return parse(b"")
                raise

        token = self._csrf.current()
        try:
            return send(token)
        except csrf.CsrfTokenRejected:
            self._csrf.discard(token)
            return send(self._csrf.current())

    def _fetch_csrf_token(self) -> csrf.CsrfToken:
        heard: _Heard = []
        headers = {"Accept": JSON, csrf.HEADER: "Fetch"}
        self._run("GET", "", Family.OTHER, bytes, headers=headers, heard=heard)
        answer = heard[-1]
        return csrf.CsrfToken({}) if answer is None else csrf.parse_token(answer)

    def _run(
        self,
        method: str,
        path: str,
        family: Family,
        parse: Callable[[bytes], Parsed],
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        retry_timeout: bool = True,
        idempotent: bool = True,
        target: DownloadTarget | None = None,
        heard: "_Heard | None" = None,
    ) -> Parsed:
        """Send until there is an answer; `heard` is given the answer of each try, or None."""
        url = self.url(path, query)
        answers: _Heard = [] if heard is None else heard

        def send() -> requests.Response:
            answers.append(None)
            answer = self._client.session.request(
                method,
                url,
                data=body,
                auth=self._auth,
                headers=headers,
                timeout=self._client.timeouts(),
                allow_redirects=False,
                stream=True,
            )
            answers[-1] = answer
            return answer

        def refused(response: requests.Response, said: bytes, what: str) -> CensusError:
            if csrf.requires_token(response):
                return csrf.CsrfTokenRejected(
                    f"{what}: HTTP 403: SAP refuses the CSRF token that it gave"
                )
            return error_for_response(response, said, what, path)

        return self._client.run(
            send,
            f"{method} {path.partition('?')[0]}",
            parse,
            refused,
            rate_limiter=self._rate_limiters[family],
            token=self._auth if isinstance(self._auth, BearerToken) else None,
            retry_timeout=retry_timeout,
            idempotent=idempotent,
            target=target,
        )


_Heard = list[requests.Response | None]


def _may_have_worked(answer: requests.Response | None) -> bool:
    """Whether a try may have been carried out: it was not refused."""
    if answer is None:
        return True
    return answer.ok or answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
