"""The wheel, as a person installs it."""

import json
import re
from pathlib import Path

import pytest

from iflow_census import __version__
from tests.clock import FakeClock
from tests.functional.tenants import covered_truth, differences, simulated
from tests.package.installation import build_wheel, install
from tests.processes import Command, Ran, environment, run
from tests.shared_builds import build_once
from tests.simulators.cloud_integration import SimulatedTenant


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    (path,) = build_once(tmp_path_factory, "wheel", build_wheel).glob("*.whl")
    return path


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the command of `iflow-census[cli]`."""
    folder = build_once(tmp_path_factory, "installed", lambda path: install(wheel, path, "cli"))
    return folder / "bin"


@pytest.fixture(scope="session")
def installed_without_extra(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the command of `iflow-census` alone."""
    folder = build_once(tmp_path_factory, "without-extra", lambda path: install(wheel, path))
    return folder / "bin"


def _run_census(binaries: Path, tenant: SimulatedTenant, folder: Path) -> Ran:
    key = folder / "prod.json"
    key.write_text(json.dumps(tenant.service_key()), encoding="utf-8")
    command: Command = [
        binaries / "iflow-census",
        "run",
        f"prod={key}",
        "--period",
        "2026-10",
        "--json",
    ]
    with tenant:
        return run([*command, "--json", "--out", "out"], cwd=folder, env=environment(folder))


def test_installed_command_prints_its_version(installed: Path, tmp_path: Path) -> None:
    ran = run([installed / "iflow-census", "--version"], cwd=tmp_path, env=environment(tmp_path))

    assert (ran.exit_code, ran.stdout, ran.stderr) == (0, f"{__version__}\n", "")


def test_installed_command_writes_a_true_report(installed: Path, tmp_path: Path) -> None:
    tenant = simulated(FakeClock())

    ran = _run_census(installed, tenant, tmp_path)

    assert ran.exit_code == 0, ran.stderr
    assert json.loads(ran.stdout)["status"] == "complete"
    report = json.loads(
        (tmp_path / "out/reports/period=2026-10/report.json").read_text(encoding="utf-8")
    )
    assert report["run"]["version"] == __version__
    assert differences(report["iflows"], covered_truth(tenant, report), usage=False) == []


def test_installed_command_needs_no_aws_library(installed: Path, tmp_path: Path) -> None:
    program = (
        "import importlib.util as u; import iflow_census.cli.run; "
        "print([n for n in ('boto3', 'botocore', 'aws_lambda_powertools') if u.find_spec(n)])"
    )

    ran = run([installed / "python", "-c", program], cwd=tmp_path, env=environment(tmp_path))

    assert (ran.exit_code, ran.stdout) == (0, "[]\n"), ran.stderr


def test_missing_extra_is_explained(installed_without_extra: Path, tmp_path: Path) -> None:
    command: Command = [installed_without_extra / "iflow-census", "run", "key.json"]

    ran = run(command, cwd=tmp_path, env=environment(tmp_path))

    assert ran.exit_code == 1
    assert ran.stdout == ""
    assert re.fullmatch(r"iflow-census: .*pip install 'iflow-census\[cli\]'\n", ran.stderr)


def test_missing_aws_extra_is_explained(installed: Path, tmp_path: Path) -> None:
    command: Command = [installed / "iflow-census", "tenant", "list"]

    ran = run(command, cwd=tmp_path, env=environment(tmp_path))

    assert ran.exit_code == 1
    assert ran.stdout == ""
    assert re.fullmatch(r"iflow-census: .*pip install 'iflow-census\[cli,aws\]'\n", ran.stderr)
