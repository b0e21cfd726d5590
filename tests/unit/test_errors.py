"""Text from a server in error messages."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.errors import one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  plain  ", "plain"),
        ("two\r\nlines", "two lines"),
        ("a\x00\x1b[31mred\x9b", "a [31mred"),
        ("next\x85line\u2028and\u2029paragraph", "next line and paragraph"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\u2066b\u2069c\u200ed\u200fe\u061cf", "a b c d e f"),
        ("half \ud83d of it", "half   of it"),
    ],
)
def test_text_from_a_server_becomes_one_safe_line(text: str, line: str) -> None:
    assert one_line(text) == line


@given(st.text(alphabet=st.characters(), max_size=600))
def test_no_text_brings_control_characters_into_a_message(text: str) -> None:
    line = one_line(text)

    line.encode()
    assert len(line) <= 301
    assert not [
        character
        for character in line
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(character) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI")
    ]


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert one_line("x" * 300) == "x" * 300
    assert one_line("x" * 301) == "x" * 300 + "…"
