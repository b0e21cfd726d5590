"""`iflow-census report` with wrong arguments, damaged files and hostile names."""

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
from tests.unit.report.examples import DESIGNED, IDLE_ORPHAN, OCTOBER

OCTOBERS = "reports/period=2026-10/"
MANIFEST = OCTOBERS + "manifest.json"
JSON = "application/json"
Call = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """Return a folder with the reports of both months."""
    store = FolderStore(tmp_path / "census")
    publish_two_months(store)
    return store


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call a command on that folder."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str) -> Result:
        result = CliRunner().invoke(app, ["report", *arguments, "--folder", "census"])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return invoke


def change_manifest(store: FolderStore, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the content of October's manifest."""
    stored = store.read(MANIFEST)
    assert stored is not None
    content = json.loads(stored.body)
    change(content)
    store.write(MANIFEST, json.dumps(content).encode(), content_type=JSON)


def in_first_file(values: Mapping[str, Any]) -> Callable[[dict[str, Any]], object]:
    return lambda content: content["files"][0].update(values)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["get", "October"], "period 'October': not a month; write it as YYYY-MM"),
        (["get", "2026-10/../.."], "not a month"),
        (["get", "2026-08"], "no report of 2026-08 in census; available: 2026-09, 2026-10"),
        (["open", "2026-08"], "available: 2026-09, 2026-10"),
        (["unused", "2026-08"], "available: 2026-09, 2026-10"),
        (["diff", "2026-08", "2026-10"], "available: 2026-09, 2026-10"),
        (["diff", "2026-10", "2026-10"], "name two different months"),
        (
            ["get", "2026-10", "--format", "pdf"],
            "not written as pdf; its formats are csv, json, jsonl, html, xlsx, connections-csv",
        ),
        (["list", "--bucket", "reports"], "use only one of --folder, --bucket and --stack"),
        (["list", "--stack", "census"], "use only one of"),
    ],
)
def test_usage_error_names_the_alternatives(call: Call, arguments: list[str], message: str) -> None:
    result = call(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_error_says_that_there_are_no_reports_yet(call: Call, tmp_path: Path) -> None:
    (tmp_path / "census").mkdir()

    result = call("open", "2026-10")

    assert result.exit_code == 2
    assert "no report of 2026-10 in census; there are no reports yet" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (["open", "2026-10"], "html"),
        (["unused", "2026-10"], "json"),
        (["diff", "2026-09", "2026-10"], "json"),
    ],
)
def test_missing_format_is_a_usage_error(
    call: Call, tmp_path: Path, arguments: list[str], missing: str
) -> None:
    store = FolderStore(tmp_path / "census")
    for month in (SEPTEMBER, OCTOBER):
        publish_report(store, census_of(month), formats=["csv", "xlsx"])

    result = call(*arguments)

    assert result.exit_code == 2
    assert f"not written as {missing}; its formats are csv, xlsx" in result.stderr


