"""Translate SAP's error responses into the project's errors."""

import html
import json
import re
from http import HTTPStatus

import requests

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.roles import required_role
from iflow_census.errors import (
    AccessError,
    CensusError,
    ConfigurationError,
    DataError,
    NotFound,
    NotSupported,
    OptionRejected,
    RequestNotDelivered,
    RequestRejected,
    one_line,
)
from iflow_census.http.errors import error_of_authorization_server, is_html, proxy_login_error

_HINTS_BY_TEXT = {
    "draft state": "save each draft as a version, or download the artifacts one by one",
    "configure only package": "artifacts of such a package can be configured, but not changed",
    "already exists": "update it, or choose another key",
    "locked": "someone is editing it; close the editor, or delete the lock",
    "not allowed": "change the request",
}
"""What to do, by a part of SAP's text, which comes with 400 or 500 (SAP OpenAPI: examples)."""

_HINTS_BY_STATUS: dict[int, str] = {
    HTTPStatus.CONFLICT: "it already exists or is being changed; check the key",
    HTTPStatus.METHOD_NOT_ALLOWED: "the entity set does not support this operation",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the content is too large",
    HTTPStatus.LOCKED: "someone else has locked it; try again later",
    HTTPStatus.NOT_IMPLEMENTED: "the entity set does not support this operation",
}
_DEFAULT_HINT = "check the request"
_CLIENT_REJECTED = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
"""Statuses of an authorization server for wrong client credentials (RFC 6749, section 5.2)."""
_PACKAGE_DOWNLOAD_HINT = "configure-only packages and packages with drafts cannot be downloaded"
_ARTIFACT_DOWNLOAD_HINT = "artifacts of configure-only packages cannot be downloaded"

_BROKER_PATH = re.compile(r"JmsBrokers\b|Queues\b")
"""Without a broker, SAP answers 500 without a text (observed on a tenant)."""

_POLICY_PATH = re.compile(r"Integration(Packages|DesigntimeArtifacts)\(")
"""What an access policy can hide from a service instance that reads others of its kind."""

_BROKER_HINT = "the tenant may have no JMS message broker"
_NO_TEXT = " without an error text"
_UNSPECIFIC_ERRORS = {": internal server error", " with an html page", _NO_TEXT}
_XML_ERROR = re.compile(r"<error\b[^>]*>.{0,500}?<message\b[^>]*?(?:/>|>([^<]{0,2000}))", re.DOTALL)
_MAX_XML_BYTES = 4096


def error_for_response(
    response: requests.Response, body: bytes, what: str, path: str
) -> CensusError:
    """Return the error for a response that is not 2xx."""
    status, method = response.status_code, response.request.method or "GET"
    quote = quote_error(response, body)
    prefix = f"{what}: HTTP {status}{quote}".rstrip(".")
    match status:
        case HTTPStatus.UNAUTHORIZED:
            hint = "the service key was rejected; create a new one"
            error: CensusError = AccessError(_add(prefix, quote, hint))
        case HTTPStatus.FORBIDDEN:
            hint = (
                f"the service instance lacks the role {required_role(method, path)}; "
                "add the role and create a new key"
            )
            if method == "GET" and _POLICY_PATH.match(path):
                hint = f"an access policy hides it, or {hint}"
            error = AccessError(_add(prefix, quote, hint))
        case HTTPStatus.NOT_FOUND:
            error = NotFound(_add(prefix, quote, "check the name and the key"))
        case HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            error = proxy_login_error(f"{what}: HTTP {status}", response.url)
        case HTTPStatus.TOO_MANY_REQUESTS:
            error = RequestNotDelivered(prefix)
        case HTTPStatus.INTERNAL_SERVER_ERROR if hint_for_500 := _hint_for_500(quote, method):
            error = RequestRejected(_add(prefix, quote, hint_for_500))
        case _ if response.is_redirect:
            hint = "redirected to a login page; check the key's 'url'"
            error = AccessError(_add(prefix, quote, hint))
        case _ if method == "GET":
            error = _read_error(status, quote, prefix, path)
        case _:
            error = _write_error(status, quote, prefix)
    return error


