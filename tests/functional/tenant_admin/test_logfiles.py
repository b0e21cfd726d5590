"""`iflow-census logfiles`: the log files of the runtime nodes."""

import gzip
import zipfile
from pathlib import Path

import pytest

from tests.functional.tenant_admin.conftest import Call
from tests.simulators.cloud_integration import SimulatedTenant


def test_log_file_is_downloaded_by_name(call: Call, key_file: str) -> None:
    result = call("logfiles", "get", key_file, "ljs_trace_01.log", "--out", "logs")

    assert result.exit_code == 0, result.output
    content = gzip.decompress(Path("logs/ljs_trace_01.log").read_bytes())
    assert content.startswith(b"# trace log\n")


def test_ambiguous_log_file_needs_application(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    first, *_ = tenant.content.rows("LogFiles")
    tenant.content.rows("LogFiles").append({**first, "Application": "other"})
    name = first["Name"]

    result = call("logfiles", "get", key_file, name)
    selected = call("logfiles", "get", key_file, name, "--application", "other")

    assert result.exit_code == 1
    assert f"log file '{name}': several applications have it (tenant iflmap, o" in result.stderr
    assert selected.exit_code == 0, selected.output
    assert Path(name).exists()


def test_log_files_of_a_kind_are_downloaded_as_archive(call: Call, key_file: str) -> None:
    result = call("logfiles", "get", key_file, "--archive", "http", "--scope", "all")

    assert result.exit_code == 0, result.output
    assert zipfile.ZipFile("http-all.zip").namelist() == ["http.log"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "name either a log file or an --archive"),
        (["x.log", "--archive", "http"], 2, "name either a log file or an --archive"),
        (["--archive", "audit"], 2, "--archive must be http or trace"),
        (["--archive", "http", "--scope", "x"], 2, "--scope latest or all"),
        (["x.log"], 1, "unknown log file 'x.log'"),
    ],
)
def test_invalid_log_file_request_is_an_error(
    call: Call, key_file: str, arguments: list[str], code: int, message: str
) -> None:
    result = call("logfiles", "get", key_file, *arguments)

    assert result.exit_code == code
    assert message in result.stderr
