"""Findings to act on: unused iFlows, edited SAP content and blocked updates."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.report.findings import find_blocked_updates, find_edited_sap_content
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.period import Month
from iflow_census.scan.results import IflowRow, Unreadable
from iflow_census.scan.usage import Usage
from iflow_census.scan.web_ui import Environment, TenantProfile
from tests.unit.report.earlier_month import AUGUST, SEPTEMBER, earlier, october, of_tenants
from tests.unit.report.examples import BARE, DESIGNED, FAILED, OCTOBER, ORPHAN, tenant

JULY = Month(2026, 7)
UNUSED = replace(DESIGNED, messages=0, usage=Usage.UNUSED)
IDLE = replace(UNUSED, deployed=False, deployed_at=None, usage=Usage.NOT_DEPLOYED)
UNCERTAIN = replace(DESIGNED, messages=0, usage=Usage.UNKNOWN)


def test_unused_iflow_has_its_deployment_and_endpoints() -> None:
    (iflow,) = october([UNUSED, BARE]).unused().iflows

    assert (iflow.iflow_id, iflow.unused_since, iflow.unused_months) == ("Flow", "2026-10", 1)
    assert iflow.deployed_at == DESIGNED.deployed_at
    assert iflow.deployed_by == "C"
    assert iflow.endpoints == DESIGNED.endpoints


def test_undeployed_iflow_is_not_listed() -> None:
    assert october([IDLE]).unused().iflows == []


@pytest.mark.parametrize(
    ("september", "august", "since", "months", "known", "last_used"),
    [
        ([DESIGNED], [DESIGNED], "2026-10", 1, True, "2026-09"),
        ([UNUSED], [DESIGNED], "2026-09", 2, True, "2026-08"),
        ([UNUSED], [UNUSED], "2026-08", 3, False, None),
        ([UNUSED], [], "2026-09", 2, True, None),
        ([IDLE], [UNUSED], "2026-10", 1, True, None),
        ([UNUSED], [IDLE], "2026-09", 2, True, None),
        ([UNUSED], [UNCERTAIN], "2026-09", 2, False, None),
        ([UNCERTAIN], [UNUSED], "2026-10", 1, False, None),
        ([UNCERTAIN], [DESIGNED], "2026-10", 1, False, "2026-08"),
        ([], [DESIGNED], "2026-10", 1, True, "2026-08"),
    ],
)
def test_earlier_reports_show_since_when_an_iflow_is_unused(
    *,
    september: list[IflowRow],
    august: list[IflowRow],
    since: str,
    months: int,
    known: bool,
    last_used: str | None,
) -> None:
    before = earlier(*september), earlier(*august, month=AUGUST)

    (iflow,) = october([UNUSED], *before).unused().iflows

    assert (iflow.unused_since, iflow.unused_months) == (since, months)
    assert iflow.since_is_known is known
    assert iflow.last_used == last_used


MAX_MONTHS = 12
HISTORY = st.lists(st.sampled_from([DESIGNED, UNUSED, IDLE, UNCERTAIN, None]), max_size=MAX_MONTHS)
"""The iFlow in each month before October, newest first; None: there is no report."""


@given(HISTORY)
def test_unused_since_spans_only_months_in_which_it_was_unused(
    history: list[IflowRow | None],
) -> None:
    months = [SEPTEMBER]
    while len(months) < MAX_MONTHS:
        months.append(months[-1].previous())
    known = dict(zip(months, history, strict=False))
    before = [earlier(row, month=month) for month, row in known.items() if row]

    (iflow,) = october([UNUSED], *before).unused().iflows

    since = Month.parse(iflow.unused_since)
    span = [month for month in months if month >= since]
    assert all(known.get(month) is UNUSED for month in span)
    assert iflow.unused_months == len(span) + 1
    last = known.get(since.previous())
    assert last is not UNUSED
    assert iflow.since_is_known == (last in (DESIGNED, IDLE))


def test_missing_report_interrupts_the_unused_months() -> None:
    unused = october([UNUSED], earlier(UNUSED, month=JULY), earlier(UNUSED, month=AUGUST)).unused()

    assert unused.iflows[0].unused_since == "2026-10"
    assert not unused.iflows[0].since_is_known
    assert unused.months == ["2026-10", "2026-08", "2026-07"]


def test_reports_of_the_month_itself_and_later_are_not_used() -> None:
    not_earlier = [earlier(DESIGNED, month=month) for month in (OCTOBER, Month(2026, 11))]

    census = october([UNUSED], *not_earlier)

    assert (census.unused().months, census.changes().compared_with) == (["2026-10"], None)
    assert census.unused().iflows[0].last_used is None


def test_failed_tenant_does_not_show_since_when() -> None:
    failed = of_tenants(replace(FAILED, name="prod"))

    (iflow,) = october([UNUSED], failed).unused().iflows

    assert not iflow.since_is_known


def test_iflow_of_a_package_that_could_not_be_read_was_not_absent() -> None:
    hidden = Unreadable("package Pkg", "HTTP 403", "Pkg")
    before = of_tenants(replace(tenant("prod", []), unreadable=[hidden]))

    (iflow,) = october([UNUSED], before).unused().iflows

    assert not iflow.since_is_known


def test_longest_unused_iflows_and_those_with_endpoints_come_first() -> None:
    rows = [
        replace(UNUSED, iflow_id="A", endpoints=None),
        replace(UNUSED, iflow_id="B", endpoints=("https://tenant.example/http/b",)),
        replace(UNUSED, iflow_id="C"),
        replace(UNUSED, iflow_id="D", package_id=None, endpoints=()),
        replace(UNUSED, iflow_id="Z", endpoints=()),
    ]

    iflows = october(rows, earlier(rows[-1])).unused().iflows

    assert [iflow.iflow_id for iflow in iflows] == ["Z", "C", "B", "D", "A"]


def test_iflows_of_unknown_usage_are_counted_separately() -> None:
    unused = october([UNCERTAIN, replace(UNCERTAIN, iflow_id="B"), BARE, DESIGNED]).unused()

    assert unused.iflows == []
    assert unused.not_judged == {"prod": 2}


@pytest.mark.parametrize("vendor", ["SAP", "sap", " SAP "])
def test_edited_sap_content_with_messages_is_listed(vendor: str) -> None:
    row = replace(DESIGNED, package_vendor=vendor)

    content = find_edited_sap_content([tenant("prod", [row])])

    assert [(iflow.iflow_id, iflow.messages) for iflow in content.iflows] == [("Flow", 7)]
    assert content.messages == 7
    assert "not a bill" in content.note
    assert "SAP Note 3654389" in content.source


@pytest.mark.parametrize(
    "row",
    [
        replace(DESIGNED, package_vendor="SAP Partner"),
        replace(DESIGNED, package_vendor=None),
        replace(DESIGNED, edit_status=EditStatus.NOT_EDITED),
        replace(DESIGNED, edit_status=EditStatus.UNKNOWN),
        replace(DESIGNED, messages=0),
        replace(DESIGNED, messages=None),
        ORPHAN,
    ],
)
def test_other_iflows_are_not_listed(row: IflowRow) -> None:
    assert find_edited_sap_content([tenant("prod", [row])]).iflows == []


def test_busiest_sap_content_comes_first() -> None:
    rows = [replace(DESIGNED, iflow_id=str(count), messages=count) for count in (3, 30, 20)]

    content = find_edited_sap_content([tenant("prod", rows)])

    assert [iflow.messages for iflow in content.iflows] == [30, 20, 3]
    assert content.messages == 53


BLOCKED = replace(DESIGNED, package_update_available=True)


@pytest.mark.parametrize(("vendor", "messages"), [("SAP", 7), ("A partner", 0), (None, None)])
def test_edited_iflow_of_a_package_with_an_update_is_listed(
    vendor: str | None, messages: int | None
) -> None:
    row = replace(BLOCKED, package_vendor=vendor, messages=messages)

    (iflow,) = find_blocked_updates([tenant("prod", [row])]).iflows

    assert (iflow.tenant, iflow.package_name, iflow.iflow_name) == ("prod", "Package", "A flow")
    assert (iflow.package_version, iflow.iflow_version) == ("1.2.0", "1.0.3")
    assert (iflow.modified_at, iflow.modified_by) == (DESIGNED.modified_at, "B")
    assert iflow.messages == messages


@pytest.mark.parametrize(
    "row",
    [
        replace(BLOCKED, package_update_available=False),
        replace(BLOCKED, package_update_available=None),
        replace(BLOCKED, edit_status=EditStatus.NOT_EDITED),
        replace(BLOCKED, edit_status=EditStatus.UNKNOWN),
        ORPHAN,
    ],
)
def test_iflow_that_can_be_updated_is_not_listed(row: IflowRow) -> None:
    assert find_blocked_updates([tenant("prod", [row])]).iflows == []


def test_blocked_updates_of_production_and_of_busy_iflows_come_first() -> None:
    rows = [
        replace(BLOCKED, iflow_id=iflow_id, messages=messages)
        for iflow_id, messages in (("a", 5), ("b", 70), ("c", 0), ("d", None), ("e", 1))
    ]
    prod = replace(tenant("prod", rows), profile=TenantProfile(Environment.PRODUCTION))

    blocked = find_blocked_updates([tenant("dev", rows[:1]), prod])

    assert [(iflow.tenant, iflow.iflow_id) for iflow in blocked.iflows] == [
        ("prod", "b"),
        ("prod", "a"),
        ("prod", "e"),
        ("prod", "c"),
        ("prod", "d"),
        ("dev", "a"),
    ]


def test_blocked_updates_say_what_to_do() -> None:
    blocked = find_blocked_updates([])

    assert "copy the package again" in blocked.note
    assert "SAP Help" in blocked.source
