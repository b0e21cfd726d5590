"""The files outside the package that list the report's columns; `make columns` updates them."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from iflow_census.report.columns import COLUMN_NAMES, COLUMNS
from iflow_census.report.query_tables import QUERY_TABLES

ROOT = Path(__file__).parents[1]


def _glue_tables(text: str) -> str:
    for table, content in QUERY_TABLES.items():
        lines = [
            f"            - {{ Name: {name}, Type: {glue} }}\n"
            for name, glue in content.all_columns.items()
        ]
        columns = rf"(/tables/{table}/\n(?: {{10}}.*\n)*? {{10}}Columns:\n)(?: {{12}}- .*\n)+"
        text = _replace_lines(text, columns, lines)
    return text


def _json_schema(text: str) -> str:
    schema = json.loads(text)
    schema["$defs"]["iflow"] |= {
        "properties": {
            column.name: {
                "title": column.label,
                "description": column.description,
                **column.type.schema,
            }
            for column in COLUMNS
        },
        "required": COLUMN_NAMES,
    }
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _docs_table(text: str) -> str:
    lines = [
        f"| `{column.name}` | `{column.type.glue}` | {column.description} |\n" for column in COLUMNS
    ]
    return _replace_lines(
        text, r"(\| column \| SQL type \| meaning \|\n\|---\|---\|---\|\n)(?:\|.*\n)+", lines
    )


def _replace_lines(text: str, pattern: str, lines: Iterable[str]) -> str:
    """Replace what follows the first group of the pattern."""
    replaced, count = re.subn(pattern, lambda match: match[1] + "".join(lines), text)
    assert count == 1, f"{count} places look like {pattern}"
    return replaced


FILES: Mapping[str, Callable[[str], str]] = {
    "template.yaml": _glue_tables,
    "docs/report-v1.schema.json": _json_schema,
    "docs/consumers.md": _docs_table,
}
"""Each file, and how the columns are put into its text."""


def main() -> None:
    """Update the files."""
    for name, update in FILES.items():
        path = ROOT / name
        path.write_text(update(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
