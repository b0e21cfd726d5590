"""What SAP means when it refuses a request."""

import html
import json
import re
from http import HTTPStatus

import requests

from iflow_census.cloud_integration.roles import role_of
from iflow_census.errors import (
    AccessError,
    CensusError,
    DataError,
    NotFound,
    NotSupported,
    RequestNotDelivered,
    RequestRejected,
)
from iflow_census.http.errors import is_html, one_line

_SAID = {
    "draft state": "save the artifact as a version first: a draft cannot be downloaded",
    "configure only package": "what lies in such a package can be configured, not changed",
    "already exists": "it is there already; update it, or take another key",
    "locked": "somebody has it open in the editor; close it there, or delete the lock",
    "not allowed": "change what was sent",
}
"""What to check by SAP's texts, which come with 400 or 500 (SAP OpenAPI: examples)."""

_CONTENT = "the content of drafts and of configure-only packages cannot be had"
_XML_ERROR = re.compile(r"<error\b[^>]*>.{0,500}?<message\b[^>]*>([^<]{1,2000})", re.DOTALL)
_LONGEST_XML = 4096
"""Bytes in which an error in XML is looked for."""

_DEFAULT = "check what was sent"
_ACCIDENTS = {": internal server error", " with an html page"}
_WHAT_TO_CHECK: dict[int, str] = {
    HTTPStatus.CONFLICT: "it is there already, or is being changed; check the key",
    HTTPStatus.METHOD_NOT_ALLOWED: "this entity set has no such operation",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "it is too large",
    HTTPStatus.LOCKED: "somebody else holds it; try again later",
    HTTPStatus.NOT_IMPLEMENTED: "this entity set has no such operation",
}


def error_for_response(
    response: requests.Response, body: bytes, what: str, path: str
) -> CensusError:
    """What an answer means that is not 2xx.

    Args:
        response: the answer.
        body: its body.
        what: names the request in the message.
        path: below `/api/v1/`, keys encoded.
    """
    status, method = response.status_code, response.request.method or "GET"
    quoted = quote_error(response, body)
    said = f"{what}: HTTP {status}{quoted}".rstrip(".")
    match status:
        case HTTPStatus.UNAUTHORIZED:
            error: CensusError = AccessError(
                f"{said}: the service key was refused; create a new one"
            )
        case HTTPStatus.FORBIDDEN:
            role = role_of(method, path)
            error = AccessError(f"{said}: the service instance lacks the role {role}")
        case HTTPStatus.NOT_FOUND:
            error = NotFound(f"{said}: check the name and its key")
        case HTTPStatus.TOO_MANY_REQUESTS:
            error = RequestNotDelivered(said)
        case HTTPStatus.INTERNAL_SERVER_ERROR if (reason := _reason(quoted, method)) is not None:
            error = RequestRejected(f"{said}: {reason}")
        case _ if response.is_redirect:
            error = AccessError(
                f"{said}: a log-in page instead of an answer; check the key's 'url'"
            )
        case _ if method == "GET":
            error = _unreadable(status, said, path)
        case HTTPStatus.SERVICE_UNAVAILABLE if quoted.startswith(": "):
            # SAP's own words, and not a gateway's: it says so of a keystore that somebody else
            # has locked (SAP OpenAPI: SecurityContent).
            error = RequestNotDelivered(said)
        case _ if status < HTTPStatus.INTERNAL_SERVER_ERROR or status in _WHAT_TO_CHECK:
            hint = _hint(quoted) or _WHAT_TO_CHECK.get(status, _DEFAULT)
            error = RequestRejected(f"{said}: {hint}")
        case _:
            error = DataError(said)
    return error


def _unreadable(status: int, said: str, path: str) -> CensusError:
    if status == HTTPStatus.NOT_IMPLEMENTED:
        return NotSupported(said)
    return DataError(f"{said}: {_CONTENT}" if _is_content(path) else said)


def _reason(quoted: str, method: str) -> str | None:
    """What to check where SAP says with a 500 what was wrong; None for an accident.

    It does so of writes that it will not carry out, such as a duplicate in the partner directory
    (SAP OpenAPI: examples of 500).
    """
    if method == "GET" and "draft state" not in quoted:
        return None
    return _hint(quoted) or (_DEFAULT if quoted and quoted.lower() not in _ACCIDENTS else None)


def _hint(quoted: str) -> str | None:
    return next((hint for words, hint in _SAID.items() if words in quoted), None)


def _is_content(path: str) -> bool:
    """Whether a package or a design-time artifact is downloaded."""
    package = path.startswith("IntegrationPackages(")
    return path.endswith("/$value") and (package or "DesigntimeArtifacts(" in path)


def error_for_token_response(response: requests.Response, _body: bytes, what: str) -> CensusError:
    """The same for the authorization server, whose words are not quoted: they may echo secrets."""
    return AccessError(
        f"{what}: HTTP {response.status_code}: the client of the service key was refused; it may "
        "be wrong or deleted: create a new key"
    )


def quote_error(response: requests.Response, body: bytes) -> str:
    """SAP's error text, cut to one short line; what is no OData error is not quoted.

    Asked for content that is no JSON, SAP writes its error as XML.
    """
    try:
        error = json.loads(body)["error"]
        message = error["message"]
        text = message["value"] if isinstance(message, dict) else message
    except (ValueError, KeyError, TypeError, RecursionError):
        if is_html(response):
            return " with an HTML page"
        found = _XML_ERROR.search(body[:_LONGEST_XML].decode("utf-8", errors="replace"))
        text = html.unescape(found[1]) if found else ""
        return f": {one_line(text)}" if text else ""
    return f": {one_line(str(text))}"
