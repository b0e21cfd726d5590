"""The declarations of `iflow-census leanix`."""

import sys
from pathlib import Path

from tests.processes import ROOT, environment, run

UNWANTED = ("iflow_census.leanix", "iflow_census.http", "pydantic", "requests", "urllib3", "boto3")
SCRIPT = """
import sys
import iflow_census.cli.leanix
print(*sys.modules)
"""


def test_declaring_the_commands_loads_no_models_and_no_http_client(tmp_path: Path) -> None:
    env = environment(tmp_path, now=None, path=[ROOT / "layers/census"])

    process = run([sys.executable, "-c", SCRIPT], cwd=tmp_path, env=env)

    modules = process.stdout.split()
    assert "iflow_census.cli.leanix" in modules
    assert [name for name in modules if name.startswith(UNWANTED)] == []
