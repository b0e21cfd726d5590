"""Rules that hold for every file of the repository."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.processes import BINARIES, ROOT
from tests.project_files import project_files
from tests.template.stack import Stack

LIBRARY = ROOT / "layers/census/iflow_census"
HANDLER = ROOT / "functions/census/app.py"
LONGEST_MODULE = 350

LONG_TESTS = (
    "tests/browser/test_report_in_chromium.py",
    "tests/functional/leanix/test_inbound.py",
    "tests/functional/leanix/test_workspace.py",
    "tests/unit/http/test_client.py",
    "tests/unit/report/test_html.py",
    "tests/unit/simulators/leanix/test_workspace.py",
)
"""Lists of cases of one contract, read one case at a time; nothing else may be longer."""

AT_IMPORT_NEVER = {
    "boto3.client",
    "boto3.resource",
    "boto3.Session",
    "boto3.session.Session",
    "datetime.now",
    "datetime.datetime.now",
    "datetime.utcnow",
    "os.environ.get",
    "os.getenv",
    "requests.Session",
    "requests.session",
    "time.monotonic",
    "time.time",
}
# Put together here, so that this file does not hold them itself.
REGISTRIES = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"))] + [
    ".".join(parts) for parts in (("registry", "npmjs", "org"), ("proxy", "golang", "org"))
]
PATHS_OF_A_MACHINE = re.compile(
    r"(?<![\w.:/}])/(?:" + "|".join(("ho" + "me", "Us" + "ers", "ro" + "ot", "wo" + "rk")) + r")/\w"
)


def _texts() -> Iterator[tuple[str, str]]:
    for path in project_files():
        try:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture


def test_each_part_knows_only_what_lies_below_it() -> None:
    ran = subprocess.run(  # noqa: S603 - our own command
        [BINARIES / "lint-imports", "--no-cache"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(LIBRARY.parent)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout


def test_imports_have_no_side_effects() -> None:
    asked = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}"
        for path in [*sorted(LIBRARY.rglob("*.py")), HANDLER]
        for node in _run_at_import(ast.parse(path.read_text(encoding="utf-8")).body)
        if _asks_outside(node)
    ]

    assert asked == []


def test_side_effects_of_an_import_are_detected() -> None:
    source = """
import os, boto3, time
A = os.environ["A"]
class B:
    made = boto3.client("s3")
    def method(self, begun=time.time()):
        return os.environ
fine = lambda: time.time()
"""

    found = [node.lineno for node in _run_at_import(ast.parse(source).body) if _asks_outside(node)]

    assert sorted(found) == [3, 5, 6]


def _run_at_import(body: list[ast.stmt]) -> Iterator[ast.expr]:
    """Every expression that Python works out while it imports: no body of a function."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
            defaults = [
                default for default in (*node.args.defaults, *node.args.kw_defaults) if default
            ]
            waiting.extend([*decorators, *defaults])
            continue
        if isinstance(node, ast.expr):
            yield node
        waiting.extend(ast.iter_child_nodes(node))


def _asks_outside(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in AT_IMPORT_NEVER
    return isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ"


def test_no_module_is_too_long() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in project_files()
        if path.suffix == ".py"
    }

    long = {name for name, length in lengths.items() if length > LONGEST_MODULE}

    assert long - set(LONG_TESTS) == set()


def test_only_files_that_git_tracks_are_checked(tmp_path: Path) -> None:
    for name in ("tracked.py", "note.md"):
        (tmp_path / name).touch()
    for command in (["git", "init", "--quiet"], ["git", "add", "tracked.py"]):
        subprocess.run(command, cwd=tmp_path, check=True)  # noqa: S603 - our own command

    assert project_files(tmp_path) == [tmp_path / "tracked.py"]


def test_without_git_generated_files_are_not_checked(tmp_path: Path) -> None:
    for name in ("module.py", ".github/ci.yml", ".venv/library.py", "pkg/__pycache__/module.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert project_files(tmp_path) == [tmp_path / ".github/ci.yml", tmp_path / "module.py"]


def test_no_file_names_a_package_registry() -> None:
    found = [name for name, text in _texts() if any(registry in text for registry in REGISTRIES)]

    assert found == []


def test_no_file_contains_a_path_of_the_machine() -> None:
    prefix = str(Path(sys.prefix).parent)
    found = [
        f"{name}: {match.group() if match else prefix}"
        for name, text in _texts()
        for match in [PATHS_OF_A_MACHINE.search(text)]
        if match or prefix in text
    ]

    assert found == []


def test_each_alarm_is_documented() -> None:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")

    alarms = Stack({"AWS::StackName": "<stack>"}).of_type("AWS::CloudWatch::Alarm").values()

    assert alarms
    assert [
        alarm["AlarmName"] for alarm in alarms if f"| `{alarm['AlarmName']}` |" not in text
    ] == []
