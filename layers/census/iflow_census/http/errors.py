"""Errors of HTTP requests, in words that contain no secret."""

import os
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import (
    LocationParseError,
    NewConnectionError,
    ReadTimeoutError,
)
from urllib3.util import parse_url

from iflow_census.errors import (
    AccessError,
    CensusError,
    ConfigurationError,
    DataError,
    HostUnreachable,
    RequestNotDelivered,
    ResponseTimeout,
    TransientError,
)

_DEFAULT_PORTS: Mapping[str | None, int] = {"http": 80, "https": 443}
_CA_BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PROXY_DENIED = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
)
_TUNNEL_STATUS = re.compile(r"Tunnel connection failed: (\d{3})")


@contextmanager
def translate_errors(label: str, url: str) -> Iterator[None]:
    """Translate what requests raises into the project's errors.

    Of the URL, only host and port are quoted.
    """
    try:
        yield
    except requests.exceptions.ConnectTimeout as error:
        raise HostUnreachable(
            f"{label}: no connection to {describe_route(url)} in time; {_hint(url)}"
        ) from error
    except requests.exceptions.Timeout as error:
        raise ResponseTimeout(f"{label}: no response in time") from error
    except requests.exceptions.ConnectionError as error:
        raise _connection_error(error, label, url) from error
    except (
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidSchema,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidHeader,
        LocationParseError,
        UnicodeError,
    ) as error:
        # The original error may contain a header with a credential.
        if not _is_proxy_valid(url):
            raise ConfigurationError(
                f"{label}: the address of the proxy is not valid; set {_proxy_variable(url)} to "
                "http://host:port"
            ) from None
        raise ConfigurationError(
            f"{label}: the address or a header is not valid ({type(error).__name__}); check the "
            "URL and the credentials"
        ) from None
    except requests.exceptions.RequestException as error:
        raise TransientError(f"{label}: incomplete response ({_innermost_name(error)})") from error
    except OSError as error:
        # requests raises it for a bundle that does not exist; a file that is written may, too.
        if bundle_error := _ca_bundle_error(label):
            raise bundle_error from error
        raise


def describe_route(url: str) -> str:
    """Return host and port of a URL, and those of the proxy to it, without credentials."""
    parts = urlsplit(url)
    host = f"{parts.hostname}:{parts.port or _DEFAULT_PORTS.get(parts.scheme)}"
    proxy = _find_proxy(url)
    if proxy is None:
        return host
    try:
        address = parse_url(proxy)
    except LocationParseError:
        return f"{host} through a proxy"
    port = address.port or _DEFAULT_PORTS.get(address.scheme)
    return f"{host} through the proxy {address.host}:{port}"


def proxy_login_error(failure: str, url: str) -> CensusError:
    """Return the error for a proxy that requires a login (407); `failure` is its beginning."""
    return ConfigurationError(
        f"{failure}: the proxy requires a login; set {_proxy_variable(url)} to "
        "http://user:password@host:port"
    )


def error_of_authorization_server(response: requests.Response, failure: str) -> CensusError | None:
    """Return the error for a response that says nothing about the client's credentials.

    Returns:
        None if the response may be about the credentials.
    """
    status = response.status_code
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return proxy_login_error(failure, response.url)
    if status in (HTTPStatus.REQUEST_URI_TOO_LONG, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE):
        return ConfigurationError(f"{failure}: the URL or the credentials are too long; check them")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RequestNotDelivered(f"{failure}: too many requests for a token; try again later")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return TransientError(
            f"{failure}: the authorization server failed or is under maintenance; try again later"
        )
    return None


def _connection_error(
    error: requests.exceptions.ConnectionError, label: str, url: str
) -> CensusError:
    route = describe_route(url)
    is_proxy_error = isinstance(error, requests.exceptions.ProxyError)
    result: CensusError
    if _has_cause(error, ssl.SSLError) and (bundle_error := _ca_bundle_error(label)):
        result = bundle_error
    elif _has_cause(error, ssl.SSLCertVerificationError):
        result = ConfigurationError(
            f"{label}: the server's certificate is not trusted; check the URL, or set "
            "REQUESTS_CA_BUNDLE to the certificates of your own authority"
        )
    elif _has_cause(error, ReadTimeoutError):
        result = ResponseTimeout(f"{label}: timeout in the middle of the response")
    elif is_proxy_error and (status := _tunnel_status(error)):
        result = _tunnel_error(status, f"{label}: no connection to {route} (HTTP {status})", url)
    # If no connection was made, the server cannot have received the request.
    elif is_proxy_error or _has_cause(error, NewConnectionError) or _speaks_no_tls(error):
        reason = _describe_reason(error)
        result = HostUnreachable(f"{label}: no connection to {route} ({reason}); {_hint(url)}")
    else:
        result = TransientError(f"{label}: connection to {route} failed ({_innermost_name(error)})")
    return result


