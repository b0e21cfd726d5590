"""The way to one tenant's API: logged on, and paced per API family."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TypeVar
from urllib.parse import quote, urlencode

import requests

from iflow_census.clock import Deadline
from iflow_census.cloud_integration.failures import refusal
from iflow_census.cloud_integration.families import Family, RateLimits
from iflow_census.cloud_integration.logon import log_on
from iflow_census.cloud_integration.service_key import ServiceKey
from iflow_census.http.access_token import BearerToken
from iflow_census.http.exchange import Exchange, Patience, Traffic
from iflow_census.http.pacing import Pacer
from iflow_census.journal import Journal

Parsed = TypeVar("Parsed")


class Connection:
    """Reads a tenant's API; safe to use from many threads; a context manager.

    Args:
        key: where the tenant is and how to log on.
        deadline: no request is begun after it.
        limits: SAP's rate limits, per API family.
        patience: time-outs and retries.
        journal: answers of an earlier try, given again without asking; new ones are added.
    """

    def __init__(
        self,
        key: ServiceKey,
        deadline: Deadline,
        *,
        limits: RateLimits | None = None,
        patience: Patience | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.root = f"{key.url}/api/v1/"
        self._exchange = Exchange(deadline, patience or Patience())
        self._pacers = {
            family: Pacer(rate) for family, rate in (limits or RateLimits()).by_family().items()
        }
        self._journal = journal if journal is not None else Journal()
        self._auth = log_on(key.credentials, self._exchange)

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._exchange.close()

    @property
    def traffic(self) -> Traffic:
        """What has been sent so far, token requests included."""
        return self._exchange.traffic

    def log_on(self) -> None:
        """Fetch an access token, where the kind of key needs one. Raises as `get` does."""
        if isinstance(self._auth, BearerToken):
            self._auth.ensure()

    def get(
        self,
        path: str,
        family: Family,
        parse: Callable[[bytes], Parsed],
        *,
        query: Mapping[str, str] | None = None,
        accept: str = "application/json",
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
            retry_timeout: False raises `AnswerTimeout` at the first time-out.
            fresh: ask, even if there is an answer of an earlier time.

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

        question = url.removeprefix(self.root)
        remembered = None if fresh else self._journal.answer(question)
        if remembered is not None:
            # Of another version of this program, it may be unreadable; then it is asked again.
            with suppress(ValueError):
                return parse(remembered)

        def keep(body: bytes) -> Parsed:
            parsed = parse(body)
            self._journal.keep(question, body)
            return parsed

        def send() -> requests.Response:
            return self._exchange.session.get(
                url,
                auth=self._auth,
                headers={"Accept": accept},
                timeout=self._exchange.timeouts(),
                allow_redirects=False,
                stream=True,
            )

        return self._exchange.run(
            send,
            f"GET {path.partition('?')[0]}",
            keep,
            partial(refusal, family=family),
            pacer=self._pacers[family],
            token=self._auth if isinstance(self._auth, BearerToken) else None,
            retry_timeout=retry_timeout,
        )
