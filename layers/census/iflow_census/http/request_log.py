"""A line in the log for each request, at level DEBUG, without secrets."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    import requests

LOGGER = logging.getLogger("iflow_census.http")


@contextmanager
def log_attempt(
    method: str, url: str, responses: "Sequence[requests.Response | None]"
) -> Iterator[None]:
    """Log a request with its status and time after the block, which appends its response."""
    if not LOGGER.isEnabledFor(logging.DEBUG):
        yield
        return
    started = time.monotonic()
    try:
        yield
    finally:
        response = responses[-1] if responses else None
        outcome = "no response" if response is None else f"HTTP {response.status_code}"
        milliseconds = (time.monotonic() - started) * 1000
        LOGGER.debug("%s %s: %s, %d ms", method, redact(url), outcome, milliseconds)


def redact(url: str) -> str:
    """Return a URL without a user, and of its query only the values of OData's options.

    The query of a signed URL, as for the results of LeanIX, is a credential.
    """
    parts = urlsplit(url)
    names = [item.partition("=")[0] for item in parts.query.split("&")] if parts.query else []
    query = "&".join(
        item if unquote(name).startswith("$") else f"{name}=***"
        for name, item in zip(names, parts.query.split("&"), strict=False)
    )
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return unquote(f"{address}?{query}" if query else address).replace("\n", " ")
