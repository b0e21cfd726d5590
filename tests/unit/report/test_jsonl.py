"""JSON lines, and the table in Athena."""

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.report.columns import COLUMN_NAMES
from iflow_census.report.jsonl import (
    render_jsonl,
    render_table,
    table_key,
)
from tests.unit.report.examples import (
    BARE,
    DESIGNED,
    OCTOBER,
    ORPHAN,
    report_of,
    tenant,
)

TEMPLATE = Path(__file__).parents[3] / "template.yaml"
TYPES = {"string": str, "boolean": bool, "bigint": int, "array<string>": list}


def glue_columns() -> dict[str, str]:
    text = TEMPLATE.read_text(encoding="utf-8")
    columns = text.partition("          Columns:\n")[2].partition("\n\n")[0]
    return dict(re.findall(r"\{ Name: (\w+), Type: ([\w<>]+) \}", columns))


def test_each_iflow_is_an_object_on_its_own_line() -> None:
    lines = render_jsonl(report_of(DESIGNED, BARE, ORPHAN)).splitlines()

    assert [json.loads(line)["iflow_id"] for line in lines] == ["Flow", "Bare", "Orphan"]


def test_values_have_the_types_of_the_glue_table() -> None:
    body = gzip.decompress(render_table(tenant("prod", [DESIGNED, BARE, ORPHAN])))
    declared = glue_columns()

    for line in body.splitlines():
        row = json.loads(line)
        assert list(row) == list(declared) == list(COLUMN_NAMES)
        for name, value in row.items():
            assert value is None or type(value) is TYPES[declared[name]]


def test_month_is_part_of_the_key() -> None:
    assert table_key("iflows", OCTOBER, "prod") == "tables/iflows/period=2026-10/prod.jsonl.gz"


@pytest.mark.parametrize(
    "name", ["a\nb", "a\r\nb", "a\u2028b", "a\x85b", '"', "\\", "\ud800", "🚀"]
)
def test_name_does_not_end_a_line(name: str) -> None:
    body = render_jsonl(report_of(replace(DESIGNED, iflow_name=name)))

    assert len(body.decode().splitlines()) == 1
    assert json.loads(body)["iflow_name"] == name


@given(st.text())
def test_any_name_is_read_back_unchanged(name: str) -> None:
    body = render_jsonl(report_of(replace(DESIGNED, iflow_name=name)))

    assert json.loads(body)["iflow_name"] == name
    assert body.isascii()
