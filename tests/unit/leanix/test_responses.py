"""LeanIX's answers, as far as they can be relied on."""

import json
from typing import Any

import pytest

from iflow_census.leanix.responses import (
    StatsSummary,
    configurations,
    created_run,
    run_state,
    run_states,
    summary,
)


@pytest.mark.parametrize("answer", [{"id": "r1"}, [{"id": "r1", "status": "CREATED"}]])
def test_both_documented_shapes_of_the_answer_to_a_creation_are_read(answer: Any) -> None:
    assert created_run(json.dumps(answer).encode()) == "r1"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"id": ""}', b'{"id', b"null"])
def test_an_answer_without_an_id_is_no_id_and_no_error(body: bytes) -> None:
    assert created_run(body) is None


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"status": "FINISHED"}'])
def test_a_status_without_an_id_is_no_answer(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        run_state(body)


@pytest.mark.parametrize(
    ("status", "final"),
    [("FINISHED", True), ("failed", True), ("STOPPED", True), ("ARCHIVING", False), (None, False)],
)
def test_an_unknown_status_is_not_final(status: str | None, final: bool) -> None:
    body = json.dumps([{"id": "r1", "status": status, "description": None, "more": 1}]).encode()

    assert [state.final for state in run_states(body)] == [final]


def test_the_published_example_of_statistics_tells_no_counts_of_fact_sheets() -> None:
    stats = {
        "processorStatistics": [
            {"processorIndex": 0, "processedContentCount": 2, "errorCount": 0},
            {"processorIndex": 1, "processedContentCount": 1, "errorCount": 1},
        ],
        "deletedObjects": [],
    }

    assert summary(stats) == StatsSummary(processed=3, errors=1)


def test_counts_of_fact_sheets_are_read_where_they_are() -> None:
    rows = [{"createdCount": 2, "updatedCount": 0, "unchangedCount": 1}, {"createdCount": 1}]

    assert summary({"processorStatistics": rows}) == StatsSummary(created=3, updated=0, unchanged=1)


@pytest.mark.parametrize("stats", [{}, {"processorStatistics": None}, {"processorStatistics": 1}])
def test_statistics_of_another_shape_are_no_failure_of_the_run(stats: dict[str, Any]) -> None:
    assert summary(stats) == StatsSummary()


def test_configurations_come_as_a_list_or_alone() -> None:
    assert configurations(b'[{"a": 1}]') == configurations(b'{"a": 1}') == [{"a": 1}]
