"""Encode and parse OData version 2 as used by SAP: literals, keys, envelopes and values.

Sources: SAP Help, "OData API" and "Query Options"; for the shape of responses, SAP OpenAPI and
recorded responses of real tenants.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from iflow_census.errors import ConfigurationError, DataError, one_line

Row = Mapping[str, Any]
"""An entity as it is in the JSON."""

_QUOTE = "'"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d+)?\)/")
_NUMBER = re.compile(r"-?\d+")
_COUNT = re.compile(rb"\s*(\d{1,18})\s*")
_INLINE_COUNT = re.compile(r"\d{1,18}", re.ASCII)


def string_literal(value: str) -> str:
    """Return a string literal for `$filter`: quoted, with quotes inside doubled."""
    return "'" + value.replace("'", "''") + "'"


def datetime_literal(moment: datetime) -> str:
    """Return a datetime literal for `$filter`, in UTC without a zone, which SAP would misread."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    precision = "milliseconds" if utc.microsecond else "seconds"
    return f"datetime'{utc.isoformat(timespec=precision)}'"


class Unquoted(str):
    """A literal that is written without quotes, such as that of an Edm.Int64: `123L`."""

    __slots__ = ()


Scalar = str | int
Key = Scalar | Mapping[str, Scalar]


def literal(value: Scalar) -> str:
    """Return the literal of a value for a key or a function parameter, not encoded."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | Unquoted) else string_literal(value)


def encode_key(key: Key) -> str:
    """Return a percent-encoded key predicate; keys of several properties are mappings.

    Example: `{"Id": "It's", "Version": "active"}` becomes `Id='It''s',Version='active'`.
    """
    if isinstance(key, Mapping):
        return ",".join(
            f"{name}={percent_encode(literal(value), _QUOTE)}" for name, value in key.items()
        )
    return percent_encode(literal(key), _QUOTE)


def percent_encode(text: str, safe: str) -> str:
    """Percent-encode all characters but those in `safe`.

    Raises:
        ConfigurationError: the text has a lone surrogate, which cannot be encoded.
    """
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError as error:
        raise ConfigurationError(
            f"{text!r}: contains half a character (a lone surrogate); correct the text"
        ) from error


def entity_path(entity_set: str, key: Key) -> str:
    """Return the path of an entity: `Set('key')`."""
    return f"{entity_set}({encode_key(key)})"


def encode_parameters(values: Mapping[str, Scalar]) -> dict[str, str]:
    """Return the query options for a function's parameters: literals, not percent-encoded."""
    return {name: literal(value) for name, value in values.items()}


def encode_body(content: Mapping[str, Any]) -> bytes:
    """Return the JSON of an entity, with dates as `/Date(…)/`."""
    return json.dumps(dict(content), default=_encode_date).encode()


def _encode_date(value: object) -> str:
    if isinstance(value, datetime):
        return f"/Date({(value - _EPOCH) // timedelta(milliseconds=1)})/"
    raise TypeError(f"{type(value).__name__} is not supported in a request body")


def json_default(value: object) -> str:
    """Write dates as ISO 8601 in UTC, for `json.dumps(…, default=json_default)`."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} does not occur in an entity")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its rows, the inline count of the list, and the next page's link."""

    rows: Sequence[Row]
    count: int | None
    next_link: str | None


def parse_page(document: object, what: str) -> Page:
    """Parse the envelope of a list: `{"d": {"results": […], "__count": "…", "__next": "…"}}`.

    Raises:
        DataError: the document is an error, or not a list.
    """
    body = _unwrap(document, what)
    results = body.get("results") if isinstance(body, dict) else body
    if not isinstance(results, list) or not all(isinstance(row, dict) for row in results):
        raise DataError(f"{what}: the response is not a list of entries")
    if not isinstance(body, dict):
        return Page(results, None, None)
    count, link = body.get("__count"), body.get("__next")
    if link is not None and not isinstance(link, str):
        raise DataError(f"{what}: '__next' is not a link")
    # SAP writes the number as a string.
    if count is not None and not _INLINE_COUNT.fullmatch(str(count)):
        raise DataError(f"{what}: '__count' is not a number")
    return Page(results, None if count is None else int(count), link or None)


def parse_entity(document: object, what: str) -> Row:
    """Parse the envelope of an entity: `{"d": {…}}`, or a list of one, which SAP sends for some.

    Raises:
        DataError: the document is an error, a longer list, or not an entity.
    """
    body = _unwrap(document, what)
    results = body.get("results") if isinstance(body, dict) else None
    row = results[0] if isinstance(results, list) and len(results) == 1 else body
    if not isinstance(row, dict) or isinstance(row.get("results"), list):
        raise DataError(f"{what}: the response is not a single entity")
    return row


def unwrap_content(document: object, what: str) -> object:
    """Return the content of any envelope, or a bare text.

    Raises:
        ValueError: the document is neither.
        DataError: the document is an error.
    """
    if isinstance(document, dict) and ("d" in document or "error" in document):
        return _unwrap(document, what)
    if isinstance(document, str):
        return document
    raise ValueError("no OData envelope")


def _unwrap(document: object, what: str) -> Any:
    if isinstance(document, dict):
        if "error" in document:
            text = parse_error(document["error"])
            reason = f": {text}" if text else "; try again later"
            raise DataError(f"{what}: an error instead of a result{reason}")
        if "d" in document:
            return document["d"]
    raise DataError(f"{what}: the response is not OData version 2")


def parse_error(error: object) -> str:
    """Return the text of an OData error as one short line; "" if it has none, which SAP allows."""
    message = error.get("message") if isinstance(error, dict) else error
    text = message.get("value") if isinstance(message, dict) else message
    return one_line(text) if isinstance(text, str) else ""


def parse_count(body: bytes) -> int:
    """Parse the response to `/$count`. Raises `ValueError` if it is not a plain number."""
    match = _COUNT.fullmatch(body)
    if not match:
        raise ValueError("not a number")
    return int(match[1])


def parse_json(body: bytes) -> Any:
    """Parse JSON. Raises `ValueError` for anything else."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def parse_text(body: bytes) -> str:
    """Decode a text. Raises `ValueError` for an HTML page."""
    text = body.decode("utf-8", errors="replace").strip()
    if text[:15].lower().startswith(("<!doctype", "<html")):
        raise ValueError("an HTML page")
    return text


def parse_value(body: bytes) -> str:
    """Decode a `$value`: a text, or JSON that is returned unparsed.

    Raises:
        ValueError: it is an HTML page, or an error instead of a value.
    """
    text = parse_text(body)
    if text.startswith('{"error"'):
        raise ValueError("an error")
    return text


def parse_datetime(value: object) -> datetime | None:
    """Parse a date in any form that SAP uses; None and "" are None.

    Forms: `"/Date(1521463557739)/"` (Edm.DateTime in JSON), `"1521116198486"` (milliseconds since
    1970 as a string, in packages and design-time artifacts), and ISO 8601 without a zone (in SAP's
    examples).

    Raises:
        ValueError: the value has none of these forms.
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
        raise ValueError(f"date out of range: {text[:40]!r}") from error
