"""Responses as requests returns them, without a server."""

import io
from typing import BinaryIO

import requests


def make_response(
    status: int = 200,
    body: bytes | BinaryIO | io.RawIOBase = b"{}",
    *,
    headers: dict[str, str] | None = None,
) -> requests.Response:
    """Make the response to a GET request."""
    response = requests.Response()
    response.status_code = status
    response.raw = io.BytesIO(body) if isinstance(body, bytes) else body
    response.headers.update(headers or {})
    response.request = requests.Request("GET", "https://tenant.example/").prepare()
    return response
