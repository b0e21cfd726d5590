"""annotations.csv: what is read, what is named, and what it does to the rows."""

import weakref
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.report.annotations import (
    Annotations,
    Annotator,
    parse_annotations,
)
from iflow_census.report.worklist import WorkKind
from iflow_census.scan.anatomy.connection import Connection
from iflow_census.scan.results import IflowRow, TenantResult, Unreadable
from iflow_census.scan.usage import Usage
from iflow_census.scan.user_csv import MAX_PROBLEMS
from tests.unit.report.earlier_month import AUGUST, earlier, october
from tests.unit.report.examples import DESIGNED, FAILED, report, tenant

HEAD = "tenant,iflow_id,decision,owner,due,note\n"
QUIET = replace(DESIGNED, messages_failed=0, version_drift=False)


def parse(text: str, encoding: str = "utf-8") -> Annotations:
    return parse_annotations(text.encode(encoding))


def decided(line: str, row: IflowRow = QUIET, scanned_at: datetime | None = None) -> IflowRow:
    prod = tenant("prod", [row])
    if scanned_at:
        prod = replace(prod, scanned_at=scanned_at)
    annotator = Annotator(parse(HEAD + line))
    annotated = annotator.annotate(prod)
    assert annotator.problems() == []
    (row,) = annotated.iflows
    return row


def problems_of(tenants: Sequence[TenantResult], lines: str) -> Sequence[str]:
    annotator = Annotator(parse(HEAD + lines))
    for result in tenants:
        annotator.annotate(result)
    return annotator.problems()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_file_of_any_editor_is_read(encoding: str, delimiter: str, line_end: str) -> None:
    lines = [
        "Tenant,iFlow_Id,Decision,Owner,Due,Note",
        'prod,Flow,Retire,"Jürgen","2026-11",ok',
        "",
    ]
    text = line_end.join(lines).replace(",", delimiter)

    annotations = parse(text, encoding)

    assert annotations.problems == []
    (annotation,) = annotations.by_iflow.values()
    assert (annotation.decision, annotation.owner, annotation.due) == (
        "retire",
        "Jürgen",
        "2026-11",
    )


def test_decision_is_in_the_columns_of_its_row() -> None:
    row = decided('prod,Flow,watch,Jane,2026-11-15,"replaced by, or so"\n')

    assert (row.decision, row.owner, row.decision_due, row.decision_note) == (
        "watch",
        "Jane",
        "2026-11-15",
        "replaced by, or so",
    )
    assert row.decision_overdue is False


def test_iflow_without_a_decision_keeps_its_row() -> None:
    prod = tenant("prod", [QUIET, replace(QUIET, iflow_id="Other")])

    _, other = Annotator(parse(HEAD + "prod,Flow,keep,Jane,,\n")).annotate(prod).iflows

    assert other == prod.iflows[1]


@pytest.mark.parametrize(("written", "shown"), [("Jane", "Jane"), ("", "Sales")])
def test_owner_in_the_file_wins_over_the_one_of_the_package(written: str, shown: str) -> None:
    row = decided(f"prod,Flow,keep,{written},,\n", replace(QUIET, owner="Sales"))

    assert row.owner == shown


def test_columns_after_the_decision_are_optional() -> None:
    (annotation,) = parse("iflow_id,tenant,decision\nFlow,prod,keep\n").by_iflow.items()

    assert annotation[0] == ("prod", "Flow")
    assert annotation[1].owner is None


