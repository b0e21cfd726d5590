"""The built function and layer, built once for all tests that use them."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.processes import BINARIES, ROOT, SAM
from tests.shared_builds import build_once


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `sam build` makes; it downloads the layer's wheels, and does not connect to AWS."""
    return build_once(tmp_path_factory, "artifact", _sam_build)


def _sam_build(folder: Path) -> None:
    nowhere = {
        "AWS_ACCESS_KEY_ID": "",
        "AWS_SECRET_ACCESS_KEY": "",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "PATH": f"{BINARIES}{os.pathsep}{os.environ['PATH']}",
        "SAM_CLI_TELEMETRY": "0",
    }
    built = subprocess.run(  # noqa: S603 - our own command
        [SAM / "bin/sam", "build", "--no-cached", "--build-dir", folder],
        cwd=ROOT,
        env=os.environ | nowhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
