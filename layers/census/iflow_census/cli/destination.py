"""Where a command saves a file: a folder, or an S3 bucket."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from iflow_census.cli.aws import Account
from iflow_census.cli.files import writing
from iflow_census.errors import ConfigurationError

S3_SCHEME = "s3://"


class Destination(Protocol):
    """Saves a file atomically."""

    def store(self, name: str, write: Callable[[BinaryIO], bool]) -> str | None:
        """Save a file.

        `write` writes the content, and returns False if there is none.

        Returns:
            The file's path or S3 address; None if there is no content.
        """
        ...


def parse_destination(text: str, account: Account) -> Destination:
    """Parse a folder's path or s3://bucket/prefix.

    Raises:
        ConfigurationError: the bucket's name is missing.
    """
    if not text.startswith(S3_SCHEME):
        return _FolderDestination(Path(text))
    bucket, _, prefix = text.removeprefix(S3_SCHEME).partition("/")
    if not bucket:
        raise ConfigurationError(f"{text!r}: the bucket is missing; use s3://bucket/prefix")
    return _S3Destination(account, bucket, prefix.strip("/"))


class _FolderDestination:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def store(self, name: str, write: Callable[[BinaryIO], bool]) -> str | None:
        path = self._folder / name
        temporary = path.with_name(f".{name}.part")
        with writing(path):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with temporary.open("wb") as file:
                    has_content = write(file)
                if has_content:
                    temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        return str(path) if has_content else None


class _S3Destination:
    def __init__(self, account: Account, bucket: str, prefix: str) -> None:
        self._account = account
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    def store(self, name: str, write: Callable[[BinaryIO], bool]) -> str | None:
        session = self._account.session()
        from iflow_census.aws.s3 import S3Store  # noqa: PLC0415 - requires boto3

        store = S3Store(session.client("s3"), self._bucket)
        with tempfile.TemporaryFile() as file:
            if not write(file):
                return None
            file.seek(0)
            key = self._prefix + name
            store.write(key, file.read(), content_type="application/json")
        return store.address(key)
