"""The first sheet of report.xlsx: the figures, and native charts beside them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from iflow_census.report.census_report import CensusReport
from iflow_census.report.changes import Moved
from iflow_census.report.chart_data import PackageFigures, busiest, history, most_unused
from iflow_census.report.labels import HOW_COUNTED, warnings
from iflow_census.report.workbook import Book, Cell

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
_COUNTED = ("unused", "messages", "messages_failed")
"""Totals whose difference means nothing where a month was not wholly counted."""


def write_summary(book: Book, report: CensusReport) -> None:
    """Write the figures, and the pictures on the right of them."""
    summary = _Summary(book)
    summary.head(report)
    summary.totals(report)
    summary.bars(report)
    summary.days(report)
    summary.months(report)


class _Summary:
    """The sheet as it grows downwards."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._sheet: Worksheet = book.workbook.add_worksheet("Summary")
        self._sheet.hide_gridlines(2)
        self._sheet.set_row(0, 26)
        self._sheet.set_column(0, 0, 44)
        self._sheet.set_column(1, 8, 13)
        self._charts = _Charts(book, self._sheet)
        self._at = 0

    def _put(self, *cells: tuple[Cell, str]) -> None:
        self._book.line(self._sheet, self._at, cells)
        self._at += 1

    def _block(self, title: str, headers: Sequence[str], rows: Sequence[Sequence[Cell]]) -> int:
        """Write a table under a title; returns its first row."""
        self._put((title, "section"))
        self._put((headers[0], "header"), *((header, "count header") for header in headers[1:]))
        first = self._at
        for row in rows:
            self._put((row[0], "text"), *((cell, "number") for cell in row[1:]))
        self._put()
        return first

    def head(self, report: CensusReport) -> None:
        """What the report is of, and what to know before reading on."""
        self._put((f"iFlow census {report.month}", "title"))
        self._put((f"Run {report.run_id}, {report.status}. {HOW_COUNTED}", "quiet"))
        for warning in warnings(report):
            self._put((warning, "warning"))
        self._put()

    def totals(self, report: CensusReport) -> None:
        """The totals of each tenant, and how they moved."""
        headers = ["Tenant", *(header for header, _ in _TOTALS)]
        rows = [
            [
                tenant.name,
                *(
                    getattr(tenant.totals, column) if tenant.scanned_at is not None else None
                    for _, column in _TOTALS
                ),
            ]
            for tenant in report.tenants
        ]
        self._block("Tenants", headers, rows)
        changes = report.changes()
        if changes.compared_with is None:
            self._put((changes.note, "quiet"))
            self._put()
            return
        moved = [
            [
                one.name,
                *(
                    _difference(one.totals[column], known=one.whole or column not in _COUNTED)
                    for _, column in _TOTALS
                ),
            ]
            for one in changes.tenants
            if one.compared
        ]
        self._block(f"Change since {changes.compared_with.month}", headers, moved)

    def bars(self, report: CensusReport) -> None:
        """The busiest iFlows, and the packages with the most unused ones."""
        names = ("Completed", "Failed", "Other")
        rows: list[list[Cell]] = [
            [
                _label(row.iflow_name or row.iflow_id, row.tenant),
                row.messages_completed,
                row.messages_failed,
                row.messages_other,
            ]
            for row in busiest(report)
        ]
        first = self._block("The busiest iFlows", ["iFlow", *names], rows)
        self._charts.stacked("The busiest iFlows, by status", first, len(rows), names)
        names = ("Used", "Unused", "Not known")
        rows = [
            [_label(one.package_name or one.package_id, one.tenant), *_usage(one)]
            for one in most_unused(report)[:20]
        ]
        first = self._block("Used and unused iFlows per package", ["Package", *names], rows)
        self._charts.stacked("Used and unused iFlows per package", first, len(rows), names)

    def days(self, report: CensusReport) -> None:
        """The messages of each day, where they were counted."""
        counted = {
            tenant.name: tenant.messages_per_day
            for tenant in report.tenants
            if tenant.messages_per_day
        }
        if counted:
            rows: list[list[Cell]] = [
                [f"{report.month}-{day:02d}", *counts]
                for day, counts in enumerate(zip(*counted.values(), strict=True), start=1)
            ]
            first = self._block("Messages per day", ["Day", *counted], rows)
            self._charts.lines("Messages per day", first, len(rows), list(counted))

    def months(self, report: CensusReport) -> None:
        """The messages of the last twelve months, where there are earlier reports."""
        months = history(report)
        if all(sum(one.totals is not None for one in told) < 2 for told in months.values()):  # noqa: PLR2004
            return
        title = "Messages over the last twelve months"
        rows: list[list[Cell]] = [
            [str(ones[0].month), *(one.total("messages") for one in ones)]
            for ones in zip(*months.values(), strict=True)
        ]
        first = self._block(title, ["Month", *months], rows)
        self._charts.lines(title, first, len(rows), list(months))


