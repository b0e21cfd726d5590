"""report.xlsx, opened with LibreOffice."""

import csv
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from iflow_census.report.xlsx import render_xlsx
from tests.unit.report.examples import (
    DESIGNED,
    HOSTILE_NAMES,
    report_of,
)

OFFICE = shutil.which("soffice")


@pytest.mark.slow
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice (soffice) is not on this machine")
def test_libreoffice_reads_the_same_rows(tmp_path: Path) -> None:
    assert OFFICE is not None
    iflows = [
        replace(DESIGNED, iflow_id=str(number), iflow_name=name)
        for number, name in enumerate(HOSTILE_NAMES)
    ]
    (tmp_path / "report.xlsx").write_bytes(render_xlsx(report_of(*iflows)))

    subprocess.run(  # noqa: S603 - found on the path
        [
            OFFICE,
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,3",
            "--outdir",
            str(tmp_path),
            str(tmp_path / "report.xlsx"),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (csv_file,) = tmp_path.glob("*.csv")
    with csv_file.open(encoding="utf-8", newline="") as lines:
        table = list(csv.DictReader(lines))

    assert [row["iFlow"] for row in table] == list(HOSTILE_NAMES)
    assert {row["Messages"] for row in table} == {"7"}
