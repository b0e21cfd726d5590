"""The sheet of report.xlsx with the worklist."""

from dataclasses import replace

from tests.unit.report.examples import DESIGNED, report_of
from tests.unit.report.test_xlsx import open_workbook, rows


def test_worklist_has_a_line_for_every_entry() -> None:
    failing = [
        replace(
            DESIGNED,
            iflow_id=f"f{number}",
            version_drift=False,
            messages=100,
            messages_failed=20 + number,
        )
        for number in range(7)
    ]

    header, *lines = rows(report_of(*failing), "To do")

    assert header[:2] == ("Rank", "Tenant")
    assert [line[7] for line in lines] == [f"f{number}" for number in range(6, -1, -1)]
    assert lines[0][3] == "7 iFlows fail often"
    assert lines[0][5] == "26 of 100 messages failed (26 %)"


def test_row_is_as_high_as_its_longest_text() -> None:
    error = replace(DESIGNED, runtime_status="ERROR", runtime_error="no host " * 15)

    sheet = open_workbook(report_of(error))["To do"]

    assert sheet["F2"].alignment.wrap_text
    assert sheet.row_dimensions[2].height == 45
