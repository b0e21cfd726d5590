"""The two formats of the original script, for consumers that read them already.

Source: "Code your own Cloud Integration report", SAP Community, 2023. It knew design-time iFlows
alone, so those that are only deployed are left out here; its message count in JSON was a string.
"""

import json
from collections.abc import Sequence

from iflow_census.report.census_report import CensusReport
from iflow_census.report.tables import delimited
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.results import IflowRow

CSV_HEADER = (
    "Integration package ID",
    "Integration package vendor",
    "Iflow ID",
    "IFlow Name",
    "Status",
    "Deployed",
    "Messagecount (last month)",
)
JSON_KEYS = (
    "IntegrationPackageId",
    "IntegrationPackageVendor",
    "IflowId",
    "IflowName",
    "Status",
    "Deployed",
    "MessageCount",
)

_STATUS = {
    EditStatus.EDITED: "EDITED",
    EditStatus.NOT_EDITED: "NOT EDITED",
    EditStatus.UNKNOWN: "UNKNOWN",
}


def classic_csv(report: CensusReport) -> bytes:
    """classic.csv, with semicolons."""
    return delimited([CSV_HEADER, *map(_values, designed(report))], ";", "\n")


def classic_json(report: CensusReport) -> bytes:
    """classic.json, a list of objects of strings."""
    return json.dumps(
        [dict(zip(JSON_KEYS, _values(row), strict=True)) for row in designed(report)]
    ).encode()


def designed(report: CensusReport) -> Sequence[IflowRow]:
    """The rows that both formats have: those of design-time iFlows."""
    return [row for row in report.rows if not row.orphan]


def _values(row: IflowRow) -> tuple[str, ...]:
    return (
        row.package_id or "",
        row.package_vendor or "",
        row.iflow_id,
        row.iflow_name or "",
        _STATUS[row.edit_status],
        "YES" if row.deployed else "NO",
        "" if row.messages is None else str(row.messages),
    )
