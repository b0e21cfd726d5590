"""The stack with its defaults, with a key of one's own, and the built artifact."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.template.stack import ROOT, Stack

KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The stack with the defaults of all parameters."""
    return Stack()


@pytest.fixture(scope="session")
def stack_with_key() -> Stack:
    """The stack with a KMS key of its owner."""
    return Stack({"KmsKeyArn": KEY})


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `sam build` makes; it downloads the layer's wheels, and asks nothing of AWS."""
    folder = tmp_path_factory.mktemp("artifact") / "build"
    binaries = Path(sys.executable).parent
    nowhere = {
        "AWS_ACCESS_KEY_ID": "",
        "AWS_SECRET_ACCESS_KEY": "",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "SAM_CLI_TELEMETRY": "0",
    }
    built = subprocess.run(  # noqa: S603 - our own command
        [binaries / "sam", "build", "--no-cached", "--build-dir", folder],
        cwd=ROOT,
        env=os.environ | nowhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return folder
