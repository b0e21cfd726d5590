"""The first column of the sheets about iFlows: the name, with a link to the design in SAP."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from iflow_census.report.census_report import CensusReport
from iflow_census.report.columns import COLUMN_LABELS
from iflow_census.report.workbook import SheetColumn
from iflow_census.scan.web_ui import design_page


def with_name_first(
    columns: Sequence[SheetColumn[Any]], report: CensusReport
) -> Sequence[SheetColumn[Any]]:
    """Put the name of the iFlow first, where it stays visible, with a link to its design."""
    web_urls = {tenant.name: tenant.profile.web_url for tenant in report.tenants}

    def link(item: Any) -> str | None:
        return design_page(web_urls.get(item.tenant), item.package_id, item.iflow_id)

    name = next(column for column in columns if column.header == COLUMN_LABELS["iflow_name"])
    return [replace(name, link=link), *(column for column in columns if column is not name)]
