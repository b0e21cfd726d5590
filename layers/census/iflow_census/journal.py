"""The answers of a tenant so far, so that a later try goes on where an earlier one stopped.

A scan asks the same questions in any try; those that are answered here cost no request. Answers of
one try and the next are at most hours apart and of windows that have closed, so they go together.
"""

import base64
import json
import threading
import zlib
from collections.abc import Mapping

from iflow_census.errors import DataError

SCHEMA = "iflow-census/journal/v1"


class Journal:
    """Answers by question, compressed, since a scan of 10,000 iFlows has as many; thread-safe."""

    def __init__(self, answers: Mapping[str, bytes] | None = None) -> None:
        self._answers = dict(answers or {})
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, question: str) -> bytes | None:
        """What was answered, if it was asked."""
        with self._lock:
            compressed = self._answers.get(question)
        return None if compressed is None else zlib.decompress(compressed)

    def record(self, question: str, answer: bytes) -> None:
        """Remember an answer; a newer one takes the place of an older."""
        compressed = zlib.compress(answer, level=1)
        with self._lock:
            self._answers[question] = compressed

    def dump(self) -> bytes:
        """The journal as a file."""
        with self._lock:
            answers = {
                question: base64.b64encode(answer).decode()
                for question, answer in self._answers.items()
            }
        return json.dumps({"schema": SCHEMA, "answers": answers}).encode()

    @classmethod
    def load(cls, body: bytes) -> "Journal":
        """Read a file that `dump` made. Raises `DataError` if it is something else."""
        try:
            content = json.loads(body)
            if content["schema"] != SCHEMA:
                raise DataError(f"a journal of schema {SCHEMA} is expected")
            answers = {
                question: base64.b64decode(answer, validate=True)
                for question, answer in content["answers"].items()
            }
            for answer in answers.values():
                zlib.decompress(answer)
            return cls(answers)
        except (ValueError, KeyError, TypeError, AttributeError, zlib.error) as error:
            raise DataError("a journal is expected") from error
