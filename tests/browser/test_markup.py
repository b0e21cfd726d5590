"""report.html, checked by the npm packages vnu-jar and html-validate where they are installed.

html-validate does not check trailing spaces, which mean nothing, and the submit button that a form
should have: filters apply at once. vnu's warnings are left out, because it does not compare the
hashes of inline scripts with the policy.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from iflow_census.report.html import render_html
from tests.browser.sample_report import sample_report

CONFIGURATION = Path(__file__).with_name("html-validate.json")
VALIDATORS = {
    "vnu": ["--errors-only"],
    "html-validate": ["--config", str(CONFIGURATION)],
}


@pytest.mark.parametrize("name", VALIDATORS)
def test_markup_is_valid(name: str, tmp_path: Path) -> None:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not on this machine")
    file = tmp_path / "report.html"
    file.write_bytes(render_html(sample_report(40)))

    result = subprocess.run(
        [program, *VALIDATORS[name], str(file)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert result.stdout + result.stderr == ""