def _read_error(status: int, quote: str, prefix: str, path: str) -> CensusError:
    if status == HTTPStatus.NOT_IMPLEMENTED:
        return NotSupported(prefix)
    error_class = OptionRejected if status == HTTPStatus.BAD_REQUEST else DataError
    if download_hint := _hint_for_download(path):
        hint = download_hint
    elif quote != _NO_TEXT:
        return error_class(prefix)
    elif status < HTTPStatus.INTERNAL_SERVER_ERROR:
        hint = _DEFAULT_HINT
    else:
        hint = _BROKER_HINT if _BROKER_PATH.match(path) else "try again later"
    return error_class(_add(prefix, quote, hint))


def _write_error(status: int, quote: str, prefix: str) -> CensusError:
    if status == HTTPStatus.SERVICE_UNAVAILABLE and quote.startswith(": "):
        # An OData error comes from SAP and not from a gateway: SAP returns it for a keystore that
        # someone else has locked (SAP OpenAPI: SecurityContent).
        return RequestNotDelivered(prefix)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR or status in _HINTS_BY_STATUS:
        hint = _hint_for_text(quote) or _HINTS_BY_STATUS.get(status, _DEFAULT_HINT)
        return RequestRejected(_add(prefix, quote, hint))
    if quote == _NO_TEXT:
        hint = "check whether the change took effect before you try again"
        return DataError(_add(prefix, quote, hint))
    return DataError(prefix)


def _add(prefix: str, quote: str, hint: str) -> str:
    return f"{prefix}{'; ' if quote else ': '}{hint}"


def _hint_for_500(quote: str, method: str) -> str | None:
    """Return what to do if SAP rejects a request with a 500; None for a server error.

    SAP does so for writes, such as a duplicate in the partner directory (SAP OpenAPI: examples of
    500), and for downloads of packages with drafts.
    """
    if method == "GET" and "draft state" not in quote:
        return None
    is_specific = quote and quote.lower() not in _UNSPECIFIC_ERRORS
    return _hint_for_text(quote) or (_DEFAULT_HINT if is_specific else None)


def _hint_for_text(quote: str) -> str | None:
    return next((hint for text, hint in _HINTS_BY_TEXT.items() if text in quote), None)


def _hint_for_download(path: str) -> str | None:
    """Return why a package or a design-time artifact may not be downloadable."""
    if not path.endswith("/$value"):
        return None
    if "DesigntimeArtifacts(" in path:
        return _ARTIFACT_DOWNLOAD_HINT
    return _PACKAGE_DOWNLOAD_HINT if path.startswith("IntegrationPackages(") else None


def error_for_token_response(response: requests.Response, _body: bytes, what: str) -> CensusError:
    """Return the error for a response of the authorization server, which may echo secrets.

    The body is therefore not quoted.
    """
    status = response.status_code
    failure = f"{what}: HTTP {status}"
    if error := error_of_authorization_server(response, failure):
        return error
    if status in _CLIENT_REJECTED:
        return AccessError(
            f"{failure}: the client of the service key was rejected: "
            "it may be wrong or deleted; create a new key"
        )
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return AccessError(f"{failure}: redirected to a login page; check the key's 'tokenurl'")
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        return ConfigurationError(
            f"{failure}: no token is issued at this address; check the key's 'tokenurl'"
        )
    return DataError(f"{failure} instead of a token; check the key's 'tokenurl'")


def quote_error(response: requests.Response, body: bytes) -> str:
    """Return the text of an OData error as one short line, to be appended to a status.

    SAP writes the error as XML if the request accepts content other than JSON.

    Returns:
        `": <text>"`, `" without an error text"` if SAP's error has none, `" with an HTML page"`,
        or "" for any other body.
    """
    try:
        error = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError, RecursionError):
        if is_html(response):
            return " with an HTML page"
        match = _XML_ERROR.search(body[:_MAX_XML_BYTES].decode("utf-8", errors="replace"))
        if match is None:
            return ""
        text = one_line(html.unescape(match[1] or ""))
    else:
        if not isinstance(error, dict):
            return ""
        text = odata.parse_error(error)
    return f": {text}" if text else _NO_TEXT
