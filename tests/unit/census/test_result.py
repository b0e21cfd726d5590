"""The result of a run."""

from collections.abc import Mapping
from typing import Any

import pytest

from iflow_census.census.result import CensusResult, leanix_problem

DELIVERED = {"tenant": "prod", "run_id": "1", "problem": None}
PENDING = leanix_problem("dev", "LeanIX is down", test=True)


def result_with(status: str, *leanix: Mapping[str, Any]) -> CensusResult:
    tenants = [{"name": "prod", "status": status}]
    return CensusResult(status, "r1", "2026-10", "manifest.json", tenants, True, leanix)


@pytest.mark.parametrize(
    ("result", "status"),
    [
        (result_with("complete"), "complete"),
        (result_with("complete", DELIVERED), "complete"),
        (result_with("complete", DELIVERED, PENDING), "partial"),
        (result_with("partial", DELIVERED), "partial"),
    ],
)
def test_run_is_complete_if_scans_and_deliveries_are(result: CensusResult, status: str) -> None:
    assert result.complete is (status == "complete")
    assert result.summary()["status"] == status


def test_summary_has_everything_that_an_invocation_returns() -> None:
    assert result_with("complete", DELIVERED).summary() == {
        "status": "complete",
        "run_id": "r1",
        "period": "2026-10",
        "manifest": "manifest.json",
        "coverage_complete": True,
        "tenants": [{"name": "prod", "status": "complete"}],
        "leanix": [DELIVERED],
    }


def test_tenant_that_was_not_sent_has_an_entry_without_a_run() -> None:
    assert leanix_problem("dev", "LeanIX is down", test=True) == {
        "tenant": "dev",
        "run_id": None,
        "status": "PENDING",
        "test": True,
        "errors": 0,
        "warnings": 0,
        "problem": "LeanIX is down",
    }
