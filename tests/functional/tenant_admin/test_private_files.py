"""Files that a command writes are for their owner only, and numbers out of range are refused."""

import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.functional.tenant_admin.conftest import Call
from tests.simulators.cloud_integration import SimulatedTenant
from tests.simulators.cloud_integration.examples import GUID

IFLOW = "Send_Orders"


@pytest.mark.parametrize(
    ("command", "arguments", "file"),
    [
        (("keystore", "export"), ("--out", "file"), "file"),
        (("partners", "export"), ("file",), "file"),
        (("iflow", "parameters"), (IFLOW, "--output", "a.json"), "a.json"),
        (("iflow", "download"), (IFLOW, "--out", "file"), "file"),
        (("api",), ("GET", "UserCredentials", "--output", "file"), "file"),
        (("payload", "get"), (GUID, "--out", "."), "Persist 0/entry.json"),
        (("payload", "get"), (GUID, "--out", "."), "Persist 0/payload"),
    ],
)
def test_other_users_cannot_read_what_was_downloaded(
    call: Call, key_file: str, command: Sequence[str], arguments: Sequence[str], file: str
) -> None:
    if "/" not in file:
        Path(file).touch(mode=0o644)

    result = call(*command, key_file, *arguments)

    assert result.exit_code == 0, result.output
    assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600


@pytest.mark.parametrize("timeout", ["nan", "inf", "-1", "0", "86401"])
def test_timeout_out_of_range_is_refused_before_any_request(
    call: Call, key_file: str, tenant: SimulatedTenant, timeout: str
) -> None:
    result = call("iflow", "deploy", key_file, IFLOW, "--yes", "--timeout", timeout)

    assert result.exit_code == 2
    assert "is not a number from 1 to 86400" in result.stderr
    assert tenant.requests == []


@pytest.mark.parametrize(
    ("command", "option", "value", "allowed"),
    [
        (("keystore", "list"), "--expiring", "-1", "0 to 36500"),
        (("keystore", "list"), "--expiring", "99999", "0 to 36500"),
        (("logs", "list"), "--top", "0", "1 to 1000000"),
        (("logs", "list"), "--top", "9999999", "1 to 1000000"),
    ],
)
def test_number_out_of_range_is_refused_before_any_request(  # noqa: PLR0917 - fixtures, parameters
    call: Call,
    key_file: str,
    tenant: SimulatedTenant,
    command: Sequence[str],
    option: str,
    value: str,
    allowed: str,
) -> None:
    result = call(*command, key_file, option, value)

    assert result.exit_code == 2
    assert f"{value} is not a number from {allowed}" in result.stderr
    assert tenant.requests == []
