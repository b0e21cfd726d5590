"""Ledgers of October, and their files."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from iflow_census.scan.counting import StatusCounts
from iflow_census.scan.locations import CLOUD
from iflow_census.scan.month_counts import WindowCounts
from iflow_census.scan.period import Month, Window
from iflow_census.store.ledger import SCHEMA, LedgerFile
from iflow_census.store.protocol import Store

OCTOBER = Month(2026, 10)
KEY = "ledger/period=2026-10/dev.json"


def days(start: int, end: int) -> Window:
    """From one day of October to another; the first is day 0."""
    return Window(OCTOBER.start + timedelta(days=start), OCTOBER.start + timedelta(days=end))


def window_counts(
    window: Window,
    total: StatusCounts | None = None,
    by_iflow: Mapping[str, StatusCounts] | None = None,
) -> WindowCounts:
    return WindowCounts(window, total or {}, by_iflow or {}, exhaustive=True)


def ledger(store: Store, tenant: str = "dev") -> LedgerFile:
    return LedgerFile(store, OCTOBER, tenant)


def ledger_content(*windows: Mapping[str, Any], **properties: Any) -> dict[str, Any]:
    head = {"schema": SCHEMA, "tenant": "dev", "period": "2026-10", "windows": list(windows)}
    return {**head, **properties}


def window(start: str, end: str, **properties: Any) -> dict[str, Any]:
    counts = {"exhaustive": True, "total": {"COMPLETED": 2}, "iflows": {"A": {"COMPLETED": 1}}}
    return {"location": CLOUD, "start": start, "end": end, **counts, **properties}


def per_day(start: int, end: int, count: int = 0) -> dict[date, int]:
    """The same count for each day from one of October to another; the first is day 0."""
    return {(OCTOBER.start + timedelta(days=day)).date(): count for day in range(start, end)}


GOOD = window("2026-10-01T00:00:00Z", "2026-10-16T00:25:00Z")
