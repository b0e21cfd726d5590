"""Which names of credentials a text contains."""

import re
from collections.abc import Sequence, Set
from functools import lru_cache
from html import unescape

_NO_WORD = re.compile(rb"[^A-Za-z0-9_]")
_BLANKS = _NO_WORD.sub(b" ", bytes(range(256)))
"""What replaces each byte, so that blanks are between words."""
_SLICE = 100_000
"""Characters whose words are in memory at the same time."""
_OVERLAP = 500
"""More than the longest name, which may be cut at the end of a slice."""


def find_mentions(names: Sequence[str], text: str) -> Set[str]:
    """Return the names that a text contains: their words, one after the other.

    What is between the words does not count, because scripts and tables of properties escape it.
    A name with characters outside ASCII is only found where it is written exactly the same.
    """
    if "&" in text:
        text = unescape(unescape(text))
    by_first_word = _by_first_word(tuple(names))
    found = {name for name, _ in by_first_word.get(b"", ()) if name in text}
    first_words = by_first_word.keys()
    for start in range(0, len(text), _SLICE):
        words = _split(text[start : start + _SLICE + _OVERLAP])
        present = first_words & words
        if present:
            line = _join(words)
            found.update(
                name
                for word in present
                for name, own_words in by_first_word[word]
                if own_words in line
            )
    return found


def _split(text: str) -> Sequence[bytes]:
    """Return the words of a text; characters outside ASCII end a word."""
    return text.encode("ascii", "replace").translate(_BLANKS).split()


def _join(words: Sequence[bytes]) -> bytes:
    return b" %b " % b" ".join(words)


@lru_cache(maxsize=8)
def _by_first_word(names: tuple[str, ...]) -> dict[bytes, list[tuple[str, bytes]]]:
    """Names and their words, with blanks around them, by their first word.

    Those without words, or with characters that end words, are at b"".
    """
    index: dict[bytes, list[tuple[str, bytes]]] = {}
    for name in names:
        words = _split(name) if name.isascii() else ()
        index.setdefault(words[0] if words else b"", []).append((name, _join(words)))
    return index
