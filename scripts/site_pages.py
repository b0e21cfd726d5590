"""Lay out the pages of the documentation site: `python scripts/site_pages.py build/docs`.

README becomes the first page and docs/ stays as it is, so that the same files read well in the
repository. The reference of the command line is made from the commands. If `make demo` has run, its
report is a page, too, behind the picture on the first page.
"""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import typer
from typer.main import get_command
from typer.testing import CliRunner

from iflow_census.cli.commands import COMMANDS, app

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "demo-output/reports/period=2026-10/report.html"
FROM_ROOT = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE")
"""Files beside README that the pages link to."""


def main() -> None:
    """Write all pages into a new folder."""
    target = Path(sys.argv[1])
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "docs", target)
    for page in target.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace("](../", "]("), encoding="utf-8")
    for name in ("README.md", *FROM_ROOT):
        text = (ROOT / name).read_text(encoding="utf-8")
        file = target / ("index.md" if name == "README.md" else name)
        file.write_text(_from_docs(text), encoding="utf-8")
    decisions = sorted((target / "decisions").glob("0*.md"))
    (target / "decisions/index.md").write_text(_decisions(decisions), encoding="utf-8")
    (target / "command-line.md").write_text("\n".join(_command_line()), encoding="utf-8")
    if DEMO.exists():
        (target / "demo").mkdir()
        shutil.copy(DEMO, target / "demo/report.html")
        start = target / "index.md"
        text = start.read_text(encoding="utf-8")
        linked = re.sub(r"(!\[[^]]*\]\([^)]*\))", r"[\1](demo/report.html)", text, count=1)
        start.write_text(linked, encoding="utf-8")


def _from_docs(text: str) -> str:
    """The text with links as they are in the folder of the pages."""
    text = re.sub(r"\]\(docs/decisions/\)", "](decisions/index.md)", text)
    return re.sub(r"\]\(docs/", "](", text)


def _decisions(pages: list[Path]) -> str:
    titles = [page.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ") for page in pages]
    links = [f"- [{title}]({page.name})" for page, title in zip(pages, titles, strict=True)]
    return "\n".join(["# Decisions", "", *links, ""])


def _command_line() -> Iterator[str]:
    """The help of every command."""
    yield "# Command line"
    yield "`iflow-census COMMAND --help` shows the same texts."
    yield from _help([])
    for name in COMMANDS:
        yield f"\n## iflow-census {name}"
        yield from _help([name])
        for subcommand in _subcommands(name):
            yield f"\n### iflow-census {name} {subcommand}"
            yield from _help([name, subcommand])


def _subcommands(name: str) -> list[str]:
    group = cast("Any", get_command(app))
    command = group.get_command(typer.Context(group), name).load()
    return list(getattr(command, "commands", {}))


def _help(command: list[str]) -> Iterator[str]:
    result = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "80"})
    if result.exit_code:
        raise SystemExit(f"iflow-census {' '.join(command)} --help: {result.output}")
    yield from ("\n```text", result.output.strip(), "```")


if __name__ == "__main__":
    main()
