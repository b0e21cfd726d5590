"""Which URLs credentials may be sent to, and which a person may be sent to."""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

MAX_HOST_LENGTH = 253
MAX_LINK_LENGTH = 1000

_CHARACTERS = r"A-Za-z0-9._~:\[\]@!$&()*+,;=\-"
"""Those of a URL (RFC 3986, section 2), without `%`, the apostrophe and the delimiters `/?#`."""

_LINK = re.compile(rf"(https?://[%{_CHARACTERS}]+)(?:[/?#][/?#%{_CHARACTERS}]*)?", re.IGNORECASE)
"""Its group is the origin: the URL without path, query and fragment."""

_ENCODED = re.compile(rf"https?://[a-z0-9.-]+(?::[0-9]+)?/(?:[/?'{_CHARACTERS}]|%[0-9A-F]{{2}})*")
"""A URL without a fragment."""


def is_secure(url: str) -> bool:
    """Check whether a URL uses https, or http to this machine."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))
    except ValueError:
        return False


def is_encoded(url: str) -> bool:
    """Check whether a URL is as it is sent: nothing is left to encode or to resolve."""
    return "/." not in url and _ENCODED.fullmatch(url) is not None


def is_link(url: str) -> bool:
    """Check whether a report may link to a URL from outside: a secure, plain one."""
    match = _LINK.fullmatch(url) if len(url) <= MAX_LINK_LENGTH else None
    return match is not None and _is_link_target(match[1])


@lru_cache(maxsize=256)
def _is_link_target(origin: str) -> bool:
    """Check an origin; a tenant has hundreds of thousands of links to a few of them."""
    try:
        parts = urlsplit(origin)
        plain = parts.username is None and parts.port != 0 and is_host_name(parts.hostname or "")
    except ValueError:
        return False
    return plain and is_secure(origin)


def is_host_name(host: str) -> bool:
    """Check whether a host name can exist: its labels and its length (RFC 1035, section 2.3.4)."""
    try:
        return 0 < len(host.encode("idna")) <= MAX_HOST_LENGTH
    except UnicodeError:
        return False


def _is_loopback(host: str | None) -> bool:
    try:
        return host is not None and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
