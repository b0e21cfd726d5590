"""Which URLs credentials may be sent to, and which a person may be sent to."""

import ipaddress
import re
from urllib.parse import urlsplit

MAX_HOST_LENGTH = 253
MAX_LINK_LENGTH = 1000

_LINK = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&()*+,;=%-]+")
"""The characters of a URL (RFC 3986, section 2), without the apostrophe."""


def is_secure(url: str) -> bool:
    """Check whether a URL uses https, or http to this machine."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))
    except ValueError:
        return False


def is_link(url: str) -> bool:
    """Check whether a report may link to a URL from outside: a secure, plain one."""
    try:
        parts = urlsplit(url)
        plain = parts.username is None and parts.port != 0 and is_host_name(parts.hostname or "")
    except ValueError:
        return False
    fits = len(url) <= MAX_LINK_LENGTH and _LINK.fullmatch(url) is not None
    return plain and fits and is_secure(url)


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
