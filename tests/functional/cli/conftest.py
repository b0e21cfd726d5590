"""The console script, in a process of its own, in November 2026."""

import json
import os
import pty
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.clock import FakeClock
from tests.processes import BINARIES, Ran, environment, run
from tests.simulators.cloud_integration import SimulatedTenant

SCRIPT = BINARIES / "iflow-census"


@dataclass
class CommandLine:
    """Calls `iflow-census`, and looks for secrets in all that it says and writes.

    Attributes:
        folder: where the command runs; its report goes to `out`.
        keys: where the key files lie.
        tenants: whose secrets are looked for.
    """

    folder: Path
    keys: Path
    tenants: list[SimulatedTenant] = field(default_factory=list)

    def key_file(self, tenant: SimulatedTenant, name: str = "prod") -> str:
        """A file with the tenant's service key."""
        self.tenants.append(tenant)
        return self.file(json.dumps(tenant.service_key()), f"{name}.json")

    def file(self, content: str | bytes, name: str = "prod.json") -> str:
        """A file with any content."""
        path = self.keys / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def __call__(self, *arguments: str) -> Ran:
        """Run a command to its end."""
        ran = run([SCRIPT, *arguments], cwd=self.folder, env=self.variables())
        self.look_for_secrets(ran.stdout + ran.stderr)
        assert "Traceback" not in ran.stderr
        return ran

    def start(self, *arguments: str, stderr: int = subprocess.PIPE) -> "subprocess.Popen[str]":
        """Start a command."""
        return subprocess.Popen(  # noqa: S603 - our own program; the call does not fork
            [SCRIPT, *arguments],
            # A shell's background job ignores interrupts, and what it starts does so too.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
            cwd=self.folder,
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def on_terminal(self, *arguments: str) -> Ran:
        """Run a command whose standard error is a terminal."""
        shown, terminal = pty.openpty()
        process = self.start(*arguments, stderr=terminal)
        os.close(terminal)
        said = b""
        # Linux answers EIO when nobody has the terminal open any more.
        with suppress(OSError):
            while part := os.read(shown, 65536):
                said += part
        os.close(shown)
        stdout, _ = process.communicate()
        self.look_for_secrets(stdout + said.decode())
        return Ran(process.returncode, stdout, said.decode())

    def variables(self) -> Mapping[str, str]:
        """The command's environment; TERM makes a terminal of a terminal."""
        given = environment(self.folder) | {"TERM": "xterm-256color"}
        bundles = [str(tenant.ca_file) for tenant in self.tenants if tenant.ca_file]
        return given | {"REQUESTS_CA_BUNDLE": bundles[0]} if bundles else given

    def look_for_secrets(self, said: str) -> None:
        """Neither what was said nor a file that was written holds a secret."""
        written = [path.read_bytes() for path in self.folder.rglob("*") if path.is_file()]
        for secret in (one for tenant in self.tenants for one in tenant.secrets()):
            assert secret not in said
            assert not any(secret.encode() in content for content in written)

    def report(self) -> Any:
        """The report that was written."""
        return json.loads((self.folder / "out/report.json").read_text(encoding="utf-8"))

    def files(self) -> list[str]:
        """The names of all files that were written."""
        return sorted(path.name for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def iflow_census(tmp_path: Path) -> CommandLine:
    """The command line, with folders of its own."""
    for name in ("work", "keys"):
        (tmp_path / name).mkdir()
    return CommandLine(tmp_path / "work", tmp_path / "keys")


@pytest.fixture
def started() -> Iterator[Callable[[SimulatedTenant], SimulatedTenant]]:
    """Starts tenants; they are stopped after the test."""
    with ExitStack() as stack:
        yield stack.enter_context


@pytest.fixture
def clock() -> FakeClock:
    """The 1st of November 2026, 00:30 UTC."""
    return FakeClock()
