"""Files that a run depends on, and what happens to one that it cannot read.

Each file is JSON and names its schema, such as "iflow-census/ledger/v1". A file that is damaged,
or not a file of this kind, is copied aside for a person to look at, and counts as missing. A file
of a later schema is neither moved nor replaced: an older version that is deployed by mistake would
destroy what it does not understand, so the run stops. A later schema has the field "version", the
version of iflow-census that wrote the file, for the message.
"""

import gzip
import json
import logging
import re
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from iflow_census import __version__
from iflow_census.errors import ConfigurationError, one_line
from iflow_census.store.protocol import Store, WriteConflict, content_etag, update_file

T = TypeVar("T")

DAMAGES = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What reading a damaged file can raise; Pydantic's errors are `ValueError`."""

GZIP_LEVEL = 6
"""The highest level takes almost three times as long, for files that are a seventh smaller."""

_SCHEMA = re.compile(r"(iflow-census/[a-z-]+)/v(\d{1,9})", re.ASCII)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StateFormat(Generic[T]):
    """How a kind of state file is written.

    Attributes:
        load: reads the content; raises one of `DAMAGES` for anything but this schema.
    """

    schema: str
    load: Callable[[bytes], T]
    dump: Callable[[T], bytes]


@dataclass(frozen=True, slots=True)
class State(Generic[T]):
    """The content of a state file; None if it is missing or damaged.

    Attributes:
        damage: what is wrong with the file and where its copy is; None if nothing is.
    """

    value: T | None
    damage: str | None = None


class StateFile(Generic[T]):
    """A state file.

    Every method raises `ConfigurationError` if the file is of a newer version.
    """

    def __init__(self, store: Store, key: str, state_format: StateFormat[T]) -> None:
        self._store = store
        self._key = key
        self._format = state_format

    def read(self) -> State[T]:
        """Read the file."""
        file = self._store.read(self._key)
        return self._parse(file.body if file else None)

    def update(self, change: Callable[[State[T]], T | None]) -> T | None:
        """Change the file, which others may be changing at the same time; returns its new content.

        `change` returns the new content for the current one, or None to leave it; it is called
        again if another writer comes first.
        """
        content: T | None = None

        def change_body(body: bytes | None) -> bytes | None:
            nonlocal content
            current = self._parse(body)
            value = change(current)
            content = current.value if value is None else value
            return None if value is None else self._format.dump(value)

        update_file(self._store, self._key, change_body)
        return content

    def write(self, value: T) -> None:
        """Replace the content."""
        self.update(lambda _: value)

    def create(self, value: T) -> T:
        """Write the file if it is missing. Returns its content, which another may have written."""
        return self.update(lambda current: value if current.value is None else None) or value

    def _parse(self, body: bytes | None) -> State[T]:
        if body is None:
            return State(None)
        try:
            return State(self._format.load(body))
        except DAMAGES as error:
            refuse_newer(self._store.address(self._key), body, self._format.schema)
            return State(None, set_aside(self._store, self._key, body, explain_damage(error)))


@cache
def type_adapter(kind: Any) -> TypeAdapter[Any]:
    """Return the adapter of a type, which is built when it is first used: that takes time."""
    return TypeAdapter(kind)


@dataclass(frozen=True, slots=True)
class _Document(Generic[T]):
    schema: str
    version: str
    content: T


def json_format(schema: str, content: Any) -> StateFormat[Any]:
    """Return the format of a file whose field "content" has a type that Pydantic knows."""
    kind = _Document[content]

    def load(body: bytes) -> Any:
        document = type_adapter(kind).validate_json(body)
        if document.schema != schema:
            raise ValueError("another schema")
        return document.content

    def dump(value: Any) -> bytes:
        return type_adapter(kind).dump_json(_Document(schema, __version__, value))

    return StateFormat(schema, load, dump)


def compress(content: bytes) -> bytes:
    """Compress with gzip, the same content always to the same bytes."""
    return gzip.compress(content, GZIP_LEVEL, mtime=0)


def decompress(body: bytes) -> bytes:
    """Return the content of a gzip file.

    Raises:
        ValueError: it is damaged, or not a gzip file.
    """
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        raise ValueError("not a gzip file") from None


def refuse_newer(address: str, body: bytes, schema: str) -> None:
    """Raise `ConfigurationError` if a file has a later version of a schema.

    `schema` is the newest version that is known; the body may be of any kind.
    """
    try:
        content, _ = json.JSONDecoder().raw_decode(body.decode().lstrip())  # lines may follow
        found, known = _SCHEMA.fullmatch(content["schema"]), _SCHEMA.fullmatch(schema)
    except DAMAGES:
        return
    if not found or not known or found[1] != known[1] or int(found[2]) <= int(known[2]):
        return
    version = content.get("version")
    deploy = (
        f"deploy version {one_line(version)} or later"
        if isinstance(version, str)
        else "deploy the newest version"
    )
    raise ConfigurationError(
        f"{address}: written by a newer version of iflow-census ({found[0]}); {deploy}"
    )


def set_aside(store: Store, key: str, body: bytes, reason: str) -> str:
    """Copy a damaged file to a name made from its content; returns that it was, for people."""
    copy = f"{key}.damaged-{content_etag(body)[:16]}"
    with suppress(WriteConflict):  # an earlier attempt has copied it
        store.write(copy, body, if_absent=True)
    damage = f"could not be read ({reason}) and was copied to {copy}"
    _log.warning("%s: %s", store.address(key), damage)
    return damage


def explain_damage(error: Exception) -> str:
    """Return what is wrong with a file, without any part of its content."""
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return "not valid JSON"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, ValidationError | KeyError | TypeError | AttributeError):
        return "does not match the schema"
    return str(error)
