"""OData version 2, as SAP writes and reads it."""

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
def test_a_string_literal_doubles_its_quotes(value: str, literal: str) -> None:
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
def test_a_key_is_quoted_and_encoded(value: str, key: str) -> None:
    assert odata.encode_key(value) == key


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ({"Id": "It's", "Version": "active"}, "Id='It''s',Version='active'"),
        ({"Id": "a,b='c'"}, "Id='a%2Cb%3D''c'''"),
        (odata.Int64(123), "123L"),
        (odata.Int64(-1), "-1L"),
        (123, "123"),
        ({"RunId": "a", "ChildCount": 2, "Failed": True}, "RunId='a',ChildCount=2,Failed=true"),
    ],
)
def test_a_key_of_another_shape_is_written_by_its_types(value: odata.Key, key: str) -> None:
    assert odata.encode_key(value) == key


def test_the_path_of_an_entity_is_its_set_and_its_key() -> None:
    assert odata.entity_path("AccessPolicies", odata.Int64(5)) == "AccessPolicies(5L)"


def test_what_cannot_be_sent_is_an_error_of_the_program() -> None:
    with pytest.raises(TypeError, match="set cannot be sent"):
        odata.encode_body({"a": {1}})


def test_a_date_of_an_answer_is_shown_as_text() -> None:
    shown = json.dumps({"a": MOMENT}, default=odata.json_default)

    assert shown == '{"a": "2018-03-15T12:16:38.486000Z"}'
    with pytest.raises(TypeError):
        json.dumps({"a": {1}}, default=odata.json_default)


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_a_key_never_leaves_its_place_in_the_path(value: str) -> None:
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
def test_a_moment_in_a_filter_is_utc_without_a_zone(moment: datetime, literal: str) -> None:
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
def test_a_date_is_read_in_every_form(value: object) -> None:
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
def test_dates_at_and_before_the_epoch_are_dates(value: str, moment: datetime) -> None:
    assert odata.parse_datetime(value) == moment


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_date_stays_missing(value: object) -> None:
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
def test_what_is_no_date_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        odata.parse_datetime(value)


@given(st.datetimes(timezones=st.just(UTC)))
def test_milliseconds_are_kept_to_the_last_one(moment: datetime) -> None:
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
def test_the_envelope_of_a_list_is_opened(document: object, page: Page) -> None:
    assert odata.parse_page(document, "GET X") == page


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "not in the form"),
        ("text", "not in the form"),
        (None, "not in the form"),
        ({}, "not in the form"),
        ({"value": []}, "not in the form"),
        ({"d": None}, "no list"),
        ({"d": {}}, "no list"),
        ({"d": {"results": None}}, "no list"),
        ({"d": {"results": {"0": {}}}}, "no list"),
        ({"d": {"results": ["a"]}}, "no list"),
        ({"d": [None]}, "no list"),
        ({"d": {"results": [], "__next": 5}}, "no text"),
        ({"error": {"message": {"value": "Bad\nthings"}}}, "Bad things"),
        ({"error": {"message": "Bad things"}}, "Bad things"),
        ({"error": "Bad things", "d": {"results": []}}, "Bad things"),
        ({"error": None}, "an error in place of an answer"),
        ({"error": {"message": {"value": "\ud800"}}}, "an error in place of an answer"),
    ],
)
def test_what_is_no_list_is_named(document: object, words: str) -> None:
    with pytest.raises(DataError) as caught:
        odata.parse_page(document, "GET X")

    str(caught.value).encode()
    assert str(caught.value).startswith("GET X: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "count", ["", "many", "-1", -1, "1.5", 1.5, "1_0", True, [], {}, float("inf"), "9" * 5000]
)
def test_an_announced_count_that_is_no_number_is_named(count: object) -> None:
    with pytest.raises(DataError, match="'__count' is no number"):
        odata.parse_page({"d": {"results": [], "__count": count}}, "GET X")


@pytest.mark.parametrize(("body", "number"), [(b"0", 0), (b"4711", 4711), (b" 12\r\n", 12)])
def test_a_count_is_a_bare_number(body: bytes, number: int) -> None:
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
def test_anything_else_is_no_count(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the exchange tells what came instead
        odata.parse_count(body)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\x00", b"<feed/>", b"[" * 200_000])
def test_a_body_that_is_no_json_is_a_value_error(body: bytes) -> None:
    read: Any = odata.parse_json

    with pytest.raises(ValueError):  # noqa: PT011 - the exchange tells what came instead
        read(body)


def test_half_a_character_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ConfigurationError, match="half a character"):
        odata.encode_key("Flow\ud800")
