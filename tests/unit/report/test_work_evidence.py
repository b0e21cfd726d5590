"""The evidence of each kind of problem, at the thresholds and in its order."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from iflow_census.report.changes import Change, ChangeKind
from iflow_census.report.findings import find_blocked_updates
from iflow_census.report.work_evidence import (
    MAX_REASON_LENGTH,
    WorkEntry,
    fails_often,
    find_blocked,
    find_certificates,
    find_failing,
    find_jms_limits,
    find_not_covered,
    find_not_scanned,
    find_not_started,
    find_overdue,
    find_stopped,
    find_version_drift,
)
from iflow_census.scan.health import TenantHealth
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import (
    Coverage,
    IflowRow,
    LocationResult,
    TenantStatus,
    Unreadable,
)
from iflow_census.scan.web_ui import TenantProfile
from tests.unit.report.examples import (
    DESIGNED,
    FAILED,
    HEALTH,
    OCTOBER,
    UNHEALTHY,
    WHOLE,
    tenant,
)

SILENT = replace(DESIGNED, messages=0, messages_failed=0)


def named(entries: Iterable[WorkEntry]) -> list[tuple[str, str]]:
    return [(entry.name, entry.evidence) for entry in entries]


def ids(entries: Iterable[WorkEntry]) -> list[str | None]:
    return [entry.iflow_id for entry in entries]


@pytest.mark.parametrize(
    ("failed", "messages", "log_level", "expected"),
    [
        (2, 20, "INFO", True),
        (99, 991, "INFO", False),
        (100, 1000, "INFO", True),
        (19, 19, "INFO", False),
        (20, 20, "ERROR", True),
        (19, 19, "ERROR", False),
        (None, None, "INFO", False),
        (None, None, "ERROR", False),
    ],
)
def test_iflow_fails_often_from_the_threshold_on(
    failed: int | None, messages: int | None, log_level: str, *, expected: bool
) -> None:
    row = replace(DESIGNED, messages_failed=failed, messages=messages, log_level=log_level)

    assert fails_often(row) is expected


def test_iflow_with_the_most_failures_comes_first() -> None:
    rows = [
        replace(DESIGNED, iflow_id=iflow_id, messages=messages, messages_failed=failed)
        for iflow_id, failed, messages in (("a", 90, 900), ("b", 100, 200), ("c", 90, 90))
    ]

    assert ids(find_failing(tenant("prod", rows))) == ["b", "a", "c"]


def test_tenant_that_was_not_scanned_says_what_is_shown() -> None:
    carried_over = replace(
        tenant("prod", [DESIGNED]), status=TenantStatus.PARTIAL, error="HTTP 503"
    )
    no_reason = replace(FAILED, error=None)

    assert named(find_not_scanned(carried_over)) == [
        ("prod", "with data of an earlier scan: HTTP 503")
    ]
    assert named(find_not_scanned(no_reason)) == [("test", "without any data: no reason given")]


def test_iflow_with_unknown_status_counts_as_started() -> None:
    unknown = replace(DESIGNED, runtime_status=None)

    assert list(find_not_started(tenant("prod", [unknown, DESIGNED]))) == []


@pytest.mark.parametrize("length", [MAX_REASON_LENGTH, MAX_REASON_LENGTH + 1])
def test_only_longer_reasons_are_cut(length: int) -> None:
    row = replace(DESIGNED, runtime_status="ERROR", runtime_error="x" * length)

    (entry,) = find_not_started(tenant("prod", [row]))

    shown = "x" * MAX_REASON_LENGTH + ("…" if length > MAX_REASON_LENGTH else "")
    assert entry.evidence == f"ERROR: {shown}"


@pytest.mark.parametrize(
    ("days", "when"),
    [
        (-1, "expired on 2026-11-11"),
        (0, "expires on 2026-11-11, today"),
        (1, "expires on 2026-11-11, tomorrow"),
        (2, "expires on 2026-11-11, in 2 days"),
    ],
)
def test_certificate_says_when_it_expires(days: int, when: str) -> None:
    _, soon = HEALTH.certificates.value or []
    nobody = replace(soon, days_left=days, kind=None, owner=None)
    health = replace(HEALTH, certificates=Reading([nobody]))

    assert named(find_certificates(replace(tenant("prod", []), health=health))) == [("soon", when)]


@pytest.mark.parametrize(
    ("used", "limit", "exhausted", "expected"),
    [
        (799, 1000, [], []),
        (800, 1000, [], [("spool", "80 % of its limit is used")]),
        (1000, 1000, ["spool"], [("spool", "at its limit")]),
        (
            800,
            1000,
            ["queues"],
            [("queues", "at its limit"), ("spool", "80 % of its limit is used")],
        ),
        (None, 1000, [], []),
        (800, None, [], []),
        (0, 0, [], []),
    ],
)
def test_limit_of_the_broker_is_listed_once(
    used: int | None, limit: int | None, exhausted: list[str], expected: list[tuple[str, str]]
) -> None:
    assert HEALTH.jms.value
    broker = replace(
        HEALTH.jms.value, used_bytes=used, max_bytes=limit, exhausted=exhausted, queues=[]
    )
    health = replace(HEALTH, jms=Reading(broker))

    assert named(find_jms_limits(replace(tenant("prod", []), health=health))) == expected


@pytest.mark.parametrize("health", [None, UNHEALTHY])
def test_unknown_health_is_no_problem(health: TenantHealth | None) -> None:
    unknown = replace(tenant("prod", []), health=health)

    assert list(find_certificates(unknown)) == list(find_jms_limits(unknown)) == []


def test_everything_that_is_not_known_of_a_tenant_is_listed() -> None:
    half = Coverage(OCTOBER.start, OCTOBER.end, complete=False, percent=48)
    cloud, edge = (
        LocationResult(name, TenantStatus.COMPLETE, None, 1, 1, coverage)
        for name, coverage in (("cloud", half), ("edge", replace(half, reason="logs\nare gone")))
    )
    prod = replace(
        tenant("prod", []),
        coverage=half,
        locations=[cloud, edge, replace(cloud, id="whole", coverage=WHOLE)],
        unreadable=[Unreadable("endpoints", "403")],
    )

    assert named(find_not_covered(prod)) == [
        ("messages", "48 % of the period is counted"),
        ("messages at edge", "48 % of the period is counted: logs are gone"),
        ("endpoints", "403"),
    ]
    assert list(find_not_covered(replace(prod, scanned_at=None))) == []


def test_version_drift_without_messages_comes_last() -> None:
    rows = [
        replace(DESIGNED, iflow_id=iflow_id, messages=messages)
        for iflow_id, messages in (("a", None), ("b", 1), ("c", 900))
    ]

    assert ids(find_version_drift(tenant("prod", rows))) == ["c", "b", "a"]


def stopped(before: int, row: IflowRow = SILENT, *, after: int = 0) -> Change:
    return Change(
        ChangeKind.MESSAGES_MOVED,
        "prod",
        "Pkg",
        "Package",
        row.iflow_id,
        None,
        "messages",
        before,
        after,
    )


@pytest.mark.parametrize(
    ("before", "after", "is_listed"), [(20, 0, True), (19, 0, False), (20, 1, False)]
)
def test_iflow_stopped_if_it_had_enough_messages(
    before: int, after: int, *, is_listed: bool
) -> None:
    entries = find_stopped(tenant("prod", [SILENT]), [stopped(before, after=after)])

    assert ids(entries) == (["Flow"] if is_listed else [])


def test_busiest_iflow_that_stopped_comes_first_and_links_to_messages() -> None:
    rows = [replace(SILENT, iflow_id=iflow_id) for iflow_id in "abc"]
    prod = replace(tenant("prod", rows), profile=TenantProfile(None, "https://acme.example"))
    changes = [stopped(count, row) for count, row in zip((20, 900, 20), rows, strict=True)]
    gone = stopped(50, replace(SILENT, iflow_id="gone"))

    entries = list(find_stopped(prod, [*reversed(changes), gone]))

    assert ids(entries) == ["b", "a", "c"]
    assert all("/shell/monitoring/Messages/" in (entry.url or "") for entry in entries)


def test_longest_overdue_decision_comes_first() -> None:
    rows = [
        replace(DESIGNED, iflow_id=iflow_id, decision_due=due, decision_overdue=True)
        for iflow_id, due in (("a", "2026-09"), ("b", "2026-03-31"), ("c", "2026-09"))
    ]

    assert ids(find_overdue(tenant("prod", rows))) == ["b", "a", "c"]


def test_blocked_update_of_a_nameless_package_has_its_id() -> None:
    row = replace(DESIGNED, package_name=None, package_update_available=True, messages=0)
    prod = tenant("prod", [row])

    entries = find_blocked(prod, find_blocked_updates([prod]).iflows)

    assert named(entries) == [("A flow", "an update of package Pkg is available")]


def test_nameless_iflow_is_listed_with_its_id() -> None:
    (entry,) = find_version_drift(tenant("prod", [replace(DESIGNED, iflow_name=None)]))

    assert (entry.name, entry.url) == ("Flow", None)
