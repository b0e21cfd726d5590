"""The first sheet of report.xlsx: figures, and native charts of them."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

from iflow_census.report.census_report import CensusReport
from iflow_census.report.changes import TotalChange
from iflow_census.report.chart_data import (
    TOP,
    PackageFigures,
    busiest_iflows,
    day_labels,
    packages_by_unused,
)
from iflow_census.report.labels import HOW_COUNTED, list_warnings
from iflow_census.report.relevance import busiest_tenants
from iflow_census.report.workbook import Book, Cell, set_up_page

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

_TOTALS = (
    ("iFlows", "iflows"),
    ("Deployed", "deployed"),
    ("Edited", "edited"),
    ("Unused", "unused"),
    ("Orphans", "orphans"),
    ("Messages", "messages"),
    ("Failed", "messages_failed"),
)
_NEED_FULL_COVERAGE = ("unused", "messages", "messages_failed")
"""Totals that can only be compared between fully covered months."""


MAX_LABEL_LENGTH = 40
"""Characters of a name in a chart."""

MAX_TENANT_LENGTH = 24
"""Characters of its tenant there."""


def write_summary(book: Book, report: CensusReport) -> None:
    """Write the sheet: figures on the left, charts on the right."""
    sheet = _SummarySheet(book)
    sheet.write_head(report)
    sheet.write_totals(report)
    sheet.write_bars(report)
    sheet.write_days(report)
    sheet.write_months(report)


class _SummarySheet:
    """The sheet, written from top to bottom."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._sheet: Worksheet = book.workbook.add_worksheet("Summary")
        self._sheet.hide_gridlines(2)
        set_up_page(self._sheet)
        self._sheet.set_row(0, 26)
        self._sheet.set_column(0, 0, 44)
        self._sheet.set_column(1, 8, 13)
        self._charts = _Charts(book, self._sheet)
        self._next_row = 0

    def _write_row(self, *cells: tuple[Cell, str]) -> None:
        self._book.write_row(self._sheet, self._next_row, cells)
        self._next_row += 1

    def _write_block(
        self, title: str, headers: Sequence[str], rows: Sequence[Sequence[Cell]]
    ) -> int:
        """Write a table below a title; returns its first row."""
        self._write_row((title, "section"))
        self._write_row(
            (headers[0], "header"), *((header, "count header") for header in headers[1:])
        )
        first = self._next_row
        for row in rows:
            self._write_row((row[0], "text"), *((cell, "number") for cell in row[1:]))
        self._write_row()
        return first

    def write_head(self, report: CensusReport) -> None:
        """Write month, run and warnings."""
        self._write_row((f"iFlow census {report.period.label}", "title"))
        self._write_row((f"Run {report.run_id}, {report.status}. {HOW_COUNTED}", "quiet"))
        for warning in list_warnings(report):
            self._write_row((warning, "warning"))
        self._write_row()

    def write_totals(self, report: CensusReport) -> None:
        """Write the totals of each tenant, and how they changed."""
        headers = ["Tenant", *(header for header, _ in _TOTALS)]
        rows = [
            [
                tenant.name,
                *(
                    getattr(tenant.totals, column) if tenant.scanned else None
                    for _, column in _TOTALS
                ),
            ]
            for tenant in report.tenants
        ]
        self._write_block("Tenants", headers, rows)
        changes = report.changes()
        if changes.compared_with is None:
            self._write_row((changes.note, "quiet"))
            self._write_row()
            return
        differences = [
            [
                tenant.name,
                *(
                    _difference(tenant.totals[column])
                    if tenant.whole or column not in _NEED_FULL_COVERAGE
                    else None
                    for _, column in _TOTALS
                ),
            ]
            for tenant in changes.tenants
            if tenant.compared
        ]
        self._write_block(f"Change since {changes.compared_with.month}", headers, differences)

    def write_bars(self, report: CensusReport) -> None:
        """Write the busiest iFlows, and the packages with the most unused iFlows."""
        names = {"Completed": "#3F7CBF", "Failed": "#C8483D", "Other": "#B6BFCA"}
        rows: list[list[Cell]] = [
            [
                _label(row.iflow_name or row.iflow_id, row.tenant),
                row.messages_completed,
                row.messages_failed,
                row.messages_other,
            ]
            for row in busiest_iflows(report)
        ]
        first = self._write_block("Busiest iFlows", ["iFlow", *names], rows)
        self._charts.add_bars("Busiest iFlows, by status", first, len(rows), names)
        usages = {
            "Used": "#3F7CBF",
            "Unused": "#D9A441",
            "Not deployed": "#B9D3EE",
            "Unknown": "#98A3B0",
        }
        rows = [
            [_label(package.package_name or package.package_id, package.tenant), *_usage(package)]
            for package in packages_by_unused(report)[:TOP]
        ]
        title = "Used and unused iFlows by package"
        first = self._write_block(title, ["Package", *usages], rows)
        self._charts.add_bars(title, first, len(rows), usages)

    def write_days(self, report: CensusReport) -> None:
        """Write the messages per day, if they were counted."""
        shown = busiest_tenants(report)
        counts_by_tenant = {
            tenant.name: tenant.messages_per_day
            for tenant in report.tenants
            if tenant.messages_per_day and tenant.name in shown
        }
        if counts_by_tenant:
            rows: list[list[Cell]] = [
                [day, *counts]
                for day, *counts in zip(
                    day_labels(report.period), *counts_by_tenant.values(), strict=True
                )
            ]
            title = f"Messages per day{_which(report)}"
            first = self._write_block(title, ["Day", *counts_by_tenant], rows)
            self._charts.add_lines(title, first, len(rows), list(counts_by_tenant))

    def write_months(self, report: CensusReport) -> None:
        """Write the messages of the last twelve months, if there are earlier reports."""
        shown = busiest_tenants(report)
        totals = report.monthly_totals()
        months_by_tenant = {name: months for name, months in totals.items() if name in shown}
        if all(
            sum(month.totals is not None for month in months) <= 1
            for months in months_by_tenant.values()
        ):
            return
        title = f"Messages in the last twelve months{_which(report)}"
        rows: list[list[Cell]] = [
            [str(months[0].month), *(month.total("messages") for month in months)]
            for months in zip(*months_by_tenant.values(), strict=True)
        ]
        first = self._write_block(title, ["Month", *months_by_tenant], rows)
        self._charts.add_lines(title, first, len(rows), list(months_by_tenant))


