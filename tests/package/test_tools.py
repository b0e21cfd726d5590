"""The wheel, installed by the tools that people use; uv and pipx where they are there."""

import shutil
import sys
from pathlib import Path

import pytest

from iflow_census import __version__
from tests.package.installation import build_wheel
from tests.package.wheelhouse import pack_dependencies
from tests.processes import environment, run
from tests.shared_builds import build_once

pytestmark = pytest.mark.slow

TOOLS = {
    "pip": [sys.executable, "-m", "pip", "--python", "{python}", "install", "{package}"],
    "uv": ["uv", "tool", "install", "--python", sys.executable, "{package}"],
    "pipx": ["pipx", "install", "--python", sys.executable, "{package}"],
}


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel of the checkout and those of its libraries."""
    (wheel,) = build_once(tmp_path_factory, "wheel", build_wheel).glob("*.whl")

    def build(folder: Path) -> None:
        folder.mkdir()
        pack_dependencies(wheel, folder, "cli")
        shutil.copy(wheel, folder)

    return build_once(tmp_path_factory, "wheels", build)


@pytest.mark.parametrize("tool", TOOLS)
def test_tool_installs_a_working_command(tool: str, wheels: Path, tmp_path: Path) -> None:
    # Without a network, pipx needs uv, as it updates its own pip.
    needed = {"pip": [], "uv": ["uv"], "pipx": ["pipx", "uv"]}[tool]
    if missing := [name for name in needed if shutil.which(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    (wheel,) = wheels.glob("iflow_census-*.whl")
    env = environment(tmp_path, now=None) | {
        "PIP_NO_INDEX": "1",
        "PIP_NO_COMPILE": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UV_NO_INDEX": "1",
        "UV_OFFLINE": "1",
        "UV_FIND_LINKS": str(wheels),
        "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
        "PIPX_BIN_DIR": str(tmp_path / "bin"),
        "PIPX_HOME": str(tmp_path / "pipx"),
    }
    if tool == "pip":
        made = run([sys.executable, "-m", "venv", "--without-pip", tmp_path], cwd=tmp_path, env=env)
        assert made.exit_code == 0, made.stderr
    values = {"package": f"{wheel}[cli]", "python": str(tmp_path / "bin/python")}

    installed = run([part.format(**values) for part in TOOLS[tool]], cwd=tmp_path, env=env)
    assert installed.exit_code == 0, installed.stderr
    ran = run([tmp_path / "bin/iflow-census", "run", "--help"], cwd=tmp_path, env=env)
    version = run([tmp_path / "bin/iflow-census", "--version"], cwd=tmp_path, env=env)

    assert (ran.exit_code, ran.stderr) == (0, "")
    assert "Usage: iflow-census run" in ran.stdout
    assert version.stdout == f"{__version__}\n"
