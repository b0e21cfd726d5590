"""Parsing the responses of the Integration API."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from iflow_census.leanix.responses import (
    StatsSummary,
    parse_configurations,
    parse_created_run_id,
    parse_end,
    parse_results_url,
    parse_run_state,
    parse_run_states,
    summarize_stats,
)


@pytest.mark.parametrize("response", [{"id": "1"}, [{"id": "1", "status": "CREATED"}]])
def test_both_documented_shapes_of_a_created_run_are_parsed(response: Any) -> None:
    assert parse_created_run_id(json.dumps(response).encode()) == "1"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"id": ""}', b'{"id', b"null"])
def test_created_run_without_id_is_none(body: bytes) -> None:
    assert parse_created_run_id(body) is None


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"status": "FINISHED"}'])
def test_run_state_without_id_is_invalid(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_run_state(body)


@pytest.mark.parametrize(
    ("status", "is_final"),
    [("FINISHED", True), ("failed", True), ("STOPPED", True), ("ARCHIVING", False), (None, False)],
)
def test_unknown_status_is_not_final(status: str | None, is_final: bool) -> None:
    body = json.dumps([{"id": "r1", "status": status, "description": None, "more": 1}]).encode()

    assert [state.is_final for state in parse_run_states(body)] == [is_final]


def test_published_statistics_have_no_fact_sheet_counts() -> None:
    stats = {
        "processorStatistics": [
            {"processorIndex": 0, "processedContentCount": 2, "errorCount": 0},
            {"processorIndex": 1, "processedContentCount": 1, "errorCount": 1},
        ],
        "deletedObjects": [],
    }

    assert summarize_stats(stats) == StatsSummary(processed=3, errors=1, deleted=0)


def test_deleted_objects_are_counted() -> None:
    assert summarize_stats({"deletedObjects": [{"id": "a"}, {"id": "b"}]}).deleted == 2


def test_fact_sheet_counts_are_added_up_where_present() -> None:
    rows = [{"createdCount": 2, "updatedCount": 0, "unchangedCount": 1}, {"createdCount": 1}]

    summary = summarize_stats({"processorStatistics": rows})

    assert summary == StatsSummary(created=3, updated=0, unchanged=1)


@pytest.mark.parametrize("stats", [{}, {"processorStatistics": None}, {"processorStatistics": 1}])
def test_malformed_statistics_do_not_raise(stats: dict[str, Any]) -> None:
    assert summarize_stats(stats) == StatsSummary()


@pytest.mark.parametrize("url", ["https://storage.example/r1?sig=x", None])
def test_results_url_may_be_missing(url: str | None) -> None:
    assert parse_results_url(json.dumps({"url": url}).encode()) == url


def test_configurations_may_be_a_list_or_a_single_object() -> None:
    assert parse_configurations(b'[{"a": 1}]') == parse_configurations(b'{"a": 1}') == [{"a": 1}]


@pytest.mark.parametrize("stats", [{}, {"deletedObjects": None}])
def test_missing_list_of_deletions_is_not_zero(stats: dict[str, Any]) -> None:
    assert summarize_stats(stats).deleted is None


def test_end_of_a_run_is_its_last_final_status() -> None:
    stats = {
        "statusChanges": [
            {"status": "CREATED", "timestamp": "2026-11-01T00:30:00.645115Z"},
            {"status": "FINISHED", "timestamp": "2026-11-01T00:31:00Z"},
        ]
    }

    assert parse_end(stats) == datetime(2026, 11, 1, 0, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes", [None, [], 1, [{"status": "CREATED"}], [{"status": "FINISHED", "timestamp": "?"}]]
)
def test_end_of_a_run_may_be_unknown(changes: Any) -> None:
    assert parse_end({"statusChanges": changes}) is None
