"""`python -m tests.browser.screenshots`: take the screenshots of report.html in docs/images/."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from iflow_census.report.html import render_html
from tests.browser.chromium import chromium
from tests.browser.sample_report import sample_report

IMAGES = Path(__file__).parents[2] / "docs" / "images"
DESKTOP: Mapping[str, Any] = {"viewport": {"width": 1280, "height": 960}}
PHONE: Mapping[str, Any] = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}


def main() -> None:
    """Take all screenshots."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        file = Path(folder) / "report.html"
        file.write_bytes(render_html(sample_report()))
        for name, options, fragment, section in (
            ("report-light", DESKTOP, "", "overview"),
            ("report-dark", {**DESKTOP, "color_scheme": "dark"}, "", "messages"),
            ("report-phone", PHONE, "", "overview"),
            ("report-filtered", DESKTOP, "#tenant=prod&edited=EDITED&sort=messages&desc=yes", ""),
        ):
            context = browser.new_context(**options)
            page = context.new_page()
            page.goto(file.as_uri() + fragment)
            _arrange(page, section)
            page.screenshot(path=IMAGES / f"{name}.png")
            context.close()


def _arrange(page: Page, section: str) -> None:
    page.evaluate("document.documentElement.style.scrollBehavior = 'auto'")
    if section == "":
        page.locator("#rows .open").nth(1).click()
    elif section != "overview":
        page.evaluate("(id) => document.getElementById(id).scrollIntoView()", section)


if __name__ == "__main__":
    main()
