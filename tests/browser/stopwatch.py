"""`python -m tests.browser.stopwatch [ROWS]`: measure the time to render and open documents."""

import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from iflow_census.report.census_report import CensusReport
from iflow_census.report.html import render_html
from iflow_census.report.xlsx import render_xlsx
from tests.browser.chromium import chromium
from tests.browser.sample_report import sample_report
from tests.unit.report.rendering import render_json, render_jsonl

PAINT = """() => performance.getEntriesByName("first-contentful-paint")[0].startTime"""
FILTER = """(value) => new Promise((done) => {
  const field = document.querySelector("[name=q]");
  field.value = value;
  const started = performance.now();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(() => {
    document.body.getBoundingClientRect();
    done(performance.now() - started);
  });
})"""
SORT = """(column) => {
  const button = document.querySelector(`#headers [data-column=${column}] button`);
  const started = performance.now();
  button.click();
  document.body.getBoundingClientRect();
  return performance.now() - started;
}"""


def main() -> None:
    """Print the figures of each document, then those of the browser."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    report = sample_report(rows, months=2)
    renderers: dict[str, Callable[[CensusReport], bytes]] = {
        "json": render_json,
        "jsonl": render_jsonl,
        "html": render_html,
        "xlsx": render_xlsx,
    }
    for name, render in renderers.items():
        _print_figures(name, *_measure(render, report))
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        file = Path(folder) / "report.html"
        file.write_bytes(render_html(report))
        paints, ready, pages = [], [], []
        for _ in range(5):
            page = browser.new_context().new_page()
            started = time.perf_counter()
            page.goto(file.as_uri())
            ready.append(1000 * (time.perf_counter() - started))
            paints.append(float(page.evaluate(PAINT)))
            pages.append(page)
        print(f"first paint      {_median(paints)} ms, fully loaded {_median(ready)} ms")
        _filters(pages[-1])


def _filters(page: Page) -> None:
    page.wait_for_timeout(500)
    first = page.evaluate(FILTER, "invoice")
    later = [float(page.evaluate(FILTER, word)) for word in ("order", "to edi", "xyz", "prod 1")]
    print(f"first search     {first:.0f} ms, later searches {_median(later)} ms, including layout")
    for column in ("iflow_name", "messages", "modified_at"):
        times = [float(page.evaluate(SORT, column)) for _ in range(3)]
        print(f"sort {column:<12}{times[0]:.0f} ms, again {_median(times[1:])} ms")


def _measure(
    render: Callable[[CensusReport], bytes], report: CensusReport
) -> tuple[int, float, float]:
    started = time.perf_counter()
    body = render(report)
    seconds = time.perf_counter() - started
    tracemalloc.start()
    render(report)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return len(body), seconds, peak / 1e6


def _print_figures(name: str, size: int, seconds: float, peak: float) -> None:
    print(f"{name:<6}{size / 1e6:8.1f} MB  rendered in {seconds:5.2f} s, peak {peak:5.1f} MB")


def _median(values: list[float]) -> str:
    return f"{statistics.median(values):.0f}"


if __name__ == "__main__":
    main()