@pytest.mark.parametrize("manifest", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_damaged_manifest_does_not_hide_other_months(
    call: Call, store: FolderStore, manifest: bytes
) -> None:
    store.write(MANIFEST, manifest, content_type=JSON)

    listed, fetched = call("list", "--json"), call("get", "2026-10", "--out", "fetched")

    assert listed.exit_code == 3
    assert [report["period"] for report in json.loads(listed.stdout)] == ["2026-09"]
    assert "period=2026-10/manifest.json: not a manifest" in listed.stderr
    assert fetched.exit_code == 1
    assert "period=2026-10/manifest.json: not a manifest" in fetched.stderr


@pytest.mark.parametrize(
    ("change", "message"),
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
def test_invalid_manifest_is_an_error_with_the_place(
    call: Call, store: FolderStore, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    change_manifest(store, change)

    result = call("get", "2026-10", "--out", "fetched")

    assert result.exit_code == 1
    assert message in result.stderr
    assert not Path("fetched").exists()


def test_manifest_cannot_point_outside_its_folder(
    call: Call, store: FolderStore, tmp_path: Path
) -> None:
    (tmp_path / "report.csv").write_text("private", encoding="utf-8")
    change_manifest(store, in_first_file({"key": "../../../report.csv"}))

    result = call("get", "2026-10", "--format", "csv", "--out", "fetched")

    assert result.exit_code == 0, result.stderr
    assert b"private" not in (tmp_path / "fetched/report.csv").read_bytes()


def test_file_with_another_checksum_is_not_written(
    call: Call, store: FolderStore, tmp_path: Path
) -> None:
    store.write(OCTOBERS + "report.xlsx", b"of another run", content_type=JSON)

    result = call("get", "2026-10", "--out", "fetched")

    assert result.exit_code == 1
    assert "report.xlsx: not the file that" in result.stderr
    assert "its sha256 differs" in result.stderr
    assert not (tmp_path / "fetched").exists()


def test_missing_file_is_an_error(call: Call, store: FolderStore, tmp_path: Path) -> None:
    del store
    (tmp_path / "census" / OCTOBERS / "report.html").unlink()

    result = call("open", "2026-10")

    assert result.exit_code == 1
    assert "report.html: missing, although" in result.stderr


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{}", "report.json: not a report.json"),
        (b'{"schema": "iflow-census/report/v0"}', "its schema is 'iflow-census/report/v0'"),
        (b'{"schema": "iflow-census/report/v9"}', "report.json: written by a newer version"),
        (b'{"schema": "iflow-census/report/v1"}', "report.json: damaged at period"),
    ],
)
def test_damaged_report_json_is_an_error(
    call: Call, tmp_path: Path, body: bytes, message: str
) -> None:
    store = FolderStore(tmp_path / "census")
    publish_two_months(store)
    file = {"sha256": _sha256(body), "bytes": len(body)}
    change_manifest(store, lambda content: content["files"][1].update(file))
    store.write(OCTOBERS + "report.json", body, content_type=JSON)

    results = [call("diff", "2026-09", "2026-10"), call("unused", "2026-10")]

    assert [result.exit_code for result in results] == [1, 1]
    assert all(message in result.stderr for result in results)


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def test_unwritable_folder_is_an_error(call: Call, store: FolderStore, tmp_path: Path) -> None:
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


def test_hostile_names_do_not_affect_the_terminal(iflow_census: CommandLine) -> None:
    store = FolderStore(iflow_census.folder / "census")
    rows = [
        replace(IDLE_ORPHAN, iflow_name=name, iflow_id=f"Orphan{number}", package_name=name)
        for number, name in enumerate(HOSTILE)
    ]
    publish_report(store, census_of(SEPTEMBER, rows=[DESIGNED]), formats=["json"])
    publish_report(store, census_of(OCTOBER, rows=rows), formats=["json"])

    outputs = [
        iflow_census.on_terminal("report", *command, "--folder", "census", "--json")
        for command in (["unused", "2026-10"], ["diff", "2026-09", "2026-10"])
    ]

    for ran in outputs:
        assert ran.exit_code == 0, ran.stderr
        # The program itself writes colors; titles, cursor movements and links would be the name's.
        assert not set(re.sub(r"\x1b\[[0-9;]*m", "", ran.stderr)) & set("\x1b\x07\u202e\t")
        assert "\x1b[31m" not in ran.stderr
        assert json.loads(ran.stdout)["period"] == "2026-10"
        for piece in re.findall(r"\[link|\[/|:bomb:|HYPERLINK|second|tfel", " ".join(HOSTILE)):
            assert piece in ran.stderr
    unused = json.loads(outputs[0].stdout)["unused"]["iflows"]
    assert {iflow["iflow_name"] for iflow in unused} == set(HOSTILE)


def test_tenant_names_are_shown_without_markup(call: Call, store: FolderStore) -> None:
    tenant = {"name": "[red]x\x1b[2J", "status": "failed", "error": "line\nbreak\x07"}
    change_manifest(store, lambda content: content["tenants"][0].update(tenant))

    result = call("list")

    assert "[red]x" in result.stderr
    assert "is failed: line break" in result.stderr
    assert not set(result.stderr) & set("\x1b\x07")
