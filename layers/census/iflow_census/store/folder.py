"""A store in a local folder."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from iflow_census.errors import AccessError, ConfigurationError
from iflow_census.store.protocol import Expected, Stored, WriteConflict, Written


class FolderStore:
    """Keeps files below a folder, which is made where it is missing.

    A file's tag is the hash of its content. Conditions are checked before the write, not with it:
    a folder belongs to one person's command, not to functions that race.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise ConfigurationError(f"{folder} is a file, not a folder") from error
        except OSError as error:
            raise AccessError(f"folder {folder} cannot be made: {error.strerror}") from error

    def read(
        self,
        key: str,
        version_id: str | None = None,  # noqa: ARG002 - a folder keeps the last one alone
    ) -> Stored | None:
        """A file, or None where there is none."""
        try:
            body = (self._folder / key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise AccessError(f"{self.address(key)} cannot be read: {error.strerror}") from error
        return Stored(body, _tag(body))

    def write(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str,  # noqa: ARG002 - a folder keeps none
        expected: Expected | str = Expected.ANYTHING,
    ) -> Written:
        """Write a file, by way of a temporary one, so that it is never seen half."""
        if expected is not Expected.ANYTHING:
            found = self.read(key)
            if (found.tag if found else Expected.NOTHING) != expected:
                raise WriteConflict(f"{self.address(key)} was changed meanwhile")
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
            raise AccessError(f"{path} cannot be written: {error.strerror}") from error
        return Written(_tag(body), None)

    def folders(self, prefix: str) -> Sequence[str]:
        """The names of the folders directly below a prefix, which ends with a slash."""
        try:
            return [path.name for path in (self._folder / prefix).iterdir() if path.is_dir()]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise AccessError(f"{self.address(prefix)} cannot be read: {error.strerror}") from error

    def address(self, key: str) -> str:
        """The path of a file."""
        return str(self._folder / key)


def _tag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
