"""What connections to APIs have in common."""

from collections.abc import Mapping
from typing import Self

from iflow_census.clock import Deadline
from iflow_census.errors import ResponseTimeout, TransientError
from iflow_census.http.access_token import AccessToken, parse_access_token
from iflow_census.http.client import ErrorFactory, HttpClient, HttpRequest
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.http.session import Auth, no_auth
from iflow_census.http.traffic import Traffic


class ApiConnection:
    """A connection to an API; safe to use from many threads; a context manager."""

    def __init__(self, deadline: Deadline, retry_policy: RetryPolicy | None) -> None:
        self._client = HttpClient(deadline, retry_policy or RetryPolicy())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def deadline(self) -> Deadline:
        """No request is started after it."""
        return self._client.deadline

    @property
    def traffic(self) -> Traffic:
        """The traffic so far, including token requests."""
        return self._client.traffic


def fetch_access_token(
    client: HttpClient,
    url: str,
    label: str,
    make_error: ErrorFactory,
    *,
    auth: Auth = no_auth,
    fields: Mapping[str, str] | None = None,
) -> AccessToken:
    """Fetch a token with OAuth client credentials (RFC 6749, section 4.4).

    `make_error` returns the error for a response that is not 2xx; `fields` are further fields of
    the form.
    """
    request = HttpRequest(
        method="POST",
        url=url,
        label=label,
        parse=parse_access_token,
        make_error=make_error,
        headers={"Accept": "application/json"},
        body={"grant_type": "client_credentials", **(fields or {})},
        auth=auth,
    )
    try:
        return client.send(request)
    except ResponseTimeout as error:
        # Whoever asks for less after a timeout would need the same token.
        raise TransientError(str(error)) from error
