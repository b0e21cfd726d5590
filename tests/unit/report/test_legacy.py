"""The formats of the original script, to the letter."""

import json
from dataclasses import replace

import pytest

from iflow_census.report.legacy import render_classic_csv, render_classic_json
from iflow_census.scan.edit_status import EditStatus
from tests.unit.report.examples import BARE, DESIGNED, FAILED, ORPHAN, report, report_of

HEADER = (
    "Integration package ID;Integration package vendor;Iflow ID;IFlow Name;Status;Deployed;"
    "Messagecount (last month)\n"
)
UNTOUCHED = replace(
    DESIGNED, iflow_id="Quiet", edit_status=EditStatus.NOT_EDITED, deployed=False, messages=0
)


def test_classic_csv_is_what_the_script_wrote() -> None:
    body = render_classic_csv(report_of(DESIGNED, UNTOUCHED))

    assert body.decode() == (
        HEADER + "Pkg;SAP;Flow;A flow;EDITED;YES;7\n" + "Pkg;SAP;Quiet;A flow;NOT EDITED;NO;0\n"
    )


def test_classic_json_is_what_the_script_wrote() -> None:
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


def test_the_keys_of_classic_json_stand_in_their_old_order() -> None:
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


def test_what_is_not_known_is_empty() -> None:
    body = render_classic_csv(report_of(BARE))

    assert body.decode() == HEADER + "Pkg;;Bare;;UNKNOWN;NO;\n"


def test_iflows_without_a_design_were_not_known_to_the_script() -> None:
    both = report_of(DESIGNED, ORPHAN)

    assert b"Orphan" not in render_classic_csv(both)
    assert [one["IflowId"] for one in json.loads(render_classic_json(both))] == ["Flow"]


def test_without_iflows_there_is_a_header_and_an_empty_list() -> None:
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
def test_odd_names_break_no_line(name: str, cell: str) -> None:
    body = render_classic_csv(report_of(replace(DESIGNED, iflow_name=name)))

    assert body.decode() == HEADER + f"Pkg;SAP;Flow;{cell};EDITED;YES;7\n"


def test_classic_csv_has_no_byte_order_mark() -> None:
    assert render_classic_csv(report_of(DESIGNED)).startswith(b"Integration package ID;")
