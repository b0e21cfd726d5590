"""Zip files that are downloaded from and uploaded to a tenant.

An iFlow is a bundle with a manifest, a model and its parameters; an exported package is a zip file
whose ``resources.cnt`` lists the other files, in base64.
"""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Mapping
from typing import Any

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PARAMETERS = "src/main/resources/parameters.prop"
_SEPARATOR = re.compile(r"(?<!\\)=")
_LISTING = "resources.cnt"


def make_zip(files: Mapping[str, bytes]) -> bytes:
    """Return a zip file; the same files result in the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return target.getvalue()


def is_zip(content: bytes) -> bool:
    """Return whether the content is a zip file."""
    return zipfile.is_zipfile(io.BytesIO(content))


def make_bundle(
    artifact: str,
    name: str,
    version: str,
    resources: Mapping[str, bytes],
    parameters: Mapping[str, str] | None = None,
) -> bytes:
    """Return the download of a design-time artifact."""
    manifest = (
        "Manifest-Version: 1.0\r\nBundle-ManifestVersion: 2\r\n"
        f"Bundle-SymbolicName: {artifact}; singleton:=true\r\n"
        f"Bundle-Name: {name}\r\nBundle-Version: {version}\r\n"
    )
    files = {"META-INF/MANIFEST.MF": manifest.encode()}
    files |= {f"src/main/resources/{path}": content for path, content in resources.items()}
    if parameters:
        files[_PARAMETERS] = "".join(
            f"{_escape(key)}={_escape(value)}\n" for key, value in parameters.items()
        ).encode()
    return make_zip(files)


def read_parameters(content: bytes) -> dict[str, str] | None:
    """Return the parameters of a bundle, None if it does not list them."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if _PARAMETERS not in archive.namelist():
            return None
        lines = archive.read(_PARAMETERS).decode().splitlines()
    pairs = [_SEPARATOR.split(line, maxsplit=1) for line in lines if line[:1] != "#"]
    return {_unescape(pair[0]): _unescape(pair[1]) for pair in pairs if len(pair) > 1}


def _escape(text: str) -> str:
    """Escape as java.util.Properties does, as far as the simulator's parameters need it."""
    return re.sub(r"([\\ =:#])", r"\\\1", text)


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def export_package(package: Mapping[str, Any], artifacts: Mapping[str, bytes]) -> bytes:
    """Return the export of a package with its artifacts by id."""
    listing = json.dumps({"package": dict(package), "artifacts": sorted(artifacts)})
    files = {_LISTING: base64.b64encode(listing.encode())}
    files |= {f"{artifact}_content": content for artifact, content in artifacts.items()}
    return make_zip(files)


def import_package(content: bytes) -> tuple[dict[str, Any], dict[str, bytes]] | None:
    """Return the package and the artifacts of an export, or None for any other file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            listing = json.loads(base64.b64decode(archive.read(_LISTING)))
            return listing["package"], {
                artifact: archive.read(f"{artifact}_content") for artifact in listing["artifacts"]
            }
    except (zipfile.BadZipFile, KeyError, ValueError):
        return None
