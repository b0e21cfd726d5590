"""report.html in a browser."""

import json
import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from iflow_census.report.columns import COLUMN_NAMES
from iflow_census.scan.web_ui import design_page, messages_page
from tests.browser.conftest import Open
from tests.browser.rows import ROWS, count, fragment, names, orders
from tests.browser.sample_report import sample_report
from tests.unit.report.earlier_month import earlier, october
from tests.unit.report.examples import DESIGNED, FAILED, report, report_of, tenant
from tests.unit.report.rendering import render_csv

INJECTIONS = (
    "<script>window.broken = 1</script>",
    "</script><script>window.broken = 1</script>",
    "<!--<script>",
    "<img src=x onerror='window.broken = 1'>",
    '"><svg onload=window.broken=1>',
    "'onmouseover='window.broken=1",
    "javascript:window.broken=1",
    "{{ 7 * 7 }}{% raw %}",
    "${window.broken = 1}`",
    "</title></style></textarea><iframe src=//example.com>",
    '=HYPERLINK("https://example.com")',
    "\u2028window.broken = 1\u2029",
    "\u202egnp.exe \u200f\u2066",
    "🚀 東京 עברית",
    " leading,\ttab\nand line ",
    "&lt;b&gt; &amp;",
    "x" * 1000,
    "word " * 200,
)


def test_all_iflows_are_shown_and_counted(open_report: Open) -> None:
    page = open_report(report_of(*ROWS))

    assert count(page) == "6 iFlows"
    assert names(page) == ["Orders", "Invoices", "orders 10", "Orders 9", "Bare", "A flow"]


@pytest.mark.parametrize("name", INJECTIONS)
def test_any_name_is_shown_as_text(open_report: Open, name: str) -> None:
    row = orders(
        package_id=name,
        package_name=name,
        package_vendor="SAP",
        iflow_id=name,
        iflow_name=name,
        created_by=name,
        modified_by=name,
        runtime_error=name,
        endpoints=(name,),
    )
    census = report(tenant("dev", [row]), tenant("prod", [replace(row, messages=0)]))
    census = replace(census, warnings=[name])

    page = open_report(census)
    page.locator("#rows .open").first.click()

    assert names(page) == [name, name]
    assert name in page.locator("#rows .all dd").all_text_contents()
    assert name in page.locator(".warnings").inner_text() or "\u2028" in name or "\n" in name
    assert page.evaluate("window.broken") is None
    assert page.locator("iframe, img, #rows a").count() == 0


def test_partial_coverage_and_damaged_reports_are_warnings(open_report: Open) -> None:
    page = open_report(sample_report())

    warnings = page.locator(".warnings").inner_text()

    assert "dev: the message counts do not cover the full period" in warnings
    assert "report.json: not a report.json" in warnings


def test_failed_tenant_is_a_warning(open_report: Open) -> None:
    page = open_report(report(tenant("prod", [DESIGNED]), FAILED))

    warnings = page.locator(".warnings").inner_text()

    assert "test: the scan failed" in warnings
    assert "HTTP 403" in warnings


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("orders", ["Orders", "orders 10", "Orders 9"]),
        ("ORDERS 1", ["orders 10"]),
        ("zoe", ["Invoices"]),
        ("tenant.example/http/a invoices", ["Invoices"]),
        ("nothing like it", []),
        (".*", []),
    ],
)
def test_search_finds_all_words_in_any_field(
    open_report: Open, query: str, expected: list[str]
) -> None:
    page = open_report(report_of(*ROWS))

    page.locator("[name=q]").fill(query)

    expect(page.locator("#rows .open")).to_have_count(len(expected))
    assert names(page) == expected
    assert count(page) == f"{len(expected)} of 6 iFlows"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("#package=Two", ["orders 10"]),
        ("#edited=UNKNOWN", ["Bare", "A flow"]),
        ("#deployed=no", ["Bare"]),
        ("#usage=UNKNOWN", ["Bare", "A flow"]),
        ("#orphan=yes", ["A flow"]),
        ("#drift=yes", ["Invoices", "orders 10", "Orders 9"]),
        ("#failing=yes", ["orders 10", "A flow"]),
        ("#tenant=prod&drift=yes&failing=yes&q=orders", ["orders 10"]),
        ("#tenant=unknown", ["Orders", "Invoices", "orders 10", "Orders 9", "Bare", "A flow"]),
        ("#sort=iflow_name", ["A flow", "Bare", "Invoices", "Orders", "Orders 9", "orders 10"]),
        ("#sort=messages", ["A flow", "Orders", "orders 10", "Invoices", "Orders 9", "Bare"]),
        (
            "#sort=messages&desc=yes",
            ["Invoices", "orders 10", "Orders", "A flow", "Orders 9", "Bare"],
        ),
    ],
)
def test_url_with_filters_shows_the_filtered_table(
    open_report: Open, filters: str, expected: list[str]
) -> None:
    page = open_report(report_of(*ROWS), filters)

    assert names(page) == expected


