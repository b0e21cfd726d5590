"""The figures and charts of report.html above its table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlencode

from iflow_census.report.census_report import CensusReport
from iflow_census.report.changes import Changes, TotalChange
from iflow_census.report.chart_data import day_labels, failed_share
from iflow_census.report.labels import UNKNOWN, format_count
from iflow_census.scan.period import Period
from iflow_census.scan.results import TenantResult, TenantTotals

TRENDS = (
    ("iflows", "iFlows"),
    ("edited", "Edited"),
    ("unused", "Unused"),
    ("messages", "Messages"),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a tenant and its change; `link` filters the table to its iFlows."""

    label: str
    value: str
    delta: str | None
    link: str | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart; its height is 0 to 1, or None if the figure is unknown."""

    label: str
    text: str
    height: float | None


def filter_link(**filters: str) -> str:
    """Return a link that filters the table: "#tenant=prod&usage=UNUSED"."""
    return "#" + urlencode(filters)


def tenant_figures(tenant: TenantResult, changes: Changes) -> Sequence[Figure]:
    """Return the figures of a tenant, with their changes since the earlier month."""
    compared = next((entry for entry in changes.tenants if entry.name == tenant.name), None)
    deltas = dict(compared.totals) if compared else {}
    failed_delta = _failed_share_delta(deltas)
    if compared and not compared.whole:
        deltas = {name: deltas[name] for name in deltas if name not in _NEED_FULL_COVERAGE}
    words = {name: _delta(total) for name, total in deltas.items()} | {"failed": failed_delta}
    if not tenant.can_find_unused:
        words["unused"] = "not determined"
    return _figures(tenant.totals, words, tenant=tenant.name)


def sum_figures(tenants: Sequence[TenantResult]) -> Sequence[Figure]:
    """Return the figures of all tenants; unknown is what is not known of one that was scanned."""
    all_totals = [tenant.totals for tenant in tenants if tenant.scanned]
    sums: dict[str, Any] = {}
    for field in fields(TenantTotals):
        values = [getattr(totals, field.name) for totals in all_totals]
        sums[field.name] = None if None in values else sum(values)
    return _figures(TenantTotals(**sums), {})


_NEED_FULL_COVERAGE = ("unused", "messages")
"""Totals that can only be compared between fully covered months."""


def _figures(
    totals: TenantTotals, deltas: Mapping[str, str | None], **scope: str
) -> Sequence[Figure]:
    def figure(label: str, name: str, **filters: str) -> Figure:
        link = filter_link(**scope, **filters) if filters or (scope and name == "iflows") else None
        return Figure(label, format_count(getattr(totals, name)), deltas.get(name), link)

    return [
        figure("iFlows", "iflows"),
        figure("Deployed", "deployed", deployed="yes"),
        figure("Edited", "edited", edited="EDITED"),
        figure("Unused", "unused", usage="UNUSED"),
        figure("Orphans", "orphans", orphan="yes"),
        figure("Messages", "messages"),
        Figure(
            "Failed",
            _percent(failed_share(totals.messages, totals.messages_failed)),
            deltas.get("failed"),
            filter_link(**scope, failing="yes"),
        ),
    ]


def _percent(share: float | None) -> str:
    return UNKNOWN if share is None else f"{100 * share:.1f} %"


def _delta(total: TotalChange) -> str | None:
    if total.before is None or total.after is None:
        return None
    return _signed(total.after - total.before, "{:+,}")


def _failed_share_delta(deltas: Mapping[str, TotalChange]) -> str | None:
    if not deltas:
        return None
    before = failed_share(deltas["messages"].before, deltas["messages_failed"].before)
    after = failed_share(deltas["messages"].after, deltas["messages_failed"].after)
    if before is None or after is None:
        return None
    return _signed(round(100 * (after - before), 1), "{:+.1f} points")


def _signed(difference: float, pattern: str) -> str:
    if difference == 0:
        return "±0"
    return pattern.format(difference).replace("-", "\N{MINUS SIGN}")


def day_charts(
    period: Period, tenants: Sequence[TenantResult]
) -> Sequence[tuple[str, Sequence[Bar]]]:
    """Return a chart of the messages per day for each tenant that has them."""
    return [
        (tenant.name, _bars(list(zip(day_labels(period), tenant.messages_per_day, strict=True))))
        for tenant in tenants
        if tenant.messages_per_day
    ]


def month_charts(
    report: CensusReport, tenants: Sequence[TenantResult]
) -> Sequence[tuple[str, Sequence[tuple[str, Sequence[Bar]]]]]:
    """Return a chart of each trend for each tenant with at least two months."""
    charts = []
    months_by_tenant = report.monthly_totals()
    for tenant in tenants:
        months = months_by_tenant.get(tenant.name, ())
        if sum(month.totals is not None for month in months) > 1:
            trends = [
                (label, _bars([(str(month.month), month.total(total)) for month in months]))
                for total, label in TRENDS
            ]
            charts.append((tenant.name, trends))
    return charts


def _bars(figures: Sequence[tuple[str, int | None]]) -> Sequence[Bar]:
    highest = max([1, *(count for _, count in figures if count is not None)])
    return [
        Bar(label, format_count(count), None if count is None else count / highest)
        for label, count in figures
    ]
