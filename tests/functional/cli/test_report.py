"""`iflow-census report` on a folder, as a person and a script call it."""

import hashlib
import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from iflow_census.report.formats import FORMATS
from iflow_census.store.folder import FolderStore
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
    """The folder of both months."""
    store = FolderStore(iflow_census.folder / "census")
    publish_two_months(store)
    return store


def told(ran: Ran) -> Any:
    assert ran.exit_code == 0, ran.stderr
    return json.loads(ran.stdout)


def with_browser(iflow_census: CommandLine, command: str, *arguments: str) -> Ran:
    """Call a command where BROWSER is a program of our own, and no other is at hand."""
    nothing = iflow_census.folder / "nothing"
    nothing.mkdir()
    given = {**iflow_census.variables(), "BROWSER": command, "PATH": str(nothing)}
    given["TMPDIR"] = str(iflow_census.keys)
    return run([SCRIPT, "report", *arguments], cwd=iflow_census.folder, env=given)


@pytest.mark.usefixtures("store")
def test_the_list_names_months_runs_tenants_and_formats(iflow_census: CommandLine) -> None:
    ran = iflow_census("report", "list", *FROM, "--json")

    found = told(ran)
    assert [one["period"] for one in found] == ["2026-09", "2026-10"]
    assert found[1] == {
        "period": "2026-10",
        "run_id": "20261101T003000Z",
        "status": "complete",
        "manifest": "census/reports/period=2026-10/manifest.json",
        "tenants": [
            {"name": "prod", "status": "complete", "iflows": 3, "messages": 9, "error": None}
        ],
        "formats": list(FORMATS),
    }
    assert "20261101T003000Z" in ran.stderr


def test_a_partial_report_is_listed_with_what_is_missing(iflow_census: CommandLine) -> None:
    store = FolderStore(iflow_census.folder / "census")
    publish_report(store, census_of(OCTOBER, FAILED), formats=["csv"])

    ran = iflow_census("report", "list", *FROM, "--json")

    assert told(ran)[0]["status"] == "partial"
    assert "2026-10: test is failed: packages: GET IntegrationPackages: HTTP 403" in ran.stderr


def test_an_empty_folder_is_told_and_a_missing_one_is_not_made(iflow_census: CommandLine) -> None:
    (iflow_census.folder / "census").mkdir()

    empty = iflow_census("report", "list", *FROM, "--json")
    missing = iflow_census("report", "list", "--folder", "other")

    assert told(empty) == []
    assert "There is no report in census yet." in empty.stderr
    assert missing.exit_code == 2
    assert "other is no folder" in missing.stderr
    assert not (iflow_census.folder / "other").exists()


@pytest.mark.usefixtures("store")
def test_get_fetches_every_format_as_it_was_published(iflow_census: CommandLine) -> None:
    ran = iflow_census("report", "get", "2026-10", *FROM, "--out", "fetched", "--json")

    published = iflow_census.folder / REPORTS.format("2026-10")
    files = told(ran)["files"]
    assert [one["format"] for one in files] == list(FORMATS)
    for file in files:
        path = iflow_census.folder / file["path"]
        assert path.read_bytes() == (published / path.name).read_bytes()
        assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"]
        assert f"fetched/{path.name}" in ran.stderr


@pytest.mark.usefixtures("store")
def test_get_fetches_the_formats_that_are_named(iflow_census: CommandLine) -> None:
    ran = iflow_census(
        "report", "get", "2026-09", *FROM, "--format", "xlsx", "--format", "classic-csv"
    )

    assert (ran.exit_code, ran.stdout) == (0, "")
    written = sorted(path.name for path in iflow_census.folder.iterdir() if path.is_file())
    assert written == ["classic.csv", "report.xlsx"]


def test_the_folder_of_a_run_without_aws_is_read_too(iflow_census: CommandLine) -> None:
    store = FolderStore(iflow_census.folder / "out")
    publish_report(store, census_of(OCTOBER), formats=["csv", "json"], folder="")

    listed = iflow_census("report", "list", "--folder", "out", "--json")
    unused = iflow_census("report", "unused", "2026-10", "--folder", "out", "--json")

    assert told(listed)[0]["manifest"] == "out/manifest.json"
    assert [one["iflow_id"] for one in told(unused)["unused"]["iflows"]] == ["Orphan"]
    assert "By 1 report." in unused.stderr


