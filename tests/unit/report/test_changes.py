"""What changed since the newest complete report of an earlier month."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.report.census_report import plain_report
from iflow_census.report.changes import Change, ChangeKind, Thresholds
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.results import IflowRow, Usage
from tests.unit.report.earlier_month import AUGUST, earlier, october, of_tenants
from tests.unit.report.examples import (
    BARE,
    CREATED,
    DESIGNED,
    FAILED,
    OCTOBER,
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


def found(before: IflowRow | None, after: IflowRow | None) -> list[tuple[str, str, Any, Any]]:
    rows = [after] if after else []
    made = october(rows, earlier(*([before] if before else [])))
    return [(one.kind, one.column, one.before, one.after) for one in made.changes().iflows]


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
def test_each_change_is_told_with_both_values(
    before: IflowRow | None, after: IflowRow | None, expected: list[Any]
) -> None:
    assert found(before, after) == expected


def test_a_date_that_got_lost_is_no_edit() -> None:
    undated = replace(DESIGNED, edit_status=EditStatus.UNKNOWN, modified_at=None)

    assert found(DESIGNED, undated) == []
    assert found(undated, DESIGNED) == []


def test_a_part_of_a_millisecond_is_no_edit() -> None:
    exact = replace(DESIGNED, modified_at=CREATED + timedelta(microseconds=999))

    assert found(exact, exact) == []


def test_a_message_count_moves_only_where_both_are_known() -> None:
    assert found(with_messages(1000), replace(DESIGNED, messages=None, usage=Usage.UNKNOWN)) == []


@pytest.mark.parametrize(
    ("whole_before", "whole_after", "before", "after", "moved"),
    [
        (True, False, 100, 900, True),
        (True, False, 900, 100, False),
        (False, True, 100, 900, False),
        (False, True, 900, 100, True),
        (False, False, 100, 900, False),
    ],
)
def test_a_count_that_may_be_short_proves_only_one_direction(
    whole_before: bool, whole_after: bool, before: int, after: int, moved: bool
) -> None:
    then = tenant("prod", [with_messages(before)])
    now = tenant("prod", [with_messages(after)])
    short = replace(now.coverage, complete=False, reason="gone")
    then = then if whole_before else replace(then, coverage=short)
    now = now if whole_after else replace(now, coverage=short)

    made = replace(report(now), earlier=[of_tenants(then)]).changes()

    assert bool(made.iflows) is moved


def test_the_thresholds_are_settings_and_stand_in_the_report() -> None:
    made = replace(
        october([with_messages(13)], earlier(with_messages(10))),
        thresholds=Thresholds(message_factor=1.2, message_floor=5),
    )

    told = plain_report(made)["changes"]

    assert told["thresholds"] == {"message_factor": 1.2, "message_floor": 5}
    assert [one["kind"] for one in told["iflows"]] == ["messages_moved"]


def test_a_change_names_its_iflow_and_package() -> None:
    (change,) = october([DESIGNED], earlier()).changes().iflows

    assert change == Change(
        ChangeKind.NEW, "prod", "Pkg", "Package", "Flow", "A flow", "iflow_version", None, "1.0.3"
    )


def test_without_an_earlier_report_that_is_said() -> None:
    told = plain_report(october([DESIGNED]))["changes"]

    assert told["compared_with"] is None
    assert told["note"] == "There is no complete report of an earlier month to compare with."
    assert told["iflows"] == told["tenants"] == []


def test_the_totals_of_a_tenant_are_told_then_and_now() -> None:
    then = tenant("prod", [])
    then = replace(then, totals=replace(then.totals, iflows=3, messages=None))

    (told,) = replace(report(tenant("prod", [])), earlier=[of_tenants(then)]).changes().tenants

    assert (told.totals["iflows"].before, told.totals["iflows"].after) == (3, 0)
    assert (told.totals["messages"].before, told.totals["messages"].after) == (None, 9)


def test_tenants_that_cannot_be_compared_are_named_and_nothing_is_called_removed() -> None:
    then = of_tenants(tenant("dev", [DESIGNED]), tenant("test", [DESIGNED]), month=AUGUST)

    made = replace(report(tenant("new", [DESIGNED]), FAILED), earlier=[then]).changes()

    assert {one.name: one.reason for one in made.tenants} == {
        "dev": "it is not in this report",
        "new": "it is not in the report of 2026-08",
        "test": "it was not scanned this time",
    }
    assert made.iflows == []


def test_the_same_id_in_two_tenants_is_two_iflows() -> None:
    then = of_tenants(tenant("dev", [DESIGNED]), tenant("prod", []))

    made = replace(report(tenant("dev", []), tenant("prod", [DESIGNED])), earlier=[then]).changes()

    assert [(one.tenant, one.kind) for one in made.iflows] == [("dev", "removed"), ("prod", "new")]


ROWS = st.lists(
    st.builds(
        replace,
        st.sampled_from([DESIGNED, BARE, ORPHAN, UNUSED, UNTOUCHED, OFF]),
        iflow_id=st.sampled_from("abcdef"),
    ),
    unique_by=lambda row: row.iflow_id,
)


@given(ROWS, ROWS)
def test_what_is_new_one_way_is_removed_the_other_way(
    before: list[IflowRow], after: list[IflowRow]
) -> None:
    there = october(after, earlier(*before)).changes()
    back = october(before, earlier(*after)).changes()

    def ids(made: Any, kind: str) -> set[str]:
        return {one.iflow_id for one in made.iflows if one.kind == kind}

    for kind, opposite in [
        ("new", "removed"),
        ("deployed", "undeployed"),
        ("newly_unused", "in_use_again"),
    ]:
        assert ids(there, kind) == ids(back, opposite)
        assert ids(there, opposite) == ids(back, kind)
    assert sum(there.tenants[0].counts.values()) == len(there.iflows)


@given(ROWS)
def test_nothing_changes_against_itself(rows: list[IflowRow]) -> None:
    assert october(rows, earlier(*rows)).changes().iflows == []


def test_the_month_of_the_earlier_report_is_named() -> None:
    made = october([DESIGNED], earlier(DESIGNED, month=AUGUST)).changes()

    assert made.compared_with is not None
    assert made.compared_with.month == "2026-08"
    assert str(OCTOBER) == "2026-10"
