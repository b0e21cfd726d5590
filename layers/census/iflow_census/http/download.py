"""Answers that may be too long for memory."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import requests

from iflow_census.clock import Deadline
from iflow_census.errors import DataError


@dataclass(frozen=True, slots=True)
class DownloadTarget:
    """Where a long answer goes.

    Attributes:
        file: written from its start at each try.
        largest: bytes that it may take.
        progress: told the bytes so far, and those in all where the answer says so.
    """

    file: BinaryIO
    largest: int
    progress: Callable[[int, int | None], None] | None = None

    def take(self, response: requests.Response, what: str, deadline: Deadline) -> None:
        """Write the body of an answer. Raises `DataError` where it is too long."""
        self.file.seek(0)
        self.file.truncate()
        written, announced = 0, _announced(response)
        for chunk in response.iter_content(65536):
            written += self.file.write(chunk)
            if written > self.largest:
                raise DataError(f"{what}: the answer is longer than {self.largest} bytes")
            if self.progress is not None:
                self.progress(written, announced)
            deadline.check()


def _announced(response: requests.Response) -> int | None:
    """Bytes of the body; of a compressed one, the header counts what is on the wire."""
    length = response.headers.get("Content-Length", "")
    plain = "Content-Encoding" not in response.headers and length.isascii() and length.isdigit()
    return int(length) if plain else None
