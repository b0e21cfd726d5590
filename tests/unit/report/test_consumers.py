"""docs/consumers.md says what is true: its queries and its program are run."""

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
from typer.testing import CliRunner

from iflow_census.aws.s3 import S3Store
from iflow_census.cli.commands import app
from iflow_census.cli.report import app as report_app
from iflow_census.report.census_report import CensusReport
from iflow_census.store.report_writer import Header, publish
from tests.aws_clients import cached_client
from tests.unit.report.test_jsonl import glue_columns
from tests.unit.report.two_months import two_months, write_tables
from tests.unit.store.test_report_reader import Writer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
BUCKET = "my-census-bucket"
ENGINE = Path(__file__).with_name("duckdb_answers.py")
GUIDE = (ROOT / "docs" / "consumers.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sql\n([^`]*)```\n\n```text\n(.*?)```", GUIDE, re.DOTALL)
VIEW = re.findall(r"```sql\n(CREATE VIEW .*?)```", GUIDE, re.DOTALL)[0]
PROGRAM = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[0]
COMMANDS = re.findall(r"^    iflow-census (report .*?)   ", GUIDE, re.MULTILINE)
NAMED_QUERIES = re.findall(
    r"QueryString: \|\n((?: {8}.*\n)+)", (ROOT / "template.yaml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def reports() -> list[CensusReport]:
    return two_months()


Ask = Callable[[Sequence[str]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def ask(reports: list[CensusReport], tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Queries the tables of both months; the columns and rows of each answer."""
    folder = tmp_path_factory.mktemp("bucket")
    for report in reports:
        write_tables(folder, report)
    view = VIEW.replace("'tables/", f"'{folder}/tables/")

    def asked(queries: Sequence[str]) -> list[dict[str, Any]]:
        done = subprocess.run(  # noqa: S603 - this interpreter
            [sys.executable, str(ENGINE)],
            input=json.dumps({"view": view, "queries": list(queries)}),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        return answers

    return asked


def as_text(answer: Mapping[str, Any]) -> str:
    """An answer as the guide shows it: columns below each other, two blanks between them."""
    rows = [answer["columns"]]
    rows += [["-" if cell is None else cell for cell in row] for row in answer["rows"]]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines) + "\n"


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 5


def test_each_query_has_the_answer_that_the_guide_shows(ask: Ask) -> None:
    answers = ask([query for query, _ in EXAMPLES])

    assert [as_text(answer) for answer in answers] == [told for _, told in EXAMPLES]


def test_the_types_that_an_engine_finds_are_those_of_the_glue_table(ask: Ask) -> None:
    known = {"VARCHAR": "string", "BOOLEAN": "boolean", "BIGINT": "bigint"}
    known["VARCHAR[]"] = "array<string>"
    declared = glue_columns()

    (described,) = ask(["DESCRIBE iflows"])

    found = {row[0]: row[1] for row in described["rows"]}
    assert list(found) == [*declared, "period"]
    timestamps = {name for name, kind in found.items() if kind.startswith("TIMESTAMP")}
    assert all(name.endswith("_at") for name in timestamps)
    for name, kind in found.items():
        if name not in timestamps and name != "period" and kind != "JSON":
            assert known[kind] == declared[name]


def test_the_ready_queries_of_the_stack_run(ask: Ask) -> None:
    last_month = "date_format(date_add('month', -1, current_date), '%Y-%m')"

    answers = ask([query.replace(last_month, "'2026-10'") for query in NAMED_QUERIES])

    assert len(answers) == 4
    assert all(answer["rows"] for answer in answers)


@pytest.fixture
def bucket(reports: list[CensusReport]) -> Iterator[S3Store]:
    """The bucket that the guide names, with the reports of both months."""
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
                f"reports/period={report.month}/",
                Header(str(report.month), report.run_id, str(report.status), []),
                documents(report, ["json", "html", "xlsx"]),
                pointer=True,
            )
        yield store


def run_program() -> dict[str, Any]:
    """Run the guide's program; what it defines."""
    defined: dict[str, Any] = {}
    exec(compile(PROGRAM, "consumers.md", "exec"), defined)  # noqa: S102 - the guide's own program
    return defined


@pytest.mark.usefixtures("bucket")
def test_the_program_reads_the_newest_report(
    reports: list[CensusReport], capsys: pytest.CaptureFixture[str]
) -> None:
    run_program()

    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(reports[-1].unused().iflows) > 0
    assert all(line.endswith(("since 2026-09", "since 2026-10")) for line in told)


def test_the_program_reads_one_run_while_others_publish(bucket: S3Store) -> None:
    read_run = run_program()["read_run"]
    writer = Writer(bucket)
    enough = threading.Event()

    def publish_on() -> None:
        while not enough.is_set():
            writer.publish()

    writer.publish()
    thread = threading.Thread(target=publish_on)
    thread.start()
    try:
        read = [read_run(BUCKET, ["csv", "json"], "2026-10") for _ in range(20)]
    finally:
        enough.set()
        thread.join()

    runs = [manifest["run_id"] for manifest, _ in read]
    assert len(set(runs)) > 1
    for run_id, (_, files) in zip(runs, read, strict=True):
        assert {body.decode().partition(" of ")[2][:16] for body in files.values()} == {run_id}


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_guide_work(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("webbrowser.open", lambda url: url.startswith("file://"))

    result = CliRunner().invoke(app, [*command.split(), "--bucket", BUCKET])

    assert result.exit_code == 0, result.stderr


def test_the_guide_shows_every_command_of_report() -> None:
    shown = {command.split()[1] for command in COMMANDS}

    assert shown == set(get_command(report_app).commands)  # type: ignore[attr-defined]
