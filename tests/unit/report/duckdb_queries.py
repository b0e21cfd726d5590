"""Run queries in DuckDB: `python duckdb_queries.py < {"views": …, "queries": […]}`.

This is a separate process, because DuckDB emits warnings when a process that imported it ends.
"""

import json
import sys
from typing import Any

import duckdb


def main() -> None:
    """Read queries from standard input and print columns and rows of each result as JSON."""
    request = json.load(sys.stdin)
    with duckdb.connect() as connection:
        connection.execute(request["views"])
        json.dump([_run_query(connection, query) for query in request["queries"]], sys.stdout)


def _run_query(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    result = connection.execute(query)
    rows = [[None if cell is None else str(cell) for cell in row] for row in result.fetchall()]
    return {"columns": [column[0] for column in result.description or ()], "rows": rows}


if __name__ == "__main__":
    main()
