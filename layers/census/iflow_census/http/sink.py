"""Answers that may be too long for memory."""

from dataclasses import dataclass
from typing import BinaryIO

import requests

from iflow_census.clock import Deadline
from iflow_census.errors import DataError


@dataclass(frozen=True, slots=True)
class Sink:
    """Where a long answer goes.

    Attributes:
        file: written from its start at each try.
        largest: bytes that it may take.
    """

    file: BinaryIO
    largest: int

    def take(self, response: requests.Response, what: str, deadline: Deadline) -> None:
        """Write the body of an answer. Raises `DataError` where it is too long."""
        self.file.seek(0)
        self.file.truncate()
        written = 0
        for chunk in response.iter_content(65536):
            written += self.file.write(chunk)
            if written > self.largest:
                raise DataError(f"{what}: the answer is longer than {self.largest} bytes")
            deadline.check()
