"""OData version 2 as SAP speaks it: literals, keys, envelopes and values.

Source: SAP Help, "OData API" and "Query Options"; the shapes of answers: SAP OpenAPI and recorded
answers of real tenants.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from iflow_census.errors import DataError
from iflow_census.http.failures import one_line

Row = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d+)?\)/")
_NUMBER = re.compile(r"-?\d+")
_COUNT = re.compile(rb"\s*(\d{1,18})\s*")
_INLINE_COUNT = re.compile(r"\d{1,18}", re.ASCII)


def string_literal(value: str) -> str:
    """A string as it stands in `$filter`: in quotes, quotes inside doubled."""
    return "'" + value.replace("'", "''") + "'"


def datetime_literal(moment: datetime) -> str:
    """A moment as it stands in `$filter`: UTC without a zone, which SAP would misread."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    precision = "milliseconds" if utc.microsecond else "seconds"
    return f"datetime'{utc.isoformat(timespec=precision)}'"


def key(value: str) -> str:
    """A string key as it stands in a path, percent-encoded."""
    return quote(string_literal(value), safe="'")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its rows, the number of rows the list claims, the next page's link."""

    rows: Sequence[Row]
    count: int | None
    next_link: str | None


def page(document: object, what: str) -> Page:
    """Read the envelope of a list: `{"d": {"results": […], "__count": "…", "__next": "…"}}`.

    Raises:
        DataError: the document is an error, or no list.
    """
    body = _unwrapped(document, what)
    results = body.get("results") if isinstance(body, dict) else body
    if not isinstance(results, list) or not all(isinstance(row, dict) for row in results):
        raise DataError(f"{what}: the answer holds no list of entries")
    if not isinstance(body, dict):
        return Page(results, None, None)
    count, link = body.get("__count"), body.get("__next")
    if link is not None and not isinstance(link, str):
        raise DataError(f"{what}: the link to the next page is no text")
    # SAP writes the number as a string.
    if count is not None and not _INLINE_COUNT.fullmatch(str(count)):
        raise DataError(f"{what}: '__count' is no number")
    return Page(results, None if count is None else int(count), link or None)


def _unwrapped(document: object, what: str) -> Any:
    if isinstance(document, dict):
        if "error" in document:
            error = document["error"]
            message = error.get("message") if isinstance(error, dict) else error
            text = message.get("value") if isinstance(message, dict) else message
            raise DataError(f"{what}: an error in place of an answer: {one_line(str(text))}")
        if "d" in document:
            return document["d"]
    raise DataError(f"{what}: the answer is not in the form of OData version 2")


def count(body: bytes) -> int:
    """Read the answer to `/$count`: a bare number. ValueError if it is something else."""
    match = _COUNT.fullmatch(body)
    if not match:
        raise ValueError("no number")
    return int(match[1])


def document(body: bytes) -> Any:
    """Read a JSON body. ValueError if it is something else."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def error_text(body: bytes) -> str:
    """Read the error information of an artifact: SAP's text, or JSON as it comes.

    ValueError if it is a page for a browser, or an error in place of the information.
    """
    text = body.decode("utf-8", errors="replace").strip()
    if text[:15].lower().startswith(("<!doctype", "<html")):
        raise ValueError("a page")
    if text.startswith('{"error"'):
        raise ValueError("an error")
    return text


def moment(value: object) -> datetime | None:
    """Read a date in any of SAP's forms; None stays None.

    `"/Date(1521463557739)/"` (Edm.DateTime in JSON), `"1521116198486"` (epoch milliseconds in a
    string, on packages and design-time artifacts) and ISO 8601 without a zone (in SAP's examples).

    Raises:
        ValueError: it is none of these.
    """
    if value is None or value == "":
        return None
    text = str(value)
    match = _DATE.fullmatch(text)
    number = match[1] if match else text
    try:
        if _NUMBER.fullmatch(number):
            return _EPOCH + timedelta(milliseconds=int(number))
        parsed = datetime.fromisoformat(text)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"no date: {text[:40]!r}") from error
