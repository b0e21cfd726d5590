"""Labels and warnings."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from iflow_census.report.changes import Change, ChangeKind, Value
from iflow_census.report.html import render_html
from iflow_census.report.labels import (
    CHANGE_LABELS,
    describe_change,
    describe_values,
    format_megabytes,
    format_since,
    format_value,
    list_warnings,
)
from iflow_census.scan.locations import CLOUD
from iflow_census.scan.period import LAST_30_DAYS
from iflow_census.scan.results import Coverage, LocationResult, TenantStatus, Unreadable
from tests.unit.report.examples import (
    DESIGNED,
    IDLE_ORPHAN,
    OCTOBER,
    WHOLE,
    report,
    report_of,
    tenant,
)

PARTIAL = Coverage(OCTOBER.start + timedelta(days=1), OCTOBER.end, complete=False, reason="gone")


def test_every_kind_of_change_has_a_label() -> None:
    assert list(CHANGE_LABELS) == list(ChangeKind)


def location(name: str, reason: str | None, coverage: Coverage) -> LocationResult:
    return LocationResult(name, TenantStatus.COMPLETE, reason, 3, 5, coverage)


def test_location_that_is_not_fully_counted_has_a_warning() -> None:
    part = Coverage(None, None, complete=False, reason="location edge keeps logs for 7 days")
    locations = [
        location(CLOUD, None, part),
        location("edge", None, part),
        location("whole", None, WHOLE),
        location("unread", "HTTP 503", part),
    ]

    warnings = list_warnings(report(replace(tenant("prod", [DESIGNED]), locations=locations)))

    assert warnings == [
        "prod: the message counts of location edge do not cover the full period (location edge "
        "keeps logs for 7 days). iFlows deployed there are not marked as unused."
    ]


def test_complete_tenant_has_no_warnings() -> None:
    assert list_warnings(report(tenant("prod", [DESIGNED]))) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"coverage": PARTIAL},
            "prod: the message counts do not cover the full period (gone). iFlows without messages "
            "are therefore not marked as unused.",
        ),
        ({"coverage": replace(PARTIAL, complete=True)}, "prod: gone."),
        (
            {"status": TenantStatus.PARTIAL, "error": "packages: no answer"},
            "prod: the last scan is not complete; the data is of 2026-11-01 00:31 UTC. packages: "
            "no answer",
        ),
        (
            {"carried_over": True},
            "prod: not replaced by this run; the data is of 2026-11-01 00:31 UTC.",
        ),
        (
            {"scanned_at": None, "status": TenantStatus.PARTIAL, "error": "no time left"},
            "prod: the scan is not finished, so the report has no data of this tenant. no time "
            "left",
        ),
        (
            {"scanned_at": None, "status": TenantStatus.FAILED, "error": "HTTP 401"},
            "prod: the scan failed, so the report has no data of this tenant. HTTP 401",
        ),
    ],
)
def test_incomplete_tenant_has_a_warning(changes: dict[str, object], expected: str) -> None:
    census = report(replace(tenant("prod", [DESIGNED]), **changes))  # type: ignore[arg-type]

    assert list_warnings(census) == [expected]


def test_warnings_are_at_the_top_of_the_page() -> None:
    census = report(replace(tenant("prod", [DESIGNED]), coverage=PARTIAL))

    page = render_html(census).decode()

    assert "prod: the message counts do not cover the full period (gone)" in page


def test_packages_that_were_not_read_have_a_warning() -> None:
    unreadable = [Unreadable("iFlows of A", "HTTP 403", package_id="A")]

    warnings = list_warnings(report(replace(tenant("prod", []), unreadable=unreadable)))

    assert warnings == [
        "prod: the totals lack the iFlows of 1 packages that could not be read.",
        "prod: iFlows of A could not be read: HTTP 403.",
    ]


@pytest.mark.parametrize(
    ("count", "more"),
    [(5, []), (7, ["prod: 2 more parts could not be read; report.json lists them."])],
)
def test_first_five_parts_that_were_not_read_are_listed(count: int, more: list[str]) -> None:
    unreadable = [Unreadable(f"part {number}", "HTTP 500") for number in range(count)]

    warnings = list_warnings(report(replace(tenant("prod", []), unreadable=unreadable)))

    listed = [f"prod: part {number} could not be read: HTTP 500." for number in range(5)]
    assert warnings == [*listed, *more]


@pytest.mark.parametrize(
    ("kind", "column", "values", "shown"),
    [
        (ChangeKind.NEW, "iflow_version", (None, "1.0.3"), "New"),
        (ChangeKind.DEPLOYED, "deployed", (False, True), "Deployed"),
        (ChangeKind.UNDEPLOYED, "deployed", (True, False), "Undeployed"),
        (ChangeKind.REMOVED, "iflow_version", ("1.0.3", None), "Removed: 1.0.3 → \N{EN DASH}"),
        (
            ChangeKind.VERSION_CHANGED,
            "iflow_version",
            ("1.0.2", "1.0.3"),
            "Version changed: 1.0.2 → 1.0.3",
        ),
        (
            ChangeKind.VERSION_CHANGED,
            "runtime_version",
            ("1.0.2", "1.0.3"),
            "Version changed: deployed 1.0.2 → 1.0.3",
        ),
    ],
)
def test_change_is_described_by_its_kind_and_values(
    kind: ChangeKind, column: str, values: tuple[Value, Value], shown: str
) -> None:
    change = Change(kind, "prod", "Pkg", "Package", "Flow", "A flow", column, *values)

    assert describe_change(change) == shown
    assert describe_values(change) == shown.partition(": ")[2]


def test_unused_since_is_a_month_or_the_last_30_days() -> None:
    month = report_of(IDLE_ORPHAN).unused().iflows[0]

    assert format_since(month) == "at least 2026-10"
    assert format_since(replace(month, since_is_known=True)) == "2026-10"
    assert format_since(replace(month, unused_since=LAST_30_DAYS)) == "at least 30 days ago"


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
