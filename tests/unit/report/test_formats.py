"""The formats and their files."""

from dataclasses import replace

import pytest

from iflow_census.errors import ConfigurationError
from iflow_census.report.formats import FORMATS, check_formats, render_documents
from tests.unit.report.examples import DESIGNED, FAILED, ORPHAN, report, report_of, tenant


@pytest.mark.parametrize(
    ("name", "file", "content_type"),
    [
        ("csv", "report.csv", "text/csv; charset=utf-8"),
        ("json", "report.json", "application/json"),
        ("classic-csv", "classic-prod.csv", "text/csv; charset=utf-8"),
        ("classic-json", "classic-prod.json", "application/json"),
    ],
)
def test_format_has_a_stable_file_name(name: str, file: str, content_type: str) -> None:
    (document,) = render_documents(report_of(DESIGNED), [name])

    assert (document.format, document.file) == (name, file)
    assert document.content_type == content_type
    assert list(document.parts) == list(FORMATS[name].render(report_of(DESIGNED)))


@pytest.mark.parametrize(
    ("name", "rows"), [("csv", 2), ("json", 2), ("classic-csv", 1), ("classic-json", 1)]
)
def test_document_has_its_number_of_iflows(name: str, rows: int) -> None:
    (document,) = render_documents(report_of(DESIGNED, ORPHAN), [name])

    assert document.rows == rows


def test_original_formats_have_a_file_for_each_scanned_tenant() -> None:
    dev = tenant("dev", [replace(DESIGNED, tenant="dev", iflow_id="Dev")])
    census = report(dev, tenant("prod", [DESIGNED, ORPHAN]), FAILED)

    documents = list(render_documents(census, ["classic-csv"]))

    contents = {document.file: b"".join(document.parts) for document in documents}
    assert list(contents) == ["classic-dev.csv", "classic-prod.csv"]
    assert contents["classic-prod.csv"].splitlines()[1:] == [b"Pkg;SAP;Flow;A flow;EDITED;YES;7"]
    assert contents["classic-dev.csv"].splitlines()[1:] == [b"Pkg;SAP;Dev;A flow;EDITED;YES;7"]
    assert [document.rows for document in documents] == [1, 1]


def test_repeated_formats_are_written_once_in_order() -> None:
    assert check_formats(["json", "csv", "json"]) == ("json", "csv")


@pytest.mark.parametrize("name", ["pdf", "", "CSV", "csv ", "json\n"])
def test_unknown_format_is_an_error_that_lists_the_others(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_formats(["csv", name])

    assert repr(name) in str(caught.value)
    assert "csv, json" in str(caught.value)


def test_all_formats_and_their_files() -> None:
    rendered = list(render_documents(report_of(DESIGNED), list(FORMATS)))

    assert {document.format: document.file for document in rendered} == {
        "csv": "report.csv",
        "json": "report.json",
        "jsonl": "report.jsonl",
        "html": "report.html",
        "xlsx": "report.xlsx",
        "connections-csv": "connections.csv",
        "connections-jsonl": "connections.jsonl",
        "classic-csv": "classic-prod.csv",
        "classic-json": "classic-prod.json",
    }
    assert [document.rows for document in rendered] == [1, 1, 1, 1, 1, 0, 0, 1, 1]
