"""Access tokens and credentials for simulated services."""

from __future__ import annotations

import base64
import binascii
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.simulators.http_server import Request


@dataclass(slots=True)
class AccessTokens:
    """Issues and checks bearer tokens, which expire by ``clock``."""

    clock: Callable[[], datetime]
    lifetime: int
    """In seconds."""
    _expiry: dict[str, datetime] = field(default_factory=dict)
    _issued: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def issue(self) -> str:
        """Return a new token."""
        token = f"simulated.{secrets.token_urlsafe(48)}"
        with self._lock:
            self._expiry[token] = self.clock() + timedelta(seconds=self.lifetime)
            self._issued.append(token)
        return token

    def issued(self) -> list[str]:
        """Return all tokens issued so far, including invalid ones."""
        with self._lock:
            return list(self._issued)

    def revoke(self, request: Request) -> None:
        """Invalidate the token of a request."""
        with self._lock:
            self._expiry.pop(authorization(request, "bearer"), None)

    def revoke_all(self) -> None:
        """Invalidate all tokens."""
        with self._lock:
            self._expiry.clear()

    def accepts(self, request: Request) -> bool:
        """Return whether a request has a valid token."""
        with self._lock:
            expiry = self._expiry.get(authorization(request, "bearer"))
        return expiry is not None and self.clock() < expiry


def authorization(request: Request, scheme: str) -> str:
    """Return the value of the Authorization header, "" for another scheme (in lower case)."""
    actual_scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if actual_scheme.lower() == scheme else ""


def encode_basic(user: str, password: str) -> str:
    """Return user and password as in an Authorization header."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def has_basic_credentials(request: Request, user: str, password: str) -> bool:
    """Return whether a request has this user and password."""
    try:
        decoded = base64.b64decode(authorization(request, "basic"), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return decoded == f"{user}:{password}"
