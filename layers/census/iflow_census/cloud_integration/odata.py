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

from iflow_census.errors import ConfigurationError, DataError
from iflow_census.http.errors import one_line

Row = Mapping[str, Any]

_QUOTE = "'"
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


class Int64(int):
    """A number of type Edm.Int64, which has an `L` behind it in a key."""


class Unquoted(str):
    """Text that stands in a function's parameter as it is, without quotes."""

    __slots__ = ()


Scalar = str | int
Key = Scalar | Mapping[str, Scalar]


def literal(value: Scalar) -> str:
    """A value as it stands in a key or a function's parameter, not encoded."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Int64):
        return f"{int(value)}L"
    return str(value) if isinstance(value, int | Unquoted) else string_literal(value)


def encode_key(value: Key) -> str:
    """A key as it stands in a path, percent-encoded; of several properties by their names.

    Example: `{"Id": "It's", "Version": "active"}` becomes `Id='It''s',Version='active'`.
    """
    if isinstance(value, Mapping):
        return ",".join(
            f"{name}={percent_encode(literal(one), _QUOTE)}" for name, one in value.items()
        )
    return percent_encode(literal(value), _QUOTE)


def percent_encode(text: str, safe: str) -> str:
    """Text percent-encoded but for `safe`. ConfigurationError for half a character."""
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError as error:
        raise ConfigurationError(
            f"{text!r} holds half a character, which SAP takes none of"
        ) from error


def entity_path(entity_set: str, identity: Key) -> str:
    """The path of one entity: `Set('key')`."""
    return f"{entity_set}({encode_key(identity)})"


def encode_parameters(values: Mapping[str, Scalar]) -> dict[str, str]:
    """A function import's parameters as query options: literals, not encoded."""
    return {name: literal(value) for name, value in values.items()}


def encode_body(content: Mapping[str, Any]) -> bytes:
    """An entity as it is sent: JSON, dates as `/Date(…)/`, Edm.Int64 as text."""
    return json.dumps(dict(content), default=_sent).encode()


def _sent(value: object) -> str:
    if isinstance(value, datetime):
        return f"/Date({(value - _EPOCH) // timedelta(milliseconds=1)})/"
    raise TypeError(f"{type(value).__name__} cannot be sent")


def json_default(value: object) -> str:
    """For `json.dumps(…, default=json_default)` of an answer: dates as ISO 8601, UTC."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} is in no answer")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its rows, the number of rows the list claims, the next page's link."""

    rows: Sequence[Row]
    count: int | None
    next_link: str | None


def parse_page(document: object, what: str) -> Page:
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


def parse_entity(document: object, what: str) -> Row:
    """Read the envelope of one entity: `{"d": {…}}`, or a list of one, as SAP writes some.

    Raises:
        DataError: the document is an error, a longer list, or no entity.
    """
    body = _unwrapped(document, what)
    results = body.get("results") if isinstance(body, dict) else None
    found = results[0] if isinstance(results, list) and len(results) == 1 else body
    if not isinstance(found, dict) or isinstance(found.get("results"), list):
        raise DataError(f"{what}: the answer is not one entity")
    return found


def unwrap_content(document: object, what: str) -> object:
    """What is in the envelope of a document, or a bare text. ValueError if it is neither.

    Raises:
        DataError: the document is an error.
    """
    if isinstance(document, dict) and ("d" in document or "error" in document):
        return _unwrapped(document, what)
    if isinstance(document, str):
        return document
    raise ValueError("no envelope")


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


def parse_count(body: bytes) -> int:
    """Read the answer to `/$count`: a bare number. ValueError if it is something else."""
    match = _COUNT.fullmatch(body)
    if not match:
        raise ValueError("no number")
    return int(match[1])


def parse_json(body: bytes) -> Any:
    """Read a JSON body. ValueError if it is something else."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def parse_text(body: bytes) -> str:
    """Read a text. ValueError if it is a page for a browser."""
    found = body.decode("utf-8", errors="replace").strip()
    if found[:15].lower().startswith(("<!doctype", "<html")):
        raise ValueError("a page")
    return found


def parse_value(body: bytes) -> str:
    """Read the error information of an artifact: SAP's text, or JSON as it comes.

    ValueError if it is a page for a browser, or an error in place of the information.
    """
    found = parse_text(body)
    if found.startswith('{"error"'):
        raise ValueError("an error")
    return found


def parse_datetime(value: object) -> datetime | None:
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
