"""The sheet of report.xlsx that compares the iFlows of the tenants."""

from dataclasses import replace

import pytest

from iflow_census.report import xlsx
from iflow_census.scan.edit_status import EditStatus
from tests.unit.report.examples import BARE, DESIGNED, ORPHAN, report, tenant
from tests.unit.report.test_xlsx import WARNING, colors, rows


def test_iflows_are_side_by_side_across_tenants() -> None:
    plain = replace(DESIGNED, edit_status=EditStatus.NOT_EDITED, iflow_version="1.0.4")
    dev = tenant("dev", [plain, replace(ORPHAN, iflow_id="Gone", runtime_version="0.9")])
    prod = tenant("prod", [DESIGNED, replace(DESIGNED, iflow_id="Gone")])
    census = report(dev, prod, tenant("test", [replace(DESIGNED, iflow_id="Mine")]))

    header, flow, gone, mine = rows(census, "Across tenants")

    assert header[3:7] == ("dev: version", "dev: deployed", "dev: edited", "dev: messages")
    assert flow[:7] == (
        "Flow",
        "A flow",
        "version, edited, missing",
        "1.0.4",
        True,
        "NOT_EDITED",
        7,
    )
    assert flow[11:] == ("(missing)", None, None, None)
    assert gone[3:8:4] == ("0.9", "1.0.3")
    assert mine == ("Mine", None, "only in test", *[None] * 12)
    assert colors(census, "Across tenants") == {
        ("Flow", "prod: edited"): WARNING,
        ("Gone", "prod: edited"): WARNING,
    }


def test_many_tenants_are_counted_instead_of_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_COMPARED", 2)
    tenants = [tenant("dev", [DESIGNED]), tenant("prod", [BARE, DESIGNED]), tenant("test", [])]

    few, *_ = rows(report(*tenants[:2]), "Across tenants")
    many, *lines = rows(report(*tenants), "Across tenants")

    assert few[3:] == tuple(
        f"{name}: {what}"
        for name in ("dev", "prod")
        for what in ("version", "deployed", "edited", "messages")
    )
    assert many == ("iFlow id", "iFlow", "Differs in", "Tenants")
    assert [(line[0], line[3]) for line in lines] == [("Flow", 2), ("Bare", 1)]


def test_note_says_that_there_is_nothing_to_compare() -> None:
    *_, note = rows(report(tenant("prod", [DESIGNED])), "Across tenants")

    assert note[0] == "A comparison needs at least two scanned tenants."
