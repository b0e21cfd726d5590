"""The responses of a tenant so far, so that the next attempt continues where this one stopped.

Every attempt of a scan sends the same requests; those with a recorded response are not sent again.
Attempts are at most hours apart and count windows that are closed, so their responses fit together.
"""

import base64
import json
import threading
import zlib
from collections.abc import Mapping

from iflow_census.errors import DataError

SCHEMA = "iflow-census/journal/v1"


class Journal:
    """Responses by request, compressed, as a scan of 10,000 iFlows has as many; thread-safe.

    Args:
        responses: the compressed responses recorded before.
    """

    def __init__(self, responses: Mapping[str, bytes] | None = None) -> None:
        self._responses = dict(responses or {})
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._responses)

    def get(self, request: str) -> bytes | None:
        """The response to a request, such as its path and query; None if there is none."""
        with self._lock:
            compressed = self._responses.get(request)
        return None if compressed is None else zlib.decompress(compressed)

    def record(self, request: str, response: bytes) -> None:
        """Record a response; it replaces an earlier one."""
        compressed = zlib.compress(response, level=1)
        with self._lock:
            self._responses[request] = compressed

    def dump(self) -> bytes:
        """The content of a journal file."""
        with self._lock:
            answers = {
                request: base64.b64encode(response).decode()
                for request, response in self._responses.items()
            }
        return json.dumps({"schema": SCHEMA, "answers": answers}).encode()

    @classmethod
    def load(cls, body: bytes) -> "Journal":
        """Read the content of a journal file. Raises `DataError` if it is not valid."""
        try:
            content = json.loads(body)
            if content["schema"] != SCHEMA:
                raise DataError(f"journal: the schema is not {SCHEMA}")
            responses = {
                request: base64.b64decode(response, validate=True)
                for request, response in content["answers"].items()
            }
            for response in responses.values():
                zlib.decompress(response)
            return cls(responses)
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            RecursionError,
            zlib.error,
        ) as error:
            raise DataError("journal: the file is damaged or has another format") from error
