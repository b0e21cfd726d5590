"""The expressions of processor configurations: the paths and function calls of JUEL.

Source: SAP Help, "Integration API: field and value processing": ``${…}`` within text, paths like
``data.x``, ``header.customFields.x``, ``data.list[0].y``, ``integration.valueOfForEach``, the two
functions of ``integration.tags``, comparisons with ``==`` and ``!=``, and ``a ? b : c``. Null is
inserted as "".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
_CHOICE = re.compile(r"([^?]+)\?([^:]+):(.+)")
_LITERAL = re.compile(r"'([^']*)'|\"([^\"]*)\"|(-?\d+)|(true|false|null)")
_CALL = re.compile(r"([A-Za-z_][\w.]*)\(([^()]*)\)")
_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\d+\])*")
_STEP = re.compile(r"[A-Za-z_]\w*|\[\d+\]")
_CONSTANTS = {"true": True, "false": False, "null": None}

Function = Callable[..., Any]


class ExpressionError(Exception):
    """The expression is invalid, or this simulator does not support it."""


def evaluate(
    text: str, scope: Mapping[str, Any], functions: Mapping[str, Function] | None = None
) -> Any:
    """Return the value of an expression.

    A single ``${…}`` keeps its type, such as a list. Otherwise the values are inserted into the
    text; expressions within a value are not evaluated.
    """
    functions = functions or {}
    single = _PLACEHOLDER.fullmatch(text)
    if single:
        return _value_of(single[1], scope, functions)

    def replace(match: re.Match[str]) -> str:
        value = _value_of(match[1], scope, functions)
        return "" if value is None else str(value)

    return _PLACEHOLDER.sub(replace, text)


def _value_of(source: str, scope: Mapping[str, Any], functions: Mapping[str, Function]) -> Any:
    source = source.strip()
    choice = _CHOICE.fullmatch(source)
    if choice:
        selected = choice[2 if _value_of(choice[1], scope, functions) else 3]
        return _value_of(selected, scope, functions)
    for operator, expected in (("==", True), ("!=", False)):
        left, separator, right = source.partition(operator)
        if separator:
            is_equal = _value_of(left, scope, functions) == _value_of(right, scope, functions)
            return is_equal is expected
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
        arguments = [
            _value_of(part, scope, functions) for part in call[2].split(",") if part.strip()
        ]
        return functions[call[1]](*arguments)
    if _PATH.fullmatch(source):
        return _resolve_path(source, scope)
    raise ExpressionError(f"unsupported expression ${{{source}}}")


def _resolve_path(path: str, scope: Mapping[str, Any]) -> Any:
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
