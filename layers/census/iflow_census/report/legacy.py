"""The two formats of the original script, for programs that read them.

The script read one tenant, so each file is of one tenant. docs/consumers.md lists what differs.
Source: "Code your own Cloud Integration report", SAP Community, 2023. The script only read
design-time iFlows, so orphans are left out here; in its JSON the message count is a string.
"""

import json
from collections.abc import Iterator
from itertools import chain

from iflow_census.report.census_report import CensusReport
from iflow_census.report.tables import stream_delimited
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


def stream_classic_csv(report: CensusReport) -> Iterator[bytes]:
    """Render classic-<tenant>.csv, separated by semicolons, row by row."""
    rows = map(_cells, designtime_rows(report))
    return stream_delimited(chain([CSV_HEADER], rows), ";", "\n")


def stream_classic_json(report: CensusReport) -> Iterator[bytes]:
    """Render classic-<tenant>.json, a list of objects with string values, row by row."""
    separator = "["
    for row in designtime_rows(report):
        yield (separator + json.dumps(dict(zip(JSON_KEYS, _cells(row), strict=True)))).encode()
        separator = ", "
    yield b"[]" if separator == "[" else b"]"


def designtime_rows(report: CensusReport) -> Iterator[IflowRow]:
    """Return the rows of design-time iFlows, which both formats contain."""
    return (row for row in report.rows if not row.orphan)


def _cells(row: IflowRow) -> tuple[str, ...]:
    return (
        row.package_id or "",
        row.package_vendor or "",
        row.iflow_id,
        row.iflow_name or "",
        _STATUS[row.edit_status],
        {True: "YES", False: "NO", None: ""}[row.deployed],
        "" if row.messages is None else str(row.messages),
    )
