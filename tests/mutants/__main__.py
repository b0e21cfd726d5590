"""`make mutants`: change the code at random, and see whether a test notices.

First the tests run once, to record which test executes which line. Then each mutant of a seeded
sample is written to a copy of the project, and the tests of its line run until one fails. Nothing
is written to the project itself.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import Queue

from coverage import CoverageData

from tests.mutants.operators import Mutant, find_mutants
from tests.processes import ROOT

LIBRARY = Path("layers/census/iflow_census")
PACKAGES = ("scan", "store", "census", "report", "http", "cloud_integration", "leanix")
TESTS = (
    "tests/unit",
    "tests/functional/leanix",
    "tests/functional/test_handler.py",
    "tests/functional/test_leanix_runs.py",
    "tests/functional/test_ledger_runs.py",
    "tests/functional/test_notice.py",
    "tests/functional/test_resume.py",
)
NOT_NOTICEABLE = ("slow", "storm")
MAX_TESTS = 60
"""Tests run for a mutant, its own package's first; thousands execute a line of the core."""
SECONDS = 180
"""A mutant whose tests take longer hangs, which a person would notice."""


def main() -> None:
    """Sample mutants, run their tests, and print the survivors and the score of each package."""
    parser = argparse.ArgumentParser(prog="make mutants ARGS=…", description=__doc__)
    parser.add_argument("--sample", type=int, default=300, help="number of mutants")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another sample")
    parser.add_argument("--packages", nargs="+", default=PACKAGES, metavar="PACKAGE")
    options = parser.parse_args()
    mutants = _sample(options.packages, options.sample, options.seed)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies = [_copy_project(Path(folder) / str(number)) for number in range(2)]
        print("Recording which test executes which line…", flush=True)
        tests = _record_lines(copies[0])
        survivors = list(_find_survivors(mutants, tests, copies))
    _print_score(mutants, survivors)


def _sample(packages: Sequence[str], number: int, seed: int) -> list[Mutant]:
    paths = [path for name in packages for path in sorted((ROOT / LIBRARY / name).rglob("*.py"))]
    mutants = [
        mutant
        for path in paths
        for mutant in find_mutants(path.relative_to(ROOT), path.read_text(encoding="utf-8"))
    ]
    return random.Random(seed).sample(mutants, min(number, len(mutants)))  # noqa: S311 - a sample


def _copy_project(target: Path) -> Path:
    ignored = shutil.ignore_patterns(
        ".git", ".venv", ".aws-sam", "__pycache__", ".*_cache", "build"
    )
    shutil.copytree(ROOT, target, ignore=ignored)
    return target


def _record_lines(project: Path) -> Mapping[tuple[str, int], list[str]]:
    """The tests by the file and line that they execute."""
    marks = " and ".join(f"not {mark}" for mark in NOT_NOTICEABLE)
    options = ["--cov", "--cov-context=test", "--cov-report=", "-n", "2", "-m", marks]
    if _pytest(project, [*TESTS, *options], seconds=3600):
        sys.exit("The tests fail without any mutant; fix them first")
    data = CoverageData(str(project / ".coverage"))
    data.read()
    tests: dict[tuple[str, int], list[str]] = {}
    for file in data.measured_files():
        name = str(Path(file).relative_to(project.resolve()))
        for line, contexts in data.contexts_by_lineno(file).items():
            ids = {context.partition("|")[0] for context in contexts if context}
            tests[name, line] = sorted(ids, key=partial(_distance, _package(Path(name))))
    return tests


def _find_survivors(
    mutants: Sequence[Mutant], tests: Mapping[tuple[str, int], list[str]], copies: Sequence[Path]
) -> Iterator[Mutant]:
    free: Queue[Path] = Queue()
    for project in copies:
        free.put(project)

    def survives(mutant: Mutant) -> bool:
        # A line that runs on import has no tests of its own: its package's tests may notice.
        recorded = tests.get((str(mutant.path), mutant.line))
        selected = (recorded or [f"tests/unit/{_package(mutant.path)}"])[:MAX_TESTS]
        project = free.get()
        target = project / mutant.path
        original = target.read_text(encoding="utf-8")
        try:
            target.write_text(mutant.source, encoding="utf-8")
            return not _pytest(project, ["-x", *selected], seconds=SECONDS)
        finally:
            target.write_text(original, encoding="utf-8")
            free.put(project)

    with ThreadPoolExecutor(len(copies)) as pool:
        for mutant, alive in zip(mutants, pool.map(survives, mutants), strict=True):
            if alive:
                print(f"survived  {mutant}", flush=True)
                yield mutant


def _pytest(project: Path, arguments: Sequence[str], *, seconds: float) -> bool:
    """Run tests in a copy; returns whether one failed or they took too long."""
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["--hypothesis-profile=quick", *arguments]
    try:
        ended = subprocess.run(
            command, cwd=project, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return ended.returncode != 0


def _package(path: Path) -> str:
    return path.relative_to(LIBRARY).parts[0] if path.is_relative_to(LIBRARY) else ""


def _distance(package: str, test: str) -> tuple[bool, bool, str]:
    """Sorts the tests of a package before other unit tests, and those before functional ones."""
    return not test.startswith(f"tests/unit/{package}/"), not test.startswith("tests/unit/"), test


def _print_score(mutants: Sequence[Mutant], survivors: Sequence[Mutant]) -> None:
    total = Counter(_package(mutant.path) for mutant in mutants)
    alive = Counter(_package(mutant.path) for mutant in survivors)
    for name, number in sorted(total.items()):
        killed = number - alive[name]
        print(f"{name:<18} {killed:4} of {number:4} killed  {killed / number:6.1%}")
    killed = len(mutants) - len(survivors)
    print(f"{'all':<18} {killed:4} of {len(mutants):4} killed  {killed / len(mutants):6.1%}")


if __name__ == "__main__":
    main()
