"""What SAP means when it refuses a request."""

import json
from http import HTTPStatus

import requests

from iflow_census.cloud_integration.families import ROLES, Family
from iflow_census.errors import AccessError, CensusError, DataError
from iflow_census.http.failures import is_html, one_line


def refusal(response: requests.Response, body: bytes, what: str, family: Family) -> CensusError:
    """What an answer means that is not 2xx and that another try would not change."""
    said = f"{what}: HTTP {response.status_code}{said_by_sap(response, body)}"
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        return AccessError(f"{said}: the service key was refused; create a new one")
    if response.status_code == HTTPStatus.FORBIDDEN:
        return AccessError(f"{said}: the service instance lacks the role {ROLES[family]}")
    if response.is_redirect:
        return AccessError(f"{said}: a log-in page instead of an answer; check the key's 'url'")
    return DataError(said)


def token_refusal(response: requests.Response, _body: bytes, what: str) -> CensusError:
    """The same for the authorization server, whose words are not quoted: they may echo secrets."""
    return AccessError(
        f"{what}: HTTP {response.status_code}: the client of the service key was refused; it may "
        "be wrong or deleted: create a new key"
    )


def said_by_sap(response: requests.Response, body: bytes) -> str:
    """SAP's error text, cut to one short line; what is no OData error is not quoted."""
    try:
        error = json.loads(body)["error"]
        message = error["message"]
        text = message["value"] if isinstance(message, dict) else message
    except (ValueError, KeyError, TypeError, RecursionError):
        return " with an HTML page" if is_html(response) else ""
    return f": {one_line(str(text))}"
