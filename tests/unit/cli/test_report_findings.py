"""`report todo`, `diff` and `unused` in process: filters, limits and CSV."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from iflow_census.cli.commands import app
from iflow_census.report.census_report import CensusReport
from iflow_census.scan.period import RollingWindow
from iflow_census.scan.results import IflowRow
from iflow_census.scan.usage import Usage
from iflow_census.scan.web_ui import Environment, TenantProfile
from iflow_census.store.folder import FolderStore
from tests.functional.cli.published import publish_report
from tests.unit.report.earlier_month import SEPTEMBER
from tests.unit.report.examples import DESIGNED, OCTOBER, report, tenant

Call = Callable[..., Result]

QUIET = replace(DESIGNED, messages_failed=0, version_drift=False)
LONG = "Replicate business partners from the ERP system to all " + "x" * 100


def census(*rows: IflowRow, dev: IflowRow = QUIET) -> CensusReport:
    prod = replace(tenant("prod", rows), profile=TenantProfile(Environment.PRODUCTION))
    return report(tenant("dev", [dev]), prod)


def failing(number: int) -> IflowRow:
    return replace(
        QUIET, iflow_id=f"f{number}", iflow_name=LONG, messages=100, messages_failed=20 + number
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with September, when all iFlows were quiet, and October."""
    path = tmp_path_factory.mktemp("census")
    rows = [failing(number) for number in range(7)]
    idle = replace(
        QUIET,
        iflow_id="idle",
        iflow_name="=idle",
        messages=0,
        usage=Usage.UNUSED,
        triggers=("ProcessDirect /idle", "timer once at deployment"),
        undeploy_impact="calls would fail: f1 (deployed)",
    )
    before = census(*(replace(row, iflow_version="1", messages=100) for row in rows))
    publish_report(FolderStore(path), replace(before, period=SEPTEMBER), formats=["json"])
    drifting = replace(QUIET, version_drift=True, usage=Usage.UNUSED)
    october = replace(census(*rows, idle, dev=drifting), period=OCTOBER)
    publish_report(FolderStore(path), october, formats=["json"])
    return path


@pytest.fixture
def call(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["report", *arguments, "--folder", str(folder)])

    return run


def rows_of(result: Result) -> list[dict[str, str]]:
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout_bytes.decode("utf-8-sig"))))


def test_todo_reads_the_newest_month_and_starts_with_production(call: Call) -> None:
    result = call("todo")

    lines = result.stderr.splitlines()
    assert lines[:2] == ["To do in 2026-10", "prod (production): 7 iFlows fail often"]
    assert "  … and 2 more; --limit 0 shows all" in lines
    assert any(line.startswith("dev: 1 iFlow runs another version") for line in lines)
    assert max(map(len, lines)) <= 80
    assert result.stdout == ""


def test_todo_without_limit_shows_every_entry(call: Call) -> None:
    text = " ".join(call("todo", "--limit", "0").stderr.split())

    assert text.count(" of 100 messages failed (") == 7
    assert "more; --limit" not in text


def test_todo_says_how_many_items_the_limit_leaves_out(call: Call) -> None:
    assert "… and 1 more; --limit 0 shows all" in call("todo", "--limit", "1").stderr.splitlines()


def test_todo_can_be_limited_to_tenants_and_kinds(call: Call) -> None:
    dev, drift = call("todo", "--tenant", "dev"), call("todo", "--kind", "version_drift", "--json")

    assert "prod" not in dev.stderr
    (item,) = json.loads(drift.stdout)["worklist"]["items"]
    assert (item["tenant"], item["kind"]) == ("dev", "version_drift")


