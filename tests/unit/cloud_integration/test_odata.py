"""Encode and parse OData version 2."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.odata import Page
from iflow_census.errors import ConfigurationError, DataError

MOMENT = datetime(2018, 3, 15, 12, 16, 38, 486000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("plain", "'plain'"),
        ("it's", "'it''s'"),
        ("'", "''''"),
        ("", "''"),
        ("a' or Id ne '", "'a'' or Id ne '''"),
    ],
)
def test_string_literal_doubles_quotes(value: str, literal: str) -> None:
    assert odata.string_literal(value) == literal


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("plain", "'plain'"),
        ("it's", "'it''s'"),
        ("100%", "'100%25'"),
        ("a/b", "'a%2Fb'"),
        ("../..", "'..%2F..'"),
        ("a b?c#d&e=f", "'a%20b%3Fc%23d%26e%3Df'"),
        ("Größe", "'Gr%C3%B6%C3%9Fe'"),
        ("🚀", "'%F0%9F%9A%80'"),
        ("')/$value", "''')%2F%24value'".replace(")", "%29")),
    ],
)
def test_key_is_quoted_and_encoded(value: str, key: str) -> None:
    assert odata.encode_key(value) == key


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ({"Id": "It's", "Version": "active"}, "Id='It''s',Version='active'"),
        ({"Id": "a,b='c'"}, "Id='a%2Cb%3D''c'''"),
        (odata.Unquoted("123L"), "123L"),
        (123, "123"),
        ({"RunId": "a", "ChildCount": 2, "Failed": True}, "RunId='a',ChildCount=2,Failed=true"),
    ],
)
def test_key_is_written_according_to_its_types(value: odata.Key, key: str) -> None:
    assert odata.encode_key(value) == key


def test_entity_path_has_set_and_key() -> None:
    assert odata.entity_path("AccessPolicies", odata.Unquoted("5L")) == "AccessPolicies(5L)"


def test_unsupported_type_in_body_is_rejected() -> None:
    with pytest.raises(TypeError, match="set is not supported"):
        odata.encode_body({"a": {1}})


def test_json_default_writes_dates() -> None:
    text = json.dumps({"a": MOMENT}, default=odata.json_default)

    assert text == '{"a": "2018-03-15T12:16:38.486000Z"}'
    with pytest.raises(TypeError):
        json.dumps({"a": {1}}, default=odata.json_default)


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_key_cannot_break_out_of_the_path(value: str) -> None:
    encoded = odata.encode_key(value)

    assert unquote(encoded) == odata.string_literal(value)
    assert not set(encoded) & set("/?#& \t\r\n\\")


@pytest.mark.parametrize(
    ("moment", "literal"),
    [
        (datetime(2026, 10, 1, tzinfo=UTC), "datetime'2026-10-01T00:00:00'"),
        (MOMENT, "datetime'2018-03-15T12:16:38.486'"),
        (
            datetime(2026, 10, 1, tzinfo=timezone(timedelta(hours=2))),
            "datetime'2026-09-30T22:00:00'",
        ),
    ],
)
def test_datetime_literal_is_utc_without_zone(moment: datetime, literal: str) -> None:
    assert odata.datetime_literal(moment) == literal


@pytest.mark.parametrize(
    "value",
    [
        "/Date(1521116198486)/",
        "/Date(1521116198486+0000)/",
        "/Date(1521116198486-0480)/",
        "1521116198486",
        1521116198486,
        "2018-03-15T12:16:38.486",
        "2018-03-15T12:16:38.486Z",
        "2018-03-15T14:16:38.486+02:00",
    ],
)
def test_dates_are_parsed_in_every_form(value: object) -> None:
    read = odata.parse_datetime(value)

    assert read == MOMENT
    assert read is not None
    assert read.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("/Date(0)/", datetime(1970, 1, 1, tzinfo=UTC)),
        ("/Date(-1000)/", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("-1000", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_dates_at_and_before_1970_are_parsed(value: str, moment: datetime) -> None:
    assert odata.parse_datetime(value) == moment


@pytest.mark.parametrize("value", [None, ""])
def test_missing_date_is_none(value: object) -> None:
    assert odata.parse_datetime(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "/Date()/",
        "/Date(1)",
        "/Date(9999999999999999)/",
        "9" * 30,
        "9" * 5000,
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "2026-13-01T00:00:00",
        1.5,
        True,
        [],
        {"a": 1},
    ],
)
def test_invalid_date_is_rejected(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text varies
        odata.parse_datetime(value)


@given(st.datetimes(timezones=st.just(UTC)))
def test_dates_keep_their_milliseconds(moment: datetime) -> None:
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    milliseconds = (whole - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

    read = odata.parse_datetime(f"/Date({milliseconds})/")

    assert read == whole


ROWS = [{"Id": "a"}, {"Id": "b"}]


@pytest.mark.parametrize(
    ("document", "page"),
    [
        ({"d": {"results": ROWS}}, Page(ROWS, None, None)),
        ({"d": {"results": []}}, Page([], None, None)),
        ({"d": ROWS}, Page(ROWS, None, None)),
        ({"d": {"results": ROWS, "__count": "2"}}, Page(ROWS, 2, None)),
        ({"d": {"results": ROWS, "__count": 2}}, Page(ROWS, 2, None)),
        ({"d": {"results": [], "__count": "0"}}, Page([], 0, None)),
        ({"d": {"results": ROWS, "__next": "X?$skip=2"}}, Page(ROWS, None, "X?$skip=2")),
        ({"d": {"results": ROWS, "__next": None, "__count": None}}, Page(ROWS, None, None)),
        ({"d": {"results": ROWS, "__next": ""}}, Page(ROWS, None, None)),
    ],
)
def test_page_is_parsed_from_any_envelope(document: object, page: Page) -> None:
    assert odata.parse_page(document, "GET X") == page


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "not OData version 2"),
        ("text", "not OData version 2"),
        (None, "not OData version 2"),
        ({}, "not OData version 2"),
        ({"value": []}, "not OData version 2"),
        ({"d": None}, "not a list"),
        ({"d": {}}, "not a list"),
        ({"d": {"results": None}}, "not a list"),
        ({"d": {"results": {"0": {}}}}, "not a list"),
        ({"d": {"results": ["a"]}}, "not a list"),
        ({"d": [None]}, "not a list"),
        ({"d": {"results": [], "__next": 5}}, "not a link"),
        ({"error": {"message": {"value": "Bad\nthings"}}}, "Bad things"),
        ({"error": {"message": "Bad things"}}, "Bad things"),
        ({"error": "Bad things", "d": {"results": []}}, "Bad things"),
        ({"error": None}, "an error instead of a result; try again later"),
        ({"error": {"message": {"value": None}}}, "an error instead of a result; try again later"),
        ({"error": {"code": "x"}}, "an error instead of a result; try again later"),
        ({"error": {"message": {"value": "\ud800"}}}, "an error instead of a result"),
    ],
)
def test_invalid_page_is_rejected(document: object, words: str) -> None:
    with pytest.raises(DataError) as caught:
        odata.parse_page(document, "GET X")

    str(caught.value).encode()
    assert str(caught.value).startswith("GET X: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "count", ["", "many", "-1", -1, "1.5", 1.5, "1_0", True, [], {}, float("inf"), "9" * 5000]
)
def test_invalid_inline_count_is_rejected(count: object) -> None:
    with pytest.raises(DataError, match="'__count' is not a number"):
        odata.parse_page({"d": {"results": [], "__count": count}}, "GET X")


@pytest.mark.parametrize(("body", "number"), [(b"0", 0), (b"4711", 4711), (b" 12\r\n", 12)])
def test_count_is_a_plain_number(body: bytes, number: int) -> None:
    assert odata.parse_count(body) == number


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"-1",
        b"1.5",
        b"1,000",
        b"1 2",
        b"null",
        b'"5"',
        b"<html>",
        b"9" * 5000,
        "\u0665".encode(),
    ],
)
def test_invalid_count_is_rejected(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the HTTP client adds the details
        odata.parse_count(body)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\x00", b"<feed/>", b"[" * 200_000])
def test_invalid_json_is_rejected(body: bytes) -> None:
    read: Any = odata.parse_json

    with pytest.raises(ValueError):  # noqa: PT011 - the HTTP client adds the details
        read(body)


def test_key_with_lone_surrogate_is_rejected() -> None:
    with pytest.raises(ConfigurationError, match="half a character"):
        odata.encode_key("Flow\ud800")
