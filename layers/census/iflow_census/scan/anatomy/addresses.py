"""Addresses of channels: what may be kept of them, and how much is known."""

import re
from urllib.parse import urlsplit

from iflow_census.scan.anatomy.model import AddressKind

_EXPRESSION = re.compile(r"\$\{[^{}]*\}")
_SCHEME = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//")
_PORT = re.compile(r":\d+\Z")
_AUTHORITY = re.compile(r"[^/?#]*")


def address_kind(address: str) -> AddressKind:
    """Return how much of an address is known, once its parameters are resolved."""
    if not address:
        return AddressKind.EMPTY
    if "{{" in address:
        return AddressKind.UNRESOLVED
    if "${" in address:
        return AddressKind.DYNAMIC
    return AddressKind.LITERAL


def strip_secrets(url: str) -> str:
    """Return a URL or host without user info, query and fragment, which may hold a password.

    Expressions such as `${header.key ?: 'x'}` are kept whole.
    """
    # Placeholders of the same length without special characters: positions stay the same.
    masked = _EXPRESSION.sub(lambda match: "x" * len(match[0]), url)
    scheme = _SCHEME.match(masked)
    start = scheme.end() if scheme else 0
    host = start + _user_info_length(masked[start:])
    end = min(
        (position for char in "?#" if (position := masked.find(char, host)) >= 0), default=None
    )
    return url[:start] + url[host:end]


def _user_info_length(rest: str) -> int:
    """The length of `user:password@` at the beginning; a password may contain any of `/?#`."""
    match = _AUTHORITY.match(rest)
    authority = match[0] if match else ""
    if "@" in authority:
        return authority.rindex("@") + 1
    if ":" in authority and not _PORT.search(authority):
        return rest.rfind("@") + 1
    return 0


def host_and_port(address: str) -> tuple[str | None, int | None]:
    """Return the host of a literal URL or host name, in lower case, and its port if it has one."""
    if address.startswith("/") or address_kind(address) is not AddressKind.LITERAL:
        return None, None
    try:
        parts = urlsplit(address if _SCHEME.match(address) else f"//{address}")
        port = parts.port
    except ValueError:
        return None, None
    return parts.hostname or None, port


def is_cleartext(address: str) -> bool:
    """Whether a URL is not encrypted."""
    return address.lower().startswith("http://")