@pytest.mark.usefixtures("store")
def test_open_gives_the_browser_a_private_file_and_says_where_it_is(
    iflow_census: CommandLine,
) -> None:
    program = iflow_census.keys / "browser.py"
    program.write_text("import sys; open('opened', 'w').write(sys.argv[1])", encoding="utf-8")

    ran = with_browser(
        iflow_census, f"{sys.executable} {program} %s", "open", "2026-10", *FROM, "--json"
    )

    path = Path(told(ran)["path"])
    published = iflow_census.folder / REPORTS.format("2026-10") / "report.html"
    assert (iflow_census.folder / "opened").read_text(encoding="utf-8") == path.as_uri()
    assert path.read_bytes() == published.read_bytes()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert f"Report: {path}" in ran.stderr


@pytest.mark.usefixtures("store")
def test_without_a_browser_open_says_what_to_do(iflow_census: CommandLine) -> None:
    ran = with_browser(iflow_census, "no-such-browser %s", "open", "2026-10", *FROM, "--json")

    assert ran.exit_code == 1
    content = json.loads(ran.stdout)
    assert content["opened"] is False
    assert Path(content["path"]).is_file()
    assert "no browser could be started: open that file in one" in ran.stderr
    assert "report get 2026-10 --format html" in ran.stderr


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("months", [("2026-09", "2026-10"), ("2026-10", "2026-09")])
def test_diff_shows_what_changed_from_the_older_month_to_the_newer(
    iflow_census: CommandLine, months: tuple[str, str]
) -> None:
    ran = iflow_census("report", "diff", *months, *FROM, "--json")

    found = told(ran)
    assert found["period"] == "2026-10"
    assert found["changes"]["compared_with"] == {"month": "2026-09", "run_id": "20261001T003000Z"}
    happened = {(one["kind"], one["iflow_id"]) for one in found["changes"]["iflows"]}
    assert happened == {("new", "Bare"), ("version_changed", "Flow"), ("messages_moved", "Flow")}
    assert "Version changed: 1.0.3 → 1.0.4" in ran.stderr
    assert "1 new, 1 version changed, 1 messages moved" in ran.stderr


def test_diff_says_of_which_tenants_nothing_can_be_said(iflow_census: CommandLine) -> None:
    store = FolderStore(iflow_census.folder / "census")
    publish_report(store, census_of(SEPTEMBER, FAILED), formats=["json"])
    publish_report(store, census_of(OCTOBER), formats=["json"])

    ran = iflow_census("report", "diff", "2026-09", "2026-10", *FROM, "--json")

    compared = {one["name"]: one["compared"] for one in told(ran)["changes"]["tenants"]}
    assert compared == {"prod": True, "test": False}
    assert "not compared: it is not in this report" in ran.stderr
    assert "2026-09: test is failed" in ran.stderr


@pytest.mark.usefixtures("store")
def test_unused_names_what_nobody_used_and_since_when(iflow_census: CommandLine) -> None:
    ran = iflow_census("report", "unused", "2026-10", *FROM, "--json")

    found = told(ran)["unused"]
    assert found["months"] == ["2026-10", "2026-09"]
    (orphan,) = found["iflows"]
    assert (orphan["iflow_id"], orphan["unused_since"]) == ("Orphan", "2026-09")
    assert "at least 2026-09" in ran.stderr
    assert "By 2 reports, 2026-09 to 2026-10." in ran.stderr


def test_an_earlier_report_that_is_damaged_is_left_out_with_a_word(
    iflow_census: CommandLine, store: FolderStore
) -> None:
    store.write("reports/period=2026-09/report.json", b"{}", content_type="application/json")
    store.write("reports/period=2026-08/manifest.json", b"{", content_type="application/json")

    ran = iflow_census("report", "unused", "2026-10", *FROM, "--json")

    found = told(ran)
    assert found["unused"]["months"] == ["2026-10"]
    assert [one.endswith("; this report is left out") for one in found["warnings"]] == [True, True]
    assert "period=2026-09/report.json: not the file" in ran.stderr
    assert "period=2026-08/manifest.json: not a manifest" in ran.stderr
