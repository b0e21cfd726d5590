"""Files of parameters: `.properties`, as SAP keeps them in an iFlow, or a JSON object.

The form of `.properties` is Java's (java.util.Properties, load and store), in UTF-8: a key, `=`,
a value; `#` begins a comment; a backslash escapes what would mean something else.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from iflow_census.errors import ConfigurationError
from iflow_census.http.errors import one_line

_PROPERTIES = (".properties", ".prop")
_JSON = ".json"

_LINE_END = re.compile(r"\r\n|\r|\n")
_BLANK = " \t\f"
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_WRITTEN = {meant: f"\\{letter}" for letter, meant in _ESCAPES.items()} | {"\\": "\\\\"}
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNICODE = re.compile(r"u([0-9a-fA-F]{4})")
_ESCAPED = re.compile(r"\\(u[0-9a-fA-F]{4}|.?)", re.DOTALL)
_PAIR = re.compile(r"((?:\\.|[^\\=: \t\f])*)[ \t\f]*(?:[=:][ \t\f]*)?(.*)", re.DOTALL)


def check_name(file: Path) -> None:
    """Raise `ConfigurationError` where the name says no form of file."""
    if file.suffix.lower() not in (*_PROPERTIES, _JSON):
        endings = ", ".join((*_PROPERTIES, _JSON))
        raise ConfigurationError(f"{file}: what form is it of? Name it with one of {endings}")


def read(text: str, file: Path) -> dict[str, str]:
    """The values in the text of a file, by key.

    Raises:
        ConfigurationError: it is not what its name says, or a key stands there twice.
    """
    check_name(file)
    if file.suffix.lower() == _JSON:
        return _from_json(text, file)
    return _unique(_pairs(text, file), file)


def written(values: Mapping[str, str], file: Path, remarks: Mapping[str, str]) -> str:
    """The text of a file, in the form that its name says.

    Args:
        values: by key.
        file: as it will be named.
        remarks: a line to stand above a key; JSON knows none.
    """
    check_name(file)
    if file.suffix.lower() == _JSON:
        return json.dumps(dict(values), ensure_ascii=False, indent=2) + "\n"
    lines = []
    for key, value in values.items():
        if remarks.get(key):
            lines.append(f"# {one_line(remarks[key])}")
        lines.append(f"{_escaped(key, key=True)}={_escaped(value)}")
    return "".join(f"{line}\n" for line in lines)


def _from_json(text: str, file: Path) -> dict[str, str]:
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{file} is no JSON") from None
    if text.lstrip()[:1] != "{":
        raise ConfigurationError(f"{file} is no JSON object of keys and values")
    for key, value in pairs:
        if not isinstance(value, str):
            raise ConfigurationError(
                f"{file}: the value of {key!r} is no text: put it in double quotes"
            )
    return _unique(pairs, file)


def _unique(pairs: Iterable[tuple[str, str]], file: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in pairs:
        if key in found:
            raise ConfigurationError(f"{file}: {key!r} stands there twice")
        found[key] = value
    return found


def _pairs(text: str, file: Path) -> Iterator[tuple[str, str]]:
    for number, line in _logical_lines(text):
        pair = _PAIR.fullmatch(line)
        if pair is None or not pair[1]:
            raise ConfigurationError(f"{file}, line {number}: no key stands in front of the value")
        yield _plain(pair[1]), _plain(pair[2])


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their number: no comments, those that end in a backslash put together."""
    begun, first = "", 0
    for number, line in enumerate(_LINE_END.split(text), start=1):
        rest = line.lstrip(_BLANK)
        if not begun:
            if not rest or rest[0] in "#!":
                continue
            first = number
        slashes = len(rest) - len(rest.rstrip("\\"))
        if slashes % 2:
            begun += rest[:-1]
            continue
        yield first, begun + rest
        begun = ""
    if begun:
        yield first, begun


def _plain(text: str) -> str:
    def meant(found: re.Match[str]) -> str:
        code = found[1]
        if _UNICODE.fullmatch(code):
            return chr(int(code[1:], 16))
        return _ESCAPES.get(code, code)

    # Java writes characters beyond U+FFFF as two halves.
    halves = _ESCAPED.sub(meant, text)
    return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _escaped(text: str, *, key: bool = False) -> str:
    made = []
    for position, char in enumerate(text):
        # A blank in front would be taken for one around the equals sign.
        special = char in "=:" or (char in "#!" and not position) if key else False
        if special or (char == " " and (key or not position)):
            made.append(f"\\{char}")
        elif char in _WRITTEN:
            made.append(_WRITTEN[char])
        elif _UNSEEN.fullmatch(char):
            made.append(f"\\u{ord(char):04x}")
        else:
            made.append(char)
    return "".join(made)
