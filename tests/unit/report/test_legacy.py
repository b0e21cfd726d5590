"""The formats of the original script, byte for byte."""

import json
from dataclasses import replace

import pytest

from iflow_census.report.census_report import CensusReport
from iflow_census.report.legacy import stream_classic_csv, stream_classic_json
from iflow_census.scan.edit_status import EditStatus
from tests.unit.report.examples import BARE, DESIGNED, FAILED, ORPHAN, report, report_of


def render_classic_csv(census: CensusReport) -> bytes:
    return b"".join(stream_classic_csv(census))


def render_classic_json(census: CensusReport) -> bytes:
    return b"".join(stream_classic_json(census))


HEADER = (
    "Integration package ID;Integration package vendor;Iflow ID;IFlow Name;Status;Deployed;"
    "Messagecount (last month)\n"
)
UNTOUCHED = replace(
    DESIGNED, iflow_id="Quiet", edit_status=EditStatus.NOT_EDITED, deployed=False, messages=0
)


def test_classic_csv_is_the_output_of_the_script() -> None:
    body = render_classic_csv(report_of(DESIGNED, UNTOUCHED))

    assert body.decode() == (
        HEADER + "Pkg;SAP;Flow;A flow;EDITED;YES;7\n" + "Pkg;SAP;Quiet;A flow;NOT EDITED;NO;0\n"
    )


def test_classic_json_is_the_output_of_the_script() -> None:
    body = render_classic_json(report_of(DESIGNED, UNTOUCHED))

    assert json.loads(body) == [
        {
            "IntegrationPackageId": "Pkg",
            "IntegrationPackageVendor": "SAP",
            "IflowId": "Flow",
            "IflowName": "A flow",
            "Status": "EDITED",
            "Deployed": "YES",
            "MessageCount": "7",
        },
        {
            "IntegrationPackageId": "Pkg",
            "IntegrationPackageVendor": "SAP",
            "IflowId": "Quiet",
            "IflowName": "A flow",
            "Status": "NOT EDITED",
            "Deployed": "NO",
            "MessageCount": "0",
        },
    ]


def test_classic_json_keeps_the_order_of_its_keys() -> None:
    (first,) = json.loads(render_classic_json(report_of(DESIGNED)))

    assert list(first) == [
        "IntegrationPackageId",
        "IntegrationPackageVendor",
        "IflowId",
        "IflowName",
        "Status",
        "Deployed",
        "MessageCount",
    ]


def test_unknown_values_are_empty() -> None:
    body = render_classic_csv(report_of(BARE, replace(BARE, deployed=None)))

    assert body.decode() == HEADER + "Pkg;;Bare;;UNKNOWN;NO;\nPkg;;Bare;;UNKNOWN;;\n"


def test_orphans_are_left_out() -> None:
    census = report_of(DESIGNED, ORPHAN)

    assert b"Orphan" not in render_classic_csv(census)
    assert [row["IflowId"] for row in json.loads(render_classic_json(census))] == ["Flow"]


def test_report_without_iflows_has_a_header_or_an_empty_list() -> None:
    assert render_classic_csv(report(FAILED)).decode() == HEADER
    assert json.loads(render_classic_json(report(FAILED))) == []


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("a;b", '"a;b"'),
        ("a,b", "a,b"),
        ('a "b"', '"a ""b"""'),
        ("a\nb", '"a\nb"'),
        ("=1+1", "'=1+1"),
        ("Größe 🚀", "Größe 🚀"),
    ],
)
def test_unusual_names_are_escaped(name: str, cell: str) -> None:
    body = render_classic_csv(report_of(replace(DESIGNED, iflow_name=name)))

    assert body.decode() == HEADER + f"Pkg;SAP;Flow;{cell};EDITED;YES;7\n"


def test_classic_csv_has_no_byte_order_mark() -> None:
    assert render_classic_csv(report_of(DESIGNED)).startswith(b"Integration package ID;")
