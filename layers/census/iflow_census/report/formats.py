"""The formats that a report can be written in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from iflow_census.errors import ConfigurationError
from iflow_census.report.census_report import CensusReport
from iflow_census.report.jsonl import report_jsonl
from iflow_census.report.legacy import classic_csv, classic_json, designed
from iflow_census.report.tables import report_csv, report_json
from iflow_census.scan.results import IflowRow

JSON_TYPE = "application/json"
JSONL_TYPE = "application/x-ndjson"
HTML_TYPE = "text/html; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a report down.

    Attributes:
        name: as in an event or on the command line.
        file: the name of the file.
        content_type: its media type.
        render: makes its content.
        rows: the iFlows in it.
    """

    name: str
    file: str
    content_type: str
    render: Callable[[CensusReport], bytes]
    rows: Callable[[CensusReport], Sequence[IflowRow]] = lambda report: report.rows


@dataclass(frozen=True, slots=True)
class Document:
    """A finished file of a report; `rows` are the iFlows in it."""

    format: str
    file: str
    content_type: str
    body: bytes
    rows: int


def _html(report: CensusReport) -> bytes:
    from iflow_census.report.html import report_html  # noqa: PLC0415 - not at the Lambda's start

    return report_html(report)


def _xlsx(report: CensusReport) -> bytes:
    from iflow_census.report.xlsx import report_xlsx  # noqa: PLC0415 - not at the Lambda's start

    return report_xlsx(report)


FORMATS: Mapping[str, Format] = {
    one.name: one
    for one in (
        Format("csv", "report.csv", CSV_TYPE, report_csv),
        Format("json", "report.json", JSON_TYPE, report_json),
        Format("jsonl", "report.jsonl", JSONL_TYPE, report_jsonl),
        Format("html", "report.html", HTML_TYPE, _html),
        Format("xlsx", "report.xlsx", XLSX_TYPE, _xlsx),
        Format("classic-csv", "classic.csv", CSV_TYPE, classic_csv, designed),
        Format("classic-json", "classic.json", JSON_TYPE, classic_json, designed),
    )
}


def known_formats(names: Sequence[str]) -> tuple[str, ...]:
    """The same names, each once. Raises `ConfigurationError` for one that is no format."""
    for name in names:
        if name not in FORMATS:
            raise ConfigurationError(f"format {name!r} is unknown: choose of {', '.join(FORMATS)}")
    return tuple(dict.fromkeys(names))


def documents(report: CensusReport, formats: Sequence[str]) -> Iterator[Document]:
    """The report in each of the formats, made one after the other as they are asked for."""
    return (
        Document(one.name, one.file, one.content_type, one.render(report), len(one.rows(report)))
        for one in (FORMATS[name] for name in formats)
    )
