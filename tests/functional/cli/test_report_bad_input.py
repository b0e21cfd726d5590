"""`iflow-census report`: wrong calls, damaged places, and names that mean harm."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from iflow_census.cli.commands import app
from iflow_census.store.folder import FolderStore
from tests.functional.cli.conftest import CommandLine
from tests.functional.cli.published import (
    SEPTEMBER,
    census_of,
    publish_report,
    publish_two_months,
)
from tests.unit.report.examples import DESIGNED, OCTOBER, ORPHAN

OCTOBERS = "reports/period=2026-10/"
MANIFEST = OCTOBERS + "manifest.json"
JSON = "application/json"
Call = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """The folder of both months."""
    store = FolderStore(tmp_path / "census")
    publish_two_months(store)
    return store


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Calls a command on that folder."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str) -> Result:
        result = CliRunner().invoke(app, ["report", *arguments, "--folder", "census"])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return called


def change_manifest(store: FolderStore, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest of October behind everybody's back."""
    found = store.read(MANIFEST)
    assert found is not None
    content = json.loads(found.body)
    change(content)
    store.write(MANIFEST, json.dumps(content).encode(), content_type=JSON)


def in_first_file(values: Mapping[str, Any]) -> Callable[[dict[str, Any]], object]:
    return lambda content: content["files"][0].update(values)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["get", "October"], "period 'October': not a month; write it as YYYY-MM"),
        (["get", "2026-10/../.."], "not a month"),
        (["get", "2026-08"], "no report of 2026-08 in census: there are 2026-09, 2026-10"),
        (["open", "2026-08"], "there are 2026-09, 2026-10"),
        (["unused", "2026-08"], "there are 2026-09, 2026-10"),
        (["diff", "2026-08", "2026-10"], "there are 2026-09, 2026-10"),
        (["diff", "2026-10", "2026-10"], "name two months that differ"),
        (
            ["get", "2026-10", "--format", "pdf"],
            "not written as pdf; its formats are csv, json, jsonl, html, xlsx, classic-csv",
        ),
        (["list", "--bucket", "reports"], "name one place: --folder, --bucket or --stack"),
        (["list", "--stack", "census"], "name one place"),
    ],
)
def test_wrong_use_is_told_with_what_there_is(call: Call, arguments: list[str], said: str) -> None:
    result = call(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_where_no_report_was_published_yet_that_is_said(call: Call, tmp_path: Path) -> None:
    (tmp_path / "census").mkdir()

    result = call("open", "2026-10")

    assert result.exit_code == 2
    assert "no report of 2026-10 in census: there are none yet" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "lacking"),
    [
        (["open", "2026-10"], "html"),
        (["unused", "2026-10"], "json"),
        (["diff", "2026-09", "2026-10"], "json"),
    ],
)
def test_a_format_that_a_command_needs_and_the_run_did_not_write_is_named(
    call: Call, tmp_path: Path, arguments: list[str], lacking: str
) -> None:
    store = FolderStore(tmp_path / "census")
    for month in (SEPTEMBER, OCTOBER):
        publish_report(store, census_of(month), formats=["csv", "xlsx"])

    result = call(*arguments)

    assert result.exit_code == 2
    assert f"not written as {lacking}; its formats are csv, xlsx" in result.stderr


