"""Addresses of this machine, the only ones that http is accepted for."""

import ipaddress


def is_loopback(host: str | None) -> bool:
    """Whether a host name means this machine."""
    try:
        return host is not None and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
