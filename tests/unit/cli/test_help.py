"""The help of every command: examples, widths, -h."""

import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from iflow_census.cli.command import LazyCommand
from iflow_census.cli.commands import COMMANDS, app
from iflow_census.cli.examples import EXAMPLES, format_examples


def _commands() -> Iterator[tuple[str, Any]]:
    for name, entry in COMMANDS.items():
        command: Any = LazyCommand(name, entry.target, entry.help).load()
        if hasattr(command, "commands"):
            for sub_name, sub_command in command.commands.items():
                yield f"{name} {sub_name}", sub_command
        else:
            yield name, command


ALL = dict(_commands())
GROUPS = dict.fromkeys(name.split()[0] for name in ALL if " " in name)


def test_every_command_has_examples() -> None:
    assert set(EXAMPLES) == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_examples_are_valid_calls(name: str) -> None:
    for line in "\n".join(format_examples(name)).replace("\\\n", "").splitlines():
        words = name.split()
        arguments = shlex.split(line.partition("iflow-census ")[2])
        assert arguments[: len(words)] == words
        ALL[name].make_context(name, arguments[len(words) :])


@pytest.mark.parametrize("name", ["", *GROUPS, *ALL])
def test_help_fits_into_80_columns(name: str) -> None:
    result = CliRunner().invoke(
        app, [*name.split(), "-h"], prog_name="iflow-census", env={"COLUMNS": "80"}
    )

    assert result.exit_code == 0
    assert "Usage: iflow-census" in result.stdout
    assert [line for line in result.stdout.splitlines() if len(line) > 80] == []
    assert "..." not in result.stdout.partition("\n\n")[2]
    assert name not in ALL or f"Examples:\n  {format_examples(name)[0]}\n" in result.stdout


def test_options_for_aws_have_a_panel_of_their_own() -> None:
    result = CliRunner().invoke(app, ["run", "-h"])

    options, aws = result.stdout.split("\nAWS:\n")
    assert "--region REGION" in aws.partition("\n\n")[0]
    assert "--format" in options


@pytest.mark.parametrize("name", ["", "run", "leanix", "leanix inbound"])
def test_help_fits_on_narrow_terminals(name: str) -> None:
    result = CliRunner().invoke(app, [*name.split(), "-h"], env={"COLUMNS": "40"})

    text = result.stdout.partition("Examples:")[0]
    assert [line for line in text.splitlines() if len(line) > 40] == []
