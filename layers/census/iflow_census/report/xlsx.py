"""report.xlsx: the report as a workbook, written row by row so that its size costs no memory."""

from collections.abc import Iterable, Sequence
from datetime import UTC
from io import BytesIO

from iflow_census.report.census_report import CensusReport
from iflow_census.report.chart_data import failed_share, packages
from iflow_census.report.columns import COLUMN_LABELS, columns_of
from iflow_census.report.cross_tenant import Landscape
from iflow_census.report.labels import CHANGE_LABELS
from iflow_census.report.workbook import Book, Cell, Column, Row
from iflow_census.report.xlsx_health import HEALTH_COLUMNS, health_rows
from iflow_census.report.xlsx_summary import write_summary
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.results import IflowRow, TenantResult, Usage
from iflow_census.scan.tenant_api import IN_ERROR

_STYLES = {"count": "number", "moment": "moment"}


def report_xlsx(report: CensusReport) -> bytes:
    """report.xlsx. The same report gives the same bytes."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - kept out of the Lambda's start

    file = BytesIO()
    workbook = Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
            "remove_timezone": False,
        },
    )
    workbook.set_properties(
        {
            "title": f"iFlow census {report.month}",
            "comments": f"Run {report.run_id}, iflow-census {report.version}",
            "created": report.finished_at.astimezone(UTC).replace(tzinfo=None, microsecond=0),
        }
    )
    book = Book(workbook)
    write_summary(book, report)
    book.table("iFlows", _iflow_columns(), _iflow_rows(report), frozen_columns=1)
    book.table("Packages", _PACKAGE_COLUMNS, _package_rows(report), frozen_columns=2)
    book.table("Changes", _CHANGE_COLUMNS, _change_rows(report))
    book.table("Tenants", _TENANT_COLUMNS, map(_tenant_row, report.tenants), frozen_columns=1)
    book.table("Unused", _UNUSED_COLUMNS, _unused_rows(report))
    landscape = report.landscape()
    book.table("Across tenants", _across_columns(landscape), _across_rows(landscape))
    book.table("Edited SAP content", _SAP_COLUMNS, _sap_rows(report))
    book.table("Health", HEALTH_COLUMNS, health_rows(report), frozen_columns=1)
    workbook.close()
    return file.getvalue()


def _iflow_columns() -> Sequence[Column]:
    return [
        Column(column.label, column.width, _STYLES.get(column.type.kind, "text"))
        for column in columns_of("xlsx")
    ]


def _iflow_rows(report: CensusReport) -> Iterable[Row]:
    names = [column.name for column in columns_of("xlsx")]
    places = {name: place for place, name in enumerate(names)}
    for row in report.rows:
        values = (getattr(row, name) for name in names)
        cells = ["\n".join(value) if isinstance(value, tuple) else value for value in values]
        marks = {places[name]: style for name, style in _marks(row) if name in places}
        yield Row(cells, marks)


def _marks(row: IflowRow) -> Iterable[tuple[str, str]]:
    if row.edit_status is EditStatus.EDITED:
        yield "edit_status", "edited"
    if row.usage is Usage.UNUSED:
        yield "usage", "unused"
    if row.messages_failed:
        yield "messages_failed", "failing"
    if row.runtime_status == IN_ERROR:
        yield "runtime_status", "failing"


_PACKAGE_COLUMNS = (
    Column("Tenant"),
    Column("Package", 38),
    Column("Package id", 30),
    Column("Vendor"),
    Column("Version"),
    Column("Mode"),
    *(
        Column(header, 12, "number")
        for header in ("iFlows", "Deployed", "Edited", "Used", "Unused", "Usage not known")
    ),
    Column("Messages", 14, "number"),
    Column("Failed", 14, "number"),
    Column("Failed share", 12, "share"),
)


def _package_rows(report: CensusReport) -> Iterable[Row]:
    for one in packages(report):
        yield Row(
            [
                one.tenant,
                one.package_name if one.package_id is not None else "(no package)",
                one.package_id,
                one.package_vendor,
                one.package_version,
                one.package_mode,
                one.iflows,
                one.deployed,
                one.edited,
                one.used,
                one.unused,
                one.unknown,
                one.messages,
                one.messages_failed,
                failed_share(one.messages, one.messages_failed),
            ]
        )


_CHANGE_COLUMNS = (
    Column("Change"),
    Column("Tenant"),
    Column("Package", 30),
    Column("iFlow", 38),
    Column("iFlow id", 38),
    Column("Column"),
    Column("Before", 20),
    Column("After", 20),
)


def _change_rows(report: CensusReport) -> Iterable[Row]:
    changes = report.changes()
    if changes.note:
        yield Row([changes.note])
    for one in changes.iflows:
        style = {"messages": "number", "modified_at": "moment"}.get(one.column, "text")
        yield Row(
            [
                CHANGE_LABELS[one.kind],
                one.tenant,
                one.package_name,
                one.iflow_name,
                one.iflow_id,
                COLUMN_LABELS[one.column],
                one.before,
                one.after,
            ],
            {6: style, 7: style},
        )


_TENANT_COLUMNS = (
    Column("Tenant"),
    Column("Status", 12),
    Column("Error", 50),
    Column("Scanned at", 20, "moment"),
    Column("Counted from", 20, "moment"),
    Column("Counted to", 20, "moment"),
    Column("Whole month", 12),
    Column("Why not", 50),
    *(
        Column(header, 13, "number")
        for header in (
            "Packages",
            "iFlows",
            "Deployed",
            "Edited",
            "Unused",
            "Orphans",
            "Messages",
            "Failed",
            "Unattributed",
            "Requests",
            "Retries",
            "Throttled",
        )
    ),
    Column("Seconds", 12, "number"),
)


def _tenant_row(tenant: TenantResult) -> Row:
    coverage, totals, api = tenant.coverage, tenant.totals, tenant.api
    known = tenant.scanned_at is not None
    sums = [
        totals.packages,
        totals.iflows,
        totals.deployed,
        totals.edited,
        totals.unused,
        totals.orphans,
        totals.messages,
        totals.messages_failed,
        totals.messages_unattributed,
    ]
    return Row(
        [
            tenant.name,
            str(tenant.status),
            tenant.error,
            tenant.scanned_at,
            coverage.start,
            coverage.end,
            coverage.complete,
            coverage.reason,
            *(sums if known else [None] * len(sums)),
            api.requests,
            api.retries,
            api.throttled,
            api.seconds,
        ],
        {} if tenant.status == "complete" else {1: "warning", 2: "warning"},
    )


_UNUSED_COLUMNS = (
    Column("Tenant"),
    Column("Package", 30),
    Column("iFlow", 38),
    Column("iFlow id", 38),
    Column("Unused since", 14),
    Column("Or earlier", 12),
    Column("Months", 10, "number"),
    Column("Last used", 12),
    Column("Last deployed", 20, "moment"),
    Column("Deployed by", 24),
    Column("Endpoints it keeps open", 60),
)


def _unused_rows(report: CensusReport) -> Iterable[Row]:
    for one in report.unused().iflows:
        yield Row(
            [
                one.tenant,
                one.package_name,
                one.iflow_name,
                one.iflow_id,
                one.unused_since,
                not one.since_is_known,
                one.unused_months,
                one.last_used,
                one.deployed_at,
                one.deployed_by,
                "\n".join(one.endpoints),
            ]
        )


def _across_columns(landscape: Landscape) -> Sequence[Column]:
    columns = [Column("iFlow id", 38), Column("iFlow", 38), Column("Differs in", 24)]
    for tenant in landscape.tenants:
        columns += [
            Column(f"{tenant}: version"),
            Column(f"{tenant}: deployed", 12),
            Column(f"{tenant}: edited", 14),
            Column(f"{tenant}: messages", 14, "number"),
        ]
    return columns


def _across_rows(landscape: Landscape) -> Iterable[Row]:
    if landscape.note:
        yield Row([landscape.note])
    for one in landscape.iflows:
        there = {tenant.tenant: tenant for tenant in one.tenants}
        cells: list[Cell] = [one.iflow_id, one.iflow_name, ", ".join(one.differences)]
        marks = {}
        for name in landscape.tenants:
            found = there.get(name)
            if found is None:
                cells += ["(not there)", None, None, None]
                continue
            if found.edit_status == "EDITED":
                marks[len(cells) + 2] = "edited"
            version = found.iflow_version or found.runtime_version
            cells += [version, found.deployed, str(found.edit_status), found.messages]
        yield Row(cells, marks)
    for name, ids in landscape.only_in.items():
        for iflow_id in ids:
            yield Row([iflow_id, None, f"only in {name}"])


_SAP_COLUMNS = (
    Column("Tenant"),
    Column("Package", 30),
    Column("Package version"),
    Column("iFlow", 38),
    Column("iFlow id", 38),
    Column("Why it counts as edited", 30),
    Column("Modified", 20, "moment"),
    Column("Modified by", 24),
    Column("Messages", 14, "number"),
)


def _sap_rows(report: CensusReport) -> Iterable[Row]:
    found = report.edited_sap_content()
    for one in found.iflows:
        yield Row(
            [
                one.tenant,
                one.package_name,
                one.package_version,
                one.iflow_name,
                one.iflow_id,
                one.edit_reason,
                one.modified_at,
                one.modified_by,
                one.messages,
            ]
        )
    yield Row([])
    yield Row([found.note])
    yield Row([f"Source: {found.source}."])
