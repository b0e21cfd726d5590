"""Parse paths that a user typed."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.path_parser import parse_path
from iflow_census.errors import ConfigurationError


@pytest.mark.parametrize(
    ("typed", "path", "query"),
    [
        ("Queues", "Queues", {}),
        (" /Queues ", "Queues", {}),
        ("/api/v1/Queues", "Queues", {}),
        ("X('My Package')", "X('My%20Package')", {}),
        ("X('a/b?c&d#e')/Y", "X('a%2Fb%3Fc%26d%23e')/Y", {}),
        ("X('It''s')", "X('It''s')", {}),
        ("X('It''s/..')", "X('It''s%2F..')", {}),
        ("X('..')", "X('..')", {}),
        ("X('Größe')", "X('Gr%C3%B6%C3%9Fe')", {}),
        ("X('My%20Package')", "X('My%20Package')", {}),
        ("X('100%')", "X('100%25')", {}),
        ("X(123L)", "X(123L)", {}),
        ("X(Id='a b',Version='active')/$value", "X(Id='a%20b',Version='active')/$value", {}),
        (
            "Queues?$filter=Name eq 'a&b=c?'&$top=1",
            "Queues",
            {"$filter": "Name eq 'a&b=c?'", "$top": "1"},
        ),
        ("Queues?a=%20b&c", "Queues", {"a": " b", "c": ""}),
        ("X('a')?url=https://x", "X('a')", {"url": "https://x"}),
        ("X('https://x')", "X('https%3A%2F%2Fx')", {}),
    ],
)
def test_path_is_encoded(typed: str, path: str, query: dict[str, str]) -> None:
    assert parse_path(typed) == (path, query)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "is empty"),
        ("/", "is empty"),
        ("/api/v1/", "is empty"),
        ("https://evil.example/api/v1/X", "is a URL"),
        ("../oauth/token", "points outside"),
        ("X/../../oauth", "points outside"),
        ("X/%2e%2e/oauth", "points outside"),
        ("X/./Y", "points outside"),
        ("X\\..\\Y", "not allowed in a path"),
        ("X\nY", "not allowed in a path"),
        ("X('a", "a quote is not closed"),
        ("X('It's')", "a quote is not closed"),
        ("X?$filter=Name eq 'a", "a quote is not closed"),
    ],
)
def test_invalid_path_is_rejected(typed: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        parse_path(typed)


@given(st.text(max_size=40), st.text(max_size=40))
def test_encoded_path_stays_unchanged(key: str, other: str) -> None:
    path = odata.entity_path("X", {"Id": key, "Version": other})

    assert parse_path(path) == (path, {})


@given(st.text(alphabet=st.sampled_from("X./%2e'()?&=#\\: ä$"), max_size=30))
def test_any_path_stays_within_the_api(typed: str) -> None:
    try:
        path, _ = parse_path(typed)
    except ConfigurationError:
        return

    outside = "".join(part for n, part in enumerate(path.split("'")) if n % 2 == 0)
    assert ".." not in unquote(outside).split("/")
    assert path.isascii()
    assert not set(path) & set(" ?#\\")
