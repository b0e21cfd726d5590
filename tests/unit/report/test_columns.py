"""The table of columns, and everything that follows it."""

import gzip
import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from openpyxl import load_workbook

from iflow_census.report import columns
from iflow_census.report.column import (
    COUNT,
    DOCUMENTS,
    EDIT_STATUS,
    FLAG,
    LIST,
    REQUIRED_FLAG,
    REQUIRED_TEXT,
    TEXT,
    TIMESTAMP,
    USAGE,
    Column,
    Type,
)
from iflow_census.report.columns import COLUMN_NAMES, COLUMNS
from iflow_census.report.formats import FORMATS
from iflow_census.report.query_tables import RUN_COLUMNS, render_tenant_tables
from iflow_census.report.xlsx_iflows import PRINTED
from iflow_census.scan.results import IflowRow
from tests.generated_columns import FILES, ROOT
from tests.unit.report.examples import DESIGNED, report, report_of, tenant


def test_search_looks_through_names_people_and_texts() -> None:
    searched = {column.name for column in COLUMNS if column.searchable}

    assert searched >= {"tenant", "package_id", "package_name", "iflow_id", "iflow_name", "owner"}
    assert searched >= {"created_by", "modified_by", "deployed_by", "runtime_error", "last_error"}
    assert searched >= {"endpoints", "triggers", "systems", "decision_note", "description"}
    assert searched >= {"sender", "receiver", "senders", "receivers", "adapters", "dependencies"}
    assert searched >= {"package_vendor", "package_modified_by", "decision", "checks"}
    assert not searched & {"usage", "messages", "deployed", "modified_at", "runtime_status"}


@pytest.mark.parametrize("name", FILES)
def test_files_outside_the_package_list_the_columns(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert FILES[name](text) == text, f"{name} is out of date; run `make columns`"


def test_columns_are_the_fields_of_a_row() -> None:
    assert tuple(field.name for field in fields(IflowRow)) == COLUMN_NAMES


def _types_of(hint: Any) -> list[Type]:
    optional = get_origin(hint) is UnionType
    if optional:
        (hint,) = [part for part in get_args(hint) if part is not type(None)]
    if get_origin(hint) is tuple:
        return [LIST]
    if issubclass(hint, StrEnum):
        return [EDIT_STATUS, USAGE]
    types = {bool: FLAG if optional else REQUIRED_FLAG, int: COUNT, datetime: TIMESTAMP}
    return [types.get(hint, TEXT if optional else REQUIRED_TEXT)]


@pytest.mark.parametrize("column", COLUMNS, ids=COLUMN_NAMES)
def test_column_has_the_type_of_its_field(column: Column) -> None:
    hint = get_type_hints(IflowRow)[column.name]

    assert column.type in _types_of(hint)


def test_descriptions_are_sentences_and_labels_are_unique() -> None:
    assert all(column.description.endswith(".") for column in COLUMNS)
    assert len({column.label for column in COLUMNS}) == len(COLUMNS)


def _html_columns(body: bytes) -> list[str]:
    data = body.decode().partition('id="data">')[2].partition("</script>")[0]
    return [column["name"] for column in json.loads(data)["columns"]]


def _xlsx_columns(body: bytes) -> list[str]:
    names = {column.label: column.name for column in COLUMNS}
    (header,) = load_workbook(BytesIO(body))["iFlows"].iter_rows(max_row=1, values_only=True)
    return [names[str(label)] for label in header]


def _table_columns() -> list[str]:
    prod = tenant("prod", [DESIGNED])
    ((_, body),) = render_tenant_tables(report(prod), prod, connections=False)
    return list(json.loads(gzip.decompress(body)))[: -len(RUN_COLUMNS)]


COLUMNS_IN: dict[str, Callable[[], list[str]]] = {
    "csv": lambda: _render("csv").decode("utf-8-sig").splitlines()[0].split(","),
    "jsonl": lambda: list(json.loads(_render("jsonl"))),
    "table": _table_columns,
    "xlsx": lambda: _xlsx_columns(_render("xlsx")),
    "html": lambda: _html_columns(_render("html")),
}


def _render(name: str) -> bytes:
    return b"".join(FORMATS[name].render(report_of(DESIGNED)))


@pytest.mark.parametrize("document", sorted(DOCUMENTS))
def test_document_has_its_columns_in_order(document: str) -> None:
    names = list(COLUMN_NAMES)
    if document == "xlsx":
        names.sort(key=lambda name: PRINTED.index(name) if name in PRINTED else len(PRINTED))

    assert COLUMNS_IN[document]() == names


@pytest.mark.parametrize("document", sorted(DOCUMENTS))
def test_column_can_be_left_out_of_a_document(
    monkeypatch: pytest.MonkeyPatch, document: str
) -> None:
    fewer = tuple(
        replace(column, documents=DOCUMENTS - {document}) if column.name == "sender" else column
        for column in COLUMNS
    )
    monkeypatch.setattr(columns, "COLUMNS", fewer)

    names = {name: COLUMNS_IN[name]() for name in DOCUMENTS}

    assert {name for name in DOCUMENTS if "sender" not in names[name]} == {document}
