"""How report.html looks: on screens, on phones, on paper, and to those who do not see it."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page

from tests.browser.axe import find_violations
from tests.browser.conftest import Open
from tests.browser.sample_report import sample_report
from tests.unit.report.examples import DESIGNED, report_of

PHONE = {"width": 390, "height": 844}
PAGE = re.compile(rb"/Type\s*/Page\b")


def test_controls_have_names_and_roles(open_report: Open) -> None:
    page = open_report(sample_report())

    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, [role=img], [role=region]")]
        .filter((node) => !node.hidden && !node.labels?.length && !node.textContent.trim()
          && !node.getAttribute("aria-label") && !node.getAttribute("aria-labelledby"))
        .map((node) => node.outerHTML.slice(0, 80))"""
    )

    assert unnamed == []
    assert page.locator("#count").get_attribute("aria-live") == "polite"
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("navigation").count() == 1


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_page_is_not_wider_than_the_screen(open_report: Open, width: int) -> None:
    page = open_report(sample_report(), viewport={"width": width, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(open_report: Open, scheme: str) -> None:
    page = open_report(sample_report(), color_scheme=scheme)

    worst = page.evaluate(CONTRAST)

    assert worst[0] >= 4.5, worst


def test_page_has_no_accessibility_violations(open_report: Open) -> None:
    page = open_report(sample_report(40), bypass_csp=True)
    page.locator("#rows .open").first.click()

    assert find_violations(page) == []


def top(page: Page, selector: str) -> float:
    return float(page.locator(selector).first.evaluate("node => node.getBoundingClientRect().top"))


def test_navigation_and_table_header_stay_in_view(open_report: Open) -> None:
    page = open_report(sample_report(), "#sort=messages")

    page.locator("#rows tr").nth(30).evaluate("node => node.scrollIntoView({behavior: 'instant'})")

    assert top(page, "nav") == 0
    bottom_of_navigation = page.locator("nav").evaluate("node => node.offsetHeight")
    assert top(page, "#headers th") == pytest.approx(bottom_of_navigation, abs=2)


def test_dates_do_not_wrap(open_report: Open) -> None:
    page = open_report(sample_report(), viewport={"width": 1024, "height": 800})

    for width in (1024, PHONE["width"]):
        page.set_viewport_size({"width": width, "height": 800})
        lines = page.evaluate(
            "() => [...document.querySelectorAll('span.date')]"
            ".map(node => node.getClientRects().length)"
        )
        assert set(lines) - {0} == {1}
    page.set_viewport_size({"width": 1024, "height": 800})
    days = page.locator("#rows td.date").first
    assert days.evaluate("node => getComputedStyle(node).whiteSpace") == "nowrap"


def test_long_text_opens_with_the_keyboard(open_report: Open) -> None:
    row = replace(DESIGNED, iflow_name="word " * 100, package_update_available=True)
    page = open_report(report_of(row))
    whole = page.locator("#blocked details.long > bdi")
    assert not whole.is_visible()

    page.locator("#blocked summary").focus()
    page.keyboard.press("Enter")

    assert whole.is_visible()


def test_rows_are_cards_on_a_phone(open_report: Open) -> None:
    page = open_report(sample_report(), "#tenant=prod", viewport=PHONE)
    page.locator("#rows .open").first.click()

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for rows in ("#changes tbody tr", "#unused tbody tr", "#rows tr"):
        row = page.locator(rows).first
        assert row.evaluate("node => getComputedStyle(node).display") == "grid"
        assert row.bounding_box()["width"] <= PHONE["width"]  # type: ignore[index]
    labels = page.evaluate(
        "() => [...document.querySelectorAll('.list tbody td:not([colspan])')]"
        ".filter(cell => !cell.dataset.label).map(cell => cell.outerHTML)"
    )
    assert labels == []


def test_print_has_what_to_do_and_fits_twenty_pages(open_report: Open) -> None:
    page = open_report(sample_report())

    pdf = page.pdf(prefer_css_page_size=True)
    page.emulate_media(media="print")

    assert len(PAGE.findall(pdf)) <= 20
    assert re.search(rb"/MediaBox \[0 0 84\d", pdf)  # A4 landscape is 842 points wide
    sections = page.locator("main > section")
    printed = [section.get_attribute("id") for section in sections.all() if section.is_visible()]
    assert printed == ["worklist", "overview", "changes", "unused"]
    assert not page.locator("nav").is_visible()
    assert page.locator(".printed").is_visible()
    adjusted = "getComputedStyle(node, '::before').printColorAdjust"
    assert page.locator(".share").first.evaluate(f"node => {adjusted}") == "exact"


def test_all_sections_are_printed_on_request(open_report: Open) -> None:
    page = open_report(sample_report(160, months=0))

    page.locator("#print-all").check()
    page.pdf()
    page.emulate_media(media="print")

    assert page.locator("#iflows").is_visible()
    assert page.locator("#messages .key").first.is_visible()
    assert not page.locator("#filters").is_visible()
    assert not page.locator(".printed").is_visible()
    assert page.locator("#rows .open").count() == sum(
        len(tenant.iflows) for tenant in sample_report(160, months=0).tenants
    )


CONTRAST = """() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = numbers(color).map((channel) => {
      const part = channel / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (node) => {
    for (let ancestor = node; ancestor; ancestor = ancestor.parentElement) {
      const color = getComputedStyle(ancestor).backgroundColor;
      const parts = numbers(color);
      if (parts.length < 4 || parts[3] === 1) return color;
    }
    return "rgb(255, 255, 255)";
  };
  let worst = [99, ""];
  for (const node of document.querySelectorAll("main *, header *, footer *")) {
    if (node.closest("svg, option, .hidden, noscript") || !node.checkVisibility()) continue;
    const isText = (child) => child.nodeType === 3 && child.textContent.trim();
    if (![...node.childNodes].some(isText)) continue;
    const text = luminance(getComputedStyle(node).color), behind = luminance(background(node));
    const ratio = (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
    if (ratio < worst[0]) worst = [ratio, node.outerHTML.slice(0, 120)];
  }
  return worst;
}"""
