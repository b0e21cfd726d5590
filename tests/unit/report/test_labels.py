"""Labels and warnings."""

from dataclasses import replace
from datetime import timedelta

import pytest

from iflow_census.report.changes import ChangeKind
from iflow_census.report.html import render_html
from iflow_census.report.labels import CHANGE_LABELS, list_warnings
from iflow_census.scan.results import Coverage, TenantStatus
from tests.unit.report.examples import DESIGNED, OCTOBER, report, tenant

PARTIAL = Coverage(OCTOBER.start + timedelta(days=1), OCTOBER.end, complete=False, reason="gone")


def test_every_kind_of_change_has_a_label() -> None:
    assert list(CHANGE_LABELS) == list(ChangeKind)


def test_complete_tenant_has_no_warnings() -> None:
    assert list_warnings(report(tenant("prod", [DESIGNED]))) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"coverage": PARTIAL}, "prod: the message counts do not cover the full month (gone)."),
        ({"coverage": replace(PARTIAL, complete=True)}, "prod: gone."),
        (
            {"status": TenantStatus.PARTIAL, "error": "packages: no answer"},
            "prod: the last scan failed; the data is of 2026-11-01 00:31 UTC. packages:",
        ),
        ({"scanned_at": None, "status": TenantStatus.PARTIAL}, "prod: the scan is not finished"),
    ],
)
def test_incomplete_tenant_has_a_warning(changes: dict[str, object], expected: str) -> None:
    census = report(replace(tenant("prod", [DESIGNED]), **changes))  # type: ignore[arg-type]

    (warning,) = list_warnings(census)

    assert warning.startswith(expected)
    assert warning.partition(" ")[0] in render_html(census).decode()
