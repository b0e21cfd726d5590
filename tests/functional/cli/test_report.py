"""`iflow-census report` on a folder."""

import hashlib
import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from iflow_census.report.formats import FORMATS
from iflow_census.scan.snapshot import take_snapshot
from iflow_census.store.folder import FolderStore
from iflow_census.store.history import HistoryFile
from tests.functional.cli.conftest import SCRIPT, CommandLine
from tests.functional.cli.published import (
    SEPTEMBER,
    census_of,
    publish_report,
    publish_two_months,
)
from tests.processes import Ran, run
from tests.unit.report.examples import FAILED, OCTOBER

FROM = ("--folder", "census")
REPORTS = "census/reports/period={}/"


@pytest.fixture
def store(iflow_census: CommandLine) -> FolderStore:
    """Return a folder with the reports of both months."""
    store = FolderStore(iflow_census.folder / "census")
    publish_two_months(store)
    return store


def parse_output(result: Ran) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def with_browser(iflow_census: CommandLine, command: str, *arguments: str) -> Ran:
    """Call a command with this program as the only browser."""
    empty = iflow_census.folder / "empty"
    empty.mkdir()
    variables = {**iflow_census.environment(), "BROWSER": command, "PATH": str(empty)}
    variables["TMPDIR"] = str(iflow_census.keys)
    return run([SCRIPT, "report", *arguments], cwd=iflow_census.folder, env=variables)


@pytest.mark.usefixtures("store")
def test_list_shows_months_runs_tenants_and_formats(iflow_census: CommandLine) -> None:
    ran = iflow_census("report", "list", *FROM, "--json")

    reports = parse_output(ran)
    assert [report["period"] for report in reports] == ["2026-09", "2026-10"]
    assert reports[1] == {
        "period": "2026-10",
        "run_id": "20261101T003000Z",
        "status": "complete",
        "manifest": "census/reports/period=2026-10/manifest.json",
        "tenants": [
            {
                "name": "prod",
                "status": "complete",
                "iflows": 3,
                "messages": 9,
                "error": None,
                "coverage": 100,
                "carried_over": False,
            }
        ],
        "formats": list(FORMATS),
    }
    assert "20261101T003000Z" in ran.stderr


def test_partial_report_is_listed_with_its_error(iflow_census: CommandLine) -> None:
    store = FolderStore(iflow_census.folder / "census")
    publish_report(store, census_of(OCTOBER, FAILED), formats=["csv"])

    ran = iflow_census("report", "list", *FROM, "--json")

    assert parse_output(ran)[0]["status"] == "partial"
    assert "2026-10: test is failed: packages: GET IntegrationPackages: HTTP 403" in ran.stderr


def test_empty_folder_and_missing_folder(iflow_census: CommandLine) -> None:
    (iflow_census.folder / "census").mkdir()

    empty = iflow_census("report", "list", *FROM, "--json")
    missing = iflow_census("report", "list", "--folder", "other")

    assert parse_output(empty) == []
    assert "There are no reports in census yet." in empty.stderr
    assert missing.exit_code == 2
    assert "other: not a folder" in missing.stderr
    assert not (iflow_census.folder / "other").exists()


@pytest.mark.usefixtures("store")
def test_get_downloads_all_formats(iflow_census: CommandLine) -> None:
    ran = iflow_census("report", "get", "2026-10", *FROM, "--out", "fetched", "--json")

    published = iflow_census.folder / REPORTS.format("2026-10")
    files = parse_output(ran)["files"]
    assert [file["format"] for file in files] == list(FORMATS)
    for file in files:
        path = iflow_census.folder / file["path"]
        assert path.read_bytes() == (published / path.name).read_bytes()
        assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"]
        assert f"fetched/{path.name}" in ran.stderr


@pytest.mark.usefixtures("store")
def test_get_downloads_selected_formats(iflow_census: CommandLine) -> None:
    ran = iflow_census(
        "report", "get", "2026-09", *FROM, "--format", "xlsx", "--format", "classic-csv"
    )

    assert (ran.exit_code, ran.stdout) == (0, "")
    written = sorted(path.name for path in iflow_census.folder.iterdir() if path.is_file())
    assert written == ["classic-prod.csv", "report.xlsx"]


def test_folder_of_runs_is_the_default(iflow_census: CommandLine) -> None:
    publish_report(FolderStore(iflow_census.folder / "iflow-census"), census_of(OCTOBER))

    listed = iflow_census("report", "list", "--json")

    assert [entry["period"] for entry in parse_output(listed)] == ["2026-10"]


