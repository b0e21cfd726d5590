"""`python -m tests.browser.stopwatch [ROWS]`: how long documents take to make, and to open."""

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
from iflow_census.report.jsonl import render_jsonl
from iflow_census.report.tables import render_json
from iflow_census.report.xlsx import render_xlsx
from tests.browser.chromium import chromium
from tests.browser.sample_report import sample_report

PAINT = """() => performance.getEntriesByName("first-contentful-paint")[0].startTime"""
FILTER = """(value) => new Promise((done) => {
  const field = document.querySelector("[name=q]");
  field.value = value;
  const began = performance.now();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(() => {
    document.body.getBoundingClientRect();
    done(performance.now() - began);
  });
})"""
SORT = """(column) => {
  const button = document.querySelector(`#heads [data-column=${column}] button`);
  const began = performance.now();
  button.click();
  document.body.getBoundingClientRect();
  return performance.now() - began;
}"""


def main() -> None:
    """Measure, and print one figure a line."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    report = sample_report(rows, months=2)
    makers: dict[str, Callable[[CensusReport], bytes]] = {
        "json": render_json,
        "jsonl": render_jsonl,
        "html": render_html,
        "xlsx": render_xlsx,
    }
    for name, make in makers.items():
        _say(name, *_made(make, report))
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        file = Path(folder) / "report.html"
        file.write_bytes(render_html(report))
        paints, ready, pages = [], [], []
        for _ in range(5):
            page = browser.new_context().new_page()
            began = time.perf_counter()
            page.goto(file.as_uri())
            ready.append(1000 * (time.perf_counter() - began))
            paints.append(float(page.evaluate(PAINT)))
            pages.append(page)
        print(f"first paint      {_median(paints)} ms, loaded with all rows {_median(ready)} ms")
        _filters(pages[-1])


def _filters(page: Page) -> None:
    page.wait_for_timeout(500)
    first = page.evaluate(FILTER, "invoice")
    later = [float(page.evaluate(FILTER, word)) for word in ("order", "to edi", "xyz", "prod 1")]
    print(f"first search     {first:.0f} ms, later ones {_median(later)} ms, laid out")
    for column in ("iflow_name", "messages", "modified_at"):
        times = [float(page.evaluate(SORT, column)) for _ in range(3)]
        print(f"sort {column:<12}{times[0]:.0f} ms, again {_median(times[1:])} ms")


def _made(make: Callable[[CensusReport], bytes], report: CensusReport) -> tuple[int, float, float]:
    began = time.perf_counter()
    body = make(report)
    took = time.perf_counter() - began
    tracemalloc.start()
    make(report)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return len(body), took, peak / 1e6


def _say(name: str, size: int, took: float, peak: float) -> None:
    print(f"{name:<6}{size / 1e6:8.1f} MB  made in {took:5.2f} s, peak {peak:5.1f} MB")


def _median(values: list[float]) -> str:
    return f"{statistics.median(values):.0f}"


if __name__ == "__main__":
    main()
