"""docs/tenant-administration.md: its examples run and print what it shows."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.functional.tenant_admin.conftest import Call
from tests.processes import ROOT, environment
from tests.simulators.cloud_integration import SimulatedTenant

DOCUMENT = ROOT / "docs/tenant-administration.md"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROGRAM = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANYTHING = "…"


@dataclass(frozen=True, slots=True)
class Example:
    """A command, and the output that the document shows below it, if any."""

    command: str
    expected: str

    def matches(self, output: str) -> bool:
        """Whether the output matches, where ANYTHING stands for any text."""
        pattern = ".*".join(re.escape(part) for part in _stripped(self.expected).split(ANYTHING))
        return not self.expected or bool(re.fullmatch(pattern, _stripped(output), re.DOTALL))


def _stripped(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _sections() -> dict[str, list[Example]]:
    """The examples below each heading of the second level."""
    parts = re.split(r"^## (.+)$", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections = {
        title: [example for block in _BLOCK.findall(text) for example in _examples(block)]
        for title, text in zip(parts[1::2], parts[2::2], strict=True)
    }
    return {title: examples for title, examples in sections.items() if examples}


def _examples(block: str) -> Iterator[Example]:
    for part in re.split(r"^\$ ", block.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield Example(command, expected)


@pytest.mark.parametrize("title", _sections())
def test_examples_print_what_the_document_shows(
    title: str, call: Call, tenant: SimulatedTenant
) -> None:
    Path("tenant.json").write_text(json.dumps(tenant.service_key()), encoding="utf-8")

    for example in _sections()[title]:
        program, *arguments = shlex.split(example.command)
        assert program == "iflow-census", example.command
        result = call(*arguments)
        assert result.exit_code == 0, f"{example.command}\n{result.output}"
        assert example.matches(result.output), f"{example.command}\n{result.output}"


def test_python_example_runs(tenant: SimulatedTenant, tmp_path: Path) -> None:
    (tmp_path / "tenant.json").write_text(json.dumps(tenant.service_key()), encoding="utf-8")
    programs = _PROGRAM.findall(DOCUMENT.read_text(encoding="utf-8"))

    processes = [
        subprocess.run(  # noqa: S603 - the program in the document
            [sys.executable, "-W", "error", "-c", program],
            cwd=tmp_path,
            env=environment(tmp_path, now=None, path=[ROOT / "layers/census"]),
            capture_output=True,
            text=True,
            check=False,
        )
        for program in programs
    ]

    assert [(process.returncode, process.stderr) for process in processes] == [(0, "")] * len(
        programs
    )
    assert programs


def test_wrong_example_output_is_detected() -> None:
    example = Example("iflow-census x", "Id  Name\n…\nEnd\n")

    assert example.matches("Id  Name  \nOrders\nMore\nEnd\n")
    assert not example.matches("Id  Name\nOrders\nend\n")
    assert not example.matches("Id Name\nEnd")
