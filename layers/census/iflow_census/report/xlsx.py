"""report.xlsx: the report as a workbook, written row by row to save memory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from tempfile import TemporaryFile
from typing import IO

from iflow_census.report import connections, xlsx_worklist
from iflow_census.report.census_report import CensusReport
from iflow_census.report.changes import Change
from iflow_census.report.chart_data import PackageFigures, failed_share, sum_packages
from iflow_census.report.columns import COLUMN_LABELS
from iflow_census.report.cross_tenant import CrossTenant, InTenant
from iflow_census.report.findings import BlockedUpdate, EditedSapIflow, UnusedIflow
from iflow_census.report.labels import CHANGE_LABELS
from iflow_census.report.relevance import (
    MAX_COMPARED,
    describe_omitted,
    relevant_rows,
    select_rows,
)
from iflow_census.report.workbook import Book, Cell, SheetColumn
from iflow_census.report.xlsx_health import HEALTH_COLUMNS, health_lines
from iflow_census.report.xlsx_iflows import PRINTED, iflow_columns
from iflow_census.report.xlsx_links import with_name_first
from iflow_census.report.xlsx_summary import write_summary
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.results import TenantResult, TenantStatus

_PART_BYTES = 2**20


def render_xlsx(report: CensusReport) -> bytes:
    """Render report.xlsx; see `stream_xlsx`."""
    return b"".join(stream_xlsx(report))


def stream_xlsx(report: CensusReport) -> Iterator[bytes]:
    """Render report.xlsx. The same report gives the same bytes."""
    with TemporaryFile() as file:
        _write_workbook(file, report)
        file.seek(0)
        while part := file.read(_PART_BYTES):
            yield part


def _write_workbook(file: IO[bytes], report: CensusReport) -> None:
    from xlsxwriter import Workbook  # noqa: PLC0415 - not needed when the Lambda starts

    workbook = Workbook(file, {"constant_memory": True})
    workbook.set_properties(
        {
            "title": f"iFlow census {report.period.label}",
            "comments": f"Run {report.run_id}, iflow-census {report.version}",
            "created": report.finished_at.astimezone(UTC).replace(tzinfo=None),
        }
    )
    book = Book(workbook)
    write_summary(book, report)
    changes, sap_content = report.changes(), report.edited_sap_content()
    unused = report.unused()
    blocked = report.blocked_updates()
    cross_tenant = report.cross_tenant()
    book.add_table(
        "To do",
        xlsx_worklist.WORKLIST_COLUMNS,
        xlsx_worklist.worklist_lines(report),
        frozen_columns=1,
        printed_columns=xlsx_worklist.PRINTED,
    )
    selected = relevant_rows(report)
    omitted = describe_omitted(report, selected)
    book.add_table(
        "iFlows",
        iflow_columns(report),
        select_rows(report, selected),
        frozen_columns=1,
        printed_columns=len(PRINTED),
        footnotes=[omitted] if omitted else [],
    )
    book.add_table("Packages", _PACKAGE_COLUMNS, sum_packages(report), frozen_columns=2)
    book.add_table(
        "Changes",
        with_name_first(_CHANGE_COLUMNS, report),
        changes.iflows,
        frozen_columns=1,
        footnotes=[
            *([changes.note] if changes.note else []),
            *([unused.note] if changes.has_newly_unused else []),
        ],
    )
    book.add_table("Tenants", _TENANT_COLUMNS, report.tenants, frozen_columns=1, printed_columns=14)
    book.add_table(
        "Unused",
        with_name_first(_UNUSED_COLUMNS, report),
        unused.iflows,
        frozen_columns=1,
        printed_columns=11,
        footnotes=[unused.note],
    )
    book.add_table(
        "Across tenants",
        _cross_tenant_columns(cross_tenant.tenants),
        _cross_tenant_lines(cross_tenant),
        frozen_columns=1,
        footnotes=[cross_tenant.note] if cross_tenant.note else [],
    )
    book.add_table(
        "Edited SAP content",
        with_name_first(_SAP_COLUMNS, report),
        sap_content.iflows,
        frozen_columns=1,
        footnotes=[sap_content.note, f"Source: {sap_content.source}."],
    )
    book.add_table(
        "Blocked updates",
        with_name_first(_BLOCKED_COLUMNS, report),
        blocked.iflows,
        frozen_columns=1,
        footnotes=[blocked.note, f"Source: {blocked.source}."],
    )
    if any(True for _ in report.connections):
        book.add_table(
            "Connections",
            with_name_first(connections.CONNECTION_COLUMNS, report, connections.PRINTED),
            report.connections,
            frozen_columns=1,
            printed_columns=1 + len(connections.PRINTED),
            footnotes=connections.omitted_connections(report),
        )
    book.add_table("Health", HEALTH_COLUMNS, health_lines(report), frozen_columns=1)
    workbook.close()


_PACKAGE_COLUMNS: Sequence[SheetColumn[PackageFigures]] = (
    SheetColumn("Tenant", lambda package: package.tenant),
    SheetColumn(
        "Package",
        lambda package: package.package_name if package.package_id is not None else "(no package)",
        38,
    ),
    SheetColumn("Package id", lambda package: package.package_id, 30),
    SheetColumn("Vendor", lambda package: package.package_vendor),
    SheetColumn("Version", lambda package: package.package_version),
    SheetColumn("Mode", lambda package: package.package_mode),
    SheetColumn("iFlows", lambda package: package.iflows, 12, "number"),
    SheetColumn("Deployed", lambda package: package.deployed, 12, "number"),
    SheetColumn("Edited", lambda package: package.edited, 12, "number"),
    SheetColumn("Used", lambda package: package.used, 12, "number"),
    SheetColumn("Unused", lambda package: package.unused, 12, "number"),
    SheetColumn("Not deployed", lambda package: package.not_deployed, 14, "number"),
    SheetColumn("Usage unknown", lambda package: package.unknown, 14, "number"),
    SheetColumn("Messages", lambda package: package.messages, 14, "number"),
    SheetColumn("Failed", lambda package: package.messages_failed, 14, "number"),
    SheetColumn(
        "Failed share",
        lambda package: failed_share(package.messages, package.messages_failed),
        12,
        "share",
    ),
)


def _lines(values: Sequence[str] | None) -> str | None:
    return None if values is None else "\n".join(values)


def _change_style(change: Change) -> str:
    return {"messages": "number", "modified_at": "timestamp"}.get(change.column, "text")


_CHANGE_COLUMNS: Sequence[SheetColumn[Change]] = (
    SheetColumn("Change", lambda change: CHANGE_LABELS[change.kind]),
    SheetColumn("Tenant", lambda change: change.tenant),
    SheetColumn("Package", lambda change: change.package_name, 30),
    SheetColumn("iFlow", lambda change: change.iflow_name, 38),
    SheetColumn("iFlow id", lambda change: change.iflow_id, 38),
    SheetColumn("Column", lambda change: COLUMN_LABELS[change.column]),
    SheetColumn("Before", lambda change: change.before, 20, highlight=_change_style),
    SheetColumn("After", lambda change: change.after, 20, highlight=_change_style),
)


def _warn_if_incomplete(tenant: TenantResult) -> str | None:
    return None if tenant.status is TenantStatus.COMPLETE else "warning"


def _total_column(header: str, name: str, width: int = 13) -> SheetColumn[TenantResult]:
    def value(tenant: TenantResult) -> int | None:
        total: int | None = getattr(tenant.totals, name)
        return total if tenant.scanned else None

    return SheetColumn(header, value, width, "number")


_TENANT_COLUMNS: Sequence[SheetColumn[TenantResult]] = (
    SheetColumn("Tenant", lambda tenant: tenant.name),
    SheetColumn("Status", lambda tenant: tenant.status, 12, highlight=_warn_if_incomplete),
    SheetColumn("Scanned at", lambda tenant: tenant.scanned_at, 20, "timestamp"),
    SheetColumn("Fully covered", lambda tenant: tenant.coverage.complete, 13),
    _total_column("Packages", "packages"),
    _total_column("iFlows", "iflows"),
    _total_column("Deployed", "deployed"),
    _total_column("Edited", "edited"),
    _total_column("Unused", "unused"),
    _total_column("Orphans", "orphans"),
    _total_column("Messages", "messages"),
    _total_column("Failed", "messages_failed"),
    _total_column("Unattributed", "messages_unattributed"),
    _total_column("At level ERROR", "at_level_error", 17),
    SheetColumn("Error", lambda tenant: tenant.error, 50, highlight=_warn_if_incomplete),
    SheetColumn("Counted from", lambda tenant: tenant.coverage.start, 20, "timestamp"),
    SheetColumn("Counted to", lambda tenant: tenant.coverage.end, 20, "timestamp"),
    SheetColumn("Reason", lambda tenant: tenant.coverage.reason, 50),
    SheetColumn("Requests", lambda tenant: tenant.api.requests, 13, "number"),
    SheetColumn("Retries", lambda tenant: tenant.api.retries, 13, "number"),
    SheetColumn("Throttled", lambda tenant: tenant.api.throttled, 13, "number"),
    SheetColumn("Seconds", lambda tenant: tenant.api.seconds, 12, "number"),
)


_UNUSED_COLUMNS: Sequence[SheetColumn[UnusedIflow]] = (
    SheetColumn("Tenant", lambda iflow: iflow.tenant),
    SheetColumn("Package", lambda iflow: iflow.package_name, 30),
    SheetColumn("iFlow", lambda iflow: iflow.iflow_name, 38),
    SheetColumn("Unused since", lambda iflow: iflow.unused_since, 14),
    SheetColumn("Or earlier", lambda iflow: not iflow.since_is_known, 12),
    SheetColumn("Months", lambda iflow: iflow.unused_months, 10, "number"),
    SheetColumn("Last used", lambda iflow: iflow.last_used, 12),
    SheetColumn("Last deployed", lambda iflow: iflow.deployed_at, 20, "timestamp"),
    SheetColumn("Decision", lambda iflow: iflow.decision, 12),
    SheetColumn("Owner", lambda iflow: iflow.owner, 24),
    SheetColumn("Due", lambda iflow: iflow.decision_due, 12),
    SheetColumn("iFlow id", lambda iflow: iflow.iflow_id, 38),
    SheetColumn("Deployed by", lambda iflow: iflow.deployed_by, 24),
    SheetColumn("Open endpoints", lambda iflow: _lines(iflow.endpoints), 60),
    SheetColumn("Started by", lambda iflow: _lines(iflow.triggers), 38),
    SheetColumn("Called by", lambda iflow: _lines(iflow.called_by), 38),
    SheetColumn("If it is undeployed", lambda iflow: iflow.undeploy_impact, 60),
)


@dataclass(frozen=True, slots=True)
class _CrossTenantLine:
    """An iFlow with its differences; no tenants if only one tenant has it."""

    iflow_id: str
    iflow_name: str | None
    differences: str
    tenants: Mapping[str, InTenant] = field(default_factory=dict)


def _cross_tenant_lines(cross_tenant: CrossTenant) -> Iterable[_CrossTenantLine]:
    for iflow in cross_tenant.iflows:
        yield _CrossTenantLine(
            iflow.iflow_id,
            iflow.iflow_name,
            ", ".join(iflow.differences),
            {tenant.tenant: tenant for tenant in iflow.tenants},
        )
    for name, ids in cross_tenant.only_in.items():
        for iflow_id in ids:
            yield _CrossTenantLine(iflow_id, None, f"only in {name}")


def _cross_tenant_columns(tenants: Sequence[str]) -> Sequence[SheetColumn[_CrossTenantLine]]:
    columns: list[SheetColumn[_CrossTenantLine]] = [
        SheetColumn("iFlow id", lambda line: line.iflow_id, 38),
        SheetColumn("iFlow", lambda line: line.iflow_name, 38),
        SheetColumn("Differs in", lambda line: line.differences, 24),
    ]
    if len(tenants) > MAX_COMPARED:
        count: SheetColumn[_CrossTenantLine] = SheetColumn(
            "Tenants", lambda line: len(line.tenants) or 1, 12, "number"
        )
        return [*columns, count]
    return [*columns, *(column for tenant in tenants for column in _in_tenant_columns(tenant))]


def _in_tenant_columns(tenant: str) -> Iterable[SheetColumn[_CrossTenantLine]]:
    def version(line: _CrossTenantLine) -> str | None:
        iflow = line.tenants.get(tenant)
        if iflow is None:
            return "(missing)" if line.tenants else None
        return iflow.iflow_version or iflow.runtime_version

    def column_value(line: _CrossTenantLine, name: str) -> Cell:
        value: Cell = getattr(line.tenants.get(tenant), name, None)
        return value

    def highlight(line: _CrossTenantLine) -> str | None:
        edited = column_value(line, "edit_status") == EditStatus.EDITED
        return "edited" if edited else None

    yield SheetColumn(f"{tenant}: version", version)
    yield SheetColumn(f"{tenant}: deployed", lambda line: column_value(line, "deployed"), 12)
    yield SheetColumn(
        f"{tenant}: edited", lambda line: column_value(line, "edit_status"), 14, "text", highlight
    )
    yield SheetColumn(
        f"{tenant}: messages", lambda line: column_value(line, "messages"), 14, "number"
    )


_SAP_COLUMNS: Sequence[SheetColumn[EditedSapIflow]] = (
    SheetColumn("Tenant", lambda iflow: iflow.tenant),
    SheetColumn("Package", lambda iflow: iflow.package_name, 30),
    SheetColumn("Package version", lambda iflow: iflow.package_version),
    SheetColumn("iFlow", lambda iflow: iflow.iflow_name, 38),
    SheetColumn("iFlow id", lambda iflow: iflow.iflow_id, 38),
    SheetColumn("Edit reason", lambda iflow: iflow.edit_reason, 30),
    SheetColumn("Modified", lambda iflow: iflow.modified_at, 20, "timestamp"),
    SheetColumn("Modified by", lambda iflow: iflow.modified_by, 24),
    SheetColumn("Messages", lambda iflow: iflow.messages, 14, "number"),
)


_BLOCKED_COLUMNS: Sequence[SheetColumn[BlockedUpdate]] = (
    SheetColumn("Tenant", lambda iflow: iflow.tenant),
    SheetColumn("Package", lambda iflow: iflow.package_name, 30),
    SheetColumn("Package version", lambda iflow: iflow.package_version),
    SheetColumn("iFlow", lambda iflow: iflow.iflow_name, 38),
    SheetColumn("iFlow id", lambda iflow: iflow.iflow_id, 38),
    SheetColumn("Version", lambda iflow: iflow.iflow_version),
    SheetColumn("Edit reason", lambda iflow: iflow.edit_reason, 30),
    SheetColumn("Modified", lambda iflow: iflow.modified_at, 20, "timestamp"),
    SheetColumn("Modified by", lambda iflow: iflow.modified_by, 24),
    SheetColumn("Messages", lambda iflow: iflow.messages, 14, "number"),
)
