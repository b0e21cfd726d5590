"""The zip file of an iFlow, which may be damaged or hostile.

Nothing is extracted, and no name in it is used as a path. What is declared is checked before it is
read, and no entry is read beyond its limit whatever it declares. The limits are several times what
published iFlows need; the largest has 4 MB, 64 entries, and a model of 0.7 MB.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from iflow_census.errors import DataError

MAX_ZIP_BYTES = 50 * 1024**2
MAX_ENTRIES = 2_000
MAX_MODEL_BYTES = 20 * 1024**2
MAX_PARAMETER_BYTES = 1024**2
MAX_SCRIPT_BYTES = 1024**2
MAX_ALL_SCRIPTS_BYTES = 5 * 1024**2

_MAX_DIRECTORY_BYTES = 1024**2
_CHUNK = 64 * 1024
_ENCRYPTED = 0x1
_END_RECORD = re.compile(rb"PK\x05\x06(?=.{8}(.{4}))", re.DOTALL)
"""With the size of the directory."""
_ZIP64_LOCATOR = b"PK\x06\x07"
_TAIL_BYTES = 20 + 22 + 2**16
"""The 64-bit locator, the end record and its comment, as far as `zipfile` searches for them."""

MAX_MANIFEST_BYTES = 64 * 1024
MAX_EXPORTED_BYTES = 16 * 1024**2
"""Bytes of an iFlow in the export of a package, which is read into memory."""

_SCRIPT = re.compile(r"src/main/resources/script/.*\.(?:groovy|gsh|js)", re.IGNORECASE)
_PARAMETERS = "src/main/resources/parameters.prop"
_MANIFEST = "META-INF/MANIFEST.MF"
_FOLDED = re.compile(rb"\r?\n ")
_SYMBOLIC_NAME = re.compile(rb"(?m)^Bundle-SymbolicName:[ ]*([^;\r\n]+)")
_EXPORTED = "_content"
_MODEL_SUFFIX = ".iflw"
_EXPORT_LISTING = "resources.cnt"


class UnreadableModel(DataError):
    """A model that no later attempt can read either; the message says why in a few words."""


def too_large(what: str) -> UnreadableModel:
    """Return the error for content beyond a limit."""
    return UnreadableModel(f"too large: {what}")


def not_a_model(why: str) -> UnreadableModel:
    """Return the error for content that is not an iFlow's."""
    return UnreadableModel(f"not a model: {why}")


class ProjectArchive:
    """Model, parameters and scripts in an iFlow's zip file.

    Args:
        archive: the open zip file.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        entries = archive.infolist()
        models = [entry for entry in entries if entry.filename.endswith(_MODEL_SUFFIX)]
        if any(entry.filename == _EXPORT_LISTING for entry in entries) and not models:
            raise not_a_model("the zip file is the export of a package")
        if len(models) != 1:
            raise not_a_model(f"the zip file has {len(models)} {_MODEL_SUFFIX} files")
        self._model = models[0]
        self._parameters = [entry for entry in entries if entry.filename == _PARAMETERS]
        self._manifest = [entry for entry in entries if entry.filename == _MANIFEST]
        self._scripts = [entry for entry in entries if _SCRIPT.fullmatch(entry.filename)]

    def model(self) -> Iterator[bytes]:
        """Read the model, a BPMN document, in chunks."""
        return _read(self._archive, self._model, MAX_MODEL_BYTES)

    def parameters(self) -> bytes:
        """Read the values of the externalized parameters; empty if there are none."""
        return self._read_first(self._parameters, MAX_PARAMETER_BYTES)

    def scripts(self) -> Iterator[bytes]:
        """Read the scripts one by one.

        Raises:
            UnreadableModel: they are too large, or one is damaged; the model can be read all the
                same.
        """
        if sum(entry.file_size for entry in self._scripts) > MAX_ALL_SCRIPTS_BYTES:
            raise too_large(f"scripts of more than {MAX_ALL_SCRIPTS_BYTES} bytes in the zip file")
        for entry in self._scripts:
            with _zip_errors():
                script = self._read_first([entry], MAX_SCRIPT_BYTES)
            yield script

    def symbolic_name(self) -> str | None:
        """Read the id of the iFlow in its manifest, whose long lines are folded."""
        manifest = _FOLDED.sub(b"", self._read_first(self._manifest, MAX_MANIFEST_BYTES))
        found = _SYMBOLIC_NAME.search(manifest)
        return found[1].decode("utf-8", "replace").strip() if found else None

    def _read_first(self, entries: Sequence[zipfile.ZipInfo], limit: int) -> bytes:
        return b"".join(
            chunk for entry in entries[:1] for chunk in _read(self._archive, entry, limit)
        )


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> Iterator[bytes]:
    if entry.flag_bits & _ENCRYPTED:
        raise not_a_model("a file in the zip file is encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise not_a_model("a file in the zip file has an unusual compression")
    if entry.file_size > limit:
        raise too_large(f"a file of more than {limit} bytes in the zip file")
    with archive.open(entry) as content:  # ends at the declared size, whatever is in the entry
        while chunk := content.read(_CHUNK):
            yield chunk


@contextmanager
def open_project(file: BinaryIO) -> Iterator[ProjectArchive]:
    """Open the zip file of an iFlow.

    Raises:
        UnreadableModel: it is damaged, too large, or not an iFlow's; also while it is read.
    """
    with _open_archive(file) as archive:
        yield ProjectArchive(archive)


def exported_artifacts(file: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    """Read the artifacts in the export of a package, which are of all kinds.

    Those that are larger than an iFlow may be are left out.

    Yields:
        The name that the export has for an artifact, and its content.

    Raises:
        UnreadableModel: the export is damaged or too large.
    """
    with _open_archive(file) as archive:
        for entry in archive.infolist():
            if entry.filename.endswith(_EXPORTED) and entry.file_size <= MAX_EXPORTED_BYTES:
                content = b"".join(_read(archive, entry, MAX_EXPORTED_BYTES))
                yield entry.filename.removesuffix(_EXPORTED), io.BytesIO(content)


@contextmanager
def _open_archive(file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    with _zip_errors():
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            if len(archive.infolist()) > MAX_ENTRIES:
                raise too_large(f"more than {MAX_ENTRIES} files in the zip file")
            yield archive


@contextmanager
def _zip_errors() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, ValueError, OverflowError):
        raise not_a_model("the zip file is damaged") from None
    except (NotImplementedError, RuntimeError):  # unusual features of the format
        raise not_a_model("the zip file is not one that SAP writes") from None


def _check_directory(file: BinaryIO) -> None:
    """Check the size of the zip file and of its directory, which is read in one piece.

    The last bytes may hold several end records. All are checked, as any may be the one in use.
    """
    size = file.seek(0, io.SEEK_END)
    if size > MAX_ZIP_BYTES:
        raise too_large(f"a zip file of more than {MAX_ZIP_BYTES} bytes")
    file.seek(-min(size, _TAIL_BYTES), io.SEEK_END)
    tail = file.read()
    if _ZIP64_LOCATOR in tail:
        raise too_large("a zip file with a 64-bit directory")
    for match in _END_RECORD.finditer(tail):
        if int.from_bytes(match[1], "little") > _MAX_DIRECTORY_BYTES:
            raise too_large("the directory of the zip file")
