"""The sheet of report.xlsx with the worklist."""

from dataclasses import replace

from tests.unit.report.examples import DESIGNED, report_of
from tests.unit.report.test_xlsx import rows


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
    assert [line[5] for line in lines] == [f"f{number}" for number in range(6, -1, -1)]
    assert lines[0][3] == "7 iFlows fail often"
    assert lines[0][6] == "26 of 100 messages failed (26 %)"
