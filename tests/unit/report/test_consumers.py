"""The examples in docs/consumers.md work: its queries and its program are run."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws
from typer.main import get_command

from iflow_census.aws.s3 import S3Store
from iflow_census.cli.report import app as report_app
from iflow_census.report.census_report import CensusReport
from iflow_census.report.formats import render_documents
from iflow_census.report.query_tables import QUERY_TABLES
from iflow_census.store.report_writer import Header, publish
from tests.aws_clients import cached_client
from tests.unit.report.two_months import two_months, write_tables
from tests.unit.store.test_report_reader import Writer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
BUCKET = "my-census-bucket"
ENGINE = Path(__file__).with_name("duckdb_queries.py")
GUIDE = (ROOT / "docs" / "consumers.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sql\n([^`]*)```\n\n```text\n(.*?)```", GUIDE, re.DOTALL)
VIEWS = re.findall(r"```sql\n(CREATE MACRO .*?)```", GUIDE, re.DOTALL)[0]
PROGRAM = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[0]
COMMANDS = re.findall(r"^iflow-census report (\w+)", GUIDE, re.MULTILINE)
LAST_MONTH = "date_format(date_add('month', -1, current_date), '%Y-%m')"
FIRST_MONTH = "date_format(date_add('month', -13, current_date), '%Y-%m')"
NAMED_QUERIES = re.findall(
    r"QueryString: \|\n((?: {8}.*\n)+)", (ROOT / "template.yaml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def reports() -> list[CensusReport]:
    return two_months()


Query = Callable[[Sequence[str]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def query(reports: list[CensusReport], tmp_path_factory: pytest.TempPathFactory) -> Query:
    """Run queries on the tables of both months; returns columns and rows of each result."""
    folder = tmp_path_factory.mktemp("bucket")
    for report in reports:
        write_tables(folder, report)
    views = VIEWS.replace("'tables/", f"'{folder}/tables/")

    def run_queries(queries: Sequence[str]) -> list[dict[str, Any]]:
        process = subprocess.run(  # noqa: S603 - this interpreter
            [sys.executable, str(ENGINE)],
            input=json.dumps({"views": views, "queries": list(queries)}),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert process.returncode == 0, process.stderr
        results: list[dict[str, Any]] = json.loads(process.stdout)
        return results

    return run_queries


def as_text(result: Mapping[str, Any]) -> str:
    """Format a result as in the guide: aligned columns, separated by two spaces."""
    rows = [result["columns"]]
    rows += [["-" if cell is None else cell for cell in row] for row in result["rows"]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines) + "\n"


def in_october(sql: str) -> str:
    """Return a query of the stack as it runs at the beginning of November, for DuckDB."""
    return sql.replace(LAST_MONTH, "'2026-10'").replace(FIRST_MONTH, "'2025-10'")


def test_guide_has_five_queries() -> None:
    assert len(EXAMPLES) == 5


def test_queries_have_the_results_of_the_guide(query: Query) -> None:
    results = query([sql for sql, _ in EXAMPLES])

    assert [as_text(result) for result in results] == [text for _, text in EXAMPLES]


@pytest.mark.parametrize("table", [name for name in QUERY_TABLES if name != "connections"])
def test_duckdb_infers_the_types_of_the_glue_tables(query: Query, table: str) -> None:
    known = {"VARCHAR": "string", "BOOLEAN": "boolean", "BIGINT": "bigint", "DOUBLE": "double"}
    known |= {"VARCHAR[]": "array<string>", "HUGEINT": "bigint"}  # HUGEINT: some are negative
    declared = QUERY_TABLES[table].all_columns

    (description,) = query([f"DESCRIBE {table}"])

    inferred = {row[0]: row[1] for row in description["rows"]}
    assert list(inferred) == [*declared, "period"]
    times = {name for name, kind in inferred.items() if kind.startswith(("TIMESTAMP", "DATE"))}
    assert all(declared.get(name) == "string" for name in times)
    for name, kind in inferred.items():
        if name not in times and name != "period" and kind not in ("JSON", '"NULL"'):
            assert known[kind] == declared[name]


def test_copy_to_parquet_has_all_rows_by_month(query: Query, tmp_path: Path) -> None:
    (copy,) = re.findall(r"^ {4}(COPY .*)$", GUIDE, re.MULTILINE)
    by_month = (
        "SELECT period, count(*), sum(messages), min(modified_at) FROM {} GROUP BY 1 ORDER BY 1"
    )
    files = f"read_parquet('{tmp_path}/parquet/*/*.parquet', hive_types = {{'period': VARCHAR}})"

    _, copied, original = query(
        [
            copy.replace("'parquet'", f"'{tmp_path}/parquet'"),
            by_month.format(files),
            by_month.format("iflows"),
        ]
    )

    assert copied["rows"] == original["rows"]
    assert [row[0] for row in copied["rows"]] == ["2026-09", "2026-10"]


def test_queries_of_the_stack_run(query: Query) -> None:
    results = query([in_october(sql) for sql in NAMED_QUERIES])

    assert len(results) == 8
    assert all(result["rows"] for result in results)


def test_queries_of_the_stack_read_at_most_13_months() -> None:
    for sql in NAMED_QUERIES:
        assert f"period = {LAST_MONTH}" in sql or f"period >= {FIRST_MONTH}" in sql


def test_query_of_the_stack_shows_since_when_an_iflow_is_unused(
    query: Query, reports: list[CensusReport]
) -> None:
    (sql,) = (sql for sql in NAMED_QUERIES if "unused_since" in sql)

    (result,) = query([in_october(sql)])

    name, since = (result["columns"].index(column) for column in ("iflow_id", "unused_since"))
    expected = {iflow.iflow_id: iflow.unused_since for iflow in reports[-1].unused().iflows}
    assert {row[name]: row[since] for row in result["rows"]} == expected
    assert "2026-09" in expected.values()


@pytest.fixture
def bucket(reports: list[CensusReport]) -> Iterator[S3Store]:
    """Return the bucket of the guide, with the reports of both months."""
    with mock_aws():
        s3 = cached_client("s3")
        s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        store = S3Store(s3, BUCKET)
        for report in reports:
            publish(
                store,
                Header(report.period, report.run_id, str(report.status), [], True),
                render_documents(report, ["json", "html", "xlsx"]),
            )
        yield store


def run_program() -> dict[str, Any]:
    """Run the program of the guide and return its global names."""
    names: dict[str, Any] = {}
    exec(compile(PROGRAM, "consumers.md", "exec"), names)  # noqa: S102 - the guide's own program
    return names


@pytest.mark.usefixtures("bucket")
def test_program_reads_the_newest_report(
    reports: list[CensusReport], capsys: pytest.CaptureFixture[str]
) -> None:
    run_program()

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(reports[-1].unused().iflows) > 0
    assert all(line.endswith(("since 2026-09", "since 2026-10")) for line in lines)


def test_program_reads_one_run_while_others_publish(bucket: S3Store) -> None:
    read_run = run_program()["read_run"]
    writer = Writer(bucket)
    stop = threading.Event()

    def publish_until_stopped() -> None:
        while not stop.is_set():
            writer.publish()

    writer.publish()
    thread = threading.Thread(target=publish_until_stopped)
    thread.start()
    try:
        reads = [read_run(BUCKET, ["csv", "json"], "2026-10") for _ in range(20)]
    finally:
        stop.set()
        thread.join()

    runs = [manifest["run_id"] for manifest, _ in reads]
    assert len(set(runs)) > 1
    for run_id, (_, files) in zip(runs, reads, strict=True):
        assert {body.decode().partition(" of ")[2][:16] for body in files.values()} == {run_id}


def test_guide_shows_every_report_command() -> None:
    assert set(COMMANDS) == set(get_command(report_app).commands)  # type: ignore[attr-defined]
