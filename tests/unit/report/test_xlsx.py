"""report.xlsx, opened with other programs than the one that wrote it."""

import csv
import io
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.utils.escape import unescape

from iflow_census.report.census_report import CensusReport
from iflow_census.report.columns import COLUMN_LABELS, COLUMN_NAMES
from iflow_census.report.workbook import MAX_TEXT_LENGTH, cell_text
from iflow_census.report.xlsx import render_xlsx
from iflow_census.scan.health import (
    ArtifactInError,
    ExpiringCertificate,
    JmsQueue,
    QueueState,
    Reading,
)
from tests.browser.sample_report import sample_report
from tests.unit.report.earlier_month import earlier, october
from tests.unit.report.examples import (
    BARE,
    DESIGNED,
    FAILED,
    HEALTH,
    ORPHAN,
    SCANNED,
    UNHEALTHY,
    report,
    report_of,
    tenant,
)

OFFICE = shutil.which("soffice")
SHEETS = [
    "Summary",
    "iFlows",
    "Packages",
    "Changes",
    "Tenants",
    "Unused",
    "Across tenants",
    "Edited SAP content",
    "Health",
]
NAMES = (
    "=1+1",
    '=HYPERLINK("https://example.com")',
    "+49 30 1",
    "-2+3",
    "@SUM(A1)",
    "{=1+1}",
    "https://example.com",
    "mailto:x",
    "internal:Summary!A1",
    "<b>&amp;",
    "\u202eabc\u200f",
    "🚀 עברית",
    " leading",
    "x" * 1000,
    "00123",
    "1e5",
    "_x0041_",
    "tab\tand\nline",
)


def opened(made: CensusReport) -> Workbook:
    return load_workbook(io.BytesIO(render_xlsx(made)))


def rows(made: CensusReport, sheet: str) -> list[tuple[Any, ...]]:
    return list(opened(made)[sheet].iter_rows(values_only=True))


def test_the_sheets_are_there_and_tables_keep_their_header_in_sight() -> None:
    book = opened(sample_report())

    assert book.sheetnames == SHEETS
    for name in SHEETS[1:]:
        assert str(book[name].freeze_panes).endswith("2")
        assert book[name].auto_filter.ref is not None


def test_an_iflow_has_dates_numbers_and_truths_as_such() -> None:
    header, row = rows(report_of(DESIGNED), "iFlows")
    told = dict(zip(COLUMN_NAMES, row, strict=True))

    assert header == tuple(COLUMN_LABELS[name] for name in COLUMN_NAMES)
    assert told["created_at"] == datetime(2018, 3, 15, 12, 16, 38, 486000)  # noqa: DTZ001
    assert (told["messages"], told["deployed"], told["orphan"]) == (7, True, False)
    assert told["endpoints"] == "\n".join(DESIGNED.endpoints)


def test_what_is_not_known_is_an_empty_cell() -> None:
    _, row = rows(report_of(BARE), "iFlows")
    told = dict(zip(COLUMN_NAMES, row, strict=True))

    assert told["iflow_name"] is told["messages"] is told["created_at"] is None


def test_edited_unused_and_failing_are_marked() -> None:
    sheet = opened(report_of(DESIGNED, ORPHAN))["iFlows"]

    def colour(row: int, column: str) -> str:
        return str(sheet.cell(row, COLUMN_NAMES.index(column) + 1).fill.fgColor.rgb)

    assert colour(2, "edit_status") == "FFFDF2DC"
    assert colour(2, "messages_failed") == "FFFBE9E7"
    assert colour(3, "usage") == "FFE9ECF0"
    assert colour(3, "runtime_status") == "FFFBE9E7"
    assert colour(3, "edit_status") == "00000000"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_text_and_nothing_else(name: str) -> None:
    row = replace(DESIGNED, iflow_id=name, iflow_name=name, package_name=name, endpoints=(name,))

    book = opened(october([row], earlier()))

    cell = book["iFlows"].cell(2, COLUMN_NAMES.index("iflow_name") + 1)
    assert (unescape(str(cell.value)), cell.data_type) == (name, "s")
    for sheet in book:
        for line in sheet.iter_rows():
            assert all(one.data_type != "f" and one.hyperlink is None for one in line)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=50))
def test_any_name_gives_a_workbook_that_opens(name: str) -> None:
    row = replace(DESIGNED, iflow_name=name, package_name=name, runtime_error=name)

    assert opened(october([row], earlier())).sheetnames == SHEETS


@pytest.mark.parametrize("text", ["x" * 40_000, "🚀" * 20_000, "x" + "🚀" * 20_000])
def test_a_text_is_cut_at_what_a_cell_holds(text: str) -> None:
    cut = cell_text(text)

    assert text.startswith(cut)
    assert MAX_TEXT_LENGTH - 1 <= len(cut.encode("utf-16-le")) // 2 <= MAX_TEXT_LENGTH


def test_dates_before_excels_calendar_are_texts() -> None:
    _, row = rows(report_of(replace(DESIGNED, created_at=datetime(1, 1, 1, tzinfo=UTC))), "iFlows")

    assert row[COLUMN_NAMES.index("created_at")] == "0001-01-01 00:00:00"


