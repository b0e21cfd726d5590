"""Downloads of responses that may not fit into memory."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import requests

from iflow_census.clock import Deadline
from iflow_census.errors import DataError


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
        """Write the body of a response. Raises `DataError` if it is too long."""
        self.file.seek(0)
        self.file.truncate()
        received, total = 0, _content_length(response)
        for chunk in response.iter_content(65536):
            received += self.file.write(chunk)
            if received > self.max_bytes:
                raise DataError(f"{label}: response longer than {self.max_bytes} bytes")
            if self.on_progress is not None:
                self.on_progress(received, total)
            deadline.check()


def _content_length(response: requests.Response) -> int | None:
    """Return the length of the body; None if it is compressed, as the header counts its bytes."""
    length = response.headers.get("Content-Length", "")
    if "Content-Encoding" in response.headers or not (length.isascii() and length.isdigit()):
        return None
    return int(length)
