"""`make mutants`: change the code at random, and see whether a test notices.

First the tests run once, to record which test executes which line. Then each mutant of a seeded
sample is written to a copy of the project, and the tests of its line run until one fails. Nothing
is written to the project itself.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path
from queue import Queue

from coverage import CoverageData

from tests.mutants.operators import Mutant, find_mutants
from tests.processes import ROOT, SAM

LIBRARY = Path("layers/census/iflow_census")
PACKAGES = ("scan", "store", "census", "report", "http", "cloud_integration", "leanix")
TESTS = ("tests/unit", "tests/functional", "tests/contract")
LEFT_OUT = (
    "--ignore=tests/functional/test_storm.py",
    "--ignore=tests/functional/test_rules.py",
)
"""Random tests, and those of the repository's files. Tests of the template, the packages and
browsers judge other files, or start the code in processes whose lines are not recorded."""
MAX_TESTS = 500
"""Tests run for a mutant, its own module's first; thousands execute a line of the core."""
NEAREST_TESTS = 15
"""How many of them run on their own first: they notice most mutants, and start quickly."""
SECONDS = 300
"""A mutant whose tests take longer hangs, which a person would notice."""
RECORDING_SECONDS = 3600
MAX_FAILED = 5
"""Tests that may fail without any mutant, because the machine is busy; they are left out."""

LineTests = Mapping[str, Mapping[int, Sequence[str]]]
"""The tests that execute a line, by file and line; line 0 has those of the whole file."""


class Ended(Enum):
    """How a run of tests ended."""

    PASSED = "passed"
    FAILED = "failed"
    HUNG = "hung"


def main() -> None:
    """Sample mutants, run their tests, and print the survivors and the score of each package."""
    parser = argparse.ArgumentParser(prog="make mutants ARGS=…", description=__doc__)
    parser.add_argument("--sample", type=int, default=300, help="number of mutants")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another sample")
    parser.add_argument("--packages", nargs="+", default=PACKAGES, metavar="PACKAGE")
    options = parser.parse_args()
    mutants = _sample(options.packages, options.sample, options.seed)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies = [Path(folder) / str(number) for number in range(2)]
        _copy_project(copies[0])
        print("Recording which test executes which line…", flush=True)
        tests = _record_lines(copies[0])
        # With the bytecode of the tests, which takes seconds to compile.
        shutil.copytree(copies[0], copies[1], symlinks=True)
        print(f"Running the tests of {len(mutants)} mutants…", flush=True)
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


def _copy_project(target: Path) -> None:
    ignored = shutil.ignore_patterns(
        ".git", ".venv", ".aws-sam", "__pycache__", ".*_cache", "build"
    )
    shutil.copytree(ROOT, target, ignore=ignored)
    copied_sam = target / SAM.relative_to(ROOT)
    copied_sam.parent.mkdir()
    copied_sam.symlink_to(SAM)


def _record_lines(project: Path) -> LineTests:
    """Record which tests execute which line."""
    options = ["--cov", "--cov-context=test", "--cov-report=", "-n", "2", *LEFT_OUT]
    ended, output = _pytest(project, [*TESTS, *options], seconds=RECORDING_SECONDS, writes=True)
    failed = {
        line.split(" - ")[0].partition(" ")[2]
        for line in re.findall("^FAILED .*", output, re.MULTILINE)
    }
    if ended is Ended.HUNG or len(failed) > MAX_FAILED or (ended is Ended.FAILED and not failed):
        sys.exit(f"{output}\nThe tests fail without any mutant; fix them first")
    for test in sorted(failed):
        print(f"left out, because it fails without any mutant: {test}", flush=True)
    data = CoverageData(str(project / ".coverage"))
    data.read()
    tests: dict[str, dict[int, Sequence[str]]] = {}
    for file in data.measured_files():
        path = Path(file).relative_to(project.resolve())
        if not path.is_relative_to(LIBRARY):
            continue
        contexts = data.contexts_by_lineno(file)
        ids = {line: {_test_id(context) for context in contexts[line]} for line in contexts}
        ids[0] = set().union(*ids.values())
        tests[str(path)] = {line: _nearest_first(path, ids[line] - failed - {""}) for line in ids}
    return tests


