"""Parse and evaluate OData V2 ``$filter``.

Sources: SAP OpenAPI: MessageProcessingLogs and IntegrationContent; SAP Help: OData API, query
options; OData V2 for precedence (not, comparison, and, or). Comparisons with null are unknown, as
in SQL: neither ``Status eq 'A'`` nor ``Status ne 'A'`` finds a row without a status. The literal
``null`` tests whether there is a value.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.simulators.cloud_integration.landscape import to_ms

Getter = Callable[[Any], Any]
Predicate = Callable[[Any], bool | None]
"""Evaluates a filter on a row: true, false, or unknown (None)."""

_TOKEN = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))"
    r"|datetime'(?P<date>[^']*)'"
    r"|'(?P<text>(?:[^']|'')*)'"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_/]*))"
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?\Z")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


class FilterError(ValueError):
    """An invalid filter, which SAP rejects with 400."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property that can be filtered; ``only_eq``: SAP only allows ``eq``."""

    name: str
    get: Getter
    is_date: bool = False
    only_eq: bool = False


@dataclass(frozen=True, slots=True)
class Dialect:
    """The filters that an entity set supports."""

    properties: Mapping[str, Property]
    only_or: bool = False
    """No ``and``, no ``not`` and no parentheses."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``property operator literal``; dates are milliseconds, null is None."""

    property: Property
    operator: str
    literal: str | int | None


@dataclass(frozen=True, slots=True)
class Negation:
    """``not operand``."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Junction:
    """``left and right …`` or ``left or right …``."""

    word: str
    operands: tuple[Expression, ...]


Expression = Comparison | Negation | Junction


def parse(text: str, dialect: Dialect) -> Expression:
    """Return the expression; raises ``FilterError``."""
    return _Parser(text, dialect).parse()


def conjuncts(expression: Expression) -> Iterator[Expression]:
    """Yield the operands of a top-level ``and``, or the expression itself."""
    if isinstance(expression, Junction) and expression.word == "and":
        for operand in expression.operands:
            yield from conjuncts(operand)
    else:
        yield expression


def compile_filter(expression: Expression) -> Predicate:
    """Return a function that evaluates the expression on a row, in three-valued logic."""
    if isinstance(expression, Comparison):
        return _compile_comparison(expression)
    if isinstance(expression, Negation):
        inner = compile_filter(expression.operand)

        def negate(row: Any) -> bool | None:
            result = inner(row)
            return None if result is None else not result

        return negate
    parts = tuple(compile_filter(operand) for operand in expression.operands)
    decisive = expression.word == "or"

    def join(row: Any) -> bool | None:
        unknown = False
        for part in parts:
            result = part(row)
            if result is decisive:
                return decisive
            if result is None:
                unknown = True
        return None if unknown else not decisive

    return join


def _compile_comparison(comparison: Comparison) -> Predicate:
    get = comparison.property.get
    compare = _COMPARE[comparison.operator]
    literal = comparison.literal
    if literal is None:
        return lambda row: compare(get(row) is None, True)

    def evaluate(row: Any) -> bool | None:
        value = get(row)
        return None if value is None else compare(value, literal)

    return evaluate


def parse_date_literal(text: str) -> int:
    """Return the milliseconds of a datetime literal, UTC.

    SAP documents that a literal with ``Z`` or an offset is "not interpreted correctly" (SAP Help:
    OData API, query options). It is rejected here, because a client that sends it would get wrong
    counts.
    """
    if not _DATE.match(text):
        raise FilterError(f"Invalid datetime literal '{text}'; expected yyyy-MM-ddTHH:mm:ss.SSS")
    seconds, _, fraction = text.partition(".")
    try:
        moment = datetime.fromisoformat(seconds).replace(tzinfo=UTC)
    except ValueError:
        raise FilterError(f"Invalid datetime literal '{text}'") from None
    return to_ms(moment) + int((fraction + "000")[:3])


class _Parser:
    """A recursive descent parser for one filter."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self._dialect = dialect
        self._tokens = list(_tokens(text))
        self._at = 0

    def parse(self) -> Expression:
        expression = self._disjunction()
        if self._at < len(self._tokens):
            raise FilterError(f"Unexpected '{self._tokens[self._at][1]}' in filter")
        return expression

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "end of filter")

    def _take(self, kind: str) -> str:
        actual, value = self._peek()
        if actual != kind:
            raise FilterError(f"Unexpected '{value}' in filter, expected {kind}")
        self._at += 1
        return value

    def _accept_word(self, word: str) -> bool:
        if self._peek() != ("word", word):
            return False
        if self._dialect.only_or and word != "or":
            raise FilterError(f"Only the logical operator 'or' is allowed, not '{word}'")
        self._at += 1
        return True

    def _disjunction(self) -> Expression:
        operands = [self._conjunction()]
        while self._accept_word("or"):
            operands.append(self._conjunction())
        return operands[0] if len(operands) == 1 else Junction("or", tuple(operands))

    def _conjunction(self) -> Expression:
        operands = [self._unary()]
        while self._accept_word("and"):
            operands.append(self._unary())
        return operands[0] if len(operands) == 1 else Junction("and", tuple(operands))

    def _unary(self) -> Expression:
        if self._accept_word("not"):
            return Negation(self._unary())
        if self._peek()[0] == "open":
            if self._dialect.only_or:
                raise FilterError("No nesting possible")
            self._take("open")
            inner = self._disjunction()
            self._take("close")
            return inner
        return self._comparison()

    def _comparison(self) -> Expression:
        name = self._take("word")
        property_ = self._dialect.properties.get(name)
        if property_ is None:
            raise FilterError(f"Invalid property '{name}' in filter")
        word = self._take("word")
        if word not in _COMPARE:
            raise FilterError(f"Invalid operator '{word}'")
        if property_.only_eq and word != "eq":
            raise FilterError(f"Only operator 'eq' is allowed for '{name}'")
        literal = self._literal(property_)
        if literal is None and word not in ("eq", "ne"):
            raise FilterError(f"Operator '{word}' is not defined for null")
        return Comparison(property_, word, literal)

    def _literal(self, property_: Property) -> str | int | None:
        kind, value = self._peek()
        if (kind, value) == ("word", "null"):
            self._take("word")
            return None
        expected = "date" if property_.is_date else "text"
        if kind != expected:
            raise FilterError(f"Invalid value '{value}' for '{property_.name}'")
        self._take(expected)
        return parse_date_literal(value) if property_.is_date else value.replace("''", "'")


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise FilterError(f"Invalid filter at '{text[at : at + 20]}'")
        yield match.lastgroup, match[match.lastgroup]
        at = match.end()
    if not end:
        raise FilterError("Empty filter")
