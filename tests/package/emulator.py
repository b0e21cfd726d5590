"""AWS's Runtime Interface Emulator: the built function as Lambda runs it.

The emulator is part of the SAM command line's package. It starts the runtime interface client
(awslambdaric), enforces the function's timeout, and returns errors in Lambda's own format.
"""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.processes import SAM, SECONDS

RAPID = "lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-x86_64"
INVOKE = "/2015-03-31/functions/function/invocations"


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator.

    Attributes:
        address: host and port at which functions are invoked.
        runtime_address: host and port at which the runtime asks for its next event.
        process: the emulator's; it leads a session of its own.
        log: what the function and the emulator wrote.
    """

    address: tuple[str, int]
    runtime_address: tuple[str, int]
    process: "subprocess.Popen[bytes]"
    log: Path

    def invoke(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Invoke the function; an error comes back as `errorType` and `errorMessage`."""
        host, port = self.address
        answer = requests.post(f"http://{host}:{port}{INVOKE}", json=event, timeout=SECONDS)
        answered: dict[str, Any] = answer.json()
        return answered

    def kill_function(self) -> None:
        """Kill the process of the function, as Lambda does for its memory; the emulator lives."""
        for pid in processes_of(self.process):
            if pid != self.process.pid:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def output(self) -> str:
        """The log so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def emulator(
    python: Path, function: Path, handler: str, variables: Mapping[str, str], log: Path
) -> Iterator[Emulator]:
    """Run a function while the block runs, and leave no process behind.

    Args:
        python: the interpreter; awslambdaric is one of its libraries.
        function: the function's folder.
        handler: as in the template.
        variables: the whole environment.
        log: the file for what is written.
    """
    (program,) = SAM.glob(RAPID)
    address, runtime_address = ("127.0.0.1", _free_port()), ("127.0.0.1", _free_port())
    command = [
        str(program),
        *("--runtime-interface-emulator-address", "{}:{}".format(*address)),
        *("--runtime-api-address", "{}:{}".format(*runtime_address)),
        *(str(python), "-m", "awslambdaric", handler),
    ]
    with log.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - AWS's own program
            command,
            cwd=function,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    started = Emulator(address, runtime_address, process, log)
    try:
        _wait_until_it_listens(started)
        yield started
    finally:
        _end(process)


def processes_of(process: "subprocess.Popen[bytes]") -> list[int]:
    """The ids of all processes of the emulator's session."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            # The fields behind the name in brackets: state, parent, group, session.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == process.pid and fields[0] != "Z":
                found.append(int(folder.name))
    return found


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End every process of the session: the emulator gives the runtime a group of its own."""
    while running := processes_of(process):
        for pid in running:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    process.wait(SECONDS)


def _free_port() -> int:
    """A free port below those that the system assigns to the tests that run at the same time."""
    for port in random.sample(range(10_000, 30_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no free port")


def _wait_until_it_listens(started: Emulator) -> None:
    end = time.monotonic() + SECONDS
    while True:
        try:
            socket.create_connection(started.address, timeout=1).close()
        except OSError:
            assert started.process.poll() is None, started.output()
            assert time.monotonic() < end, started.output()
            time.sleep(0.02)
        else:
            return
