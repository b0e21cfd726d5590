"""Safe file names for downloads: the names come from the tenant and cannot be trusted.

An attachment may be named `../../.profile`, `CON`, or have no name at all.
"""

import re
import unicodedata
from pathlib import Path

from iflow_census.errors import ConfigurationError

MAX_NAME_BYTES = 150
"""File systems allow 255; a number and a temporary extension may be added."""

_RESERVED_CHARS = re.compile(r'[\\/:*?"<>|]')
_DEVICE_NAMES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_SPECIAL_STARTS = "-~"
"""A shell expands `~` to a home folder, and commands read `-` as the start of an option."""
_PARTIAL = ".part"
"""The extension of an unfinished download (`Api.download`)."""


def safe_file_name(name: str, fallback: str = "unnamed") -> str:
    """Return a file name that is valid on all platforms and contains no folder.

    `fallback` is used if no valid character is left.
    """
    text = unicodedata.normalize("NFC", name)
    printable = "".join(
        char if char.isprintable() else "_" for char in _RESERVED_CHARS.sub("_", text)
    )
    safe = _truncate(printable.strip(". ")) or fallback
    if safe.lower().endswith(_PARTIAL):
        safe += "_"
    return f"_{safe}" if _DEVICE_NAMES.fullmatch(safe) or safe[0] in _SPECIAL_STARTS else safe


def unused_path(folder: Path, name: str, fallback: str = "unnamed") -> Path:
    """Return a path in the folder that no file has; a number is added if the name is in use."""
    safe = Path(safe_file_name(name, fallback))
    # Some file systems are case-insensitive.
    existing = {path.name.casefold() for path in folder.iterdir()} if folder.is_dir() else set()
    number, candidate = 1, safe.name
    while {candidate.casefold(), f"{candidate}{_PARTIAL}".casefold()} & existing:
        number += 1
        candidate = f"{safe.stem} ({number}){safe.suffix}"
    return folder / candidate


def create_folder(folder: Path) -> Path:
    """Create the folder if it does not exist. Raises `ConfigurationError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"{folder}: cannot create folder: {error.strerror}") from error
    return folder


def _truncate(name: str) -> str:
    """Return at most `MAX_NAME_BYTES` of the name; the extension is kept."""
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    suffix = Path(name).suffix
    extension = suffix if len(suffix.encode()) <= MAX_NAME_BYTES // 4 else ""
    stem = name.encode()[: MAX_NAME_BYTES - len(extension.encode())].decode(errors="ignore")
    return f"{stem}{extension}".strip(". ")
