"""docs/tenant-administration.md: every example is run, and every command that it names is there."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from iflow_census.cli.commands import app
from tests.functional.tenant_admin.conftest import Call
from tests.processes import ROOT, environment
from tests.simulators.cloud_integration import SimulatedTenant

DOCUMENT = ROOT / "docs/tenant-administration.md"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROGRAM = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"`iflow-census ([a-z][^`]*)`")
ANYTHING = "…"


@dataclass(frozen=True, slots=True)
class Example:
    """A command, and what the document shows below it; "" where it shows nothing."""

    command: str
    shown: str

    def matches(self, said: str) -> bool:
        """Whether that was said, ANYTHING standing for any text."""
        pattern = ".*".join(re.escape(part) for part in _stripped(self.shown).split(ANYTHING))
        return not self.shown or bool(re.fullmatch(pattern, _stripped(said), re.DOTALL))


def _stripped(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _sections() -> dict[str, list[Example]]:
    """The examples below each heading of the second level."""
    parts = re.split(r"^## (.+)$", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections = {
        title: [one for block in _BLOCK.findall(text) for one in _examples(block)]
        for title, text in zip(parts[1::2], parts[2::2], strict=True)
    }
    return {title: examples for title, examples in sections.items() if examples}


def _examples(block: str) -> Iterator[Example]:
    for part in re.split(r"^\$ ", block.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield Example(command, shown)


@pytest.mark.parametrize("title", _sections())
def test_the_examples_of_a_section_say_what_the_document_shows(
    title: str, call: Call, tenant: SimulatedTenant
) -> None:
    Path("tenant.json").write_text(json.dumps(tenant.service_key()), encoding="utf-8")

    for example in _sections()[title]:
        program, *arguments = shlex.split(example.command)
        assert program == "iflow-census", example.command
        result = call(*arguments)
        assert result.exit_code == 0, f"{example.command}\n{result.output}"
        assert example.matches(result.output), f"{example.command}\n{result.output}"


def test_the_python_example_runs(tenant: SimulatedTenant, tmp_path: Path) -> None:
    (tmp_path / "tenant.json").write_text(json.dumps(tenant.service_key()), encoding="utf-8")
    programs = _PROGRAM.findall(DOCUMENT.read_text(encoding="utf-8"))

    ran = [
        subprocess.run(  # noqa: S603 - the document's own program
            [sys.executable, "-W", "error", "-c", program],
            cwd=tmp_path,
            env=environment(tmp_path, now=None, path=[ROOT / "layers/census"]),
            capture_output=True,
            text=True,
            check=False,
        )
        for program in programs
    ]

    assert [(one.returncode, one.stderr) for one in ran] == [(0, "")] * len(programs)
    assert programs


def test_every_command_that_is_named_is_there() -> None:
    named = _NAMED.findall(DOCUMENT.read_text(encoding="utf-8"))

    program = typer.main.get_command(app)
    missing = [one for one in named if not _is_there(program, one.split())]

    assert len(named) > 20
    assert missing == []


def _is_there(command: object, words: list[str]) -> bool:
    for word in words:
        if not isinstance(command, TyperGroup):
            return True
        found = command.commands.get(word)
        if found is None:
            return False
        command = found
    return True


def test_an_example_that_says_something_else_would_be_found() -> None:
    example = Example("iflow-census x", "Id  Name\n…\nEnd\n")

    assert example.matches("Id  Name  \nOrders\nMore\nEnd\n")
    assert not example.matches("Id  Name\nOrders\nend\n")
    assert not example.matches("Id Name\nEnd")
