"""The command line in November 2026, in the test's process or in one of its own."""

import json
import os
import pty
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, chdir, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from iflow_census.cli.commands import app
from tests.clock import NOVEMBER, FakeClock
from tests.processes import BINARIES, Ran, environment
from tests.simulators.cloud_integration import SimulatedTenant

SCRIPT = BINARIES / "iflow-census"


@dataclass
class CommandLine:
    """Calls `iflow-census`, and checks that its output and its files contain no secret.

    Attributes:
        folder: the working directory.
        keys: the folder of the key files.
        tenants: the tenants whose secrets must not appear.
        now: when the next command starts.
    """

    folder: Path
    keys: Path
    tenants: list[SimulatedTenant] = field(default_factory=list)
    now: datetime = NOVEMBER

    def key_file(self, tenant: SimulatedTenant, name: str = "prod") -> str:
        """Write a file with the tenant's service key; return its path."""
        self.tenants.append(tenant)
        return self.file(json.dumps(tenant.service_key()), f"{name}.json")

    def file(self, content: str | bytes, name: str = "prod.json") -> str:
        """Write a key file with any content; return its path."""
        path = self.keys / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def __call__(self, *arguments: str) -> Ran:
        """Run a command to its end, in this process; its clock does not tick by itself."""
        with chdir(self.folder):
            result = CliRunner().invoke(
                app, arguments, env=self.environment(), obj=FakeClock(self.now).clock
            )
        self.check_secrets(result.stdout + result.stderr)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return Ran(result.exit_code, result.stdout, result.stderr)

    def start(self, *arguments: str, stderr: int = subprocess.PIPE) -> "subprocess.Popen[str]":
        """Start a command in a process of its own."""
        return subprocess.Popen(  # noqa: S603 - our own program; the call does not fork
            [SCRIPT, *arguments],
            # A background job of a shell ignores SIGINT, and its child processes inherit that.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def on_terminal(self, *arguments: str) -> Ran:
        """Run a command whose standard error is a terminal."""
        controller, terminal = pty.openpty()
        process = self.start(*arguments, stderr=terminal)
        os.close(terminal)
        stderr = b""
        # Linux raises EIO when no process has the terminal open.
        with suppress(OSError):
            while chunk := os.read(controller, 65536):
                stderr += chunk
        os.close(controller)
        stdout, _ = process.communicate()
        self.check_secrets(stdout + stderr.decode())
        return Ran(process.returncode, stdout, stderr.decode())

    def environment(self) -> Mapping[str, str]:
        """The command's environment variables; TERM lets a terminal show progress bars."""
        variables = environment(self.folder, now=self.now) | {"TERM": "xterm-256color"}
        bundles = [str(tenant.ca_file) for tenant in self.tenants if tenant.ca_file]
        return variables | {"REQUESTS_CA_BUNDLE": bundles[0]} if bundles else variables

    def check_secrets(self, output: str) -> None:
        """Check that neither the output nor a file contains a secret."""
        contents = [path.read_bytes() for path in self.folder.rglob("*") if path.is_file()]
        for tenant in self.tenants:
            for secret in tenant.secrets():
                assert secret not in output
                assert not any(secret.encode() in content for content in contents)

    def report(self) -> Any:
        """The report of October in the folder `out`."""
        return json.loads((self.october() / "report.json").read_text(encoding="utf-8"))

    def october(self, folder: str = "out") -> Path:
        """The folder of the report of October."""
        return self.folder / folder / "reports/period=2026-10"


@pytest.fixture
def iflow_census(tmp_path: Path) -> CommandLine:
    """The command line, with its own folders."""
    for name in ("work", "keys"):
        (tmp_path / name).mkdir()
    return CommandLine(tmp_path / "work", tmp_path / "keys")


@pytest.fixture
def started() -> Iterator[Callable[[SimulatedTenant], SimulatedTenant]]:
    """Starts tenants, and stops them after the test."""
    with ExitStack() as stack:
        yield stack.enter_context


@pytest.fixture
def clock() -> FakeClock:
    """November 1st, 2026, 00:30 UTC."""
    return FakeClock()
