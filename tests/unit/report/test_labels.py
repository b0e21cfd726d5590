"""Labels and warnings."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from iflow_census.report.changes import ChangeKind, Value
from iflow_census.report.html import render_html
from iflow_census.report.labels import CHANGE_LABELS, format_megabytes, format_value, list_warnings
from iflow_census.scan.results import Coverage, LocationResult, TenantStatus
from tests.unit.report.examples import DESIGNED, OCTOBER, report, tenant

PARTIAL = Coverage(OCTOBER.start + timedelta(days=1), OCTOBER.end, complete=False, reason="gone")


def test_every_kind_of_change_has_a_label() -> None:
    assert list(CHANGE_LABELS) == list(ChangeKind)


def test_location_that_is_not_fully_counted_has_a_warning() -> None:
    part = Coverage(None, None, complete=False, reason="location edge keeps logs for 7 days")
    edge = LocationResult("edge", TenantStatus.COMPLETE, None, 3, 5, part)

    warnings = list_warnings(report(replace(tenant("prod", [DESIGNED]), locations=[edge])))

    assert warnings == [
        "prod: the message counts of location edge do not cover the full period (location edge "
        "keeps logs for 7 days). iFlows deployed there are not marked as unused."
    ]


def test_complete_tenant_has_no_warnings() -> None:
    assert list_warnings(report(tenant("prod", [DESIGNED]))) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"coverage": PARTIAL}, "prod: the message counts do not cover the full period (gone)."),
        ({"coverage": replace(PARTIAL, complete=True)}, "prod: gone."),
        (
            {"status": TenantStatus.PARTIAL, "error": "packages: no answer"},
            "prod: the last scan is not complete; the data is of 2026-11-01 00:31 UTC. packages:",
        ),
        ({"scanned_at": None, "status": TenantStatus.PARTIAL}, "prod: the scan is not finished"),
    ],
)
def test_incomplete_tenant_has_a_warning(changes: dict[str, object], expected: str) -> None:
    census = report(replace(tenant("prod", [DESIGNED]), **changes))  # type: ignore[arg-type]

    (warning,) = list_warnings(census)

    assert warning.startswith(expected)
    assert warning.partition(" ")[0] in render_html(census).decode()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "yes"),
        (False, "no"),
        (datetime.fromisoformat("2026-10-05T23:59:59-02:00"), "2026-10-06 01:59"),
        ("EDITED", "edited"),
        ("NOT_EDITED", "not edited"),
        ("1.0.3", "1.0.3"),
        (1234, "1,234"),
        (None, "\N{EN DASH}"),
    ],
)
def test_values_of_changes_are_words_for_people(value: Value, shown: str) -> None:
    assert format_value(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(3 * 2**30, "3,072"), (2**19 + 1, "1"), (None, "\N{EN DASH}")]
)
def test_bytes_are_shown_as_whole_megabytes(value: int | None, shown: str) -> None:
    assert format_megabytes(value) == shown