def test_filters_combine_and_are_in_the_url(open_report: Open) -> None:
    page = open_report(report_of(*ROWS))

    page.locator("[name=usage]").select_option("USED")
    page.locator("[name=drift]").check()
    page.locator("[name=q]").fill("orders")
    expect(page.locator("#count")).to_have_text("2 of 6 iFlows")

    assert fragment(page) == "#q=orders&usage=USED&drift=yes"
    assert names(page) == ["orders 10", "Orders 9"]


def test_clear_removes_all_filters(open_report: Open) -> None:
    page = open_report(report_of(*ROWS), "#q=orders&sort=messages&desc=yes")

    page.get_by_role("button", name="Clear").click()

    expect(page.locator("#count")).to_have_text("6 iFlows")
    assert fragment(page) == ""


def test_column_header_sorts_and_shows_the_order(open_report: Open) -> None:
    page = open_report(report_of(*ROWS))
    header = page.locator("#headers [data-column=messages]")

    page.get_by_role("button", name="Messages").click()
    first = names(page)[0]
    page.get_by_role("button", name="Messages").click()

    assert first == "Invoices"
    assert names(page)[0] == "A flow"
    expect(header).to_have_attribute("aria-sort", "ascending")
    assert page.locator("[aria-sort]").count() == 1


def test_names_sort_without_case_and_accents_and_by_number(open_report: Open) -> None:
    expected = ["A 2", "a-1", "Änderung", "b 9", "B 10", "b 10 x", "z"]
    rows = [
        replace(ROWS[0], iflow_id=f"Id{number}", iflow_name=name)
        for number, name in enumerate(sorted(expected, reverse=True))
    ]

    page = open_report(report_of(*rows), "#sort=iflow_name")

    assert names(page) == expected


def test_table_can_be_sorted_by_every_column(open_report: Open) -> None:
    page = open_report(report_of(*ROWS))
    options = page.locator("[name=sort] option").evaluate_all(
        "all => all.map(option => option.value)"
    )

    for option in options:
        page.locator("[name=sort]").select_option(option)
        expect(page.locator("#rows .open")).to_have_count(6)

    assert options == ["", *COLUMN_NAMES]


def test_row_expands_to_all_columns(open_report: Open) -> None:
    page = open_report(report_of(*ROWS))
    button = page.locator("#rows .open").first

    button.click()

    expect(button).to_have_attribute("aria-expanded", "true")
    details = page.locator(f"#{button.get_attribute('aria-controls')}")
    assert details.locator("dt").count() == len(COLUMN_NAMES)
    assert "2018-03-16 12:16:38.486 UTC" in details.inner_text()
    button.click()
    assert page.locator("#rows .all").count() == 0


def test_figure_links_to_its_iflows(open_report: Open) -> None:
    page = open_report(report_of(*ROWS))

    page.locator(".totals td[data-label=Orphans] a").click()

    expect(page.locator("#count")).to_have_text("1 of 6 iFlows")
    assert fragment(page) == "#tenant=prod&orphan=yes"


def test_system_in_the_picture_filters_the_table(open_report: Open) -> None:
    rows = [replace(ROWS[0], systems=("S/4",)), replace(ROWS[1], receiver="S/4"), ROWS[2]]
    page = open_report(replace(report_of(*rows), flows={("S/4", "Bank"): 2}))

    page.locator("#systems a").first.click()

    expect(page.locator("#count")).to_have_text("2 of 3 iFlows")
    assert page.locator("[name=system]").input_value() == "S/4"


def test_link_to_a_section_keeps_the_filters(open_report: Open) -> None:
    page = open_report(report_of(*ROWS), "#orphan=yes")

    page.get_by_role("link", name="Changes").click()

    assert fragment(page) == "#orphan=yes"
    assert page.evaluate("document.activeElement.id") == "changes"


def test_back_and_forward_show_what_the_url_says(open_report: Open) -> None:
    page = open_report(report_of(*ROWS))

    page.locator(".totals td[data-label=Orphans] a").click()
    page.locator("[name=orphan]").uncheck()
    page.locator("[name=q]").press_sequentially("ord")
    page.get_by_role("button", name="Messages").click()
    steps = ["", "#tenant=prod&orphan=yes", "#tenant=prod", "#q=ord&tenant=prod"]
    sorted_orders = ["orders 10", "Orders", "Orders 9"]
    assert names(page) == sorted_orders

    for expected in reversed(steps):
        page.go_back()
        assert fragment(page) == expected
        assert form_fragment(page) == expected
    assert count(page) == "6 iFlows"
    for expected in steps[1:]:
        page.go_forward()
        assert form_fragment(page) == fragment(page) == expected
    page.go_forward()
    assert names(page) == sorted_orders


def form_fragment(page: Page) -> str:
    """What the form shows, as a fragment."""
    filters = page.evaluate(
        "new URLSearchParams([...new FormData(document.forms[0])].filter(([, v]) => v)).toString()"
    )
    return f"#{filters}" if filters else ""


