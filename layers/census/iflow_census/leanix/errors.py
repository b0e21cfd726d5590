"""What LeanIX means when it refuses a request, and what to do in LeanIX then."""

import json
from http import HTTPStatus

import requests

from iflow_census.errors import AccessError, CensusError, ConfigurationError, DataError
from iflow_census.http.errors import is_html, one_line

TECHNICAL_USERS = "LeanIX, Administration > Technical Users"
HOST_HINT = "check 'host' in the secret: it is the host in the address of your workspace"


class RunNotFound(DataError):
    """LeanIX has no such run (any more), or no such configuration."""


class InvalidRunState(DataError):
    """The run is not in a state for what was asked: it was started already, or does not run."""


def refusal(response: requests.Response, body: bytes, what: str) -> CensusError:
    """What an answer means that is not 2xx.

    LeanIX documents `{"errors": […]}` for some of them and nothing for 401, 403, 413, 422 and 429
    (swagger of the Integration API), so the body is read where it can be.
    """
    said = f"{what}: HTTP {response.status_code}{said_by_leanix(response, body)}"
    match response.status_code:
        case HTTPStatus.UNAUTHORIZED:
            return AccessError(
                f"{said}: the access token was refused; create a new API token: {TECHNICAL_USERS}"
            )
        case HTTPStatus.FORBIDDEN:
            return AccessError(
                f"{said}: the technical user may not use the Integration API; give it the role "
                f"Admin: {TECHNICAL_USERS}"
            )
        case HTTPStatus.NOT_FOUND if is_html(response):
            return ConfigurationError(f"{said}: no LeanIX workspace answers here; {HOST_HINT}")
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return DataError(f"{said}: the inventory is larger than LeanIX takes in one run")
    if response.is_redirect:
        return ConfigurationError(f"{said}: a redirection instead of an answer; {HOST_HINT}")
    return DataError(said)


def token_refusal(response: requests.Response, _body: bytes, what: str) -> CensusError:
    """The same for the token service, whose words are not quoted: they may echo secrets."""
    said = f"{what}: HTTP {response.status_code}"
    if response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        return ConfigurationError(f"{said}: no LeanIX workspace answers here; {HOST_HINT}")
    if response.is_redirect:
        return ConfigurationError(f"{said}: a redirection instead of an answer; {HOST_HINT}")
    return AccessError(
        f"{said}: the API token was refused: it is wrong, expired or deleted, or belongs to "
        f"another workspace; create a new one: {TECHNICAL_USERS}"
    )


def create_refusal(response: requests.Response, body: bytes, what: str) -> CensusError:
    """The same for the creation of a run: what LeanIX refuses there is in the LDIF's header."""
    if response.status_code in (
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ) and not is_html(response):
        return ConfigurationError(
            f"{what}: HTTP {response.status_code}{said_by_leanix(response, body)}: check "
            "'workspace_id' in the secret against LeanIX, Administration > API Tokens, and the "
            "processor configuration with `iflow-census leanix setup --dry-run`"
        )
    return refusal(response, body, what)


def unknown_refusal(response: requests.Response, body: bytes, what: str) -> CensusError:
    """The same for a question about one run or configuration."""
    if response.status_code == HTTPStatus.NOT_FOUND and not is_html(response):
        return RunNotFound(
            f"{what}: LeanIX does not know it{said_by_leanix(response, body)}; list the runs with "
            "`iflow-census leanix status`"
        )
    return refusal(response, body, what)


def untimely_refusal(response: requests.Response, body: bytes, what: str) -> CensusError:
    """The same where 400 means that the run is not in a state for it.

    Documented for the start of a run that was started, the stop of one that does not run, and the
    warnings of one without a log (swagger).
    """
    if response.status_code == HTTPStatus.BAD_REQUEST and not is_html(response):
        return InvalidRunState(f"{what}: HTTP 400{said_by_leanix(response, body)}")
    return unknown_refusal(response, body, what)


def storage_refusal(response: requests.Response, _body: bytes, what: str) -> CensusError:
    """The same for the storage that keeps results; its address is a secret and not named."""
    return DataError(
        f"{what}: HTTP {response.status_code}: the link to the results may have expired; start "
        "the run again"
    )


def said_by_leanix(response: requests.Response, body: bytes) -> str:
    """LeanIX's words, cut to one short line; what is no error of LeanIX's is not quoted."""
    try:
        content = json.loads(body)
        errors = content.get("errors") or [content.get("message") or content["errorMessage"]]
        text = "; ".join(str(error) for error in errors)
    except (ValueError, KeyError, TypeError, AttributeError):
        return " with an HTML page" if is_html(response) else ""
    return f": {one_line(text)}"