@pytest.mark.parametrize("manifest", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_a_manifest_that_is_none_is_told_and_the_other_months_are_listed(
    call: Call, store: FolderStore, manifest: bytes
) -> None:
    store.write(MANIFEST, manifest, content_type=JSON)

    listed, fetched = call("list", "--json"), call("get", "2026-10", "--out", "fetched")

    assert listed.exit_code == 3
    assert [one["period"] for one in json.loads(listed.stdout)] == ["2026-09"]
    assert "period=2026-10/manifest.json: not a manifest" in listed.stderr
    assert fetched.exit_code == 1
    assert "period=2026-10/manifest.json: not a manifest" in fetched.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content.update(schema="other/v9"), "its schema is 'other/v9'"),
        (lambda content: content.update(period="2026-09"), "it is the manifest of 2026-09"),
        (lambda content: content.update(period="soon"), "damaged at period"),
        (lambda content: content.update(status="perhaps"), "damaged at status"),
        (lambda content: content.update(run_id="\x1b[31m"), "damaged at run_id"),
        (lambda content: content.pop("files"), "damaged at files"),
        (in_first_file({"key": "reports/.."}), "damaged at files.0.key"),
        (in_first_file({"key": "..\\..\\evil"}), "damaged at files.0.key"),
        (in_first_file({"format": "[bold]csv"}), "damaged at files.0.format"),
        (in_first_file({"sha256": "0" * 63}), "damaged at files.0.sha256"),
    ],
)
def test_a_manifest_that_does_not_hold_together_is_told(
    call: Call, store: FolderStore, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    change_manifest(store, change)

    result = call("get", "2026-10", "--out", "fetched")

    assert result.exit_code == 1
    assert said in result.stderr
    assert not Path("fetched").exists()


def test_no_key_of_a_manifest_leads_out_of_the_folder_of_its_report(
    call: Call, store: FolderStore, tmp_path: Path
) -> None:
    (tmp_path / "report.csv").write_text("private", encoding="utf-8")
    change_manifest(store, in_first_file({"key": "../../../report.csv"}))

    result = call("get", "2026-10", "--format", "csv", "--out", "fetched")

    assert result.exit_code == 0, result.stderr
    assert b"private" not in (tmp_path / "fetched/report.csv").read_bytes()


def test_a_file_that_is_not_the_one_of_the_manifest_is_an_error_and_nothing_is_written(
    call: Call, store: FolderStore, tmp_path: Path
) -> None:
    store.write(OCTOBERS + "report.xlsx", b"of another run", content_type=JSON)

    result = call("get", "2026-10", "--out", "fetched")

    assert result.exit_code == 1
    assert "report.xlsx: not the file that" in result.stderr
    assert "its sha256 differs" in result.stderr
    assert not (tmp_path / "fetched").exists()


def test_a_file_that_is_missing_is_told(call: Call, store: FolderStore, tmp_path: Path) -> None:
    del store
    (tmp_path / "census" / OCTOBERS / "report.html").unlink()

    result = call("open", "2026-10")

    assert result.exit_code == 1
    assert "report.html: missing, although" in result.stderr


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{}", "report.json: not a report.json"),
        (b'{"schema": "iflow-census/report/v9"}', "its schema is 'iflow-census/report/v9'"),
        (b'{"schema": "iflow-census/report/v1"}', "report.json: damaged at period"),
    ],
)
def test_a_report_that_was_published_damaged_is_told(
    call: Call, tmp_path: Path, body: bytes, said: str
) -> None:
    store = FolderStore(tmp_path / "census")
    publish_two_months(store)
    file = {"sha256": _sha256(body), "bytes": len(body)}
    change_manifest(store, lambda content: content["files"][1].update(file))
    store.write(OCTOBERS + "report.json", body, content_type=JSON)

    results = [call("diff", "2026-09", "2026-10"), call("unused", "2026-10")]

    assert [one.exit_code for one in results] == [1, 1]
    assert all(said in one.stderr for one in results)


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def test_a_folder_that_cannot_be_written_is_told(
    call: Call, store: FolderStore, tmp_path: Path
) -> None:
    del store
    (tmp_path / "file").write_text("", encoding="utf-8")

    result = call("get", "2026-10", "--out", "file")

    assert result.exit_code == 1
    assert "file: this is a file; choose another folder" in result.stderr


HOSTILE = (
    "[bold red]not red[/] :bomb: [link=https://evil.example]here[/link]",
    "\x1b]0;owned\x07\x1b[31mred\x1b[0m",
    "first\nsecond\r\tthird",
    "right \u202eot tfel\u202c",
    "=HYPERLINK(1)" + "x" * 1000,
    "[/]",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_shown_as_they_are_and_do_nothing_to_the_terminal(
    iflow_census: CommandLine, name: str
) -> None:
    store = FolderStore(iflow_census.folder / "census")
    row = replace(ORPHAN, iflow_name=name, iflow_id="Orphan", package_name=name)
    publish_report(store, census_of(SEPTEMBER, rows=[DESIGNED]), formats=["json"])
    publish_report(store, census_of(OCTOBER, rows=[row]), formats=["json"])

    shown = [
        iflow_census.on_terminal("report", *command, "--folder", "census", "--json")
        for command in (["unused", "2026-10"], ["diff", "2026-09", "2026-10"])
    ]

    for ran in shown:
        assert ran.exit_code == 0, ran.stderr
        # Colour and style are of the program; titles, cursors and links would be of the name.
        assert not set(re.sub(r"\x1b\[[0-9;]*m", "", ran.stderr)) & set("\x1b\x07\u202e\t")
        assert "\x1b[31m" not in ran.stderr
        assert json.loads(ran.stdout)["period"] == "2026-10"
        for piece in re.findall(r"\[link|\[/|:bomb:|HYPERLINK|second|tfel", name):
            assert piece in ran.stderr
    names = [one["iflow_name"] for one in json.loads(shown[0].stdout)["unused"]["iflows"]]
    assert names == [name]


def test_a_tenant_of_a_manifest_is_shown_without_markup(call: Call, store: FolderStore) -> None:
    tenant = {"name": "[red]x\x1b[2J", "status": "failed", "error": "line\nbreak\x07"}
    change_manifest(store, lambda content: content["tenants"][0].update(tenant))

    result = call("list")

    assert "[red]x" in result.stderr
    assert "is failed: line break" in result.stderr
    assert not set(result.stderr) & set("\x1b\x07")
