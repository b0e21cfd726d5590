"""The formats of a report."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from iflow_census.errors import ConfigurationError
from iflow_census.report.census_report import CensusReport
from iflow_census.report.connections import (
    count_connections,
    stream_connections_csv,
    stream_connections_jsonl,
)
from iflow_census.report.legacy import designtime_rows, stream_classic_csv, stream_classic_json
from iflow_census.report.tables import stream_csv, stream_json, stream_jsonl
from iflow_census.scan.period import Month, Period
from iflow_census.store.report_writer import Document

JSON_TYPE = "application/json"
JSONL_TYPE = "application/x-ndjson"
GZIP_TYPE = "application/gzip"
HTML_TYPE = "text/html; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Format:
    """A format of the report.

    Attributes:
        name: as in an event or on the command line.
        file: the file name; with {tenant} there is a file for each tenant that was scanned.
        render: returns the content of the file in parts, so that it is never in memory as a whole.
        rows: returns the number of its rows.
    """

    name: str
    file: str
    content_type: str
    render: Callable[[CensusReport], Iterable[bytes]]
    rows: Callable[[CensusReport], int] = lambda report: report.row_count


def _render_html(report: CensusReport) -> Iterable[bytes]:
    from iflow_census.report.html import stream_html  # noqa: PLC0415 - not when the Lambda starts

    return stream_html(report)


def _render_xlsx(report: CensusReport) -> Iterable[bytes]:
    from iflow_census.report.xlsx import stream_xlsx  # noqa: PLC0415 - not when the Lambda starts

    return stream_xlsx(report)


def _count_designtime(report: CensusReport) -> int:
    return sum(1 for _ in designtime_rows(report))


_ALL = (
    Format("csv", "report.csv", CSV_TYPE, stream_csv),
    Format("json", "report.json", JSON_TYPE, stream_json),
    Format("jsonl", "report.jsonl", JSONL_TYPE, stream_jsonl),
    Format("html", "report.html", HTML_TYPE, _render_html),
    Format("xlsx", "report.xlsx", XLSX_TYPE, _render_xlsx),
    Format(
        "connections-csv", "connections.csv", CSV_TYPE, stream_connections_csv, count_connections
    ),
    Format(
        "connections-jsonl",
        "connections.jsonl",
        JSONL_TYPE,
        stream_connections_jsonl,
        count_connections,
    ),
    Format("classic-csv", "classic-{tenant}.csv", CSV_TYPE, stream_classic_csv, _count_designtime),
    Format(
        "classic-json", "classic-{tenant}.json", JSON_TYPE, stream_classic_json, _count_designtime
    ),
)
FORMATS: Mapping[str, Format] = {report_format.name: report_format for report_format in _ALL}


LEGACY_FORMATS = ("classic-csv", "classic-json")
"""The formats of the original script, which only knows months."""


def formats_of(period: Period, names: Sequence[str]) -> Sequence[str]:
    """Return those of the formats that are written for a period; at least one."""
    if isinstance(period, Month):
        return names
    return [name for name in names if name not in LEGACY_FORMATS] or ["json"]


def check_formats(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names without repetitions.

    Raises:
        ConfigurationError: one is not the name of a format.
    """
    for name in names:
        if name not in FORMATS:
            raise ConfigurationError(f"unknown format {name!r}; choose from {', '.join(FORMATS)}")
    return tuple(dict.fromkeys(names))


def render_documents(report: CensusReport, formats: Sequence[str]) -> Iterator[Document]:
    """Render the report in each of the formats, one file at a time to save memory."""
    for name in formats:
        report_format = FORMATS[name]
        for file, content in _files(report, report_format):
            yield Document(
                name,
                file,
                report_format.content_type,
                report_format.render(content),
                report_format.rows(content),
            )


def _files(report: CensusReport, report_format: Format) -> Iterator[tuple[str, CensusReport]]:
    """Each file of a format, with the report of what is in it."""
    if "{tenant}" not in report_format.file:
        yield report_format.file, report
        return
    for tenant in report.tenants:
        if tenant.scanned:
            file = report_format.file.format(tenant=tenant.name)
            yield file, replace(report, tenants=[tenant])