def test_download_has_the_filtered_rows_of_report_csv(open_report: Open) -> None:
    hostile = orders(iflow_id="=1+1", iflow_name='"a",\n', endpoints=("https://a", "https://b"))
    hostile = replace(hostile, triggers=("HTTPS /a", "=timer"))
    census = report_of(*ROWS, hostile)
    page = open_report(census, "#sort=messages")

    def download() -> bytes:
        with page.expect_download() as started:
            page.get_by_role("button", name="Download CSV").click()
        assert started.value.suggested_filename == "iflows-2026-10.csv"
        return started.value.path().read_bytes()

    page.get_by_role("button", name="Clear").click()
    assert download() == render_csv(census)
    page.locator("[name=q]").fill("1+1")
    expect(page.locator("#count")).to_have_text("1 of 7 iFlows")
    assert download() == render_csv(report_of(hostile))


def test_iflows_of_production_come_first(open_report: Open) -> None:
    page = open_report(sample_report())

    assert page.locator("#rows td[data-label=Tenant]").first.inner_text() == "prod"


def test_decisions_are_shown_and_filtered(open_report: Open) -> None:
    decided = orders(iflow_id="old", iflow_name="Old", decision="retire", decision_due="2026-09")
    decided = replace(decided, owner="Purchasing", decision_overdue=True)
    page = open_report(report_of(*ROWS, decided, orders(iflow_id="kept", decision="keep")))

    page.locator("[name=decision]").select_option("Overdue")

    expect(page.locator("#count")).to_have_text("1 of 8 iFlows")
    assert "retire by 2026-09 Purchasing" in page.locator("#rows tr").inner_text()
    page.locator("[name=decision]").select_option("Not decided")
    expect(page.locator("#count")).to_have_text("6 of 8 iFlows")
    assert fragment(page) == "#decision=none"


def test_opened_row_shows_twelve_months_and_links(open_report: Open) -> None:
    page = open_report(sample_report(), "#tenant=prod&sort=messages&desc=yes")

    page.locator("#rows .open").first.click()

    months = page.locator("#rows .sparkline g")
    assert months.count() == 12
    assert months.first.locator("title").text_content() == "2025-11: unknown"
    label = page.locator("#rows .sparkline svg").get_attribute("aria-label") or ""
    assert re.search(r"2026-09: [\d,]+, 2026-10: [\d,]+$", label)
    (design, messages) = page.locator("#rows .all a").all()
    address = design.get_attribute("href") or ""
    row = next(row for row in sample_report().rows if address.endswith(f"/{row.iflow_id}"))
    web_url = "https://prod.example/itspaces"
    assert address == design_page(web_url, row.package_id, row.iflow_id)
    assert messages.get_attribute("href") == messages_page(web_url, row.iflow_id)


@pytest.mark.parametrize(("count", "shown"), [(0, "highest: 0"), (None, "highest: unknown")])
def test_months_without_messages_have_no_highest_count(
    open_report: Open, count: int | None, shown: str
) -> None:
    row = replace(ROWS[0], messages=count)
    page = open_report(october([row], earlier(row)))

    page.locator("#rows .open").click()

    assert shown in page.locator("#rows .sparkline").inner_text()
    heights = page.locator("#rows .sparkline rect").evaluate_all(
        "all => all.map(bar => Number(bar.getAttribute('height')))"
    )
    assert all(0 < height <= 32 for height in heights)


def test_page_works_with_the_keyboard(open_report: Open) -> None:
    page = open_report(report_of(*ROWS))

    page.keyboard.press("/")
    page.keyboard.type("inv")
    expect(page.locator("#count")).to_have_text("1 of 6 iFlows")
    page.locator("#headers button").last.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.textContent") == "Invoices"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    expect(page.locator("#rows .all")).to_have_count(1)


def test_more_rows_load_and_keep_the_focus(open_report: Open) -> None:
    page = open_report(sample_report(600, months=0))
    rows = page.locator("#rows .open")
    for loaded in range(100, 501, 50):
        page.locator("#more").scroll_into_view_if_needed()
        expect(rows).to_have_count(loaded)

    page.locator("#more").click()

    assert rows.count() == 550
    focused = page.evaluate("document.activeElement.dataset.row")
    assert focused == rows.nth(500).get_attribute("data-row")


def test_figures_are_shown_without_javascript(open_report: Open) -> None:
    page = open_report(sample_report(), java_script_enabled=False)

    assert page.locator(".totals tbody tr").count() == 3
    assert page.locator(".bars li").count() == 40
    assert "needs JavaScript" in page.content()


def test_content_security_policy_is_strict(open_report: Open) -> None:
    page = open_report(report_of(DESIGNED))

    policy = page.locator("meta[http-equiv]").get_attribute("content") or ""

    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert re.findall(r"https?:|\*", policy) == []
    assert json.loads(page.locator("#data").text_content() or "")["rows"] == 1
