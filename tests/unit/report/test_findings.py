"""What a person may want to act on."""

from dataclasses import replace

import pytest

from iflow_census.report.findings import edited_sap_content
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.period import Month
from iflow_census.scan.results import IflowRow, Usage
from tests.unit.report.earlier_month import AUGUST, earlier, october, of_tenants
from tests.unit.report.examples import BARE, DESIGNED, FAILED, ORPHAN, tenant

JULY = Month(2026, 7)
UNUSED = replace(DESIGNED, messages=0, usage=Usage.UNUSED)
UNSURE = replace(DESIGNED, messages=0, usage=Usage.UNKNOWN)


def test_what_is_deployed_and_has_no_message_is_listed_with_its_evidence() -> None:
    (found,) = october([DESIGNED, UNUSED, BARE][1:]).unused().iflows

    assert (found.iflow_id, found.unused_since, found.unused_months) == ("Flow", "2026-10", 1)
    assert found.deployed_at == DESIGNED.deployed_at
    assert found.deployed_by == "C"
    assert found.endpoints == DESIGNED.endpoints


def test_what_is_not_deployed_is_not_listed() -> None:
    assert october([replace(UNUSED, deployed=False)]).unused().iflows == []


@pytest.mark.parametrize(
    ("september", "august", "since", "months", "known", "last_used"),
    [
        ([DESIGNED], [DESIGNED], "2026-10", 1, True, "2026-09"),
        ([UNUSED], [DESIGNED], "2026-09", 2, True, "2026-08"),
        ([UNUSED], [UNUSED], "2026-08", 3, False, None),
        ([UNUSED], [], "2026-09", 2, True, None),
        ([UNUSED], [UNSURE], "2026-09", 2, False, None),
        ([UNSURE], [UNUSED], "2026-10", 1, False, None),
        ([UNSURE], [DESIGNED], "2026-10", 1, False, "2026-08"),
        ([], [DESIGNED], "2026-10", 1, True, "2026-08"),
    ],
)
def test_how_long_it_is_unused_is_read_from_the_earlier_reports(
    *,
    september: list[IflowRow],
    august: list[IflowRow],
    since: str,
    months: int,
    known: bool,
    last_used: str | None,
) -> None:
    before = earlier(*september), earlier(*august, month=AUGUST)

    (found,) = october([UNUSED], *before).unused().iflows

    assert (found.unused_since, found.unused_months) == (since, months)
    assert found.since_is_known is known
    assert found.last_used == last_used


def test_a_missing_report_breaks_the_row() -> None:
    made = october([UNUSED], earlier(UNUSED, month=AUGUST)).unused()

    assert made.iflows[0].unused_since == "2026-10"
    assert not made.iflows[0].since_is_known
    assert made.months == ["2026-10", "2026-08"]


def test_a_tenant_that_failed_in_a_month_proves_nothing_for_it() -> None:
    failed = of_tenants(replace(FAILED, name="prod"))

    (found,) = october([UNUSED], failed).unused().iflows

    assert not found.since_is_known


def test_the_longest_unused_come_first() -> None:
    young, old = replace(UNUSED, iflow_id="A"), replace(UNUSED, iflow_id="Z")

    found = october([young, old], earlier(old)).unused().iflows

    assert [one.iflow_id for one in found] == ["Z", "A"]


def test_what_may_have_had_messages_is_counted_apart() -> None:
    made = october([UNSURE, replace(UNSURE, iflow_id="B"), BARE]).unused()

    assert made.iflows == []
    assert made.not_judged == {"prod": 2}


@pytest.mark.parametrize("vendor", ["SAP", "sap", " SAP "])
def test_edited_content_of_sap_with_messages_is_a_hint(vendor: str) -> None:
    row = replace(DESIGNED, package_vendor=vendor)

    hints = edited_sap_content([tenant("prod", [row])])

    assert [(one.iflow_id, one.messages) for one in hints.iflows] == [("Flow", 7)]
    assert hints.messages == 7
    assert "not a bill" in hints.note
    assert "SAP Note 3654389" in hints.source


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
def test_other_iflows_are_no_hint(row: IflowRow) -> None:
    assert edited_sap_content([tenant("prod", [row])]).iflows == []


def test_the_busiest_hint_comes_first() -> None:
    rows = [replace(DESIGNED, iflow_id=str(count), messages=count) for count in (3, 30, 20)]

    hints = edited_sap_content([tenant("prod", rows)])

    assert [one.messages for one in hints.iflows] == [30, 20, 3]
