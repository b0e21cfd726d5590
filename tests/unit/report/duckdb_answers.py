"""`python duckdb_answers.py < {"view", "queries"}`: each query's columns and rows, by DuckDB.

In a process of its own, because DuckDB complains at the end of any process that holds on to it.
"""

import json
import sys
from typing import Any

import duckdb


def main() -> None:
    """Answer what is asked on standard input, on standard output."""
    asked = json.load(sys.stdin)
    with duckdb.connect() as connection:
        connection.execute(asked["view"])
        json.dump([_answer(connection, query) for query in asked["queries"]], sys.stdout)


def _answer(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    found = connection.execute(query)
    rows = [[None if cell is None else str(cell) for cell in row] for row in found.fetchall()]
    return {"columns": [column[0] for column in found.description or ()], "rows": rows}


if __name__ == "__main__":
    main()
