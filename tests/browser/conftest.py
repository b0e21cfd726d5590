"""A report open in a browser, and an ear for everything it should not do."""

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
        said = f"no Chromium on this machine: install one of {', '.join(NAMES)}"
        pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
    with chromium() as found:
        yield found


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open a report; the test fails if it complains on the console or asks for anything."""
    file = tmp_path / "report.html"
    heard: list[str] = []
    contexts = []

    def opened(report: CensusReport, fragment: str = "", **options: object) -> Page:
        file.write_bytes(render_html(report))
        context = browser.new_context(**options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: heard.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.on("dialog", _hear_dialog)
        page.on("popup", lambda _: heard.append("popup"))
        page.on("request", lambda request: _hear_request(request.url))
        page.goto(file.as_uri() + fragment)
        return page

    def _hear_dialog(dialog: Dialog) -> None:
        heard.append("dialog")
        dialog.dismiss()

    def _hear_request(url: str) -> None:
        if url.partition("#")[0] != file.as_uri() and url != "data:,":
            heard.append(f"request: {url}")

    yield opened
    for context in contexts:
        context.close()
    assert heard == []
