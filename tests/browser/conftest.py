"""A report opened in a browser that records everything it should not do."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page

from iflow_census.report.census_report import CensusReport
from iflow_census.report.html import render_html
from tests.browser.chromium import NAMES, chromium, find_chromium

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if find_chromium() is None:
        message = f"Chromium not found; install one of {', '.join(NAMES)}"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with chromium() as started:
        yield started


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open a report; the test fails if it logs to the console, opens dialogs or sends requests."""
    file = tmp_path / "report.html"
    events: list[str] = []
    contexts = []

    def open_page(report: CensusReport, fragment: str = "", **options: object) -> Page:
        file.write_bytes(render_html(report))
        context = browser.new_context(**options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: events.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: events.append(f"error: {error}"))
        page.on("dialog", _record_dialog)
        page.on("popup", lambda _: events.append("popup"))
        page.on("request", lambda request: _record_request(request.url))
        page.goto(file.as_uri() + fragment)
        return page

    def _record_dialog(dialog: Dialog) -> None:
        events.append("dialog")
        dialog.dismiss()

    def _record_request(url: str) -> None:
        if url.partition("#")[0] != file.as_uri() and url != "data:,":
            events.append(f"request: {url}")

    yield open_page
    for context in contexts:
        context.close()
    assert events == []
