"""The worklist: what is on it, in which order, and what it says."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from iflow_census.report.worklist import MAX_ITEMS, WorkItem, WorkKind
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import Coverage, IflowRow, TenantResult, Unreadable
from iflow_census.scan.usage import Usage
from iflow_census.scan.web_ui import Environment, TenantProfile
from tests.unit.report.earlier_month import AUGUST, earlier, october
from tests.unit.report.examples import DESIGNED, FAILED, HEALTH, OCTOBER, report, tenant

QUIET = replace(DESIGNED, version_drift=False, messages_failed=0, messages_completed=6)
"""An iFlow with nothing to do about it."""
UNUSED = replace(QUIET, messages=0, usage=Usage.UNUSED)
WEB_UI = TenantProfile(Environment.PRODUCTION, "https://acme.example")


def failing(name: str = "Flow", *, failed: int = 2, messages: int = 20) -> IflowRow:
    return replace(QUIET, iflow_id=name, messages=messages, messages_failed=failed)


def items(*tenants: TenantResult) -> Sequence[WorkItem]:
    return report(*tenants).worklist().items


def evidence(*tenants: TenantResult) -> list[tuple[WorkKind, str, str]]:
    return [
        (item.kind, entry.name, entry.evidence)
        for item in items(*tenants)
        for entry in item.entries
    ]


def test_entry_about_an_iflow_ends_with_its_decision_and_owner() -> None:
    blocked = replace(QUIET, edit_status=EditStatus.EDITED, package_update_available=True)
    owned = replace(blocked, owner="Sales")
    decided = replace(failing("B"), decision="retire", decision_due="2027-01", owner="Jane")

    found = {kind: text for kind, _, text in evidence(tenant("prod", [owned, decided]))}

    assert found[WorkKind.UPDATES_BLOCKED].endswith("; owner: Sales")
    assert found[WorkKind.FAILING].endswith("(10 %); retire by 2027-01 (Jane)")


def test_nothing_to_do_is_an_empty_worklist() -> None:
    assert items(tenant("prod", [QUIET])) == []


@pytest.mark.parametrize(
    ("failed", "messages", "log_level", "expected"),
    [
        (2, 20, "INFO", "2 of 20 messages failed (10 %)"),
        (1, 20, "INFO", None),
        (19, 19, "INFO", None),
        (1500, 2000, None, "1,500 of 2,000 messages failed (75 %)"),
        (19, 19, "ERROR", None),
        (20, 20, "ERROR", "20 messages failed; at log level ERROR no others are logged"),
    ],
)
def test_iflow_fails_often_by_rate(
    failed: int, messages: int, log_level: str | None, expected: str | None
) -> None:
    row = replace(failing(failed=failed, messages=messages), log_level=log_level)

    found = evidence(tenant("prod", [row]))

    assert found == ([(WorkKind.FAILING, "A flow", expected)] if expected else [])


def test_iflow_that_is_not_started_has_its_reason() -> None:
    rows = [
        replace(QUIET, iflow_id="a", runtime_status="STARTING"),
        replace(QUIET, iflow_id="b", runtime_status="ERROR", runtime_error="no\nqueue " * 30),
        replace(QUIET, iflow_id="c", deployed=False, runtime_status=None),
    ]

    (item,) = items(tenant("prod", rows))

    assert (item.title, item.total) == ("2 deployed iFlows are not started", 2)
    assert [entry.iflow_id for entry in item.entries] == ["b", "a"]
    assert item.entries[0].evidence.startswith("ERROR: no queue no queue")
    assert len(item.entries[0].evidence) < 140


def test_health_shows_certificates_and_limits() -> None:
    assert evidence(replace(tenant("prod", []), health=HEALTH)) == [
        (
            WorkKind.CERTIFICATES,
            "gone",
            "Certificate, expired on 2018-03-15; owner: Tenant Administrator",
        ),
        (
            WorkKind.CERTIFICATES,
            "soon",
            "Key Pair, expires on 2026-11-11, in 10 days; owner: Tenant Administrator",
        ),
        (WorkKind.JMS, "consumers", "at its limit"),
        (WorkKind.JMS, "Stuck", "SAP rates the queue as critical"),
    ]


@pytest.mark.parametrize(("days", "is_listed"), [(30, True), (31, False)])
def test_certificate_is_listed_thirty_days_before_it_expires(days: int, is_listed: bool) -> None:
    soon = (HEALTH.certificates.value or [])[1]
    health = replace(HEALTH, certificates=Reading([replace(soon, days_left=days)]))

    kinds = [kind for kind, *_ in evidence(replace(tenant("prod", []), health=health))]

    assert (WorkKind.CERTIFICATES in kinds) is is_listed


def test_certificate_that_expires_tomorrow_says_so() -> None:
    soon = (HEALTH.certificates.value or [])[1]
    health = replace(HEALTH, certificates=Reading([replace(soon, days_left=1)]))

    (_, _, text), *_ = evidence(replace(tenant("prod", []), health=health))

    assert "expires on 2026-11-11, tomorrow" in text


def test_iflow_whose_messages_stopped_is_listed_once_as_such() -> None:
    before = earlier(replace(DESIGNED, messages=1500))

    (item,) = october([UNUSED], before).worklist().items

    assert (item.kind, item.entries[0].evidence) == (
        WorkKind.STOPPED,
        "1,500 messages in the month before",
    )


def test_messages_that_are_only_not_logged_have_not_stopped() -> None:
    before = earlier(replace(DESIGNED, messages=1500))
    not_logged = replace(QUIET, messages=0, usage=Usage.UNKNOWN, log_level="ERROR")

    assert october([not_logged], before).worklist().items == []


def test_iflow_unused_for_three_months_needs_a_decision() -> None:
    two, three = earlier(UNUSED), earlier(UNUSED, month=AUGUST)

    assert october([UNUSED], two).worklist().items == []
    (item,) = october([UNUSED], two, three).worklist().items
    assert item.kind is WorkKind.UNUSED
    assert item.entries[0].evidence == "unused since at least 2026-08, 2 open endpoints"


def test_unused_iflow_says_who_would_notice() -> None:
    row = replace(UNUSED, owner="Sales", undeploy_impact="calls would fail: Caller (deployed)")

    (item,) = october([row], earlier(UNUSED), earlier(UNUSED, month=AUGUST)).worklist().items

    assert item.entries[0].evidence.endswith(
        "endpoints; owner: Sales; calls would fail: Caller (deployed)"
    )


def test_edited_iflows_and_version_drift_are_ordered_by_messages() -> None:
    few = replace(DESIGNED, iflow_id="few", messages=1, messages_failed=0)
    many = replace(few, iflow_id="many", messages=500, package_update_available=True)
    assert few.edit_status is EditStatus.EDITED

    updates, drift = items(tenant("prod", [few, many]))

    assert (updates.kind, updates.total) == (WorkKind.UPDATES_BLOCKED, 1)
    assert updates.entries[0].evidence == "an update of package Package is available; 500 messages"
    assert [entry.iflow_id for entry in drift.entries] == ["many", "few"]
    assert drift.entries[0].evidence == "1.0.2 is deployed, the design has 1.0.3"


def test_missing_tenants_and_counts_are_items() -> None:
    half = Coverage(OCTOBER.start, OCTOBER.end, complete=False, reason="logs are gone", percent=48)
    dev = replace(tenant("dev", []), coverage=half, unreadable=[Unreadable("endpoints", "403")])

    assert evidence(FAILED, dev) == [
        (
            WorkKind.NOT_SCANNED,
            "test",
            "without any data: packages: GET IntegrationPackages: HTTP 403",
        ),
        (WorkKind.NOT_COVERED, "messages", "48 % of the period is counted: logs are gone"),
        (WorkKind.NOT_COVERED, "endpoints", "403"),
    ]


def test_production_comes_first_and_the_alphabet_last() -> None:
    def of(name: str, environment: Environment | None, *rows: IflowRow) -> TenantResult:
        return replace(tenant(name, rows), profile=TenantProfile(environment))

    listed = items(
        of("a", Environment.DEVELOPMENT, failing()),
        of("b", Environment.TEST, failing()),
        of("c", None, failing()),
        of("d", Environment.PRODUCTION, failing()),
        of("e", Environment.PRODUCTION, failing("x"), failing("y")),
        of("f", Environment.PRODUCTION, replace(QUIET, runtime_status="ERROR")),
    )

    assert [item.tenant for item in listed] == ["f", "e", "d", "c", "b", "a"]
    assert [item.rank for item in listed] == [1, 2, 3, 4, 5, 6]


def test_worklist_has_a_dozen_items_and_says_how_many_are_left_out() -> None:
    census = report(*(tenant(f"t{number}", [failing()]) for number in range(MAX_ITEMS + 3)))

    worklist = census.worklist()

    assert (len(worklist.items), worklist.omitted) == (MAX_ITEMS, 3)
    assert len(census.worklist(max_items=None).items) == MAX_ITEMS + 3


@pytest.mark.parametrize(
    ("failing_tenants", "summary"),
    [
        (0, "Nothing to do: nothing fails, expires, is missing or unused for long."),
        (1, "1 thing to do: 2 iFlows fail often (t00)."),
        (2, "2 things to do; most urgent: 2 iFlows fail often (t00)."),
        (MAX_ITEMS + 1, f"{MAX_ITEMS + 1} things to do; most urgent: 2 iFlows fail often (t00)."),
    ],
)
def test_summary_says_how_much_there_is_to_do(failing_tenants: int, summary: str) -> None:
    tenants = [tenant(f"t{number:02}", [failing("x")]) for number in range(failing_tenants)]
    if tenants:
        tenants[0] = tenant("t00", [failing("x"), failing("y")])

    assert report(*tenants).worklist().summary == summary


def test_summary_starts_its_title_with_a_small_letter() -> None:
    assert report(FAILED).worklist().summary == (
        "1 thing to do: the tenant was not scanned (test)."
    )


def test_item_shows_the_five_worst_of_all() -> None:
    rows = [failing(f"flow{number}", failed=10 + number, messages=30) for number in range(7)]

    (item,) = items(tenant("prod", rows))

    assert (item.total, len(item.entries)) == (7, 5)
    assert item.entries[0].iflow_id == "flow6"


def test_failing_iflow_links_to_its_last_message_without_a_web_ui() -> None:
    url = "https://acme.example/itspaces/shell/monitoring/MessageDetails/1"
    row = replace(failing(), last_message_url=url)

    (item,) = items(tenant("prod", [row]))

    assert item.entries[0].url == url


def test_entries_link_to_messages_or_design() -> None:
    rows = [failing(), replace(DESIGNED, messages_failed=0), replace(QUIET, runtime_status="ERROR")]

    listed = items(replace(tenant("prod", rows), profile=WEB_UI))

    links = {item.kind: item.entries[0].url or "" for item in listed}
    assert links[WorkKind.FAILING].startswith("https://acme.example/shell/monitoring/Messages/")
    design = "https://acme.example/shell/design/contentpackage/Pkg/integrationflows/Flow"
    assert links[WorkKind.NOT_STARTED] == links[WorkKind.VERSION_DRIFT] == design
