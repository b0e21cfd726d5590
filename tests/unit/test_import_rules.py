"""The import contracts in pyproject.toml hold, name every module, and refuse what they forbid."""

import os
import shutil
from pathlib import Path

import pytest

from tests.processes import BINARIES, ROOT, Ran, run

pytestmark = pytest.mark.slow

PACKAGE = "layers/census/iflow_census"

FORBIDDEN = [
    ("errors", "iflow_census.clock"),
    ("clock", "iflow_census.journal"),
    ("journal", "iflow_census.http.urls"),
    ("http/new", "iflow_census.scan.period"),
    ("scan/new", "iflow_census.http.urls"),
    ("scan/new2", "iflow_census.store.protocol"),
    ("store/new", "iflow_census.aws.secrets"),
    ("store/new2", "iflow_census.report.reader"),
    ("aws/new", "iflow_census.leanix.settings"),
    ("cloud_integration/new", "iflow_census.aws.secrets"),
    ("leanix/new", "iflow_census.cloud_integration.families"),
    ("report/new", "iflow_census.aws.s3"),
    ("census/new", "iflow_census.lambda_app.settings"),
    ("census/new2", "iflow_census.tenant_admin.jms"),
    ("tenant_admin/new", "iflow_census.census.plan"),
    ("lambda_app/new", "iflow_census.cli.terminal"),
    ("cli/new", "iflow_census.lambda_app.settings"),
]
"""A module, and an import that the layers do not allow in it."""

FORBIDDEN_LIBRARIES = [
    ("scan/new3", "requests", "do no I/O"),
    ("report/new2", "urllib3", "do no I/O"),
    ("store/new3", "boto3", "AWS's libraries"),
    ("leanix/new2", "botocore", "AWS's libraries"),
    ("http/new2", "aws_lambda_powertools", "AWS's libraries"),
    ("tenant_admin/new2", "typer", "prints nothing"),
    ("tenant_admin/new3", "iflow_census.store.folder", "prints nothing"),
    ("census/new3", "iflow_census.cloud_integration.catalog", "only tenant administration"),
]
"""A module, an import that a further contract forbids in it, and words of that contract's name."""


def lint(tree: Path) -> Ran:
    environment = os.environ | {"PYTHONPATH": str(tree / "layers/census"), "COLUMNS": "400"}
    return run([BINARIES / "lint-imports", "--no-cache"], cwd=tree, env=environment)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the product's modules and of the contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / PACKAGE, tmp_path / PACKAGE, ignore=ignored)
    return tmp_path


def add_import(tree: Path, module: str, imported: str) -> None:
    path = tree / PACKAGE / f"{module}.py"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{text}\nimport {imported}\n", encoding="utf-8")


def test_every_contract_is_kept(tree: Path) -> None:
    ended = lint(tree)

    assert ended.exit_code == 0, ended.stdout


def test_layers_refuse_every_forbidden_import(tree: Path) -> None:
    for module, imported in FORBIDDEN:
        add_import(tree, module, imported)

    ended = lint(tree)

    assert ended.exit_code == 1
    for module, imported in FORBIDDEN:
        importer = "iflow_census." + module.replace("/", ".")
        assert f"{importer} -> {imported} " in ended.stdout


def test_forbidden_libraries_are_refused(tree: Path) -> None:
    for module, imported, _ in FORBIDDEN_LIBRARIES:
        add_import(tree, module, imported)

    ended = lint(tree)

    broken = [line for line in ended.stdout.splitlines() if line.endswith("BROKEN")]
    for module, imported, contract in FORBIDDEN_LIBRARIES:
        importer = "iflow_census." + module.replace("/", ".")
        assert f"{importer} -> {imported} " in ended.stdout
        assert any(contract in line for line in broken)


@pytest.mark.parametrize("name", ["loose.py", "package/__init__.py"])
def test_new_root_module_must_be_named_in_a_layer(tree: Path, name: str) -> None:
    path = tree / PACKAGE / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("", encoding="utf-8")

    ended = lint(tree)

    assert ended.exit_code == 1
    assert f"iflow_census.{path.relative_to(tree / PACKAGE).parts[0].removesuffix('.py')}" in (
        ended.stdout
    )
