"""The report object, which all documents are rendered from."""

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any

from iflow_census.report.changes import Changes, Thresholds
from iflow_census.report.columns import COLUMN_NAMES
from iflow_census.report.comparison import Comparison, compare_with_earlier
from iflow_census.report.cross_tenant import CrossTenant, compare_tenants
from iflow_census.report.earlier import EarlierReport
from iflow_census.report.findings import (
    BlockedUpdates,
    EditedSapContent,
    Unused,
    find_blocked_updates,
    find_edited_sap_content,
)
from iflow_census.report.trend import MonthFigures
from iflow_census.report.verdict import Verdict, find_verdict
from iflow_census.report.worklist import MAX_ENTRIES, MAX_ITEMS, Worklist, make_worklist
from iflow_census.scan.anatomy.connection import Connection
from iflow_census.scan.period import Month, Period, iso_utc
from iflow_census.scan.results import Coverage, IflowRow, TenantResult, TenantStatus
from iflow_census.scan.systems import Flow, Part
from iflow_census.store.row_spool import RowSpool

SCHEMA = "iflow-census/report/v1"


@dataclass(frozen=True)
class CensusReport:
    """The census of all tenants in a period.

    Attributes:
        started_at: when the run started.
        finished_at: when the last tenant was scanned.
        tenants: the results, in the order of their names; without rows if `spool` has these.
        earlier: the reports of earlier months, newest first.
        warnings: which earlier reports could not be used, for readers of this one.
        thresholds: when a message count counts as changed.
        spool: has the rows and connections of the tenants; None if the tenants have them.
        flows: the number of iFlows between two systems.
        unmatched: the names that no rule in systems.csv applies to, with the number of iFlows, most
            frequent first; empty without rules.
    """

    period: Period
    run_id: str
    started_at: datetime
    finished_at: datetime
    version: str
    tenants: Sequence[TenantResult]
    earlier: Sequence[EarlierReport] = ()
    warnings: Sequence[str] = ()
    thresholds: Thresholds = field(default_factory=Thresholds)
    spool: RowSpool | None = None
    flows: Mapping[Flow, int] = field(default_factory=dict)
    unmatched: Mapping[tuple[Part, str], int] = field(default_factory=dict)

    @property
    def status(self) -> TenantStatus:
        """Complete if every tenant is, otherwise partial."""
        if all(tenant.status is TenantStatus.COMPLETE for tenant in self.tenants):
            return TenantStatus.COMPLETE
        return TenantStatus.PARTIAL

    @property
    def coverage_complete(self) -> bool:
        """Whether the counts of every tenant cover the whole period."""
        return all(tenant.is_counted_completely for tenant in self.tenants)

    def tenants_with_rows(self) -> Iterator[TenantResult]:
        """Yield the tenants with their rows, one by one: those of all may not fit into memory."""
        for tenant in self.tenants:
            rows = tenant.iflows if self.spool is None else self.spool.read(tenant.name)
            yield replace(tenant, iflows=rows)

    @property
    def rows(self) -> Iterator[IflowRow]:
        """The iFlows of all tenants, tenant by tenant; read anew each time."""
        return (row for tenant in self.tenants_with_rows() for row in tenant.iflows)

    @property
    def connections(self) -> Iterator[Connection]:
        """The connections of all tenants, tenant by tenant; none where models are off."""
        for tenant in self.tenants:
            yield from self.connections_of(tenant)

    def connections_of(self, tenant: TenantResult) -> Sequence[Connection]:
        """Return the connections of a tenant."""
        if self.spool is None:
            return tenant.connections
        return self.spool.read_connections(tenant.name)

    @property
    def production_first(self) -> Sequence[TenantResult]:
        """The tenants in the order of lists for people: production first, then by name."""
        return sorted(self.tenants, key=lambda tenant: tenant.profile.priority)

    @property
    def priorities(self) -> Mapping[str, int]:
        """The place of each tenant in lists that are cut: production first."""
        return {tenant.name: tenant.profile.priority for tenant in self.tenants}

    @cached_property
    def row_count(self) -> int:
        """The number of iFlows."""
        return sum(1 for _ in self.rows)

    def verdict(self) -> Verdict:
        """Return how many iFlows are used, and whether that can be trusted."""
        return find_verdict(self.tenants_with_rows())

    def changes(self) -> Changes:
        """Return what changed since the newest complete report of an earlier month."""
        return self._comparison.changes

    def unused(self) -> Unused:
        """Return the deployed iFlows that nobody uses."""
        return self._comparison.unused

    def monthly_totals(self) -> Mapping[str, Sequence[MonthFigures]]:
        """Return the last twelve months of each tenant, oldest first; none of a window."""
        return self._comparison.monthly_totals

    def monthly_messages(self) -> Mapping[str, Sequence["array[int]"]]:
        """Return the messages of each tenant's iFlows in earlier months; none of a window."""
        return self._comparison.monthly_messages

    def all_warnings(self) -> Sequence[str]:
        """Return which earlier reports, and which parts of them, could not be used."""
        return [*self.warnings, *self._comparison.warnings]

    def cross_tenant(self) -> CrossTenant:
        """Return the iFlows that exist in several tenants, compared."""
        return self._cross_tenant

    def edited_sap_content(self) -> EditedSapContent:
        """Return SAP's own content that was edited and used."""
        return self._edited_sap_content

    def blocked_updates(self) -> BlockedUpdates:
        """Return the edited iFlows that updates of their packages leave out."""
        return self._blocked_updates

    def worklist(
        self, max_items: int | None = MAX_ITEMS, max_entries: int | None = MAX_ENTRIES
    ) -> Worklist:
        """Return what to do next; without limits, all items and entries."""
        if (max_items, max_entries) == (MAX_ITEMS, MAX_ENTRIES):
            return self._worklist
        return self._make_worklist(max_items, max_entries)

    # Each of them reads all rows, and several documents show it.

    @cached_property
    def _comparison(self) -> Comparison:
        return compare_with_earlier(
            self.period, self.tenants_with_rows(), self.earlier, self.thresholds
        )

    @cached_property
    def _cross_tenant(self) -> CrossTenant:
        return compare_tenants(self.tenants_with_rows())

    @cached_property
    def _edited_sap_content(self) -> EditedSapContent:
        return find_edited_sap_content(self.tenants_with_rows())

    @cached_property
    def _blocked_updates(self) -> BlockedUpdates:
        return find_blocked_updates(self.tenants_with_rows())

    @cached_property
    def _worklist(self) -> Worklist:
        return self._make_worklist(MAX_ITEMS, MAX_ENTRIES)

    def _make_worklist(self, max_items: int | None, max_entries: int | None) -> Worklist:
        return make_worklist(
            self.tenants_with_rows(),
            self.changes(),
            self.unused(),
            self.blocked_updates(),
            max_items=max_items,
            max_entries=max_entries,
        )


