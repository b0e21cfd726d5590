"""JSON documents that name their schema, parsed into dataclasses."""

import json
from collections.abc import Callable
from typing import Annotated, TypeVar

from pydantic import PlainValidator, ValidationError

from iflow_census.errors import ConfigurationError, DataError, one_line
from iflow_census.scan.period import LAST_30_DAYS, Month
from iflow_census.store.state_file import refuse_newer, type_adapter

Shape = TypeVar("Shape")


def _month(value: object) -> Month:
    try:
        return Month.parse(str(value))
    except ConfigurationError as error:
        raise ValueError(str(error)) from None


def _period_name(value: object) -> str:
    return LAST_30_DAYS if value == LAST_30_DAYS else str(_month(value))


PeriodName = Annotated[str, PlainValidator(_period_name)]
"""A month, written as "2026-10", or "last-30-days"."""

MonthField = Annotated[Month, PlainValidator(_month)]
"""A month, written as "2026-10"."""


def parse_document(
    source: str, body: bytes, shape: Callable[..., Shape], *, kind: str, schema: str
) -> Shape:
    """Parse a JSON document.

    `kind` is what the document should be, for messages: "manifest". Fields that the class `shape`
    does not have are ignored; `schema` is the value that the field "schema" must have.

    Raises:
        DataError: it is damaged, or has another schema. No value of it is in the message.
        ConfigurationError: it has a later version of the schema.
    """
    try:
        content = json.loads(body)
        found = content["schema"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DataError(f"{source}: not a {kind}") from None
    if found != schema:
        refuse_newer(source, body, schema)
        raise DataError(
            f"{source}: its schema is {one_line(str(found))!r}, but {schema!r} is expected"
        )
    try:
        parsed: Shape = type_adapter(shape).validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{source}: damaged at {place}: {first['msg']}") from error
    return parsed
