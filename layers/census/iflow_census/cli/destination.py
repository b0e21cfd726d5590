"""Where a command stores a file: a folder, or a place in S3."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from iflow_census.cli.aws import Account
from iflow_census.errors import ConfigurationError

S3 = "s3://"


class Destination(Protocol):
    """Takes one file, whole or not at all."""

    def store(self, name: str, write: Callable[[BinaryIO], bool]) -> str | None:
        """Let `write` make the file, and keep it if it returns True.

        Returns:
            Where a person finds it; None if there is none.
        """
        ...


def destination(text: str, account: Account) -> Destination:
    """A folder's path, or s3://bucket/prefix; half of the latter is a `ConfigurationError`."""
    if not text.startswith(S3):
        return _Folder(Path(text))
    bucket, _, prefix = text.removeprefix(S3).partition("/")
    if not bucket:
        raise ConfigurationError(f"{text!r} names no bucket: write s3://bucket/prefix")
    return _Bucket(account, bucket, prefix.strip("/"))


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def store(self, name: str, write: Callable[[BinaryIO], bool]) -> str | None:
        path = self._folder / name
        part = path.with_name(f".{name}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                found = write(file)
            if found:
                part.replace(path)
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)
        return str(path) if found else None


class _Bucket:
    def __init__(self, account: Account, bucket: str, prefix: str) -> None:
        self._account = account
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    def store(self, name: str, write: Callable[[BinaryIO], bool]) -> str | None:
        session = self._account.session()
        from iflow_census.aws.s3 import S3Store  # noqa: PLC0415 - it needs boto3

        store = S3Store(session.client("s3"), self._bucket)
        with tempfile.TemporaryFile() as file:
            if not write(file):
                return None
            file.seek(0)
            key = self._prefix + name
            store.write(key, file.read(), content_type="application/json")
        return store.address(key)
