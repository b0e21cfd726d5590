"""report.csv, report.json and report.jsonl."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.report import tables
from iflow_census.report.columns import COLUMN_NAMES
from iflow_census.report.tables import escape_formula, render_records, stream_delimited
from tests.unit.report.earlier_month import earlier, october
from tests.unit.report.examples import BARE, DESIGNED, FAILED, ORPHAN, report, report_of
from tests.unit.report.rendering import render_csv, render_json, render_jsonl

BOM = b"\xef\xbb\xbf"
TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)


def read_csv(body: bytes) -> list[dict[str, str]]:
    text = body.removeprefix(BOM).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_starts_with_a_byte_order_mark_and_its_header() -> None:
    body = render_csv(report_of(DESIGNED))

    assert body.startswith(BOM + b"tenant,package_id,")
    assert body.count(BOM) == 1


def test_csv_has_the_line_ends_of_rfc_4180() -> None:
    body = render_csv(report_of(DESIGNED, BARE))

    assert body.count(b"\r\n") == body.count(b"\n") == 3
    assert body.endswith(b"\r\n")


def test_parts_of_a_long_table_join_to_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(f"name {number}", number) for number in range(20)]
    whole = b"".join(stream_delimited(rows, ",", "\n"))
    monkeypatch.setattr(tables, "_PART_CHARACTERS", 30)

    parts = list(stream_delimited(rows, ",", "\n"))

    assert len(parts) > 5
    assert b"".join(parts) == whole


def test_csv_without_iflows_is_its_header() -> None:
    assert render_csv(report(FAILED)) == BOM + ",".join(COLUMN_NAMES).encode() + b"\r\n"


def test_first_columns_keep_their_names_order_and_text() -> None:
    (row,) = read_csv(render_csv(report_of(DESIGNED)))

    contract = {
        "tenant": "prod",
        "package_id": "Pkg",
        "package_name": "Package",
        "package_vendor": "SAP",
        "package_version": "1.2.0",
        "package_mode": "EDIT_ALLOWED",
        "iflow_id": "Flow",
        "iflow_name": "A flow",
        "iflow_version": "1.0.3",
        "edit_status": "EDITED",
        "edit_reason": "modified after it was created",
        "draft": "false",
        "created_at": "2018-03-15T12:16:38.486Z",
        "created_by": "A",
        "modified_at": "2018-03-16T12:16:38.486Z",
        "modified_by": "B",
        "deployed": "true",
        "runtime_status": "STARTED",
        "runtime_version": "1.0.2",
        "version_drift": "true",
        "deployed_at": "2018-03-17T12:16:38.486Z",
        "deployed_by": "C",
        "runtime_error": "",
        "orphan": "false",
        "messages": "7",
        "messages_completed": "5",
        "messages_failed": "1",
        "messages_other": "1",
        "usage": "USED",
        "endpoints": "https://tenant.example/http/a https://tenant.example/http/b",
        "description": "Moves orders",
        "sender": "ERP",
        "receiver": "CRM",
    }
    assert list(row.items())[: len(contract)] == list(contract.items())


def test_unknown_values_are_empty_and_zero_is_zero() -> None:
    bare, orphan = read_csv(render_csv(report_of(BARE, ORPHAN)))

    assert (bare["messages"], bare["draft"], bare["created_at"]) == ("", "false", "")
    assert (bare["version_drift"], bare["endpoints"]) == ("", "")
    assert (orphan["messages"], orphan["draft"], orphan["package_id"]) == ("0", "", "")


def test_missing_and_unknown_values_of_records_are_empty() -> None:
    records: list[Mapping[str, object]] = [{"name": "A", "count": 0}, {"name": None}]

    assert render_records(["name", "count"], records) == BOM + b"name,count\r\nA,0\r\n,\r\n"


def test_lists_are_separated_by_what_their_entries_do_not_contain() -> None:
    row = replace(DESIGNED, adapters=("HTTPS", "SFTP"), triggers=("HTTPS /a", "Timer"))

    (read,) = read_csv(render_csv(report_of(row)))

    assert (read["adapters"], read["triggers"]) == ("HTTPS SFTP", "HTTPS /a; Timer")


@pytest.mark.parametrize(
    "name",
    [
        'He said "yes"',
        "a,b;c",
        "two\r\nlines",
        "two\nlines",
        "two\rlines",
        "Größe 🚀 日本",
        " spaces ",
        '"',
        "\u2028",
    ],
)
def test_any_name_is_read_back_unchanged(name: str) -> None:
    (row,) = read_csv(render_csv(report_of(replace(DESIGNED, iflow_name=name))))

    assert row["iflow_name"] == name
    assert row["iflow_version"] == "1.0.3"


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4), st.sampled_from(",;"))
def test_any_cells_are_read_back_except_for_apostrophes(
    rows: list[tuple[str, str]], delimiter: str
) -> None:
    body = b"".join(stream_delimited(rows, delimiter, "\r\n"))

    read = list(csv.reader(io.StringIO(body.decode(), newline=""), delimiter=delimiter))
    assert read == [[escape_formula(cell) for cell in row] for row in rows]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://x")', "-", "=\n"],
)
def test_formulas_are_escaped(text: str) -> None:
    row = replace(DESIGNED, iflow_name=text, package_vendor=text, runtime_error=text)

    (read,) = read_csv(render_csv(report_of(row)))

    assert read["iflow_name"] == read["package_vendor"] == read["runtime_error"] == f"'{text}"


@given(TEXT)
def test_escaped_text_is_never_a_formula(text: str) -> None:
    escaped = escape_formula(text)

    assert not escaped.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert escaped.removeprefix("'") == text.removeprefix("'")


@pytest.mark.parametrize("text", ["", "a=b", "1-1", "'quoted'", "https://x", " =1", "1.0"])
def test_other_text_is_not_escaped(text: str) -> None:
    assert escape_formula(text) == text


def test_json_is_readable_utf_8() -> None:
    body = render_json(report_of(replace(DESIGNED, iflow_name='Größe "🚀"\n')))

    assert "Größe".encode() in body
    assert not body.startswith(BOM)
    assert json.loads(body)["iflows"][0]["iflow_name"] == 'Größe "🚀"\n'


def test_json_has_a_line_per_entry_of_a_list() -> None:
    new = replace(DESIGNED, iflow_id="New")

    lines = render_json(october([DESIGNED, new], earlier(DESIGNED))).splitlines()

    for name in (b"tenant", b"kind", b"rank"):
        entries = [line for line in lines if line.startswith(b'{"' + name)]
        assert entries
        assert all(json.loads(line.rstrip(b",")) for line in entries)


def test_json_has_types_and_does_not_escape_formulas() -> None:
    row = replace(DESIGNED, iflow_name="=1+1")

    (iflow,) = json.loads(render_json(report_of(row)))["iflows"]

    assert list(iflow) == list(COLUMN_NAMES)
    assert (iflow["iflow_name"], iflow["messages"], iflow["deployed"]) == ("=1+1", 7, True)
    assert iflow["runtime_error"] is None
    assert iflow["endpoints"] == ["https://tenant.example/http/a", "https://tenant.example/http/b"]


def test_same_report_gives_the_same_bytes() -> None:
    first, second = report_of(DESIGNED, ORPHAN), report_of(DESIGNED, ORPHAN)

    assert render_json(first) == render_json(second)
    assert render_csv(first) == render_csv(second)


def test_jsonl_has_an_object_per_iflow_on_its_own_line() -> None:
    lines = render_jsonl(report_of(DESIGNED, BARE, ORPHAN)).splitlines()

    assert [json.loads(line)["iflow_id"] for line in lines] == ["Flow", "Bare", "Orphan"]


@pytest.mark.parametrize(
    "name", ["a\nb", "a\r\nb", "a\u2028b", "a\x85b", '"', "\\", "\ud800", "🚀"]
)
def test_name_does_not_end_a_line_of_jsonl(name: str) -> None:
    body = render_jsonl(report_of(replace(DESIGNED, iflow_name=name)))

    assert len(body.decode().splitlines()) == 1
    assert json.loads(body)["iflow_name"] == name


@given(st.text())
def test_any_name_is_read_back_from_jsonl(name: str) -> None:
    body = render_jsonl(report_of(replace(DESIGNED, iflow_name=name)))

    assert json.loads(body)["iflow_name"] == name
    assert body.isascii()
