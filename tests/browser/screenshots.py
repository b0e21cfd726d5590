"""`python -m tests.browser.screenshots`: take the pictures in docs/images/ of the demo's report."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.chromium import chromium

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "demo-output/reports/period=2026-10/report.html"
IMAGES = ROOT / "docs/images"
DESKTOP: Mapping[str, Any] = {"viewport": {"width": 1280, "height": 960}}
PHONE: Mapping[str, Any] = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}


def main() -> None:
    """Take all screenshots."""
    if not REPORT.exists():
        sys.exit(f"{REPORT.relative_to(ROOT)}: missing; run make demo")
    with chromium() as browser:
        for name, options, fragment, section in (
            ("report-light", DESKTOP, "", "overview"),
            ("report-dark", {**DESKTOP, "color_scheme": "dark"}, "", "messages"),
            ("report-phone", PHONE, "", "overview"),
            ("report-filtered", DESKTOP, "#tenant=prod&edited=EDITED&sort=messages&desc=yes", ""),
        ):
            context = browser.new_context(**options)
            page = context.new_page()
            page.goto(REPORT.as_uri() + fragment)
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
