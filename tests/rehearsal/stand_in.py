"""The stand-in of AWS: MiniStack, a process on loopback."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.processes import BINARIES, ROOT

STAND_IN = ROOT / ".venv/rehearsal/bin"
SECONDS = 120
"""The longest wait for the stand-in, or for what it does."""


class RehearsalFailed(Exception):
    """A step did not end as it should; the text says which."""


@contextmanager
def stand_in(folder: Path) -> Iterator[dict[str, str]]:
    """The stand-in of AWS, on loopback; yields the environment of those who speak to it."""
    port = _free_port()
    home = folder / "home"
    home.mkdir()
    common = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "COLUMNS": "120",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "SAM_CLI_TELEMETRY": "0",
        "TMPDIR": str(folder),
    }
    serving = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": "eu-central-1",
        "PATH": f"{STAND_IN}{os.pathsep}{os.environ['PATH']}",
    }
    log = (folder / "stand-in.log").open("wb")
    process = subprocess.Popen(
        [STAND_IN / "ministack"],
        env=common | serving,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        _wait_for(port, process)
        yield common | {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "PATH": f"{BINARIES}{os.pathsep}{os.environ['PATH']}",
        }
    finally:
        # Its workers, which run the function, are of its session.
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()
        if os.environ.get("KEEP_LOG"):
            shutil.copy(folder / "stand-in.log", os.environ["KEEP_LOG"])


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RehearsalFailed("the stand-in does not start: see KEEP_LOG=file make rehearse")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