def _test_id(context: str) -> str:
    """The test of a context, such as `tests/test_x.py::test_y|run`; "" for an import."""
    return context.rpartition("|")[0]


def _nearest_first(path: Path, tests: Iterable[str]) -> Sequence[str]:
    """Sort tests: of the module, of its package, others; every function before a second case."""
    own_file = _own_tests(path)
    cases: defaultdict[str, int] = defaultdict(int)
    keys = {}
    for test in sorted(tests):
        function = test.partition("[")[0]
        cases[function] += 1
        distance = 2 - test.startswith(f"{own_file.parent}/") - test.startswith(f"{own_file}::")
        keys[test] = (distance, cases[function], test)
    return sorted(keys, key=keys.__getitem__)


def _own_tests(path: Path) -> Path:
    """The test module of a module, which may not exist."""
    return Path("tests/unit") / path.relative_to(LIBRARY).parent / f"test_{path.stem}.py"


def _find_survivors(
    mutants: Sequence[Mutant], tests: LineTests, copies: Sequence[Path]
) -> Iterator[Mutant]:
    free: Queue[Path] = Queue()
    for project in copies:
        free.put(project)

    def run_tests(mutant: Mutant) -> Ended:
        lines = tests[str(mutant.path)]
        # A line that runs once, on import or for a cache, has at most one test of its own: those
        # of the whole file may notice.
        selected = list(dict.fromkeys([*lines.get(mutant.line, ()), *lines[0]]))[:MAX_TESTS]
        if not lines.get(mutant.line):  # it runs on import only, which no test is recorded for
            own = _own_tests(mutant.path)
            selected = [str(own if (ROOT / own).exists() else own.parent), *selected]
        project = free.get()
        target = project / mutant.path
        original, times = target.read_text(encoding="utf-8"), target.stat()
        try:
            target.write_text(mutant.source, encoding="utf-8")
            for part in (selected[:NEAREST_TESTS], selected[NEAREST_TESTS:]):
                if part:
                    ended, _ = _pytest(project, ["-x", *part], seconds=SECONDS)
                    if ended is not Ended.PASSED:
                        return ended
            return Ended.PASSED
        finally:
            target.write_text(original, encoding="utf-8")
            os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))  # its bytecode is valid
            free.put(project)

    with ThreadPoolExecutor(len(copies)) as pool:
        for mutant, ended in zip(mutants, pool.map(run_tests, mutants), strict=True):
            if ended is Ended.HUNG:
                print(f"hung      {mutant}", flush=True)
            elif ended is Ended.PASSED:
                print(f"survived  {mutant}", flush=True)
                yield mutant


def _pytest(
    project: Path, arguments: Sequence[str], *, seconds: float, writes: bool = False
) -> tuple[Ended, str]:
    """Run tests in a copy of the project; returns how they ended, and their last lines.

    Only the recording `writes` bytecode: that of a mutant could be taken for the next one's.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["--hypothesis-profile=quick", *arguments]
    # The core that pyproject.toml selects cannot tell which test executes a line.
    environment = os.environ | {"COVERAGE_CORE": "ctrace"}
    environment["PYTHONDONTWRITEBYTECODE"] = "" if writes else "1"
    try:
        ended = subprocess.run(
            command,
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Ended.HUNG, f"The tests took longer than {seconds} seconds"
    if "ERROR: not found: " in ended.stderr:
        raise RuntimeError(f"a recorded test does not exist:\n{ended.stderr}")
    return Ended.PASSED if ended.returncode == 0 else Ended.FAILED, ended.stdout[-3000:]


def _package(path: Path) -> str:
    return path.relative_to(LIBRARY).parts[0]


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
