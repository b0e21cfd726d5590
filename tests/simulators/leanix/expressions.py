"""The expressions of processor configurations: the part of JUEL that paths and calls make up.

Source: SAP Help, "Integration API: field and value processing": ``${…}`` within text, paths like
``data.x``, ``header.customFields.x``, ``data.list[0].y``, ``integration.valueOfForEach``, the two
functions of ``integration.tags``, comparisons with ``==`` and ``!=``. What is null becomes "".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_PLACE = re.compile(r"\$\{([^}]*)\}")
_LITERAL = re.compile(r"'([^']*)'|\"([^\"]*)\"|(-?\d+)|(true|false|null)")
_CALL = re.compile(r"([A-Za-z_][\w.]*)\(([^()]*)\)")
_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\d+\])*")
_STEP = re.compile(r"[A-Za-z_]\w*|\[\d+\]")
_CONSTANTS = {"true": True, "false": False, "null": None}

Function = Callable[..., Any]


class ExpressionError(Exception):
    """An expression that is none, or that this simulator does not know."""


def evaluate(
    text: str, scope: Mapping[str, Any], functions: Mapping[str, Function] | None = None
) -> Any:
    """Return the value of an expression.

    One that is a single ``${…}`` keeps its kind, such as a list; in all others the values are put
    into the text, once: what stands in a value is never evaluated.
    """
    functions = functions or {}
    whole = _PLACE.fullmatch(text)
    if whole:
        return _value(whole[1], scope, functions)

    def filled(match: re.Match[str]) -> str:
        value = _value(match[1], scope, functions)
        return "" if value is None else str(value)

    return _PLACE.sub(filled, text)


def _value(source: str, scope: Mapping[str, Any], functions: Mapping[str, Function]) -> Any:
    source = source.strip()
    for operator, equal in (("==", True), ("!=", False)):
        left, found, right = source.partition(operator)
        if found:
            same = _value(left, scope, functions) == _value(right, scope, functions)
            return same is equal
    literal = _LITERAL.fullmatch(source)
    if literal:
        single, double, number, constant = literal.groups()
        if constant:
            return _CONSTANTS[constant]
        return int(number) if number else (single if single is not None else double)
    call = _CALL.fullmatch(source)
    if call:
        if call[1] not in functions:
            raise ExpressionError(f"unknown function {call[1]}")
        arguments = [_value(part, scope, functions) for part in call[2].split(",") if part.strip()]
        return functions[call[1]](*arguments)
    if _PATH.fullmatch(source):
        return _walk(source, scope)
    raise ExpressionError(f"cannot read ${{{source}}}")


def _walk(path: str, scope: Mapping[str, Any]) -> Any:
    value: Any = scope
    for step in _STEP.findall(path):
        if step.startswith("["):
            index = int(step[1:-1])
            value = value[index] if isinstance(value, list) and index < len(value) else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is None:
            return None
    return value
