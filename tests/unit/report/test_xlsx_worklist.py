"""The sheet of report.xlsx with the worklist."""

from dataclasses import replace

from iflow_census.scan.web_ui import Environment, TenantProfile
from tests.unit.report.examples import DESIGNED, report, report_of, tenant
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

    lines = rows(report_of(*failing), "To do")[1:]

    assert [line[7] for line in lines] == [f"f{number}" for number in range(6, -1, -1)]


def test_line_has_its_item_its_evidence_and_a_link_to_sap() -> None:
    profile = TenantProfile(Environment.PRODUCTION, "https://acme.example")
    failing = replace(DESIGNED, version_drift=False, messages=100, messages_failed=26)
    acme = replace(tenant("acme", [failing]), profile=profile)

    sheet = open_workbook(report(acme, tenant("dev", [DESIGNED])))["To do"]

    header, first, second = sheet.iter_rows(values_only=True)
    action = "Open the failed messages and fix the cause: 10 % or more of the messages failed."
    assert dict(zip(header, first, strict=True)) == {
        "Rank": 1,
        "Tenant": "acme",
        "Environment": "production",
        "What is wrong": "1 iFlow fails often",
        "Name": "A flow",
        "Evidence": "26 of 100 messages failed (26 %)",
        "What to do": action,
        "iFlow id": "Flow",
        "Page in SAP": "open",
    }
    assert (second[0], second[1], second[8]) == (2, "dev", None)
    assert sheet["I2"].hyperlink.target.startswith("https://acme.example/shell/monitoring/Messages")
    assert sheet["I3"].hyperlink is None
    assert sheet.print_area == "'To do'!$A$1:$G$4"


def test_row_is_as_high_as_its_longest_text() -> None:
    error = replace(DESIGNED, runtime_status="ERROR", runtime_error="no host " * 15)

    sheet = open_workbook(report_of(error))["To do"]

    assert sheet["F2"].alignment.wrap_text
    assert sheet.row_dimensions[2].height == 45
