"""The first sheet of report.xlsx: its tables, and the charts that show them."""

import functools
import io
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.chart.reference import Reference
from openpyxl.worksheet.worksheet import Worksheet

from iflow_census.report.census_report import CensusReport
from iflow_census.report.chart_data import TOP
from iflow_census.report.labels import list_warnings
from iflow_census.report.xlsx import render_xlsx
from iflow_census.scan.results import Coverage
from tests.browser.sample_report import sample_report
from tests.unit.report.earlier_month import earlier, october, of_tenants
from tests.unit.report.examples import (
    BARE,
    DESIGNED,
    FAILED,
    OCTOBER,
    ORPHAN,
    report,
    report_of,
    tenant,
)

pytestmark = pytest.mark.slow

BUSIEST = "Busiest iFlows"
PACKAGES = "Used and unused iFlows by package"
DAYS = "Messages per day"
MONTHS = "Messages in the last twelve months"
PARTLY = Coverage(OCTOBER.start, None, complete=False, reason="logs were gone")


def summary(census: CensusReport) -> Worksheet:
    return load_workbook(io.BytesIO(render_xlsx(census)))["Summary"]


@functools.cache
def sample_summary() -> Worksheet:
    return summary(sample_report())


def table(sheet: Worksheet, title: str) -> list[tuple[Any, ...]]:
    """The rows below a title, up to the first empty row; its headers are the first one."""
    rows = list(sheet.iter_rows(values_only=True))
    titles = [row[0] for row in rows]
    first = titles.index(title) + 1
    width = sum(header is not None for header in rows[first])
    return [row[:width] for row in rows[first : [*titles, None].index(None, first)]]


def charts(sheet: Worksheet) -> dict[str, Any]:
    """The charts by their titles, from top to bottom."""
    found: list[Any] = sheet._charts  # type: ignore[attr-defined] # openpyxl's own
    return {chart.title.tx.rich.p[0].r[0].t: chart for chart in found}


def cells(sheet: Worksheet, formula: str) -> list[Any]:
    reference = Reference(range_string=formula)
    return [
        cell
        for row in sheet.iter_rows(
            reference.min_row,
            reference.max_row,
            reference.min_col,
            reference.max_col,
            values_only=True,
        )
        for cell in row
    ]


def test_warnings_are_at_the_top() -> None:
    census = report(tenant("prod", [DESIGNED]), FAILED)
    warnings = list_warnings(census)

    rows = [row[0] for row in summary(census).iter_rows(max_col=1, values_only=True)]

    assert len(warnings) > 0
    assert rows[2 : 2 + len(warnings)] == warnings


def test_totals_of_a_tenant_that_was_not_scanned_are_empty() -> None:
    sheet = summary(report(tenant("prod", [DESIGNED, BARE]), FAILED))

    assert table(sheet, "Tenants") == [
        ("Tenant", "iFlows", "Deployed", "Edited", "Unused", "Orphans", "Messages", "Failed"),
        ("prod", 2, 2, 1, 1, 1, 9, 1),
        ("test", None, None, None, None, None, None, None),
    ]


def test_differences_need_fully_covered_months() -> None:
    before = [tenant("dev", []), tenant("prod", [])]
    covered, partly = tenant("dev", [DESIGNED]), tenant("prod", [DESIGNED, BARE])
    covered = replace(covered, totals=replace(covered.totals, messages=4, unused=3))
    partly = replace(partly, coverage=PARTLY)
    census = replace(report(covered, partly, FAILED), earlier=[of_tenants(*before)])

    _, *differences = table(summary(census), "Change since 2026-09")

    assert differences == [("dev", 1, 0, 0, 2, 0, -5, 0), ("prod", 2, 0, 0, None, 0, None, None)]


def test_unknown_total_has_no_difference() -> None:
    uncounted = tenant("prod", [])
    uncounted = replace(uncounted, totals=replace(uncounted.totals, messages=None))
    now_unknown = replace(report(uncounted), earlier=[of_tenants(tenant("prod", []))])
    unknown_before = replace(report(tenant("prod", [])), earlier=[of_tenants(uncounted)])

    for census in (now_unknown, unknown_before):
        assert table(summary(census), "Change since 2026-09")[1][6:] == (None, 0)


def test_note_takes_the_place_of_changes_without_an_earlier_month() -> None:
    titles = [row[0] for row in summary(report_of(DESIGNED)).iter_rows(values_only=True)]

    note = titles.index("There is no complete report of an earlier month to compare with.")
    assert titles[note - 1 : note + 3] == [None, titles[note], None, BUSIEST]


def test_iflows_and_packages_are_named_with_their_tenant() -> None:
    nameless = replace(DESIGNED, iflow_id="Id", iflow_name=None, package_name=None, messages=9)
    long = replace(DESIGNED, iflow_name="x" * 100, messages=8)

    sheet = summary(report_of(DESIGNED, nameless, long))

    names = [row[0] for row in table(sheet, BUSIEST)[1:]]
    assert names == ["Id (prod)", f"{'x' * 39 + '…'} (prod)", "A flow (prod)"]
    assert table(sheet, PACKAGES)[1:] == [("Package (prod)", 3, 0, 0, 0)]


