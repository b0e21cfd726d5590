"""Reports of October to publish."""

from collections.abc import Sequence
from typing import Any

from iflow_census.scan.period import Month
from iflow_census.store.protocol import Store
from iflow_census.store.report_writer import Document, Header, publish

FOLDER = "reports/period=2026-10/"
MANIFEST = FOLDER + "manifest.json"
EARLY, LATE = "20261101T003000Z", "20261102T003000Z"
TENANTS = [{"name": "dev", "status": "complete", "iflows": 1, "messages": 2, "error": None}]


def header(
    run_id: str = EARLY, status: str = "complete", period: str = "2026-10", **options: Any
) -> Header:
    values: dict[str, Any] = {"tenants": TENANTS, "coverage_complete": True} | options
    return Header(Month.parse(period), run_id, status, **values)


def files(text: str = "content") -> Sequence[Document]:
    return [
        Document("csv", "report.csv", "text/csv", [b"csv ", f"of {text}".encode()], rows=3),
        Document("json", "report.json", "application/json", [f"json of {text}".encode()], rows=2),
    ]


def publish_run(store: Store, run_id: str, status: str = "complete") -> str:
    return publish(store, header(run_id, status), files(run_id))
