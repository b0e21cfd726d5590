"""The metrics of a run that alarms watch."""

from collections.abc import Mapping
from typing import Any

import pytest

from iflow_census.census.result import CensusResult
from iflow_census.lambda_app import observability


def entry(name: str, status: str, coverage: int) -> Mapping[str, Any]:
    return {"name": name, "status": status, "coverage": coverage}


def test_tenants_without_whole_coverage_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: dict[str, float] = {}
    monkeypatch.setattr(observability, "_count", counted.__setitem__)
    tenants = [
        entry("dev", "complete", 100),
        entry("test", "complete", 97),
        entry("prod", "failed", 0),
    ]

    observability.log_run_finished(
        CensusResult(
            "partial", "20261101T003000Z", "2026-10", None, tenants, coverage_complete=False
        ),
        None,
    )

    assert counted == {"TenantsComplete": 2, "TenantsFailed": 1, "TenantsNotCovered": 1}
