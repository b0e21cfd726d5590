"""A store in a local folder."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from iflow_census.errors import AccessError, ConfigurationError
from iflow_census.store.protocol import (
    JSON,
    StoredFile,
    WriteResult,
    check_condition,
    content_etag,
)


class FolderStore:
    """Keeps files in a folder, which is created if it does not exist.

    The ETag of a file is the hash of its content. The condition of a write is checked before the
    write, not together with it: a folder belongs to one person's command, not to concurrent
    functions.
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
            body = (self._folder / key).read_bytes()
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
        if if_match is not None or if_absent:
            check_condition(
                self.read(key), self.address(key), if_match=if_match, if_absent=if_absent
            )
        path = self._folder / key
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(body)
                Path(temporary).chmod(0o644)
                Path(temporary).replace(path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise AccessError(f"{path}: cannot be written: {error.strerror}") from error
        return WriteResult(content_etag(body), None)

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
