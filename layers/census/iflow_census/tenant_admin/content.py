"""Packages and iFlows of the design-time, and the endpoints of what is deployed.

Source: SAP OpenAPI, IntegrationContent.
"""

import zipfile
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api, Download, Progress
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import ConfigurationError
from iflow_census.tenant_admin.write_request import Change

ACTIVE = "active"
"""SAP's name for the newest version, a draft included."""

_PACKAGES = "IntegrationPackages"
_IFLOWS = "IntegrationDesigntimeArtifacts"
_KEPT = (
    "Name",
    "Description",
    "ShortText",
    "Version",
    "Vendor",
    "SupportedPlatform",
    "Products",
    "Keywords",
    "Countries",
    "Industries",
    "LineOfBusiness",
)
"""What an update of a package is sent; `Mode` is not for a client to say."""


class ImportMode(StrEnum):
    """What becomes of a package that was copied from Discover before."""

    CREATE_COPY = "CREATE_COPY"
    OVERWRITE = "OVERWRITE"
    OVERWRITE_MERGE = "OVERWRITE_MERGE"


def iflow_path(iflow: str, version: str = ACTIVE) -> str:
    """The path of an iFlow of the design-time."""
    return odata.entity_path(_IFLOWS, {"Id": iflow, "Version": version})


def packages(api: Api) -> Iterator[Entity]:
    """All packages, as they are read."""
    return api.read_all(_PACKAGES, key=("Id",), supports_skip=True)


def iflows(
    api: Api, package: str | None = None, *, step: Callable[[int], object] = lambda _: None
) -> Iterator[Entity]:
    """The iFlows of a package, or of all: SAP has no list over all packages.

    Args:
        api: the tenant.
        package: its id.
        step: told the number of packages read.
    """
    ids = [package] if package is not None else [str(one["Id"]) for one in packages(api)]
    for number, one in enumerate(ids, start=1):
        path = f"{odata.entity_path(_PACKAGES, one)}/{_IFLOWS}"
        for row in api.read_all(path, key=("Id",)):
            yield {**row, "PackageId": row.get("PackageId") or one}
        step(number)


def endpoints(api: Api, iflow: str | None = None) -> Iterator[Entity]:
    """The addresses of deployed iFlows: a row for each, with what the endpoint says of itself."""
    query = {"$expand": "EntryPoints"}
    if iflow is not None:
        query["$filter"] = f"Name eq {odata.string_literal(iflow)}"
    found = api.read_all(
        "ServiceEndpoints", query=query, key=("Id",), supports_inlinecount=True, supports_skip=True
    )
    for one in found:
        said = {name: value for name, value in one.items() if not isinstance(value, list)}
        for entry in one.get("EntryPoints") or ():
            yield {
                **said,
                "EntryPoint": entry.get("Name"),
                "Url": entry.get("Url"),
                "Type": entry.get("Type"),
            }


def download_iflow(
    api: Api, iflow: str, file: Path, *, version: str = ACTIVE, progress: Progress | None = None
) -> Download:
    """Write an iFlow's zip to a file. Raises as `Api.download`."""
    path = f"{iflow_path(iflow, version)}/$value"
    return api.download(path, file, expect_zip=True, progress=progress)


def download_package(
    api: Api, package: str, file: Path, *, progress: Progress | None = None
) -> Download:
    """Write a package's zip to a file. Raises as `Api.download`; drafts in it forbid it."""
    path = f"{odata.entity_path(_PACKAGES, package)}/$value"
    return api.download(path, file, expect_zip=True, progress=progress)


def creation(iflow: str, *, name: str, package: str, file: Path | None) -> Change:
    """Create an iFlow from a zip, or an empty one."""
    body = {"Id": iflow, "Name": name, "PackageId": package}
    return Change("POST", _IFLOWS, body, file=None if file is None else _zip_file(file))


def replacement(iflow: str, file: Path, *, name: str | None = None) -> Change:
    """Replace an iFlow's content by a zip; its manifest tells the name if nobody does."""
    body = {} if name is None else {"Name": name}
    return Change("PUT", iflow_path(iflow), body, file=_zip_file(file))


def version_of(iflow: str, version: str) -> Change:
    """Save an iFlow as a version."""
    parameters = {"Id": iflow, "SaveAsVersion": version}
    return Change("POST", "IntegrationDesigntimeArtifactSaveAsVersion", parameters=parameters)


def deletion(iflow: str) -> Change:
    """Delete an iFlow from the design-time; what is deployed stays."""
    return Change("DELETE", iflow_path(iflow))


def package_creation(package: str, properties: Mapping[str, str | None]) -> Change:
    """Create an empty package.

    Args:
        package: its id.
        properties: Name, ShortText (SAP wants both) and others; None is not sent.
    """
    said = {name: value for name, value in properties.items() if value is not None}
    return Change("POST", _PACKAGES, {"Id": package, **said})


def package_upload(file: Path, *, overwrite: bool) -> Change:
    """Import a package from the zip that `download_package` wrote.

    Source: SAP Help, "OData API: Integration Content", import of a package.
    """
    query = {"Overwrite": "true"} if overwrite else {}
    return Change(
        "POST", _PACKAGES, query=query, file=_zip_file(file), content_property="PackageContent"
    )


def package_update(api: Api, package: str, changes: Mapping[str, str | None]) -> Change:
    """Change a package's properties; reads the others, since a PUT replaces them all.

    Args:
        api: the tenant.
        package: its id.
        changes: the new values; None leaves what is there.
    """
    path = odata.entity_path(_PACKAGES, package)
    present = api.read(path)
    kept: dict[str, Any] = {name: present[name] for name in _KEPT if present.get(name)}
    said = {name: value for name, value in changes.items() if value is not None}
    return Change("PUT", path, {**kept, **said})


def package_deletion(package: str) -> Change:
    """Delete a package with all that lies in it; what is deployed stays."""
    return Change("DELETE", odata.entity_path(_PACKAGES, package))


def package_copy(package: str, *, mode: ImportMode | None, suffix: str | None) -> Change:
    """Copy a package from Discover.

    Args:
        package: its id there.
        mode: None copies what is not there yet.
        suffix: of a further copy's name and of the ids in it; goes with CREATE_COPY alone.
    """
    if suffix is not None:
        if mode not in (None, ImportMode.CREATE_COPY):
            raise ConfigurationError(f"a suffix makes a further copy, and {mode} makes none")
        mode = ImportMode.CREATE_COPY
    elif mode is ImportMode.CREATE_COPY:
        raise ConfigurationError("a further copy needs a suffix for its name and its ids")
    wanted = {"Id": package, "ImportMode": mode and str(mode), "Suffix": suffix}
    parameters = {name: value for name, value in wanted.items() if value}
    return Change("POST", "CopyIntegrationPackage", parameters=parameters)


def _zip_file(file: Path) -> Path:
    """The file, if it is a zip: said before a person is asked to agree to anything."""
    try:
        with file.open("rb") as opened:
            whole = zipfile.is_zipfile(opened)
    except IsADirectoryError:
        raise ConfigurationError(f"{file} is a folder: name a zip file") from None
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from None
    if not whole:
        raise ConfigurationError(f"{file} is no zip file")
    return file
