"""Parameter files: `.properties`, the format that SAP uses inside an iFlow, or a JSON object.

The `.properties` format is that of java.util.Properties (load and store), in UTF-8: `key=value`
lines, comments that begin with `#`, and backslash escapes.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from iflow_census.errors import ConfigurationError, one_line

_PROPERTIES = (".properties", ".prop")
_JSON = ".json"

_LINE_END = re.compile(r"\r\n|\r|\n")
_BLANKS = " \t\f"
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_ESCAPED_CHARS = {char: f"\\{letter}" for letter, char in _ESCAPES.items()} | {"\\": "\\\\"}
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNICODE_ESCAPE = re.compile(r"u([0-9a-fA-F]{4})")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.?)", re.DOTALL)
_KEY_AND_VALUE = re.compile(r"((?:\\.|[^\\=: \t\f])*)[ \t\f]*(?:[=:][ \t\f]*)?(.*)", re.DOTALL)


def check_extension(path: Path) -> None:
    """Raise `ConfigurationError` if the file name has no supported extension."""
    if path.suffix.lower() not in (*_PROPERTIES, _JSON):
        supported = ", ".join((*_PROPERTIES, _JSON))
        raise ConfigurationError(f"{path}: unknown file format; use one of {supported}")


def loads(text: str, path: Path) -> dict[str, str]:
    """Parse the text of a parameter file; the extension of its path selects the format.

    Raises:
        ConfigurationError: the text is not in that format, or a key is duplicated.
    """
    check_extension(path)
    if path.suffix.lower() == _JSON:
        return _parse_json(text, path)
    return _to_dict(_parse_properties(text, path), path)


def dumps(values: Mapping[str, str], path: Path, comments: Mapping[str, str]) -> str:
    """Format values as a parameter file; the extension of its path selects the format.

    `comments` are comment lines by key, which JSON does not have.
    """
    check_extension(path)
    if path.suffix.lower() == _JSON:
        return json.dumps(dict(values), ensure_ascii=False, indent=2) + "\n"
    lines = []
    for key, value in values.items():
        if comments.get(key):
            lines.append(f"# {one_line(comments[key])}")
        lines.append(f"{_escape(key, is_key=True)}={_escape(value)}")
    return "".join(f"{line}\n" for line in lines)


def _parse_json(text: str, path: Path) -> dict[str, str]:
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{path}: not valid JSON") from None
    if text.lstrip()[:1] != "{":
        raise ConfigurationError(f"{path}: not a JSON object with keys and values")
    for key, value in pairs:
        if not isinstance(value, str):
            raise ConfigurationError(
                f"{path}: the value of {key!r} is not a string; put it in double quotes"
            )
    return _to_dict(pairs, path)


def _to_dict(pairs: Iterable[tuple[str, str]], path: Path) -> dict[str, str]:
    values: dict[str, str] = {}
    for key, value in pairs:
        if key in values:
            raise ConfigurationError(f"{path}: duplicate key {key!r}")
        values[key] = value
    return values


def _parse_properties(text: str, path: Path) -> Iterator[tuple[str, str]]:
    for number, line in _logical_lines(text):
        match = _KEY_AND_VALUE.fullmatch(line)
        if match is None or not match[1]:
            raise ConfigurationError(f"{path}, line {number}: no key before the value")
        yield _unescape(match[1]), _unescape(match[2])


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines with their number, without comments; lines that end in a backslash are joined."""
    pending, first = "", 0
    for number, line in enumerate(_LINE_END.split(text), start=1):
        content = line.lstrip(_BLANKS)
        if not pending:
            if not content or content[0] in "#!":
                continue
            first = number
        backslashes = len(content) - len(content.rstrip("\\"))
        if backslashes % 2:
            pending += content[:-1]
            continue
        yield first, pending + content
        pending = ""
    if pending:
        yield first, pending


def _unescape(text: str) -> str:
    def replace(match: re.Match[str]) -> str:
        code = match[1]
        if _UNICODE_ESCAPE.fullmatch(code):
            return chr(int(code[1:], 16))
        return _ESCAPES.get(code, code)

    # Java writes characters beyond U+FFFF as surrogate pairs.
    with_surrogates = _ESCAPE.sub(replace, text)
    return with_surrogates.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _escape(text: str, *, is_key: bool = False) -> str:
    escaped = []
    for position, char in enumerate(text):
        is_separator = is_key and (char in "=:" or (char in "#!" and not position))
        # A leading blank would be read as part of the separator.
        if is_separator or (char == " " and (is_key or not position)):
            escaped.append(f"\\{char}")
        elif char in _ESCAPED_CHARS:
            escaped.append(_ESCAPED_CHARS[char])
        elif _INVISIBLE.fullmatch(char):
            escaped.append(f"\\u{ord(char):04x}")
        else:
            escaped.append(char)
    return "".join(escaped)
