"""Where what a tenant holds is saved: files whose names the tenant gives.

A message may bring an attachment called `../../.profile`, `CON`, or nothing at all.
"""

import re
import unicodedata
from pathlib import Path

from iflow_census.errors import ConfigurationError

LONGEST = 150
"""Bytes of a name; file systems take 255, with an ending and a number added."""

_UNWANTED = re.compile(r'[\\/:*?"<>|]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_WHILE_WRITING = ".part"
"""The ending of a download that is not finished (`Api.download`)."""


def file_name(name: str, fallback: str = "unnamed") -> str:
    """A name that stays in its folder on any system.

    Args:
        name: any text.
        fallback: stands in for a name of which nothing is left.
    """
    text = unicodedata.normalize("NFC", name)
    plain = "".join(char if char.isprintable() else "_" for char in _UNWANTED.sub("_", text))
    plain = _shortened(plain.strip(". ")) or fallback
    if plain.lower().endswith(_WHILE_WRITING):
        plain += "_"
    return f"_{plain}" if _DEVICES.fullmatch(plain) else plain


def free_path(folder: Path, name: str, fallback: str = "unnamed") -> Path:
    """A path in a folder that no file has yet; of names that are taken, numbered ones.

    Args:
        folder: where the file goes.
        name: any text.
        fallback: as for `file_name`.
    """
    plain = Path(file_name(name, fallback))
    # A file system may take names for one that differ in their case.
    taken = {one.name.casefold() for one in folder.iterdir()} if folder.is_dir() else set()
    number, free = 1, plain.name
    while {free.casefold(), f"{free}{_WHILE_WRITING}".casefold()} & taken:
        number += 1
        free = f"{plain.stem} ({number}){plain.suffix}"
    return folder / free


def made_folder(folder: Path) -> Path:
    """Make a folder where it is missing. Raises `ConfigurationError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"{folder} is no folder to write to: {error.strerror}") from error
    return folder


def _shortened(name: str) -> str:
    """A name of `LONGEST` bytes at most, which keeps its ending."""
    if len(name.encode()) <= LONGEST:
        return name
    suffix = Path(name).suffix
    ending = suffix if len(suffix.encode()) <= LONGEST // 4 else ""
    start = name.encode()[: LONGEST - len(ending.encode())].decode(errors="ignore")
    return f"{start}{ending}".strip(". ")
