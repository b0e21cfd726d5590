"""Whole documents; the product only streams them."""

from iflow_census.report.census_report import CensusReport
from iflow_census.report.tables import stream_csv, stream_json, stream_jsonl


def render_csv(report: CensusReport) -> bytes:
    return b"".join(stream_csv(report))


def render_json(report: CensusReport) -> bytes:
    return b"".join(stream_json(report))


def render_jsonl(report: CensusReport) -> bytes:
    return b"".join(stream_jsonl(report))
