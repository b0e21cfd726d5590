"""Which URLs credentials may be sent to."""

import ipaddress
from urllib.parse import urlsplit

MAX_HOST_LENGTH = 253


def is_secure(url: str) -> bool:
    """Check whether a URL uses https, or http to this machine."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))
    except ValueError:
        return False


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
