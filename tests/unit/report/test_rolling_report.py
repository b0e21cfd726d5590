"""Documents of the last 30 days say that they are of a window, not of a month."""

import io
import json
from dataclasses import replace

import openpyxl
import pytest

from iflow_census.report.formats import formats_of
from iflow_census.report.html import render_html
from iflow_census.report.notice import build_census_notice
from iflow_census.report.reader import read_report
from iflow_census.report.xlsx import render_xlsx
from iflow_census.scan.period import Period
from iflow_census.scan.retention import rolling_window
from tests.unit.report.earlier_month import earlier
from tests.unit.report.examples import DESIGNED, IDLE_ORPHAN, OCTOBER, SCANNED, report, tenant
from tests.unit.report.rendering import render_json

WINDOW = rolling_window(SCANNED)
LABEL = f"last 30 days ({WINDOW.start:%Y-%m-%d} to {WINDOW.end:%Y-%m-%d})"
DAYS = [3] * len(WINDOW.window.days())
ROLLING = replace(
    report(replace(tenant("prod", [DESIGNED, IDLE_ORPHAN]), messages_per_day=DAYS)), period=WINDOW
)


def test_html_names_the_window_and_its_days() -> None:
    html = render_html(ROLLING).decode()

    assert f"<title>iFlow census {LABEL}</title>" in html
    assert f"<h1>Last 30 days: {WINDOW.start:%Y-%m-%d} to" in html
    assert f"{WINDOW.start:%Y-%m-%d}" in html
    assert "Trends are of calendar months." in html


def test_workbook_names_the_window() -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(render_xlsx(ROLLING)))

    assert workbook.worksheets[0]["A1"].value == f"iFlow census {LABEL}"


def test_notice_names_the_window() -> None:
    notice = build_census_notice(ROLLING, [], [])

    assert notice.subject.startswith(f"iFlow census {LABEL}")
    assert f"The census of the {LABEL} is complete." in notice.text


def test_window_is_not_compared_with_months() -> None:
    census = replace(ROLLING, earlier=[earlier(DESIGNED)])

    assert census.changes().compared_with is None
    assert census.changes().note == (
        "Changes are from month to month; a report of the last 30 days has none."
    )
    assert (census.monthly_totals(), census.monthly_messages()) == ({}, {})
    assert json.loads(render_json(census))["period"]["month"] is None


def test_report_is_read_back() -> None:
    assert read_report("report.json", render_json(ROLLING)).period == WINDOW


@pytest.mark.parametrize(
    ("period", "names", "written"),
    [
        (WINDOW, ["classic-csv", "csv"], ["csv"]),
        (WINDOW, ["classic-csv"], ["json"]),
        (OCTOBER, ["classic-csv"], ["classic-csv"]),
    ],
)
def test_classic_formats_are_of_months(
    period: Period, names: list[str], written: list[str]
) -> None:
    assert formats_of(period, names) == written
