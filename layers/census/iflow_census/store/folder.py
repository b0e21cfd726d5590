"""A store in a local folder."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TypeVar

from iflow_census.errors import AccessError, ConfigurationError
from iflow_census.store.protocol import (
    JSON,
    StoredFile,
    WriteResult,
    check_condition,
    content_etag,
)

T = TypeVar("T")

LOCK = ".lock"
"""The file that conditional writes lock on Windows."""

RETRY_SECONDS = (0.01, 0.05, 0.2, 0.7)
"""How long Windows may refuse a file that another process has open for a moment."""


class FolderStore:
    """Keeps files in a folder, which is created if it does not exist.

    The ETag of a file is the hash of its content. Conditional writes lock the folder, so that they
    are atomic between all processes of the machine, except on network drives that cannot lock.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise ConfigurationError(
                f"folder {folder}: this is a file; choose another folder"
            ) from error
        except OSError as error:
            raise AccessError(f"folder {folder}: cannot be created: {error.strerror}") from error

    def read(
        self,
        key: str,
        version_id: str | None = None,  # noqa: ARG002 - a folder has only the latest version
    ) -> StoredFile | None:
        """Read a file; None if it does not exist."""
        try:
            body = _retry_while_open((self._folder / key).read_bytes)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise AccessError(f"{self.address(key)}: cannot be read: {error.strerror}") from error
        return StoredFile(body, content_etag(body))

    def write(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str = JSON,  # noqa: ARG002 - not kept
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> WriteResult:
        """Write a temporary file and rename it, so that no reader sees half a file."""
        is_conditional = if_match is not None or if_absent
        with self._locked() if is_conditional else nullcontext():
            if is_conditional:
                check_condition(
                    self.read(key), self.address(key), if_match=if_match, if_absent=if_absent
                )
            self._replace(key, [body])
        return WriteResult(None)

    def write_parts(
        self,
        key: str,
        parts: Iterable[bytes],
        *,
        content_type: str = JSON,  # noqa: ARG002 - not kept
    ) -> WriteResult:
        """Write the parts to a temporary file and rename it."""
        self._replace(key, parts)
        return WriteResult(None)

    def _replace(self, key: str, parts: Iterable[bytes]) -> None:
        path = self._folder / key
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.writelines(parts)
                Path(temporary).chmod(0o644)
                _retry_while_open(lambda: Path(temporary).replace(path))
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise AccessError(f"{path}: cannot be written: {_explain(error)}") from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other processes and threads from conditional writes."""
        on_windows = sys.platform == "win32"  # where a folder cannot be opened
        path, flags = (LOCK, os.O_RDWR | os.O_CREAT) if on_windows else (".", os.O_RDONLY)
        descriptor = os.open(self._folder / path, flags)
        try:
            with suppress(OSError):  # a network drive may not support locks
                _lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def list_folders(self, prefix: str) -> Sequence[str]:
        """The names of the folders directly below a prefix, which ends with a slash."""
        try:
            return [path.name for path in (self._folder / prefix).iterdir() if path.is_dir()]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise AccessError(
                f"{self.address(prefix)}: cannot be read: {error.strerror}"
            ) from error

    def address(self, key: str) -> str:
        """The path of a file."""
        return str(self._folder / key)


def _lock(descriptor: int) -> None:
    """Lock a file until it is closed."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - only Windows has it

        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
    else:
        import fcntl  # noqa: PLC0415 - Windows has none

        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _retry_while_open(action: Callable[[], T]) -> T:
    """Read or replace a file, which Windows refuses while another process replaces or reads it."""
    for seconds in RETRY_SECONDS if sys.platform == "win32" else ():
        try:
            return action()
        except PermissionError:
            time.sleep(seconds)
    return action()


def _explain(error: OSError) -> str:
    if sys.platform == "win32" and isinstance(error, PermissionError):
        return f"{error.strerror}; close the program that has the file open"
    return str(error.strerror)
