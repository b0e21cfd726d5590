"""Parse the path of an OData request, and find its API family."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from tests.simulators.cloud_integration.rate_limits import DESIGN_TIME, MESSAGE_LOGS, RUNTIME

_SEGMENT = re.compile(r"(\$?[A-Za-z0-9_]+)(?:\((.*)\))?\Z", re.DOTALL)
_KEY = re.compile(r"(?:([A-Za-z]+)=)?'((?:[^']|'')*)'(?:,|\Z)")
_FAMILIES = {
    "": "",
    "$metadata": "",
    "IntegrationPackages": DESIGN_TIME,
    "IntegrationDesigntimeArtifacts": DESIGN_TIME,
    "IntegrationRuntimeArtifacts": RUNTIME,
    "ServiceEndpoints": RUNTIME,
    "MessageProcessingLogs": MESSAGE_LOGS,
}


@dataclass(frozen=True, slots=True)
class Segment:
    """``Name``, ``Name('key')`` or ``Name(Id='…',Version='…')``; a single key has the name ""."""

    name: str
    keys: Mapping[str, str] | None

    @property
    def shape(self) -> str:
        """The name, followed by ``()`` if it has a key: the key of a route."""
        return self.name if self.keys is None else f"{self.name}()"


def split_path(path: str) -> tuple[Segment, ...] | None:
    """Return the segments of a path relative to the API's root, or None if it is not OData.

    The path is split before it is decoded, because ids may contain an encoded slash.
    """
    segments = []
    for part in path.strip("/").split("/"):
        match = _SEGMENT.match(unquote(part))
        if match is None:
            return None
        keys = None if match[2] is None else _keys(match[2])
        if match[2] is not None and keys is None:
            return None
        segments.append(Segment(match[1], keys))
    return tuple(segments)


def _keys(text: str) -> dict[str, str] | None:
    keys = {}
    position = 0
    while position < len(text):
        match = _KEY.match(text, position)
        if match is None:
            return None
        keys[match[1] or ""] = match[2].replace("''", "'")
        position = match.end()
    return keys or None


def family_of(path: str) -> str:
    """Return the API family of a path, "" for none.

    SAP does not document the family of service endpoints; they count as runtime artifacts.
    """
    name = re.split(r"[/(%]", path, maxsplit=1)[0]
    family = _FAMILIES.get(name)
    return _table_families().get(name, "") if family is None else family


@functools.cache
def _table_families() -> Mapping[str, str]:
    # Imported on first use: reading the operation table takes time.
    from tests.simulators.cloud_integration.operations import OPERATIONS  # noqa: PLC0415

    return {operation.set: operation.family for operation in OPERATIONS if operation.set}