def test_last_30_days_are_named_in_words(tmp_path: Path) -> None:
    idle = replace(QUIET, iflow_id="idle", messages=0, usage=Usage.UNUSED)
    unclear = replace(QUIET, iflow_id="unclear", messages=0, usage=Usage.UNKNOWN)
    window = RollingWindow(OCTOBER.start, OCTOBER.end)
    rolling = replace(census(failing(1), idle, unclear), period=window)
    publish_report(FolderStore(tmp_path), rolling, formats=["json"])

    todo, unused = (
        CliRunner().invoke(app, ["report", command, "--folder", str(tmp_path)]).stderr
        for command in ("todo", "unused")
    )

    assert todo.startswith("To do in the last 30 days\n")
    assert unused.startswith("Deployed but unused in the last 30 days\n")
    assert "  since at least 30 days ago," in unused
    assert "Deployed, but usage unknown (see usage_reason): 1 in prod" in unused


def test_csv_has_all_entries_whatever_the_limit_is(call: Call) -> None:
    rows = rows_of(call("todo", "--csv", "--limit", "1"))

    assert [row["iflow_id"] for row in rows[:7]] == [f"f{number}" for number in range(6, -1, -1)]
    assert rows[0]["evidence"] == "26 of 100 messages failed (26 %)"
    assert rows[0]["environment"] == "production"
    assert len(rows) == 8


def test_diff_has_two_lines_for_each_iflow(call: Call) -> None:
    lines = call("diff", "2026-09", "2026-10", "--kind", "version_changed").stderr.splitlines()

    start = lines.index(next(line for line in lines if line.startswith("prod: Replicate")))
    assert lines[start + 1] == "  Version changed: 1 → 1.0.3"
    assert len(lines) == start + 14
    assert max(map(len, lines)) <= 80


def test_diff_is_limited_and_says_so(call: Call) -> None:
    limited = call("diff", "2026-09", "2026-10", "--tenant", "prod", "--limit", "2")
    rows = rows_of(call("diff", "2026-09", "2026-10", "--tenant", "prod", "--csv"))

    assert "… and 6 more; --limit 0 shows all" in limited.stderr
    assert {row["tenant"] for row in rows} == {"prod"}
    assert [row["kind"] for row in rows].count("version_changed") == 7


def test_todo_has_two_lines_for_an_entry_with_long_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    broken = replace(
        QUIET, iflow_name="n" * 60, runtime_status="ERROR", runtime_error="word " * 100
    )
    publish_report(FolderStore(tmp_path), replace(census(broken), period=OCTOBER), formats=["json"])

    lines = (
        CliRunner().invoke(app, ["report", "todo", "--folder", str(tmp_path)]).stderr.splitlines()
    )

    (start,) = (number for number, line in enumerate(lines) if line.startswith("  - n"))
    assert len(lines) == start + 2
    assert lines[-1].endswith(" …")
    assert max(map(len, lines)) <= 80


def test_unused_has_two_lines_for_each_iflow(call: Call) -> None:
    lines = call("unused", "2026-10", "--tenant", "prod").stderr.splitlines()

    assert lines[1:3] == [
        "prod: =idle (idle)",
        "  since 2026-10, deployed 2018-03-17, 2 endpoints, if undeployed: calls would …",
    ]
    assert not any(line.startswith("dev: ") for line in lines)


def test_unused_reads_the_newest_month_by_default(call: Call) -> None:
    assert call("unused").stderr == call("unused", "2026-10").stderr


def test_csv_has_no_formulas(call: Call) -> None:
    row, _ = rows_of(call("unused", "2026-10", "--csv"))

    assert (row["iflow_name"], row["since_is_known"]) == ("'=idle", "true")
    assert row["triggers"] == "ProcessDirect /idle; timer once at deployment"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["todo", "--tenant", "nope"], "unknown tenant 'nope'; known tenants: dev, prod"),
        (["unused", "2026-10", "--tenant", "nope"], "known tenants: dev, prod"),
        (["diff", "2026-09", "2026-10", "--tenant", "nope"], "known tenants: dev, prod"),
        (["todo", "--csv", "--json"], "use only one of --csv and --json"),
        (["todo", "--kind", "nope"], "'nope' is not one of"),
        (["todo", "--limit", "-1"], "-1 is not a number"),
    ],
)
def test_wrong_use_is_explained(call: Call, arguments: list[str], message: str) -> None:
    result = call(*arguments)

    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
