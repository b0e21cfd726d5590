"""What the census asks of a place that keeps files."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from iflow_census.errors import TransientError


class Expected(Enum):
    """What a write expects to find."""

    ANYTHING = "anything"
    NOTHING = "nothing"


class WriteConflict(TransientError):
    """Another writer came first: what a write expected to find was not there any more."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as it was read; `tag` tells this content from any other of the same key."""

    body: bytes
    tag: str


@dataclass(frozen=True, slots=True)
class Written:
    """A file as it was written; `version_id` where the store keeps versions."""

    tag: str
    version_id: str | None


class Store(Protocol):
    """Keys are paths with slashes; a write is whole or not at all.

    Every method raises `ConfigurationError` where the place is missing, `AccessError` where it is
    refused, and `TransientError` where it does not answer.
    """

    def read(self, key: str) -> Stored | None:
        """A file, or None where there is none."""
        ...

    def write(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str,
        expected: Expected | str = Expected.ANYTHING,
    ) -> Written:
        """Write a file. Raises `WriteConflict` if there is not what was expected.

        Args:
            key: where.
            body: its content.
            content_type: its media type.
            expected: nothing yet, a certain tag, or anything.
        """
        ...

    def address(self, key: str) -> str:
        """Where a person finds a file."""
        ...


ATTEMPTS = 20
"""Writers that come first, one after the other, before an update gives up."""


def update(
    store: Store, key: str, content_type: str, change: Callable[[bytes | None], bytes | None]
) -> None:
    """Change a file that others may be changing too, so that no change is lost.

    Args:
        store: where it is.
        key: of the file.
        content_type: its media type.
        change: makes the new content of the present one (None: there is none); None leaves it.
            Called again where another writer came first.

    Raises:
        WriteConflict: others came first again and again.
    """
    for _ in range(ATTEMPTS):
        found = store.read(key)
        body = change(found.body if found else None)
        if body is None:
            return
        expected = found.tag if found else Expected.NOTHING
        try:
            store.write(key, body, content_type=content_type, expected=expected)
        except WriteConflict:
            continue
        return
    raise WriteConflict(f"{store.address(key)} is changed by others all the time")
