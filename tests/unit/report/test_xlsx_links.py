"""Links in report.xlsx into the web UI of a tenant."""

from dataclasses import replace

from iflow_census.scan.web_ui import Environment, TenantProfile
from tests.unit.report.examples import BARE, DESIGNED, report, tenant
from tests.unit.report.test_xlsx import open_workbook


def test_names_link_to_the_design_of_the_iflow() -> None:
    profile = TenantProfile(Environment.PRODUCTION, "https://acme.example")
    blocked = replace(DESIGNED, iflow_id="\ud800<&", package_update_available=True)
    nameless = replace(BARE, iflow_id="Nameless")
    book = open_workbook(report(replace(tenant("prod", [blocked, nameless]), profile=profile)))

    for sheet in ("iFlows", "Blocked updates"):
        link = book[sheet]["A2"].hyperlink
        assert link.target == "https://acme.example/shell/design/contentpackage/Pkg/" + (
            "integrationflows/%3F%3C%26"
        )
        assert book[sheet]["A2"].value == "A flow"
    assert book["iFlows"]["A3"].hyperlink is None
