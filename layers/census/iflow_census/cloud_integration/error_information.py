"""The words of an `ErrorInformation`: why the deployment of an artifact failed.

SAP's documentation does not describe the content. Tenants send plain text or this JSON, whose
words are in `parameter`, because `messageText` is empty:

    {"message": {"messageId": "GenerationFailed", "messageText": ""}, "parameter": ["…"]}

Causes are further documents: in `childInstances`, or as JSON within a parameter, with the names
`parameters` and `childMessageInstances`.
"""

import json
from collections.abc import Iterator
from typing import Any

MAX_LINE_LENGTH = 300
"""Characters of an error that a report shows of a message."""


def parse_error_information(text: str) -> str:
    """Return the words of an error information, one per line; any other text is unchanged."""
    try:
        document = _parse_document(text)
        lines = dict.fromkeys(_words(document)) or dict.fromkeys(_message_id(document))
    except RecursionError:
        return text
    return "\n".join(lines) or text


def first_line(text: str) -> str:
    """Return the first line of a text that is not blank, at most `MAX_LINE_LENGTH` characters."""
    return next((line.strip()[:MAX_LINE_LENGTH] for line in text.splitlines() if line.strip()), "")


def _parse_document(text: str) -> dict[str, Any]:
    """Return the document in a text, or an empty one."""
    if not text.lstrip().startswith("{"):
        return {}
    try:
        document = json.loads(text, strict=False)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _words(document: dict[str, Any]) -> Iterator[str]:
    message = document.get("message")
    if isinstance(message, dict):
        yield from _lines(message.get("messageText"))
        yield from _parameter_words(message)
    yield from _parameter_words(document)
    for key in ("childInstances", "childMessageInstances"):
        for child in _list(document, key):
            if isinstance(child, dict):
                yield from _words(child)


def _parameter_words(holder: dict[str, Any]) -> Iterator[str]:
    for key in ("parameter", "parameters"):
        for parameter in _list(holder, key):
            nested = _parse_document(parameter) if isinstance(parameter, str) else {}
            yield from list(_words(nested)) or _lines(parameter)


def _message_id(document: dict[str, Any]) -> Iterator[str]:
    message = document.get("message")
    return _lines(message.get("messageId") if isinstance(message, dict) else None)


def _list(holder: dict[str, Any], key: str) -> list[Any]:
    value = holder.get(key)
    return value if isinstance(value, list) else []


def _lines(value: object) -> Iterator[str]:
    is_text = isinstance(value, str | int | float) and not isinstance(value, bool)
    text = str(value) if is_text else ""
    return (line for line in text.split("\n") if line.strip())
