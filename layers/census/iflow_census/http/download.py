"""Downloads of responses that may not fit into memory."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import requests

from iflow_census.clock import Deadline
from iflow_census.errors import ResponseTooLong


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def open_private_file(path: Path) -> BinaryIO:
    """Open a file for writing that only its owner can read, also one that already exists.

    What a tenant sends can contain credentials and personal data.
    """
    file = open(path, "wb", opener=_private)  # noqa: SIM115 - returned
    try:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            path.chmod(0o600)
    except BaseException:
        file.close()
        raise
    return file


@dataclass(frozen=True, slots=True)
class DownloadTarget:
    """A file that receives the body of a response.

    Attributes:
        file: overwritten by each attempt.
        max_bytes: the largest body that is accepted.
        on_progress: called with the bytes received, and the total or None if it is unknown.
    """

    file: BinaryIO
    max_bytes: int
    on_progress: Callable[[int, int | None], None] | None = None

    def write_body(self, response: requests.Response, label: str, deadline: Deadline) -> None:
        """Write the body of a response. Raises `ResponseTooLong`."""
        self.file.seek(0)
        self.file.truncate()
        received, total = 0, _content_length(response)
        for chunk in response.iter_content(65536):
            received += self.file.write(chunk)
            if received > self.max_bytes:
                raise ResponseTooLong(f"{label}: response longer than {self.max_bytes} bytes")
            if self.on_progress is not None:
                self.on_progress(received, total)
            deadline.check()


def _content_length(response: requests.Response) -> int | None:
    """Return the length of the body; None if it is compressed, as the header counts its bytes."""
    length = response.headers.get("Content-Length", "")
    if "Content-Encoding" in response.headers or not (length.isascii() and length.isdigit()):
        return None
    return int(length)
