"""What `sam build` makes, and `sam deploy` uploads."""

import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.processes import ROOT

LIMIT = 40 * 1024 * 1024
NOT_WANTED = {
    "boto3",
    "botocore",
    "jmespath",
    "moto",
    "pip",
    "pytest",
    "rich",
    "s3transfer",
    "setuptools",
    "typer",
}
# What the Lambda's runtime brings along.
RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six")


@pytest.fixture
def layer(artifact: Path) -> Path:
    """The folder of the layer that is put on the path of Python."""
    return artifact / "CensusLayer/python"


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("function", ["CensusFunction", "ScanFunction"])
def test_function_contains_only_its_handler(artifact: Path, function: str) -> None:
    files = [path.name for path in _files(artifact / function)]

    assert files == ["app.py"]


def test_layer_is_well_below_the_limit(artifact: Path) -> None:
    size = sum(path.stat().st_size for path in _files(artifact / "CensusLayer"))

    assert size < LIMIT


def test_layer_has_only_the_python_folder(artifact: Path) -> None:
    assert [path.name for path in (artifact / "CensusLayer").iterdir()] == ["python"]


def test_layer_contains_no_command_line(layer: Path) -> None:
    package = ROOT / "layers/census/iflow_census"
    expected = {
        path.relative_to(package)
        for path in _files(package)
        if "__pycache__" not in path.parts and path.relative_to(package).parts[0] != "cli"
    }

    built = {
        path.relative_to(layer / "iflow_census")
        for path in _files(layer / "iflow_census")
        if "__pycache__" not in path.parts
    }

    assert built == expected


def test_layer_contains_no_runtime_or_development_library(
    layer: Path,
) -> None:
    names = {path.name.removesuffix(".py").partition("-")[0] for path in layer.iterdir()}

    folders = {path.name for path in layer.rglob("*") if path.is_dir()}

    assert not names & NOT_WANTED
    assert not folders & {"bin", "test", "tests"}


@pytest.mark.skipif(sys.version_info[:2] != (3, 13), reason="another Python compiles nothing")
def test_every_module_of_the_layer_is_compiled(layer: Path) -> None:
    modules = {path.relative_to(layer) for path in layer.rglob("*.py")}

    compiled = {path.relative_to(layer) for path in layer.rglob("*.pyc")}

    assert compiled == {
        module.parent / "__pycache__" / f"{module.stem}.cpython-313.pyc" for module in modules
    }


def test_layer_contains_exactly_the_locked_libraries(layer: Path) -> None:
    lines = (ROOT / "layers/census/requirements.txt").read_text(encoding="utf-8").splitlines()
    locked = {line.split(" ")[0].replace("==", "-") for line in lines if "==" in line}

    built = {
        path.name.removesuffix(".dist-info").replace("_", "-"): [
            file.name for file in _files(path) if file.name.upper().startswith(("LICEN", "NOTICE"))
        ]
        for path in layer.glob("*.dist-info")
    }

    assert built.keys() == locked
    assert [name for name, licences in built.items() if not licences] == []


def test_compiled_modules_match_the_runtime(
    layer: Path,
) -> None:
    compiled = [path.name for path in layer.rglob("*.so")]

    assert compiled
    assert [
        name for name in compiled if not name.endswith(".cpython-313-x86_64-linux-gnu.so")
    ] == []


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 13) or (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="the artifact is for Python 3.13 on Linux x86_64",
)
def test_handler_can_be_imported_with_layer_and_runtime(
    artifact: Path, layer: Path, tmp_path: Path
) -> None:
    for name in RUNTIME:
        spec = find_spec(name)
        assert spec
        assert spec.origin
        found = Path(spec.origin)
        source = found.parent if found.name == "__init__.py" else found
        (tmp_path / source.name).symlink_to(source)
    path = [str(artifact / "CensusFunction"), str(layer), str(tmp_path)]
    program = (
        f"import sys, json; sys.path[:0] = {path}; import app, boto3, iflow_census, requests; "
        "print(json.dumps([m.__file__ for m in (app, boto3, iflow_census, requests)]))"
    )

    # -I and -S leave nothing on the path but the standard library.
    ran = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-I", "-S", "-B", "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    app, boto3, census, requests = map(Path, json.loads(ran.stdout))
    assert app.is_relative_to(artifact / "CensusFunction")
    assert boto3.is_relative_to(tmp_path)
    assert census.is_relative_to(layer)
    assert requests.is_relative_to(layer)
