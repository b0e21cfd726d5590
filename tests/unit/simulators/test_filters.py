"""$filter: grammar, null semantics, errors, and the index compared with a naive evaluation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulators.cloud_integration.filters import FilterError, compile_filter, parse
from tests.simulators.cloud_integration.landscape import LogArtifact, MessageLog, iso
from tests.simulators.cloud_integration.message_index import (
    MESSAGE_DIALECT,
    MessageIndex,
    parse_query,
)
from tests.simulators.cloud_integration.set_options import RUNTIME_DIALECT

ARTIFACTS = [LogArtifact(name, name, "p", "p") for name in ("a", "b", "it's")]
BASE = 1_790_000_000_000
MOMENTS = [BASE + n for n in (0, 1, 500, 999, 1000, 60_000)]
STATUSES = ["COMPLETED", "FAILED", "PROCESSING"]


def moment(ms: int) -> str:
    return f"datetime'{(iso(ms) or '')[:-1]}'"


def holds(text: str, log: MessageLog) -> bool | None:
    return compile_filter(parse(text, MESSAGE_DIALECT))(log)


logs = st.builds(
    MessageLog,
    guid=st.uuids().map(str),
    artifact=st.none() | st.sampled_from(ARTIFACTS),
    status=st.sampled_from(STATUSES),
    start=st.none() | st.sampled_from(MOMENTS),
    end=st.none() | st.sampled_from(MOMENTS),
)


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, Any]:
    """Return a filter as text, and as a naive function that returns True, False or None."""
    fields: list[tuple[str, list[Any]]] = [
        ("LogStart", MOMENTS),
        ("LogEnd", MOMENTS),
        ("Status", STATUSES),
        ("Id", ["a", "it's"]),
    ]
    field, literals = draw(st.sampled_from(fields))
    literal: Any = draw(st.sampled_from(literals))
    word = "eq" if field == "Id" else draw(st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]))
    name = "IntegrationArtifact/Id" if field == "Id" else field
    quoted = (
        moment(literal)
        if isinstance(literal, int)
        else f"'{literal.replace(chr(39), 2 * chr(39))}'"
    )

    def naive(log: MessageLog) -> bool | None:
        value: Any = {
            "LogStart": log.start,
            "LogEnd": log.end,
            "Status": log.status,
            "Id": log.artifact.id if log.artifact else None,
        }[field]
        if value is None:
            return None
        return bool(
            {
                "eq": value == literal,
                "ne": value != literal,
                "gt": value > literal,
                "ge": value >= literal,
                "lt": value < literal,
                "le": value <= literal,
            }[word]
        )

    return f"{name} {word} {quoted}", naive


def joined(parts: st.SearchStrategy[tuple[str, Any]]) -> st.SearchStrategy[tuple[str, Any]]:
    def join(word: str, left: tuple[str, Any], right: tuple[str, Any]) -> tuple[str, Any]:
        def naive(log: MessageLog) -> bool | None:
            verdicts = [left[1](log), right[1](log)]
            decisive = word == "or"
            if decisive in verdicts:
                return decisive
            return None if None in verdicts else not decisive

        return f"({left[0]}) {word} ({right[0]})", naive

    def negate(part: tuple[str, Any]) -> tuple[str, Any]:
        def naive(log: MessageLog) -> bool | None:
            verdict = part[1](log)
            return None if verdict is None else not verdict

        return f"not ({part[0]})", naive

    return st.builds(join, st.sampled_from(["and", "or"]), parts, parts) | st.builds(negate, parts)


filters = st.recursive(conditions(), joined, max_leaves=6)


@given(condition=filters, log=logs)
def test_filter_equals_a_naive_evaluation(condition: tuple[str, Any], log: MessageLog) -> None:
    text, naive = condition

    assert holds(text, log) is naive(log)


@given(condition=filters, content=st.lists(logs, max_size=30, unique_by=lambda log: log.guid))
def test_index_finds_the_same_as_a_full_scan(
    condition: tuple[str, Any], content: list[MessageLog]
) -> None:
    text, naive = condition
    index, query = MessageIndex(content), parse_query(text)

    logs = index.find(query, None, 2 * BASE)

    assert {log.guid for log in logs} == {log.guid for log in content if naive(log)}
    assert index.count(query, None, 2 * BASE) == len(logs)


@given(
    content=st.lists(logs, max_size=30, unique_by=lambda log: log.guid),
    status=st.sampled_from(STATUSES),
    now=st.sampled_from([BASE - 1, *MOMENTS]),
    since=st.none() | st.sampled_from(MOMENTS),
)
def test_running_messages_count_as_processing(
    content: list[MessageLog], status: str, now: int, since: int | None
) -> None:
    query = parse_query(f"LogStart ge {moment(BASE)} and Status eq '{status}'")

    counted = MessageIndex(content).count(query, since, now)

    expected = 0
    for log in content:
        if log.start is not None and (since or BASE) <= log.start <= now:
            running = log.end is not None and log.end > now
            expected += status == ("PROCESSING" if running else log.status)
    assert counted == expected


def test_and_has_precedence_over_or() -> None:
    log = MessageLog("g", ARTIFACTS[0], "COMPLETED", BASE, None)

    assert holds("Status eq 'COMPLETED' or Status eq 'A' and Status eq 'B'", log)
    assert not holds("(Status eq 'COMPLETED' or Status eq 'A') and Status eq 'B'", log)


def test_null_is_neither_equal_nor_unequal() -> None:
    log = MessageLog("g", None, "PROCESSING", None, None)

    assert holds("LogLevel eq 'INFO'", log) is None
    assert holds("LogLevel ne 'INFO'", log) is None
    assert holds("LogStart eq null", log) is True


def test_integration_flow_name_is_the_artifact_id() -> None:
    log = MessageLog("g", LogArtifact("the.id", "The name", "p", "p"), "COMPLETED", BASE, None)

    assert holds("IntegrationFlowName eq 'the.id'", log)
    assert not holds("IntegrationFlowName eq 'The name'", log)


@pytest.mark.parametrize(
    "text",
    [
        "LogStart ge datetime'2026-10-01T00:00:00Z'",
        "LogStart ge datetime'2026-10-01T00:00:00+02:00'",
        "LogStart ge datetime'2026-13-01T00:00:00'",
        "LogStart ge '2026-10-01'",
        "MessageGuid ne 'x'",
        "IntegrationArtifact/Id gt 'x'",
        "Nonsense eq 'x'",
        "Status like 'x'",
        "Status eq 'x",
        "Status eq 'x' and",
        "(Status eq 'x'",
        "Status eq 'it's'",
        "startswith(Status,'x')",
        "LogEnd gt null",
        "",
    ],
)
def test_invalid_filter_is_rejected(text: str) -> None:
    with pytest.raises(FilterError):
        parse(text, MESSAGE_DIALECT)


@pytest.mark.parametrize(
    "text",
    [
        "Id eq 'a' and Id eq 'b'",
        "(Id eq 'a')",
        "not Id eq 'a'",
        "DeployedOn gt datetime'2026-10-01T00:00:00'",
    ],
)
def test_runtime_filter_only_supports_or(text: str) -> None:
    with pytest.raises(FilterError):
        parse(text, RUNTIME_DIALECT)
