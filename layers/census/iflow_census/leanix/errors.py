"""Turns error responses of LeanIX into the project's errors, with what to do in LeanIX."""

import json
from http import HTTPStatus

import requests

from iflow_census.errors import (
    AccessError,
    CensusError,
    ConfigurationError,
    DataError,
    TransientError,
    one_line,
)
from iflow_census.http.errors import error_of_authorization_server, is_html

TECHNICAL_USERS = "LeanIX, Administration > Technical Users"
HOST_HINT = "check 'host' in the secret: it is the host in the address of your workspace"


class RunNotFound(DataError):
    """LeanIX has no such run or configuration, or has deleted it."""


class InvalidRunState(DataError):
    """The run's state does not allow the action, e.g. starting a run that was already started."""


def error_for_response(response: requests.Response, body: bytes, what: str) -> CensusError:
    """Return the error for a response that is not 2xx.

    LeanIX documents `{"errors": […]}` for some statuses, but no body for 401, 403, 413, 422 and 429
    (swagger of the Integration API), so a body that cannot be parsed is ignored.
    """
    failure = f"{what}: HTTP {response.status_code}{quote_error(response, body)}"
    match response.status_code:
        case HTTPStatus.UNAUTHORIZED:
            return AccessError(
                f"{failure}: the access token was rejected; create a new API token in "
                f"{TECHNICAL_USERS}"
            )
        case HTTPStatus.FORBIDDEN:
            return AccessError(
                f"{failure}: the technical user may not use the Integration API; assign it the "
                f"role Admin in {TECHNICAL_USERS}"
            )
        case HTTPStatus.NOT_FOUND if is_html(response):
            return ConfigurationError(f"{failure}: no LeanIX workspace at this host; {HOST_HINT}")
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return DataError(f"{failure}: the inventory is larger than LeanIX accepts in one run")
    if response.is_redirect:
        return ConfigurationError(f"{failure}: unexpected redirect; {HOST_HINT}")
    return DataError(failure)


def error_for_token_response(response: requests.Response, _body: bytes, what: str) -> CensusError:
    """Return the error for a token response; its body is not quoted, as it may contain secrets."""
    failure = f"{what}: HTTP {response.status_code}"
    if error := error_of_authorization_server(response, failure):
        return error
    if response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        return ConfigurationError(f"{failure}: no LeanIX workspace at this host; {HOST_HINT}")
    if response.is_redirect:
        return ConfigurationError(f"{failure}: unexpected redirect; {HOST_HINT}")
    return AccessError(
        f"{failure}: the API token was rejected: it is wrong, expired, deleted or from another "
        f"workspace; create a new one in {TECHNICAL_USERS}"
    )


def error_for_create_response(response: requests.Response, body: bytes, what: str) -> CensusError:
    """Return the error for the creation of a run: LeanIX rejects the header of the LDIF.

    409 is not documented; its meaning in HTTP is that the request can succeed later.
    """
    if response.status_code == HTTPStatus.CONFLICT:
        return TransientError(f"{what}: HTTP 409{quote_error(response, body)}; run again later")
    if response.status_code in (
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ) and not is_html(response):
        return ConfigurationError(
            f"{what}: HTTP {response.status_code}{quote_error(response, body)}; compare "
            "'workspace_id' in the secret with LeanIX, Administration > API Tokens, and check the "
            "processor configuration with `iflow-census leanix setup --dry-run`"
        )
    return error_for_response(response, body, what)


def error_for_lookup_response(response: requests.Response, body: bytes, what: str) -> CensusError:
    """Return the error for a request about one run or configuration, which may not exist."""
    if response.status_code == HTTPStatus.NOT_FOUND and not is_html(response):
        return RunNotFound(
            f"{what}: not found in LeanIX{quote_error(response, body)}; list the runs with "
            "`iflow-census leanix status`"
        )
    return error_for_response(response, body, what)


def error_for_action_response(response: requests.Response, body: bytes, what: str) -> CensusError:
    """Return the error for a request that needs a run in a certain state.

    400 is documented for starting a run twice, and for the warnings of a run without a log.
    """
    if response.status_code == HTTPStatus.BAD_REQUEST and not is_html(response):
        return InvalidRunState(f"{what}: HTTP 400{quote_error(response, body)}")
    return error_for_lookup_response(response, body, what)


def error_for_storage_response(response: requests.Response, _body: bytes, what: str) -> CensusError:
    """Return the error for a download of results; the URL is a secret and is not quoted."""
    return DataError(
        f"{what}: HTTP {response.status_code}: the link to the results may have expired; start "
        "the run again"
    )


def quote_error(response: requests.Response, body: bytes) -> str:
    """Return LeanIX's error text as one short line, or "" if the body is not a LeanIX error."""
    try:
        content = json.loads(body)
        errors = content.get("errors") or [content.get("message") or content["errorMessage"]]
        text = "; ".join(str(error) for error in errors)
    except (ValueError, KeyError, TypeError, AttributeError):
        return " with an HTML page" if is_html(response) else ""
    return f": {one_line(text)}"
