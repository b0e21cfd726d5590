"""The operators of `make mutants`."""

import ast
from pathlib import Path

from tests.mutants.operators import find_mutants

SOURCE = '''
"""Docstring."""

LIMIT = 3


def check(value: int, *, strict: bool = False) -> bool:
    """Docstring."""
    if value < LIMIT and not strict:
        log("é", value)
        return True
    raise ValueError(f"{value} < {LIMIT}")
'''


def changes(source: str) -> list[str]:
    return [str(mutant).partition(": ")[2] for mutant in find_mutants(Path("module.py"), source)]


def test_each_expression_is_changed_once() -> None:
    assert changes(SOURCE) == [
        "3  ->  (4)",
        "value < LIMIT and not strict  ->  (value < LIMIT or not strict)",
        "value < LIMIT  ->  (value <= LIMIT)",
        "not strict  ->  (strict)",
        'log("é", value)  ->  pass',
        "return True  ->  return None",
        "True  ->  (False)",
    ]


def test_sizes_and_assertions_are_not_changed() -> None:
    assert changes('_WIDTHS = {"name": 30}\nfor a, b in zip(c, d, strict=True):\n    add(a)') == [
        "add(a)  ->  pass"
    ]


def test_default_values_are_not_changed() -> None:
    source = "class A:\n    a: int = 1\n    def b(self, c=2):\n        d = 3"

    assert changes(source) == ["3  ->  (4)"]


def test_every_mutant_is_valid_and_differs() -> None:
    mutants = list(find_mutants(Path("module.py"), SOURCE))

    for mutant in mutants:
        assert ast.dump(ast.parse(mutant.source)) != ast.dump(ast.parse(SOURCE))
    assert len({mutant.source for mutant in mutants}) == len(mutants)


LAYOUT = """
COLUMN = SheetColumn("Name", lambda row: row[1], 38)
sheet.set_column(0, 0, 44)
chart.set_size({"width": 760, "rotation": 20 * rows})
Column("name", width=30, searchable=True)
"""


def test_sizes_of_the_workbook_are_left_alone() -> None:
    assert changes(LAYOUT) == [
        "1  ->  (2)",
        'chart.set_size({"width": 760, "rotation": 20 * rows})  ->  pass',
        "20 * rows  ->  (20 // rows)",
        "20  ->  (21)",
        'Column("name", width=30, searchable=True)  ->  pass',
        "True  ->  (False)",
    ]


def test_false_is_not_replaced_by_none() -> None:
    assert changes("def check():\n    return False") == ["False  ->  (True)"]