@pytest.mark.parametrize(
    ("due", "scanned", "deployed", "overdue"),
    [
        ("2026-11", "2026-11-30", True, False),
        ("2026-11", "2026-12-01", True, True),
        ("2026-11", "2026-12-01", False, False),
        ("2026-11", "2026-12-01", None, False),
        ("2026-11-15", "2026-11-16", True, True),
        ("15.11.2026", "2026-11-15", True, False),
        ("", "2026-12-01", True, False),
    ],
)
def test_decision_is_overdue_after_its_last_day(
    *, due: str, scanned: str, deployed: bool | None, overdue: bool
) -> None:
    row = decided(
        f"prod,Flow,retire,,{due},\n",
        replace(QUIET, deployed=deployed),
        datetime.fromisoformat(scanned).replace(hour=1, tzinfo=UTC),
    )

    assert row.decision_overdue is overdue


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("prod,Flow,delete,,,", "unknown decision 'delete'; write one of keep, retire, watch"),
        ("prod,,keep,,,", "no iflow_id; fill it in"),
        ("prod", "no iflow_id; fill it in"),
        ("prod,Flow,keep,,soon,", "due 'soon' is no date; write it as 2026-11 or 2026-11-15"),
        ("prod,Flow,keep,,2026-02-30,", "due '2026-02-30' is no date"),
        ("prod,Flow,keep,,2026-13,", "due '2026-13' is no date"),
        ("prod,Flow,keep,,Nov 26,", "due 'Nov 26' is no date"),
        ("prod,Flow,keep,a,,b,c", "more values than columns; quote values that have a comma"),
        (
            "prod,Good,watch,,,",
            "the iFlow has a decision in annotations.csv, line 2; remove",
        ),
        ('prod,"Flow"x,keep,,,', "',' expected after '\"'; correct the quotes"),
    ],
)
def test_bad_line_is_named_and_the_others_count(line: str, problem: str) -> None:
    annotations = parse(f"{HEAD}prod,Good,keep,,,\n{line}\n\nprod,Last,watch,,,\n")

    (named,) = annotations.problems
    assert named.startswith(f"annotations.csv, line 3: {problem}")
    assert [key[1] for key in annotations.by_iflow] == ["Good", "Last"]


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ("tenant,iflow_id,verdict", "wrong columns (no decision, verdict); write tenant,iflow_id,"),
        ("tenant,iflow_id", "wrong columns (no decision); write tenant,iflow_id,decision"),
        ("tenant,tenant,iflow_id,decision", "wrong columns (a column twice)"),
    ],
)
def test_file_with_other_columns_is_not_used(head: str, problem: str) -> None:
    annotations = parse(f"{head}\nprod,Flow,keep\n")

    (named,) = annotations.problems
    assert named.startswith(f"annotations.csv, line 1: {problem}")
    assert annotations.by_iflow == {}


def test_many_bad_lines_are_counted() -> None:
    problems = parse(HEAD + "x\n" * (MAX_PROBLEMS + 5)).problems

    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1] == "annotations.csv: 5 more lines cannot be used"


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: (HEAD + text).encode()))
def test_any_file_is_read_without_an_error(body: bytes) -> None:
    annotations = parse_annotations(body)

    assert all(problem.startswith("annotations.csv") for problem in annotations.problems)


def test_decision_without_its_iflow_is_named_unless_it_is_retired() -> None:
    lines = "prd,Flow,keep,,,\nprod,Gone,keep,,,\nprod,Retired,retire,,,\ntest,Any,keep,,,\n"

    problems = problems_of([tenant("prod", [QUIET]), FAILED], lines)

    assert problems == [
        "annotations.csv, line 2: unknown tenant 'prd'; correct or remove the line",
        "annotations.csv, line 3: no iFlow 'Gone' in prod; correct or remove the line",
    ]


def test_many_decisions_of_an_unknown_tenant_are_counted() -> None:
    lines = "".join(f"prd,Flow{number},keep,,,\n" for number in range(MAX_PROBLEMS + 5))

    problems = problems_of([tenant("prod", [])], lines)

    assert problems[MAX_PROBLEMS:] == ["annotations.csv: 5 more lines cannot be used"]


def test_iflow_of_an_unread_package_is_not_called_missing() -> None:
    prod = replace(tenant("prod", []), unreadable=[Unreadable("package P", "403", "P")])

    assert problems_of([prod], "prod,Hidden,keep,,,\n") == []


def test_only_the_head_of_a_tenant_is_kept() -> None:
    class Connections(list[Connection]):
        pass

    connections = Connections()
    kept = weakref.ref(connections)
    annotator = Annotator(parse(HEAD + "prod,Flow,keep"))
    annotator.annotate(replace(tenant("prod", [QUIET]), connections=connections))
    del connections

    assert annotator.problems() == []
    assert kept() is None


def test_overdue_decision_is_on_the_worklist() -> None:
    row = decided("prod,Flow,retire,Jane,2026-09,\n")

    (item,) = report(tenant("prod", [row])).worklist().items

    assert (item.kind, item.title) == (WorkKind.OVERDUE, "1 decision is overdue")
    assert item.entries[0].evidence == "still deployed; retire by 2026-09 (Jane)"


def test_unused_iflow_that_is_kept_is_not_on_the_worklist() -> None:
    idle = replace(QUIET, messages=0, usage=Usage.UNUSED)
    before = earlier(idle), earlier(idle, month=AUGUST)
    kept, watched = (decided(f"prod,Flow,{name},,,\n", idle) for name in ("keep", "watch"))

    assert october([kept], *before).worklist().items == []
    (item,) = october([watched], *before).worklist().items
    assert item.entries[0].evidence.endswith("2 open endpoints; watch")
