"""The responses of a tenant so far, so that the next attempt continues where this one stopped.

Every attempt of a scan sends the same requests; those with a recorded response are not sent again.
Attempts are at most hours apart and count windows that are closed, so their responses fit together.
"""

import base64
import binascii
import gzip
import json
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

SCHEMA = "iflow-census/journal/v1"

MIN_COMPRESSED_BYTES = 4096
"""Shorter responses are compressed together."""


@dataclass(frozen=True, slots=True)
class JournalPart:
    """Responses that were stored together.

    Attributes:
        compressed: a line of JSON for each response, with the request and the body; gzip.
        discards_earlier: the parts before this one must not be replayed.
    """

    compressed: bytes = b""
    discards_earlier: bool = False

    def responses(self) -> Iterator[tuple[str, bytes]]:
        """Yield requests and responses in the order in which they were recorded.

        Raises:
            ValueError: the part is damaged.
        """
        try:
            lines = gzip.decompress(self.compressed).splitlines()
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError("not compressed") from error
        for line in lines:
            request, text = json.loads(line)
            if not isinstance(request, str):
                raise ValueError("a request is not text")  # noqa: TRY004 - damage of the file
            yield request, text.encode("utf-8", "surrogateescape")

    def dump(self) -> bytes:
        """The content of the part's file."""
        head = json.dumps({"schema": SCHEMA, "discards_earlier": self.discards_earlier})
        # Not by `json.dumps`, which would copy the answers several times.
        answers = base64.b64encode(self.compressed)
        return b"".join([head[:-1].encode(), b', "answers": "', answers, b'"}'])

    @classmethod
    def load(cls, body: bytes) -> "JournalPart":
        """Read the content of a part's file. Raises an exception for anything else."""
        content = json.loads(body)
        if content["schema"] != SCHEMA:
            raise ValueError("another schema")
        try:
            compressed = base64.b64decode(content["answers"], validate=True)
        except binascii.Error as error:
            raise ValueError("not base64") from error
        part = cls(compressed, content["discards_earlier"])
        for _ in part.responses():
            pass
        return part


class Journal:
    """Responses by request; thread-safe.

    Only those of earlier attempts are replayed: no attempt needs the response to a request twice.
    New ones are compressed as they come, and leave the memory when they are taken to be stored.
    """

    def __init__(self) -> None:
        self._earlier: dict[str, bytes] = {}
        self._new: list[bytes] = []
        self._new_size = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._earlier)

    def add_earlier(self, part: JournalPart) -> None:
        """Add the next part that an earlier attempt has stored."""
        if part.discards_earlier:
            self._earlier.clear()
        for request, response in part.responses():
            self._earlier[request] = zlib.compress(response, level=1)

    def get(self, request: str) -> bytes | None:
        """An earlier response to a request, such as its path and query; None if there is none."""
        compressed = self._earlier.get(request)
        return None if compressed is None else zlib.decompress(compressed)

    def record(self, request: str, response: bytes) -> None:
        """Record a response; an earlier one is not replayed anymore."""
        # JSON cannot hold bytes; a body is text, and what is not is escaped (PEP 383).
        line = json.dumps([request, response.decode("utf-8", "surrogateescape")]).encode() + b"\n"
        # Outside of the lock: a thread that compresses lets others run, and would hold them up.
        item = _compress(line) if len(line) >= MIN_COMPRESSED_BYTES else line
        with self._lock:
            self._earlier.pop(request, None)
            self._new.append(item)
            self._new_size += len(item)

    @property
    def new_size(self) -> int:
        """Bytes of memory that the responses use which were not taken yet."""
        return self._new_size

    def take_new(self) -> JournalPart | None:
        """Take the responses recorded since the last call; None if there are none."""
        with self._lock:
            new, self._new, self._new_size = self._new, [], 0
        if not new:
            return None
        return JournalPart(
            b"".join(
                _compress(b"".join(items)) if are_lines else b"".join(items)
                for are_lines, items in groupby(new, key=lambda item: item.startswith(b"["))
            )
        )


def _compress(lines: bytes) -> bytes:
    return gzip.compress(lines, compresslevel=1, mtime=0)
