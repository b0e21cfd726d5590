"""Changes since the newest complete report of an earlier month."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.report.census_report import findings_of, to_json
from iflow_census.report.changes import (
    Change,
    ChangeKind,
    Changes,
    TenantChanges,
    Thresholds,
    compare,
)
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.results import (
    Coverage,
    IflowRow,
    LocationResult,
    TenantStatus,
    Unreadable,
)
from iflow_census.scan.usage import Usage
from iflow_census.scan.web_ui import Environment, TenantProfile
from tests.unit.report.earlier_month import AUGUST, earlier, october, of_tenants
from tests.unit.report.examples import (
    BARE,
    CREATED,
    DESIGNED,
    FAILED,
    ORPHAN,
    report,
    tenant,
)

QUIET = replace(DESIGNED, messages=0, messages_completed=0, messages_failed=0, messages_other=0)
UNUSED = replace(QUIET, usage=Usage.UNUSED)
UNTOUCHED = replace(DESIGNED, edit_status=EditStatus.NOT_EDITED, modified_at=CREATED)
OFF = replace(DESIGNED, deployed=False, runtime_version=None)
LATER = CREATED + timedelta(days=300)


def with_messages(count: int) -> IflowRow:
    return replace(DESIGNED, messages=count)


def compare_rows(
    before: IflowRow | None, after: IflowRow | None
) -> list[tuple[str, str, Any, Any]]:
    rows = [after] if after else []
    report_of_october = october(rows, earlier(*([before] if before else [])))
    return [
        (change.kind, change.column, change.before, change.after)
        for change in report_of_october.changes().iflows
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, DESIGNED, [("new", "iflow_version", None, "1.0.3")]),
        (None, ORPHAN, [("new", "iflow_version", None, "1.0.2")]),
        (None, BARE, [("new", "iflow_version", None, None)]),
        (DESIGNED, None, [("removed", "iflow_version", "1.0.3", None)]),
        (
            DESIGNED,
            replace(DESIGNED, modified_at=LATER),
            [("edited", "modified_at", DESIGNED.modified_at, LATER)],
        ),
        (UNTOUCHED, DESIGNED, [("edited", "modified_at", CREATED, DESIGNED.modified_at)]),
        (
            replace(UNTOUCHED, modified_at=LATER),
            replace(DESIGNED, modified_at=LATER),
            [("edited", "edit_status", "NOT_EDITED", "EDITED")],
        ),
        (
            UNTOUCHED,
            replace(UNTOUCHED, modified_at=LATER),
            [("updated", "modified_at", CREATED, LATER)],
        ),
        (OFF, replace(OFF, deployed=True), [("deployed", "deployed", False, True)]),
        (replace(OFF, deployed=True), OFF, [("undeployed", "deployed", True, False)]),
        (
            DESIGNED,
            replace(DESIGNED, deployed=False, runtime_version=None),
            [("undeployed", "deployed", True, False)],
        ),
        (
            DESIGNED,
            replace(DESIGNED, iflow_version="1.0.4"),
            [("version_changed", "iflow_version", "1.0.3", "1.0.4")],
        ),
        (
            DESIGNED,
            replace(DESIGNED, runtime_version="1.0.3"),
            [("version_changed", "runtime_version", "1.0.2", "1.0.3")],
        ),
        (DESIGNED, UNUSED, [("newly_unused", "messages", 7, 0)]),
        (UNUSED, DESIGNED, [("in_use_again", "messages", 0, 7)]),
        (with_messages(100), with_messages(201), [("messages_moved", "messages", 100, 201)]),
        (with_messages(201), with_messages(100), [("messages_moved", "messages", 201, 100)]),
        (with_messages(100), with_messages(200), []),
        (with_messages(9), with_messages(99), []),
        (with_messages(9), with_messages(100), [("messages_moved", "messages", 9, 100)]),
        (DESIGNED, DESIGNED, []),
        (BARE, BARE, []),
        (DESIGNED, replace(DESIGNED, modified_by="Z", iflow_name="Z", deployed_by="Z"), []),
    ],
)
def test_change_has_both_values(
    before: IflowRow | None, after: IflowRow | None, expected: list[Any]
) -> None:
    assert compare_rows(before, after) == expected


@pytest.mark.parametrize("edit_status", [EditStatus.UNKNOWN, EditStatus.EDITED])
def test_missing_date_is_not_an_edit(edit_status: EditStatus) -> None:
    undated = replace(DESIGNED, edit_status=edit_status, modified_at=None)

    assert compare_rows(DESIGNED, undated) == []
    assert compare_rows(undated, DESIGNED) == []


def test_difference_below_a_millisecond_is_not_an_edit() -> None:
    exact = replace(DESIGNED, modified_at=CREATED + timedelta(microseconds=999))
    next_millisecond = replace(DESIGNED, modified_at=CREATED + timedelta(milliseconds=1))

    assert compare_rows(exact, exact) == []
    assert len(compare_rows(replace(DESIGNED, modified_at=CREATED), next_millisecond)) == 1


def test_unknown_message_count_is_not_compared() -> None:
    uncounted = replace(DESIGNED, messages=None, usage=Usage.UNKNOWN)

    assert compare_rows(with_messages(1000), uncounted) == []
    assert compare_rows(uncounted, with_messages(1000)) == []


@pytest.mark.parametrize(
    ("covered_before", "covered_after", "before", "after", "reported"),
    [
        (True, False, 100, 900, True),
        (True, False, 900, 100, False),
        (False, True, 100, 900, False),
        (False, True, 900, 100, True),
        (False, False, 100, 900, False),
    ],
)
def test_partly_covered_month_only_proves_changes_in_one_direction(
    covered_before: bool, covered_after: bool, before: int, after: int, reported: bool
) -> None:
    old = tenant("prod", [with_messages(before)])
    new = tenant("prod", [with_messages(after)])
    partial = replace(new.coverage, complete=False, reason="gone")
    old = old if covered_before else replace(old, coverage=partial)
    new = new if covered_after else replace(new, coverage=partial)

    changes = replace(report(new), earlier=[of_tenants(old)]).changes()

    assert bool(changes.iflows) is reported
    assert [(tenant.compared, tenant.whole) for tenant in changes.tenants] == [(True, False)]


def test_thresholds_are_applied_and_written_to_the_report() -> None:
    census = replace(
        october([with_messages(13)], earlier(with_messages(10))),
        thresholds=Thresholds(message_factor=1.2, message_floor=5),
    )

    changes = to_json(findings_of(census))["changes"]

    assert changes["thresholds"] == {"message_factor": 1.2, "message_floor": 5}
    assert [change["kind"] for change in changes["iflows"]] == ["messages_moved"]


def test_change_names_its_iflow_and_package() -> None:
    (change,) = october([DESIGNED], earlier()).changes().iflows

    assert change == Change(
        ChangeKind.NEW, "prod", "Pkg", "Package", "Flow", "A flow", "iflow_version", None, "1.0.3"
    )


def test_note_says_that_there_is_no_earlier_report() -> None:
    changes = to_json(findings_of(october([DESIGNED])))["changes"]

    assert changes["compared_with"] is None
    assert changes["note"] == "There is no complete report of an earlier month to compare with."
    assert changes["iflows"] == changes["tenants"] == []


def test_totals_have_both_values() -> None:
    old = tenant("prod", [])
    old = replace(old, totals=replace(old.totals, iflows=3, messages=None))
    census = replace(report(tenant("prod", [])), earlier=[of_tenants(old)])

    (prod,) = census.changes().tenants

    assert (prod.compared, prod.whole) == (True, True)
    assert (prod.totals["iflows"].before, prod.totals["iflows"].after) == (3, 0)
    assert (prod.totals["messages"].before, prod.totals["messages"].after) == (None, 9)


def test_tenants_in_only_one_report_have_no_changes() -> None:
    old = of_tenants(tenant("dev", [DESIGNED]), tenant("test", [DESIGNED]), month=AUGUST)

    changes = replace(report(tenant("new", [DESIGNED]), FAILED), earlier=[old]).changes()

    assert changes.tenants == [
        TenantChanges(name, False, reason, {}, {}, whole=False)
        for name, reason in (
            ("dev", "not in this report"),
            ("new", "not in the report of 2026-08"),
            ("test", "not scanned in this run"),
        )
    ]
    assert changes.iflows == []


def test_same_id_in_two_tenants_is_two_iflows() -> None:
    old = of_tenants(tenant("dev", [DESIGNED]), tenant("prod", []))
    new = report(tenant("dev", []), tenant("prod", [DESIGNED]))

    changes = replace(new, earlier=[old]).changes()

    assert [(change.tenant, change.kind) for change in changes.iflows] == [
        ("dev", "removed"),
        ("prod", "new"),
    ]


ROWS = st.lists(
    st.builds(
        replace,
        st.sampled_from([DESIGNED, BARE, ORPHAN, UNUSED, UNTOUCHED, OFF]),
        iflow_id=st.sampled_from("abcdef"),
    ),
    unique_by=lambda row: row.iflow_id,
)


@given(ROWS, ROWS)
def test_comparison_in_reverse_gives_the_opposite_changes(
    before: list[IflowRow], after: list[IflowRow]
) -> None:
    forward = october(after, earlier(*before)).changes()
    backward = october(before, earlier(*after)).changes()

    def ids(changes: Changes, kind: str) -> set[str]:
        return {change.iflow_id for change in changes.iflows if change.kind == kind}

    for kind, opposite in [
        ("new", "removed"),
        ("deployed", "undeployed"),
        ("newly_unused", "in_use_again"),
    ]:
        assert ids(forward, kind) == ids(backward, opposite)
        assert ids(forward, opposite) == ids(backward, kind)
    assert sum(forward.tenants[0].counts.values()) == len(forward.iflows)


@given(ROWS)
def test_report_has_no_changes_against_itself(rows: list[IflowRow]) -> None:
    assert october(rows, earlier(*rows)).changes().iflows == []


def test_month_of_the_earlier_report_is_named() -> None:
    changes = october([DESIGNED], earlier(DESIGNED, month=AUGUST)).changes()

    assert changes.compared_with is not None
    assert changes.compared_with.month == "2026-08"


SILENT = Unreadable("location edge", "HTTP 503", location="edge")
UNREAD_EDGE = LocationResult(
    "edge", TenantStatus.FAILED, "HTTP 503", None, None, Coverage(None, None, complete=False)
)


def test_iflow_of_a_silent_location_has_not_changed() -> None:
    at_edge = replace(ORPHAN, runtime_locations=("edge",))
    unknown = replace(DESIGNED, deployed=None, messages=0)
    silent = replace(tenant("prod", [unknown]), unreadable=[SILENT], locations=[UNREAD_EDGE])
    before = earlier(replace(DESIGNED, messages=5000), at_edge)

    now = replace(october([], before), tenants=[silent])
    then = of_tenants(silent)
    later = october([replace(DESIGNED, messages=5000), at_edge], then)

    assert now.changes().iflows == []
    assert later.changes().iflows == []


def test_changes_of_production_and_of_busy_iflows_come_first() -> None:
    rows = [
        replace(DESIGNED, iflow_id=iflow_id, messages=messages, iflow_version="2")
        for iflow_id, messages in (("a", 5), ("b", 70), ("c", 0), ("d", None), ("e", 1))
    ]
    before = [replace(row, iflow_version="1") for row in rows]
    prod = replace(tenant("prod", rows), profile=TenantProfile(Environment.PRODUCTION))
    dev = tenant("dev", [*rows, replace(DESIGNED, iflow_id="new", messages=90)])
    gone = [*before, replace(DESIGNED, iflow_id="removed", messages=80)]

    changes = compare(
        [dev, prod], of_tenants(tenant("dev", gone), tenant("prod", before)), Thresholds()
    )

    ids = {
        name: [change.iflow_id for change in changes.iflows if change.tenant == name]
        for name in ("prod", "dev")
    }
    assert [change.tenant for change in changes.iflows] == ["prod"] * 5 + ["dev"] * 7
    assert ids == {"prod": list("baecd"), "dev": ["new", "removed", *"baecd"]}


def test_new_and_removed_iflows_without_a_count_come_last() -> None:
    def row(iflow_id: str, messages: int | None) -> IflowRow:
        return replace(DESIGNED, iflow_id=iflow_id, messages=messages)

    before = [row("removed a", None), row("removed b", 1)]
    after = [row("new a", None), row("new b", 1)]

    changes = october(after, earlier(*before)).changes().iflows

    assert [change.iflow_id for change in changes] == ["new b", "removed b", "new a", "removed a"]
