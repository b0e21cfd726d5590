"""JSON lines."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.report.jsonl import render_jsonl
from tests.unit.report.examples import BARE, DESIGNED, ORPHAN, report_of


def test_each_iflow_is_an_object_on_its_own_line() -> None:
    lines = render_jsonl(report_of(DESIGNED, BARE, ORPHAN)).splitlines()

    assert [json.loads(line)["iflow_id"] for line in lines] == ["Flow", "Bare", "Orphan"]


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
