"""The table of commands, and what each command imports."""

import sys
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.testing import CliRunner

from iflow_census import __version__
from iflow_census.cli.command import LazyCommand
from iflow_census.cli.commands import COMMANDS, app
from tests.processes import ROOT, Ran, environment, run

HEAVY = {
    "boto3",
    "botocore",
    "iflow_census.census",
    "iflow_census.cloud_integration",
    "iflow_census.http",
    "iflow_census.leanix",
    "iflow_census.report",
    "iflow_census.tenant_admin",
    "jinja2",
    "jmespath",
    "pydantic",
    "requests",
    "rich",
    "urllib3",
    "xlsxwriter",
}
"""Packages that take time to import; no command needs all of them."""

BASICS = {"pydantic", "rich"}
"""Typer parses arguments with pydantic."""
ADMIN = BASICS | {
    "iflow_census.cloud_integration",
    "iflow_census.http",
    "iflow_census.tenant_admin",
    "requests",
    "urllib3",
}

IMPORTS: dict[str, set[str]] = {
    "--help": set(),
    "--version": set(),
    "run --help": ADMIN - {"iflow_census.tenant_admin"}
    | {"iflow_census.census", "iflow_census.report"},
    "invoke --help": BASICS | {"iflow_census.census", "iflow_census.report"},
    "report --help": BASICS | {"iflow_census.report"},
    "report list --folder .": BASICS | {"iflow_census.report"},
    "tenant add --help": BASICS,
    "tenant list --profile nobody": BASICS | {"boto3", "botocore", "jmespath", "urllib3"},
    "leanix --help": BASICS,
    "leanix unmatched --help": ADMIN - {"iflow_census.tenant_admin"}
    | {"iflow_census.census", "iflow_census.leanix", "iflow_census.report"},
    "api --help": ADMIN,
    "iflow deploy --help": ADMIN,
    "logs --help": ADMIN,
}
"""The packages of `HEAVY` that a command may import, by command."""

PROGRAM = """
import sys
from iflow_census.cli import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def run_python(folder: Path, *arguments: str) -> Ran:
    env = environment(folder, now=None, path=[ROOT / "layers/census"])
    return run([sys.executable, *arguments], cwd=folder, env=env)


@pytest.mark.slow
@pytest.mark.parametrize("command", IMPORTS)
def test_command_imports_only_what_it_needs(command: str, tmp_path: Path) -> None:
    process = run_python(tmp_path, "-c", PROGRAM, *command.split())

    modules = process.stderr.splitlines()[-1].split()
    assert "iflow_census.cli.commands" in modules
    assert HEAVY.intersection(modules) - IMPORTS[command] == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_table_has_the_help_text_of_the_command(name: str) -> None:
    command = LazyCommand(name, COMMANDS[name].target, COMMANDS[name].help).load()

    assert command.name == name
    assert command.get_short_help_str(limit=200) == COMMANDS[name].help


def test_help_of_leanix_is_that_of_its_commands() -> None:
    group: Any = LazyCommand("leanix", "leanix:app", "").load()

    for command in group.commands.values():
        assert command.get_short_help_str(limit=200) == command.load().get_short_help_str(200)


def test_root_help_lists_every_command_in_its_panel() -> None:
    result = CliRunner().invoke(app, ["--help"])

    *_, census, reports, aws, leanix, tenant_admin = result.stdout.split("\n\n")
    assert _commands(census) == ("Census:", ["run"])
    assert _commands(reports) == ("Reports:", ["report", "anatomy"])
    assert _commands(aws) == ("AWS:", ["invoke", "tenant"])
    assert _commands(leanix) == ("LeanIX:", ["leanix"])
    title, names = _commands(tenant_admin)
    assert title == "Tenant administration:"
    assert names == [
        name for name, entry in COMMANDS.items() if entry.target.startswith("tenant_admin.")
    ]
    for entry in COMMANDS.values():
        assert entry.help in " ".join(result.stdout.split())


def _commands(panel: str) -> tuple[str, list[str]]:
    """The title of a panel, and the commands below it."""
    title, *lines = panel.splitlines()
    return title, [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "]


def test_help_of_a_command_is_its_own() -> None:
    result = CliRunner().invoke(app, ["leanix", "inbound", "--help"], prog_name="iflow-census")

    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: iflow-census leanix inbound [OPTIONS]")
    assert "--secret SOURCE" in result.stdout


@pytest.mark.parametrize(
    ("words", "completions"),
    [
        ("iflow-census ru", ["run"]),
        ("iflow-census tenant ", ["add", "list", "check"]),
        ("iflow-census run --for", ["--format"]),
        ("iflow-census run --format csv,h", ["csv,html"]),
        ("iflow-census report get --format x", ["xlsx"]),
        ("iflow-census run --period last-", ["last-month", "last-30-days"]),
        ("iflow-census logs list --status FA", ["FAILED"]),
        ("iflow-census api prod P", ["POST", "PUT", "PATCH"]),
    ],
)
def test_shell_completion_knows_commands_and_values(words: str, completions: list[str]) -> None:
    env = {
        "_IFLOW_CENSUS_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }

    result = CliRunner().invoke(app, [], env=env, prog_name="iflow-census")

    assert result.stdout.split() == completions


def test_mistyped_command_is_corrected() -> None:
    result = CliRunner().invoke(app, ["reprot"])

    assert result.exit_code == 2
    assert "Did you mean 'report'?" in result.stderr


def test_package_runs_as_a_module(tmp_path: Path) -> None:
    process = run_python(tmp_path, "-m", "iflow_census", "--version")

    assert (process.exit_code, process.stdout) == (0, f"{__version__}\n")


def test_groups_are_loaded_as_groups() -> None:
    group = LazyCommand("tenant", COMMANDS["tenant"].target, "").load()

    assert isinstance(group, TyperGroup)
    assert list(group.commands) == ["add", "list", "check"]
