"""Expressions of processor configurations."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.leanix.expressions import ExpressionError, evaluate

SCOPE: dict[str, Any] = {
    "content": {"id": "sap-ci:prod:Orders"},
    "header": {"customFields": {"prefix": "prod: "}},
    "data": {
        "name": "Orders ${data.secret}",
        "secret": "s",
        "links": ["https://a", "https://b"],
        "people": [{"name": "Orders"}],
    },
    "integration": {"valueOfForEach": "https://b", "indexOfForEach": 1},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("externalId", "externalId"),
        ("${content.id}", "sap-ci:prod:Orders"),
        ("${header.customFields.prefix}${data.name}", "prod: Orders ${data.secret}"),
        ("${data.links}", ["https://a", "https://b"]),
        ("${data.links[1]}", "https://b"),
        ("${data.links[7]}", None),
        ("${data.people[0].name}", "Orders"),
        ("${data.missing}", None),
        ("${data.missing.deeper}", None),
        ("<${data.missing}>", "<>"),
        ("${integration.valueOfForEach}", "https://b"),
        ("${data.missing == null}", True),
        ("${data.secret != 's'}", False),
        ("${true}", True),
        ("${data.missing == null ? content.id : null}", "sap-ci:prod:Orders"),
        ("${data.secret == null ? content.id : null}", None),
        ("${upper('x')}", "X"),
    ],
)
def test_expression_is_evaluated_but_its_values_are_not(text: str, value: Any) -> None:
    assert evaluate(text, SCOPE, {"upper": str.upper}) == value


@pytest.mark.parametrize("text", ["${}", "${a b}", "${unknown('x')}", "${data.x + 1}"])
def test_unsupported_expression_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(text, SCOPE)
