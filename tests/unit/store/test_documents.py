"""Parsing JSON documents."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from iflow_census.errors import ConfigurationError, DataError
from iflow_census.scan.period import Month
from iflow_census.store.documents import MonthField, parse_document

SCHEMA = "example/v1"


@dataclass(frozen=True)
class Example:
    """A document with a month and numbers."""

    month: MonthField
    numbers: list[int]


def parse(content: object) -> Example:
    body = json.dumps(content).encode()
    return parse_document("a.json", body, Example, kind="thing", schema=SCHEMA)


def test_document_is_parsed_and_unknown_fields_are_ignored() -> None:
    example = parse({"schema": SCHEMA, "month": "2026-10", "numbers": [1], "added": {}})

    assert example == Example(Month(2026, 10), [1])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], r"a\.json: not a thing"),
        ({}, r"a\.json: not a thing"),
        ({"schema": "example/v2"}, "its schema is 'example/v2', but 'example/v1' is expected"),
        ({"schema": SCHEMA, "numbers": []}, "damaged at month: Field required"),
        ({"schema": SCHEMA, "month": "soon", "numbers": []}, "damaged at month"),
        ({"schema": SCHEMA, "month": None, "numbers": []}, "damaged at month"),
        ({"schema": SCHEMA, "month": "2026-10", "numbers": [1, "x"]}, r"damaged at numbers\.1"),
    ],
)
def test_damaged_document_is_an_error_with_the_place(content: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        parse(content)


def test_document_of_a_newer_version_asks_for_a_deployment() -> None:
    body = b'{"schema": "iflow-census/thing/v2", "version": "9.1.0"}'

    with pytest.raises(ConfigurationError, match=r"a\.json: written by a newer .* version 9\.1\.0"):
        parse_document("a.json", body, Example, kind="thing", schema="iflow-census/thing/v1")


def test_error_contains_no_value_of_the_document() -> None:
    with pytest.raises(DataError) as raised:
        parse({"schema": SCHEMA, "month": "2026-10", "numbers": ["private"]})

    assert "private" not in str(raised.value)
