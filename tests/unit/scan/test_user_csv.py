"""CSV files that people write."""

import pytest

from iflow_census.scan import user_csv
from iflow_census.scan.user_csv import MAX_BYTES, MAX_PROBLEMS, limit_problems, read_user_csv


def values_of(body: bytes) -> list[dict[str, str]]:
    table = read_user_csv(body, "x.csv", ("name",), ("note",))
    assert table.problems == []
    return [dict(row.values) for row in table.rows]


@pytest.mark.parametrize(
    "body",
    [
        "name,note\nKöln, yes\n".encode(),
        "\ufeffname;note\r\nKöln;yes\r\n".encode(),
        "Note,NAME\nyes,Köln".encode("cp1252"),
        'name,note\n\n"Köln","yes"\n,\n'.encode(),
        "name;note;;\nKöln;yes;;\n".encode(),
    ],
)
def test_separators_encodings_and_order_of_columns_do_not_matter(body: bytes) -> None:
    assert values_of(body) == [{"name": "Köln", "note": "yes"}]


def test_missing_values_are_empty() -> None:
    assert values_of(b"name,note\na\n") == [{"name": "a", "note": ""}]
    assert values_of(b"") == values_of(b"name\n") == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"note\nx\n", "x.csv, line 1: wrong columns (no name); write name,note"),
        (b"name,color\nx,y\n", "x.csv, line 1: wrong columns (color); write name,note"),
        (b"name,name\nx,y\n", "x.csv, line 1: wrong columns (a column twice); write name,note"),
        (b"name,note\n\na,b,c\n", "x.csv, line 3: more values than columns"),
        ("name\nx\n".encode("utf-16"), "x.csv: not a CSV file but UTF-16"),
        (b'name\n"x\n', "x.csv, line 2: unexpected end of data; correct the quotes"),
        (b"x" * (MAX_BYTES + 1), "x.csv: larger than 5 MB"),
    ],
)
def test_what_cannot_be_used_is_named(body: bytes, problem: str) -> None:
    (found,) = read_user_csv(body, "x.csv", ("name",), ("note",)).problems

    assert found.startswith(problem)


def test_bad_line_does_not_spoil_the_others() -> None:
    table = read_user_csv(b'name\na,b\n"a"b\nc\n', "x.csv", ("name",))

    assert [(row.place, row.values) for row in table.rows] == [("x.csv, line 4", {"name": "c"})]
    assert len(table.problems) == 2


def test_file_of_the_largest_size_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"name\nabcde"
    monkeypatch.setattr(user_csv, "MAX_BYTES", len(body))

    assert values_of(body) == [{"name": "abcde"}]


def test_only_the_first_problems_are_listed() -> None:
    problems = [f"line {number}" for number in range(MAX_PROBLEMS + 1)]

    assert limit_problems("x.csv", problems[:MAX_PROBLEMS]) == problems[:MAX_PROBLEMS]
    *listed, others = limit_problems("x.csv", problems)
    assert listed == problems[:MAX_PROBLEMS]
    assert others == "x.csv: 1 more line cannot be used"
