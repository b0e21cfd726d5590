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


@pytest.fixture(scope="session")
def page_of_all(browser: Browser) -> Iterator[Page]:
    """A page for all tests without options: for a new one, Chromium starts new processes."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def open_report(browser: Browser, page_of_all: Page, tmp_path: Path) -> Iterator[Open]:
    """Open a report; the test fails if it logs to the console, opens dialogs or sends requests."""
    file = tmp_path / "report.html"
    events: list[str] = []
    pages: list[Page] = []

    def open_page(report: CensusReport, fragment: str = "", **options: object) -> Page:
        file.write_bytes(render_html(report))
        page = page_of_all
        if options or pages:
            page = browser.new_context(**options).new_page()  # type: ignore[arg-type]
        pages.append(page)
        for name, listener in listeners.items():
            page.on(name, listener)  # type: ignore[call-overload]
        page.goto(file.as_uri() + fragment)
        return page

    def _record_dialog(dialog: Dialog) -> None:
        events.append("dialog")
        dialog.dismiss()

    def _record_request(url: str) -> None:
        if url.partition("#")[0] != file.as_uri() and url != "data:,":
            events.append(f"request: {url}")

    listeners: dict[str, Callable[..., None]] = {
        "console": lambda message: events.append(f"console: {message.text}"),
        "pageerror": lambda error: events.append(f"error: {error}"),
        "dialog": _record_dialog,
        "popup": lambda _: events.append("popup"),
        "request": lambda request: _record_request(request.url),
    }
    yield open_page
    for page in pages:
        if page is not page_of_all:
            page.context.close()
            continue
        for name, listener in listeners.items():
            page.remove_listener(name, listener)
        page.emulate_media(media="null")
        page.goto("about:blank")
    assert events == []
