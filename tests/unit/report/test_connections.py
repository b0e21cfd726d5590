"""connections.csv, connections.jsonl and the sheet Connections."""

import csv
import io
import json
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from iflow_census.report.census_report import CensusReport
from iflow_census.report.connections import NAMES, omitted_connections
from iflow_census.report.formats import render_documents
from iflow_census.scan.anatomy.connections import find_connections
from iflow_census.scan.readings import Reading
from iflow_census.store.row_spool import RowSpool
from tests.simulators.cloud_integration.models import ChannelSpec
from tests.unit.report.examples import DESIGNED, report, tenant
from tests.unit.scan.anatomy.models import read

CHANNELS = [
    ChannelSpec("HTTPS", "Sender", {"urlPath": "/in"}, "=1+1"),
    ChannelSpec(
        "HTTP",
        "Receiver",
        {
            "httpAddressWithoutQuery": "https://erp.example.com:8443/api",
            "credentialName": "USER",
            "privateKeyAlias": "KEY",
        },
        "ERP",
    ),
]


@pytest.fixture(scope="module", params=["in memory", "spooled"])
def census(request: pytest.FixtureRequest) -> CensusReport:
    """A report with two connections, and a tenant without models."""
    row = replace(DESIGNED, iflow_id="A")
    prod = replace(
        tenant("prod", [row]), connections=find_connections([row], {"A": Reading(read(CHANNELS))})
    )
    made = report(tenant("dev", [DESIGNED]), prod)
    if request.param == "in memory":
        return made
    spool = RowSpool(max_in_memory=0)
    return replace(made, tenants=[spool.move(each) for each in made.tenants], spool=spool)


def render(census: CensusReport, name: str) -> bytes:
    (document,) = render_documents(census, [name])
    body = b"".join(document.parts)
    assert name == "xlsx" or document.rows == len(CHANNELS)
    return body


def test_csv_has_a_row_per_connection_without_formulas(census: CensusReport) -> None:
    text = render(census, "connections-csv").decode("utf-8-sig")

    sender, receiver = csv.DictReader(io.StringIO(text))
    assert tuple(sender) == NAMES
    assert sender["participant"] == "'=1+1"
    assert (receiver["host"], receiver["port"], receiver["aliases"]) == (
        "erp.example.com",
        "8443",
        "USER KEY",
    )


def test_jsonl_has_an_object_per_connection(census: CensusReport) -> None:
    sender, receiver = map(json.loads, render(census, "connections-jsonl").splitlines())

    assert tuple(sender) == NAMES
    assert (sender["starts"], sender["host"]) == (True, None)
    assert (receiver["aliases"], receiver["cleartext"]) == (["USER", "KEY"], False)


def test_sheet_says_if_not_all_connections_fit(
    census: CensusReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iflow_census.report.connections.MAX_ROWS", len(CHANNELS))
    assert omitted_connections(census) == []
    monkeypatch.setattr("iflow_census.report.connections.MAX_ROWS", 1)

    sheet = load_workbook(io.BytesIO(render(census, "xlsx")))["Connections"]

    assert sheet.cell(sheet.max_row, 1).value == (
        "Not all of the 2 connections fit here; connections.csv has all of them."
    )


def test_workbook_has_a_sheet_only_with_connections(census: CensusReport) -> None:
    sheet = load_workbook(io.BytesIO(render(census, "xlsx")))["Connections"]
    without = load_workbook(io.BytesIO(render(report(tenant("dev", [DESIGNED])), "xlsx")))

    assert sheet.max_row == 1 + len(CHANNELS)
    (participant,) = (cell for cell in sheet[1] if cell.value == "Participant")
    cell = sheet.cell(2, participant.column)
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    (aliases,) = (cell for cell in sheet[1] if cell.value == "Aliases")
    assert sheet.cell(3, aliases.column).value == "USER\nKEY"
    assert "Connections" not in without.sheetnames