def _tunnel_error(status: int, failure: str, url: str) -> CensusError:
    """Return the error for the status with which a proxy has refused to connect to the host."""
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return proxy_login_error(failure, url)
    if status in _PROXY_DENIED:
        return ConfigurationError(f"{failure}; {_hint(url)}")
    return HostUnreachable(f"{failure}; {_hint(url)}")


def _find_proxy(url: str) -> str | None:
    """Return the proxy that the environment sets for a URL, as requests finds it."""
    try:
        proxy = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
    except ValueError:  # the URL itself is not valid
        return None
    return None if not proxy else proxy if "://" in proxy else f"http://{proxy}"


def _is_proxy_valid(url: str) -> bool:
    proxy = _find_proxy(url)
    if proxy is None:
        return True
    try:
        address = parse_url(proxy)
    except LocationParseError:
        return False
    return bool(address.host) and address.scheme in _DEFAULT_PORTS


def _proxy_variable(url: str) -> str:
    return "HTTP_PROXY" if urlsplit(url).scheme == "http" else "HTTPS_PROXY"


def _hint(url: str) -> str:
    variable = _proxy_variable(url)
    if _find_proxy(url) is None:
        return f"check the address and the network; {variable} sets a proxy if you need one"
    return f"check {variable}, or add the host to NO_PROXY"


def _ca_bundle_error(label: str) -> ConfigurationError | None:
    """Return the error for the file of trusted certificates, if there is one and it is unusable."""
    variable = next((name for name in _CA_BUNDLE_VARIABLES if os.environ.get(name)), None)
    path = os.environ[variable] if variable else ""
    if not variable or Path(path).is_dir():
        return None
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:
        reason = "no certificates" if isinstance(error, ssl.SSLError) else error.strerror
        return ConfigurationError(
            f"{label}: the file {path} in {variable} is not usable ({reason}); set it to a file "
            "of certificates in PEM format"
        )
    return None


def _speaks_no_tls(error: BaseException) -> bool:
    innermost = _innermost(error)
    return isinstance(innermost, ssl.SSLError) and innermost.reason == "WRONG_VERSION_NUMBER"


def _tunnel_status(error: BaseException) -> int | None:
    """Return the status with which a proxy refused to connect to the host."""
    match = _TUNNEL_STATUS.search(str(error))
    return int(match[1]) if match else None


def _describe_reason(error: BaseException) -> str:
    """Return why no connection was made, in the system's words, which contain no address."""
    innermost = _innermost(error)
    if isinstance(innermost, socket.gaierror):
        return "the host name cannot be resolved"
    if _speaks_no_tls(error):
        return "no TLS at this port"
    text = innermost.strerror if isinstance(innermost, OSError) else None
    return text.lower() if text else type(innermost).__name__


def unexpected_body_error(label: str, body: bytes, response: requests.Response) -> CensusError:
    """Return the error for a successful response whose body cannot be parsed."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if not start:
        return DataError(f"{label}: empty response")
    if start.startswith((b"<!doctype html", b"<html")) or is_html(response):
        return AccessError(
            f"{label}: HTML page instead of data, such as a log-in or maintenance page; "
            "check the URL"
        )
    if start.startswith(b"<"):
        return DataError(f"{label}: XML instead of JSON")
    return DataError(f"{label}: invalid or incomplete response ({len(body)} bytes)")


def is_html(response: requests.Response) -> bool:
    """Check whether the content type of a response is HTML."""
    return "html" in response.headers.get("Content-Type", "")


def _has_cause(error: BaseException, kind: type[BaseException]) -> bool:
    """Search `args`, `reason` and `__context__`, where requests and urllib3 keep the cause."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        candidate = pending.pop()
        if isinstance(candidate, kind):
            return True
        if isinstance(candidate, BaseException) and id(candidate) not in seen:
            seen.add(id(candidate))
            pending += [*candidate.args, getattr(candidate, "reason", None), candidate.__context__]
    return False


def _innermost_name(error: BaseException) -> str:
    """Return the class name of the innermost error; its text is left out, as it has addresses."""
    return type(_innermost(error)).__name__


def _innermost(error: BaseException) -> BaseException:
    while error.__context__ is not None:
        error = error.__context__
    return error