def test_changes_have_both_values_in_their_own_type() -> None:
    quiet = replace(DESIGNED, iflow_id="Two", messages=100)
    busy = replace(quiet, messages=1000, modified_at=datetime(2026, 10, 5, tzinfo=UTC))

    found = rows(october([DESIGNED, busy], earlier(quiet)), "Changes")[1:]

    assert [(one[0], one[4], one[5], one[7]) for one in found] == [
        ("New", "Flow", "Version", "1.0.3"),
        ("Edited", "Two", "Modified", datetime(2026, 10, 5)),  # noqa: DTZ001
        ("Messages moved", "Two", "Messages", 1000),
    ]


def test_without_an_earlier_report_the_sheet_says_so() -> None:
    assert rows(report_of(DESIGNED), "Changes")[1][0].startswith("There is no complete report")


def test_tenants_are_told_with_their_errors() -> None:
    _, prod, test = rows(report(tenant("prod", [DESIGNED]), FAILED), "Tenants")

    assert prod[:3] == ("prod", "complete", None)
    assert test[:3] == ("test", "failed", "packages: GET IntegrationPackages: HTTP 403")
    assert test[9] is None


def test_the_health_of_a_tenant_has_a_row_for_each_thing_found_and_each_part_missing() -> None:
    made = report(replace(tenant("prod", []), health=HEALTH), FAILED)

    _, *found = rows(made, "Health")

    told = [tuple(cell for cell in one if cell is not None) for one in found]
    assert ("prod", "User credentials", 7) in told
    assert ("prod", "Script collections (deployed)", 0) in told
    assert ("prod", "Data stores", "not known", HEALTH.data_stores.reason) in told
    assert told[0][:3] == ("prod", "Deployed artifacts in error", "not whole")
    assert ("prod", "Deployed artifact in error", "Mute", "error") in told
    assert ("prod", "JMS bytes used", 5 * 2**20) in told
    assert ("prod", "JMS consumers", "exhausted") in told
    assert ("prod", "JMS queue", "Stuck", "critical") in told
    (soon,) = (one for one in found if one[2] == "soon")
    until = datetime(2026, 11, 11, 0, 31, 12, 346000)  # noqa: DTZ001
    assert soon[3:9] == ("Key Pair", "expires", None, 10, until, "Tenant Administrator")
    assert told[-1] == ("test", "Health", "not read")


def test_a_health_of_refusals_has_a_reason_for_each_part() -> None:
    found = rows(report(replace(tenant("prod", []), health=UNHEALTHY)), "Health")[1:]

    assert [(one[4], one[9]) for one in found] == [("not known", "HTTP 403")] * 9


@pytest.mark.parametrize("name", NAMES)
def test_an_alias_a_queue_and_an_error_are_texts_and_nothing_else(name: str) -> None:
    broker = HEALTH.jms.value
    assert broker is not None
    hostile = replace(
        HEALTH,
        certificates=Reading([ExpiringCertificate(name, name, name, SCANNED, 0)]),
        jms=Reading(replace(broker, queues=[JmsQueue(name, QueueState.UNKNOWN)])),
        artifacts_in_error=Reading([ArtifactInError(name, name, name, name)]),
        data_stores=Reading(reason=name),
    )

    sheet = opened(report(replace(tenant("prod", []), health=hostile)))["Health"]

    cells = [cell for line in sheet.iter_rows() for cell in line]
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
    same = [cell for cell in cells if unescape(str(cell.value)) == name and cell.data_type == "s"]
    assert len(same) == 8


def test_packages_are_summed_up() -> None:
    found = rows(report_of(DESIGNED, replace(DESIGNED, iflow_id="B"), ORPHAN), "Packages")

    assert found[1][:2] == ("prod", "Package")
    assert found[1][6:-1] == (2, 2, 2, 2, 0, 0, 14, 2)
    assert found[1][-1] == pytest.approx(1 / 7)
    assert found[2][1] == "(no package)"


def test_the_summary_has_native_charts() -> None:
    with zipfile.ZipFile(io.BytesIO(render_xlsx(sample_report()))) as parts:
        charts = [name for name in parts.namelist() if name.startswith("xl/charts/chart")]

    assert len(charts) == 4


@pytest.mark.parametrize("made", [report(), report(FAILED), report(tenant("prod", []))])
def test_an_empty_report_is_a_workbook_too(made: CensusReport) -> None:
    assert opened(made).sheetnames == SHEETS


def test_the_same_report_gives_the_same_bytes() -> None:
    assert render_xlsx(sample_report()) == render_xlsx(sample_report())


@pytest.mark.slow
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice (soffice) is not on this machine")
def test_libreoffice_reads_the_same_rows_and_computes_nothing(tmp_path: Path) -> None:
    assert OFFICE is not None
    made = [replace(DESIGNED, iflow_id=f"{at}", iflow_name=name) for at, name in enumerate(NAMES)]
    (tmp_path / "report.xlsx").write_bytes(render_xlsx(report_of(*made)))

    subprocess.run(  # noqa: S603 - found on the path
        [
            OFFICE,
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2",
            "--outdir",
            str(tmp_path),
            str(tmp_path / "report.xlsx"),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (table,) = tmp_path.glob("*.csv")
    with table.open(encoding="utf-8", newline="") as lines:
        read = list(csv.DictReader(lines))

    assert [one["iFlow"] for one in read] == list(NAMES)
    assert {one["Messages"] for one in read} == {"7"}
