"""The formats by name."""

import pytest

from iflow_census.errors import ConfigurationError
from iflow_census.report.formats import FORMATS, check_formats, documents
from tests.unit.report.examples import DESIGNED, ORPHAN, report_of


@pytest.mark.parametrize(
    ("name", "file", "content_type"),
    [
        ("csv", "report.csv", "text/csv; charset=utf-8"),
        ("json", "report.json", "application/json"),
        ("classic-csv", "classic.csv", "text/csv; charset=utf-8"),
        ("classic-json", "classic.json", "application/json"),
    ],
)
def test_a_format_has_a_stable_file_name(name: str, file: str, content_type: str) -> None:
    (document,) = documents(report_of(DESIGNED), [name])

    assert (document.format, document.file) == (name, file)
    assert document.content_type == content_type
    assert document.body == FORMATS[name].render(report_of(DESIGNED))


@pytest.mark.parametrize(
    ("name", "rows"), [("csv", 2), ("json", 2), ("classic-csv", 1), ("classic-json", 1)]
)
def test_a_document_tells_how_many_iflows_are_in_it(name: str, rows: int) -> None:
    (document,) = documents(report_of(DESIGNED, ORPHAN), [name])

    assert document.rows == rows


def test_each_format_is_written_once_in_the_order_asked_for() -> None:
    assert check_formats(["json", "csv", "json"]) == ("json", "csv")


@pytest.mark.parametrize("name", ["pdf", "", "CSV", "csv ", "json\n"])
def test_an_unknown_format_is_named_beside_those_there_are(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_formats(["csv", name])

    assert repr(name) in str(caught.value)
    assert "csv, json" in str(caught.value)