def _label(name: str | None, tenant: str) -> str:
    return f"{(name or '')[:80]} ({tenant})"


def _usage(package: PackageFigures) -> Sequence[Cell]:
    return package.used, package.unused, package.unknown


def _difference(moved: Moved, *, known: bool) -> int | None:
    if moved.before is None or moved.after is None or not known:
        return None
    return moved.after - moved.before


_GRID = {"visible": True, "line": {"color": "#DFE4EA"}}
_LINES = ("#3F7CBF", "#D9A441", "#1D6B4A", "#A8322A", "#7A5BA8", "#5A6675")


class _Charts:
    """Native charts, one below the other, on the right of the first sheet."""

    COLUMN = 9
    HEIGHT = 24

    def __init__(self, book: Book, sheet: "Worksheet") -> None:
        self._book = book
        self._sheet = sheet
        self._next = 3

    def stacked(self, title: str, first: int, rows: int, names: Sequence[str]) -> None:
        """Bars of several parts; the first one on top, as in the table beside it."""
        colours = ("#3F7CBF", "#C8483D" if names[1] == "Failed" else "#D9A441", "#B6BFCA")
        chart = self._book.workbook.add_chart({"type": "bar", "subtype": "stacked"})
        for place, (name, colour) in enumerate(zip(names, colours, strict=True), start=1):
            chart.add_series(
                self._series(name, first, rows, place)
                | {"fill": {"color": colour}, "gap": 45, "overlap": 100}
            )
        chart.set_y_axis(
            {"reverse": True, "crossing": "max", "interval_unit": 1, "num_font": {"size": 8}}
        )
        chart.set_x_axis({"num_format": "#,##0", "major_gridlines": _GRID})
        self._insert(chart, title, rows)

    def lines(self, title: str, first: int, rows: int, names: Sequence[str]) -> None:
        """A line per name; gaps where nothing is known."""
        chart = self._book.workbook.add_chart({"type": "line"})
        for place, name in enumerate(names, start=1):
            line = {"color": _LINES[(place - 1) % len(_LINES)], "width": 2}
            chart.add_series(self._series(name, first, rows, place) | {"line": line})
        chart.set_y_axis({"num_format": "#,##0", "min": 0, "major_gridlines": _GRID})
        chart.show_blanks_as("gap")
        self._insert(chart, title, rows)

    @staticmethod
    def _series(name: str, first: int, rows: int, place: int) -> dict[str, Any]:
        last = first + rows - 1
        return {
            "name": name,
            "categories": ["Summary", first, 0, last, 0],
            "values": ["Summary", first, place, last, place],
        }

    def _insert(self, chart: Any, title: str, rows: int) -> None:
        if rows == 0:
            return
        chart.set_title({"name": title, "name_font": {"size": 12}})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": 760, "height": 20 * self.HEIGHT - 20})
        self._sheet.insert_chart(
            self._next, self.COLUMN, chart, {"description": f"{title}; the figures are on the left"}
        )
        self._next += self.HEIGHT
