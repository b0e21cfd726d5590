"""Saving a file to a folder; S3 is tested with `iflow-census leanix outbound`."""

from pathlib import Path
from typing import BinaryIO

import pytest

from iflow_census.cli.aws import Account
from iflow_census.cli.destination import parse_destination
from iflow_census.errors import ConfigurationError

ACCOUNT = Account(None, None)


def write_content(file: BinaryIO) -> bool:
    file.write(b"content")
    return True


def test_file_is_saved_to_a_new_folder(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"

    location = parse_destination(str(folder), ACCOUNT).store("a.json", write_content)

    assert location == str(folder / "a.json")
    assert (folder / "a.json").read_bytes() == b"content"
    assert len(list(folder.iterdir())) == 1


def test_file_without_content_is_not_saved(tmp_path: Path) -> None:
    location = parse_destination(str(tmp_path), ACCOUNT).store("a.json", lambda _: False)

    assert location is None
    assert list(tmp_path.iterdir()) == []


def test_failed_write_keeps_the_existing_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"existing")

    def fail(file: BinaryIO) -> bool:
        file.write(b"partial")
        raise OSError(28, "No space left on device")

    with pytest.raises(ConfigurationError, match=r"a\.json: cannot be written: No space left"):
        parse_destination(str(tmp_path), ACCOUNT).store("a.json", fail)

    assert (tmp_path / "a.json").read_bytes() == b"existing"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("text", ["s3://", "s3:///prefix"])
def test_s3_destination_needs_a_bucket(text: str) -> None:
    with pytest.raises(ConfigurationError, match="the bucket is missing; use s3://bucket/prefix"):
        parse_destination(text, ACCOUNT)
