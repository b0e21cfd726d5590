"""Six iFlows, of which each filter finds others, and what the page shows of them."""

from dataclasses import replace
from typing import Any

from playwright.sync_api import Page

from iflow_census.scan.results import IflowRow
from tests.unit.report.examples import BARE, DESIGNED, ORPHAN


def names(page: Page) -> list[str]:
    return page.locator("#rows .open").all_text_contents()


def count(page: Page) -> str:
    return page.locator("#count").inner_text()


def fragment(page: Page) -> str:
    return str(page.evaluate("location.hash"))


def orders(**changes: Any) -> IflowRow:
    return replace(DESIGNED, description=None, sender=None, receiver=None, **changes)


ROWS = (
    orders(iflow_id="a", iflow_name="Orders", messages=5, messages_failed=0, version_drift=False),
    orders(iflow_id="b", iflow_name="Invoices", messages=900, modified_by="Zoe"),
    orders(
        iflow_id="c",
        iflow_name="orders 10",
        messages=40,
        messages_failed=4,
        package_id="Two",
        package_name="Two",
    ),
    orders(iflow_id="d", iflow_name="Orders 9", messages=None, messages_failed=None),
    replace(BARE, description=None, sender=None, receiver=None),
    replace(ORPHAN, description=None, sender=None, receiver=None),
)