def _which(report: CensusReport) -> str:
    return f", {TOP} busiest tenants" if len(report.tenants) > TOP else ""


def _label(name: str | None, tenant: str) -> str:
    """Name an iFlow or package and its tenant; longer names would print over each other.

    A direction mark in a name would turn the rest of the label round.
    """
    visible = "".join(character if character.isprintable() else " " for character in name or "")
    return f"{_shorten(visible.strip(), MAX_LABEL_LENGTH)} ({_shorten(tenant, MAX_TENANT_LENGTH)})"


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"


def _usage(package: PackageFigures) -> Sequence[Cell]:
    return package.used, package.unused, package.not_deployed, package.unknown


def _difference(total: TotalChange) -> int | None:
    if total.before is None or total.after is None:
        return None
    return total.after - total.before


_GRID = {"visible": True, "line": {"color": "#DFE4EA"}}
_LINE_COLORS = ("#3F7CBF", "#D9A441", "#1D6B4A", "#A8322A", "#7A5BA8", "#5A6675")


def _draw_straight_lines(chart: Any) -> None:
    """Say that lines are straight: XlsxWriter leaves that out, and LibreOffice draws curves."""
    straight = [("val", "0")]
    chart._write_c_smooth = lambda _: chart._xml_empty_tag("c:smooth", straight)  # noqa: SLF001


class _Charts:
    """Native charts, one below the other, on the right of the figures."""

    COLUMN = 9
    ROWS_PER_CHART = 24

    def __init__(self, book: Book, sheet: "Worksheet") -> None:
        self._book = book
        self._sheet = sheet
        self._next_row = 3

    def add_bars(self, title: str, first: int, rows: int, names: Mapping[str, str]) -> None:
        """Add stacked bars, in the order of the table, with the color of each column."""
        chart = self._book.workbook.add_chart({"type": "bar", "subtype": "stacked"})
        for column, (name, color) in enumerate(names.items(), start=1):
            chart.add_series(
                self._series(name, first, rows, column)
                | {"fill": {"color": color}, "gap": 45, "overlap": 100}
            )
        chart.set_y_axis(
            {"reverse": True, "crossing": "max", "interval_unit": 1, "num_font": {"size": 8}}
        )
        chart.set_x_axis({"num_format": "#,##0", "major_gridlines": _GRID})
        self._insert(chart, title, rows)

    def add_lines(self, title: str, first: int, rows: int, names: Sequence[str]) -> None:
        """Add a line per name, with gaps where values are unknown."""
        chart = self._book.workbook.add_chart({"type": "line"})
        _draw_straight_lines(chart)
        for column, (name, color) in enumerate(zip(names, cycle(_LINE_COLORS)), start=1):
            line = {"color": color, "width": 2}
            chart.add_series(self._series(name, first, rows, column) | {"line": line})
        chart.set_y_axis({"num_format": "#,##0", "min": 0, "major_gridlines": _GRID})
        chart.set_x_axis({"interval_unit": 1, "num_font": {"size": 8, "rotation": -45}})
        chart.show_blanks_as("gap")
        self._insert(chart, title, rows)

    @staticmethod
    def _series(name: str, first: int, rows: int, column: int) -> dict[str, Any]:
        last = first + rows - 1
        return {
            "name": name,
            "categories": ["Summary", first, 0, last, 0],
            "values": ["Summary", first, column, last, column],
        }

    def _insert(self, chart: Any, title: str, rows: int) -> None:
        if rows == 0:
            return
        chart.set_title({"name": title, "name_font": {"size": 12}})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": 760, "height": 20 * self.ROWS_PER_CHART - 20})
        description = f"{title}; the figures are in the table on the left"
        self._sheet.insert_chart(self._next_row, self.COLUMN, chart, {"description": description})
        self._next_row += self.ROWS_PER_CHART
