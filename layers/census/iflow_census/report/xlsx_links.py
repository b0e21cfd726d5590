"""The first columns of the sheets about iFlows: the name, with a link to the design in SAP."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from iflow_census.report.census_report import CensusReport
from iflow_census.report.columns import COLUMN_LABELS
from iflow_census.report.workbook import SheetColumn
from iflow_census.scan.web_ui import design_page


def with_name_first(
    columns: Sequence[SheetColumn[Any]], report: CensusReport, next_headers: Sequence[str] = ()
) -> Sequence[SheetColumn[Any]]:
    """Put the name of the iFlow first, where it stays visible, with a link to its design.

    Args:
        columns: the columns of the sheet, with that name.
        report: the report, whose tenants may have a web UI.
        next_headers: the headers of the columns that follow.
    """
    web_urls = {tenant.name: tenant.profile.web_url for tenant in report.tenants}

    def link(item: Any) -> str | None:
        return design_page(web_urls.get(item.tenant), item.package_id, item.iflow_id)

    by_header = {column.header: column for column in columns}
    name = by_header.pop(COLUMN_LABELS["iflow_name"])
    followers = [by_header.pop(header) for header in next_headers]
    return [replace(name, link=link), *followers, *by_header.values()]