@pytest.mark.usefixtures("store")
def test_open_passes_a_private_file_to_the_browser(
    iflow_census: CommandLine,
) -> None:
    program = iflow_census.keys / "browser.py"
    program.write_text("import sys; open('opened', 'w').write(sys.argv[1])", encoding="utf-8")

    ran = with_browser(
        iflow_census, f"{sys.executable} {program} %s", "open", "2026-10", *FROM, "--json"
    )

    path = Path(parse_output(ran)["path"])
    published = iflow_census.folder / REPORTS.format("2026-10") / "report.html"
    assert (iflow_census.folder / "opened").read_text(encoding="utf-8") == path.as_uri()
    assert path.read_bytes() == published.read_bytes()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert f"Report: {path}" in ran.stderr


@pytest.mark.usefixtures("store")
def test_open_without_a_browser_says_what_to_do(iflow_census: CommandLine) -> None:
    ran = with_browser(iflow_census, "no-such-browser %s", "open", "2026-10", *FROM, "--json")

    assert ran.exit_code == 1
    content = json.loads(ran.stdout)
    assert content["opened"] is False
    assert Path(content["path"]).is_file()
    assert "no browser could be started; open the file yourself" in ran.stderr
    assert "report get 2026-10 --format html" in ran.stderr


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("months", [("2026-09", "2026-10"), ("2026-10", "2026-09")])
def test_diff_shows_changes_from_the_older_to_the_newer_month(
    iflow_census: CommandLine, months: tuple[str, str]
) -> None:
    ran = iflow_census("report", "diff", *months, *FROM, "--json")

    output = parse_output(ran)
    changes = output["changes"]
    assert output["period"] == "2026-10"
    assert changes["compared_with"] == {"month": "2026-09", "run_id": "20261001T003000Z"}
    kinds = {(change["kind"], change["iflow_id"]) for change in changes["iflows"]}
    assert kinds == {("new", "Bare"), ("version_changed", "Flow"), ("messages_moved", "Flow")}
    assert "Version changed: 1.0.3 → 1.0.4" in ran.stderr
    assert "1 new, 1 version changed, 1 volume changed" in ran.stderr


def test_diff_shows_why_tenants_are_not_compared(iflow_census: CommandLine) -> None:
    store = FolderStore(iflow_census.folder / "census")
    publish_report(store, census_of(SEPTEMBER, FAILED), formats=["json"])
    publish_report(store, census_of(OCTOBER), formats=["json"])

    ran = iflow_census("report", "diff", "2026-09", "2026-10", *FROM, "--json")

    compared = {
        tenant["name"]: tenant["compared"] for tenant in parse_output(ran)["changes"]["tenants"]
    }
    assert compared == {"prod": True, "test": False}
    assert "not compared: not in this report" in ran.stderr
    assert "2026-09: test is failed" in ran.stderr


@pytest.mark.usefixtures("store")
def test_unused_lists_iflows_and_since_when(iflow_census: CommandLine) -> None:
    ran = iflow_census("report", "unused", "2026-10", *FROM, "--json")

    unused = parse_output(ran)["unused"]
    assert unused["months"] == ["2026-10", "2026-09"]
    (orphan,) = unused["iflows"]
    assert (orphan["iflow_id"], orphan["unused_since"]) == ("Orphan", "2026-09")
    assert "at least 2026-09" in ran.stderr
    assert "Based on 2 reports, 2026-09 to 2026-10." in ran.stderr


def test_history_is_read_instead_of_earlier_reports(
    iflow_census: CommandLine, store: FolderStore
) -> None:
    snapshot = take_snapshot(census_of(SEPTEMBER).tenants[0])
    HistoryFile(store, SEPTEMBER, "prod").save(snapshot)
    store.write("reports/period=2026-09/report.json", b"{}")

    ran = iflow_census("report", "unused", "2026-10", *FROM, "--json")

    output = parse_output(ran)
    assert output["unused"]["months"] == ["2026-10", "2026-09"]
    assert output["warnings"] == []


def test_damaged_history_is_replaced_by_the_report_and_left_alone(
    iflow_census: CommandLine, store: FolderStore
) -> None:
    store.write("history/period=2026-09/prod.json.gz", b"damaged")

    ran = iflow_census("report", "unused", "2026-10", *FROM, "--json")

    assert parse_output(ran)["unused"]["months"] == ["2026-10", "2026-09"]
    history = iflow_census.folder / "census/history/period=2026-09"
    assert [path.name for path in history.iterdir()] == ["prod.json.gz"]


def test_damaged_earlier_report_is_left_out_with_a_warning(
    iflow_census: CommandLine, store: FolderStore
) -> None:
    store.write("reports/period=2026-09/report.json", b"{}", content_type="application/json")
    store.write("reports/period=2026-08/manifest.json", b"{", content_type="application/json")

    ran = iflow_census("report", "unused", "2026-10", *FROM, "--json")

    output = parse_output(ran)
    assert output["unused"]["months"] == ["2026-10"]
    assert len(output["warnings"]) == 2
    assert all(warning.endswith("; this report is left out") for warning in output["warnings"])
    assert "period=2026-09/report.json: not the file" in ran.stderr
    assert "period=2026-08/manifest.json: not a manifest" in ran.stderr
