"""Which names of credentials a text contains."""

import re
from collections.abc import Sequence, Set
from functools import lru_cache
from html import unescape

_WORD = re.compile(r"\w+")
_BLANKS = "".join(char if _WORD.match(char) else " " for char in map(chr, range(128)))
"""What replaces each ASCII character, so that blanks are between words."""
_SLICE = 100_000
"""Characters whose words are in memory at the same time."""
_OVERLAP = 500
"""More than the longest name, which may be cut at the end of a slice."""


def find_mentions(names: Sequence[str], text: str) -> Set[str]:
    """Return the names that a text contains: their words, one after the other.

    What is between the words does not count, because scripts and tables of properties escape it.
    """
    if not names:
        return set()
    if "&" in text:
        text = unescape(unescape(text))
    by_first_word = _by_first_word(tuple(names))
    found = {name for name, _ in by_first_word.get("", ()) if name in text}
    first_words = by_first_word.keys()
    for start in range(0, len(text), _SLICE):
        words = _split(text[start : start + _SLICE + _OVERLAP])
        present = first_words & words
        if present:
            line = f" {' '.join(words)} "
            found.update(
                name
                for word in present
                for name, own_words in by_first_word[word]
                if own_words in line
            )
    return found


def _split(text: str) -> Sequence[str]:
    """Return the words of a text; the fast way is for what most texts are."""
    return text.translate(_BLANKS).split() if text.isascii() else _WORD.findall(text)


@lru_cache(maxsize=8)
def _by_first_word(names: tuple[str, ...]) -> dict[str, list[tuple[str, str]]]:
    """Names and their words, with blanks around them, by their first word; "" for no words."""
    index: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        words = _WORD.findall(name)
        index.setdefault(words[0] if words else "", []).append((name, f" {' '.join(words)} "))
    return index
