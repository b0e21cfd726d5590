"""The shell commands on the pages of the documentation."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from typer.core import TyperGroup

from iflow_census.cli.command import LazyCommand
from iflow_census.cli.commands import COMMANDS
from tests.processes import ROOT

PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")),
)
PROGRAMS = ("iflow-census", "make", "sam", "aws", "gh", "git", "pip", "pipx", "uv", "python")
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`")
_IN_A_FILE = re.compile(r"^(?:.*run: |ExecStart=\S*/|[\d*, ]+\*  )(.*)$", re.MULTILINE)
"""A step of a workflow, the command of a service, a line for cron."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command without its arguments' quotes.

    Attributes:
        page: the file that has it.
        words: program and arguments.
        complete: whether it is in a block, not within a sentence.
    """

    page: str
    words: tuple[str, ...]
    complete: bool

    @property
    def is_name(self) -> bool:
        """Whether it is only a name, without the arguments that the command may require."""
        return all(re.fullmatch("[a-z-]*[a-z]", word) for word in self.words)

    def __str__(self) -> str:
        return f"{self.page}: {shlex.join(self.words)}"


def commands(page: str) -> list[Command]:
    """Return all commands of a page: of its blocks, and those named in its text."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = [
        Command(page, words, complete=True)
        for _, language, block in _FENCE.findall(text)
        for line in _lines(language, block)
        for words in _simple_commands(line)
    ]
    for inline in _INLINE.findall(_FENCE.sub("", text)):
        name = f"iflow-census {inline}" if _is_subcommand(inline) else inline
        if name.startswith(tuple(f"{program} " for program in PROGRAMS)):
            found += [Command(page, words, complete=False) for words in _simple_commands(name)]
    return found


def _is_subcommand(inline: str) -> bool:
    """Whether text is a command of ours without its program: `report todo`, `run --models`."""
    name, _, rest = inline.partition(" ")
    if name not in COMMANDS or not rest:
        return False
    command = LazyCommand(name, COMMANDS[name].target, COMMANDS[name].help).load()
    subcommands = command.commands if isinstance(command, TyperGroup) else ()
    return rest.startswith("--") or " --" in rest or rest.split()[0] in subcommands


def unfenced_commands(page: str) -> list[str]:
    """Return lines that look like commands but are in no block of a known language."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = [block for _, language, block in _FENCE.findall(text) if language in ("", "text")]
    indented = re.findall(r"^ {4,}\S.*$", _FENCE.sub("", text), re.MULTILINE)
    lines = [line.strip() for line in ["\n".join(blocks).split("\n"), indented] for line in line]
    starts = tuple(f"{prompt}{program} " for program in PROGRAMS for prompt in ("", "$ "))
    return [f"{page}: {line}" for line in lines if line.startswith(starts)]


def _lines(language: str, block: str) -> Sequence[str]:
    joined = block.replace("\\\n", " ")
    if language == "sh":
        return joined.splitlines()
    if language == "console":
        return re.findall(r"^\$ (.*)$", joined, re.MULTILINE)
    return _IN_A_FILE.findall(joined) if language in ("yaml", "ini", "cron") else []


def _simple_commands(line: str) -> Iterator[tuple[str, ...]]:
    """Split a line at `&&`, `;` and the words of a loop; leave out comments and variables."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="&;")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word in ("&&", ";", "do", "done"):
            if words and words[0] != "for":
                yield tuple(words)
            words = []
        elif words or not re.match(r"[A-Z_]+=", word):
            words.append(word)