def test_labels_are_short_and_without_direction_marks() -> None:
    names = {"t" * 24: "n" * 40, "t" * 25: "n" * 41, "t" * 63: f"\u202e{'n' * 99}"}

    sheet = summary(
        report(
            *(tenant(owner, [replace(DESIGNED, iflow_name=name)]) for owner, name in names.items())
        )
    )

    cut = f"{'n' * 39}… ({'t' * 23}…)"
    assert [row[0] for row in table(sheet, BUSIEST)[1:]] == [f"{'n' * 40} ({'t' * 24})", cut, cut]


def test_package_without_a_name_has_its_id() -> None:
    sheet = summary(report_of(replace(BARE, package_id="Pkg")))

    assert table(sheet, PACKAGES)[1:] == [("Pkg (prod)", 0, 0, 0, 1)]


def test_each_chart_shows_the_table_with_its_title() -> None:
    sheet = sample_summary()

    assert list(charts(sheet)) == [f"{BUSIEST}, by status", PACKAGES, DAYS, MONTHS]
    for title, chart in charts(sheet).items():
        headers, *rows = table(sheet, title.partition(",")[0])
        assert [series.tx.v for series in chart.series] == list(headers[1:])
        for column, series in enumerate(chart.series, start=1):
            assert cells(sheet, (series.cat.strRef or series.cat.numRef).f) == [
                row[0] for row in rows
            ]
            assert cells(sheet, series.val.numRef.f) == [row[column] for row in rows]


def test_charts_are_below_each_other_beside_the_tables() -> None:
    sheet = sample_summary()

    anchors = [chart.anchor for chart in charts(sheet).values()]

    assert all(anchor._from.col > len(table(sheet, "Tenants")[0]) for anchor in anchors)
    for upper, lower in pairwise(anchors):
        assert 0 < lower._from.row - upper.to.row < 3


def test_bars_are_stacked_in_the_order_of_the_table() -> None:
    found = charts(sample_summary())

    for title in (f"{BUSIEST}, by status", PACKAGES):
        assert (found[title].type, found[title].grouping) == ("bar", "stacked")
        assert found[title].overlap == 100
        assert found[title].x_axis.scaling.orientation == "maxMin"
        assert found[title].x_axis.tickLblSkip == 1
        assert found[title].y_axis.numFmt.formatCode == "#,##0"
    red, amber = (
        found[title].series[1].spPr.solidFill.srgbClr
        for title in (f"{BUSIEST}, by status", PACKAGES)
    )
    assert (red, amber) == ("C8483D", "D9A441")


def test_lines_have_different_colors_and_gaps() -> None:
    chart = charts(sample_summary())[DAYS]

    colors = [series.spPr.ln.solidFill.srgbClr for series in chart.series]
    assert len(set(colors)) == len(colors) == 3
    assert chart.display_blanks == "gap"
    assert {series.smooth for series in chart.series} == {False}
    assert chart.y_axis.scaling.min == 0
    assert chart.y_axis.numFmt.formatCode == "#,##0"
    assert chart.x_axis.tickLblSkip == 1
    assert chart.legend.position == "b"


def test_more_tenants_than_colors_have_lines() -> None:
    tenants = [replace(tenant(f"t{n}", [DESIGNED]), messages_per_day=[1] * 31) for n in range(8)]

    chart = charts(summary(report(*tenants)))[DAYS]

    assert [series.tx.v for series in chart.series] == [f"t{n}" for n in range(8)]


@pytest.mark.parametrize(("count", "which"), [(TOP, ""), (TOP + 1, f", {TOP} busiest tenants")])
def test_lines_are_those_of_the_busiest_tenants(count: int, which: str) -> None:
    names = [f"t{number:02}" for number in range(count)]
    quiet, *busy = (replace(tenant(name, []), messages_per_day=[1] * 31) for name in names)
    quiet = replace(quiet, totals=replace(quiet.totals, messages=0))
    busy[-1] = replace(busy[-1], messages_per_day=None)
    before = of_tenants(*(tenant(name, []) for name in names))

    found = charts(summary(replace(report(quiet, *busy), earlier=[before])))

    days, months = found[f"{DAYS}{which}"], found[f"{MONTHS}{which}"]
    assert [series.tx.v for series in months.series] == names[-TOP:]
    assert [series.tx.v for series in days.series] == names[-TOP:-1]


def test_table_without_rows_has_no_chart() -> None:
    sheet = summary(report(tenant("prod", [])))

    assert table(sheet, BUSIEST) == [("iFlow", "Completed", "Failed", "Other")]
    assert charts(sheet) == {}


def test_chart_takes_the_place_of_one_without_rows() -> None:
    (first, *_) = charts(sample_summary()).values()

    (only,) = charts(summary(report_of(replace(DESIGNED, messages=0)))).values()

    assert only.anchor._from.row == first.anchor._from.row


def test_trend_needs_two_months() -> None:
    one, two = report_of(DESIGNED, ORPHAN), october([DESIGNED, ORPHAN], earlier(DESIGNED))

    assert MONTHS not in charts(summary(one))
    assert charts(summary(two))[MONTHS].series[0].tx.v == "prod"
    assert [row for row in table(summary(two), MONTHS)[1:] if row[1]] == [
        ("2026-09", 9),
        ("2026-10", 9),
    ]


def test_trend_has_twelve_months_up_to_that_of_the_report() -> None:
    months = [row[0] for row in table(summary(october([DESIGNED], earlier())), MONTHS)[1:]]

    assert len(months) == 12
    assert (months[0], months[-1]) == ("2025-11", "2026-10")