def records_of(
    rows: Iterable[IflowRow], columns: Sequence[str] = COLUMN_NAMES
) -> Iterator[dict[str, Any]]:
    """Return columns of rows one by one, because there may be hundreds of thousands."""
    values_of = attrgetter(*columns)
    return (dict(zip(columns, values_of(row), strict=True)) for row in rows)


_JSON_TYPES = (str, int, bool, float)


def to_json(value: object) -> Any:
    """Convert a value, and all values in it, to JSON types."""
    if value is None or type(value) in _JSON_TYPES:
        return value
    if isinstance(value, list | tuple):
        return [to_json(entry) for entry in value]
    if isinstance(value, dict):
        return {name: to_json(entry) for name, entry in value.items()}
    if isinstance(value, datetime) or is_dataclass(value):
        return to_json(_json_type(value))
    return value


def _json_type(value: object) -> Any:
    """Convert a value for the encoders, which call this again for what is in it."""
    if isinstance(value, datetime):
        return iso_utc(value)
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} is not written to a report")


encode_json = json.JSONEncoder(ensure_ascii=False, default=_json_type).encode
"""Render a value, with dataclasses and times in it. Faster than `to_json`: the encoder is in C."""

encode_ascii = json.JSONEncoder(default=_json_type).encode
"""The same with only ASCII characters."""


def head_to_json(report: CensusReport) -> Mapping[str, Any]:
    """Convert what comes before the rows in report.json (docs/report-v1.schema.json)."""
    return {
        "schema": SCHEMA,
        "period": {
            "name": str(report.period),
            "month": str(report.period) if isinstance(report.period, Month) else None,
            "from": iso_utc(report.period.start),
            "to": iso_utc(report.period.end),
        },
        "run": {
            "id": report.run_id,
            "status": report.status,
            "started_at": iso_utc(report.started_at),
            "finished_at": iso_utc(report.finished_at),
            "version": report.version,
        },
        "warnings": list(report.all_warnings()),
        "tenants": [_tenant_to_json(tenant) for tenant in report.tenants],
    }


def findings_of(report: CensusReport) -> Mapping[str, object]:
    """Return what comes after the rows in report.json."""
    return {
        "worklist": report.worklist(),
        "changes": report.changes(),
        "landscape": report.cross_tenant(),
        "unused": report.unused(),
        "edited_sap_content": report.edited_sap_content(),
        "blocked_updates": report.blocked_updates(),
    }


def _tenant_to_json(tenant: TenantResult) -> Mapping[str, Any]:
    api = tenant.api
    return {
        "name": tenant.name,
        "status": tenant.status,
        "error": tenant.error,
        "scanned_at": iso_utc(tenant.scanned_at),
        "carried_over": tenant.carried_over,
        "environment": tenant.profile.environment,
        "web_url": tenant.profile.web_url,
        "coverage": _coverage_to_json(tenant.coverage),
        "totals": to_json(tenant.totals),
        "messages_per_day": to_json(tenant.messages_per_day),
        "health": to_json(tenant.health),
        "unreadable": to_json(tenant.unreadable),
        "other_artifacts": to_json(tenant.other_artifacts),
        "locations": [
            {**to_json(location), "coverage": _coverage_to_json(location.coverage)}
            for location in tenant.locations
        ],
        "api": {
            "requests": api.requests,
            "retries": api.retries,
            "throttled": api.throttled,
            "seconds": round(api.seconds, 3),
        },
    }


def _coverage_to_json(coverage: Coverage) -> Mapping[str, Any]:
    return {
        "from": iso_utc(coverage.start),
        "to": iso_utc(coverage.end),
        "complete": coverage.complete,
        "percent": coverage.percent,
        "reason": coverage.reason,
    }
