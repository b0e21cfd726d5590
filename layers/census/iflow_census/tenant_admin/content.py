"""Packages and iFlows at design time, and the endpoints of deployed iFlows.

Source: SAP OpenAPI, IntegrationContent.
"""

import zipfile
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api, Download, Progress
from iflow_census.cloud_integration.rows import parse_designtime_iflow
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import CensusError, ConfigurationError, RequestRejected
from iflow_census.tenant_admin.write_request import WriteRequest, drop_none

ACTIVE = "active"
"""SAP's name for the newest version, even if it is a draft."""

_PACKAGES = "IntegrationPackages"
_IFLOWS = "IntegrationDesigntimeArtifacts"
_UPDATABLE = (
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
"""The package properties that an update sends; a client cannot set `Mode`."""


class ImportMode(StrEnum):
    """What to do if the package was copied from Discover before."""

    CREATE_COPY = "CREATE_COPY"
    OVERWRITE = "OVERWRITE"
    OVERWRITE_MERGE = "OVERWRITE_MERGE"


def iflow_path(iflow: str, version: str = ACTIVE) -> str:
    """Return the path of a design-time iFlow."""
    return odata.entity_path(_IFLOWS, {"Id": iflow, "Version": version})


def list_packages(api: Api) -> Iterator[Entity]:
    """Read all packages, page by page."""
    return api.read_all(_PACKAGES, key=("Id",), supports_skip=True)


def list_iflows(
    api: Api, package: str | None = None, *, on_package: Callable[[int], object] = lambda _: None
) -> Iterator[Entity]:
    """Read the iFlows of one package, or of all packages one after the other.

    SAP cannot list iFlows across packages. Without a package, all are read; `on_package` is
    called with the number of packages read so far.
    """
    packages = (
        [package]
        if package is not None
        else [str(package_row["Id"]) for package_row in list_packages(api)]
    )
    for number, package_id in enumerate(packages, start=1):
        path = f"{odata.entity_path(_PACKAGES, package_id)}/{_IFLOWS}"
        for iflow in api.read_all(path, key=("Id",)):
            yield {**iflow, "PackageId": iflow.get("PackageId") or package_id}
        on_package(number)


def list_endpoints(api: Api, iflow: str | None = None) -> Iterator[Entity]:
    """Read the endpoints of deployed iFlows: one row per entry point."""
    query = {"$expand": "EntryPoints"}
    if iflow is not None:
        query["$filter"] = f"Name eq {odata.string_literal(iflow)}"
    endpoints = api.read_all(
        "ServiceEndpoints",
        query=query,
        key=("Id",),
        supports_inlinecount=True,
        supports_skip=True,
    )
    for endpoint in endpoints:
        properties = {
            name: value for name, value in endpoint.items() if not isinstance(value, list)
        }
        for entry_point in endpoint.get("EntryPoints") or ():
            yield {
                **properties,
                "EntryPoint": entry_point.get("Name"),
                "Url": entry_point.get("Url"),
                "Type": entry_point.get("Type"),
            }


def download_iflow(
    api: Api, iflow: str, file: Path, *, version: str = ACTIVE, progress: Progress | None = None
) -> Download:
    """Download an iFlow as a zip file. Raises the errors of `Api.download`."""
    path = f"{iflow_path(iflow, version)}/$value"
    return api.download(path, file, expect_zip=True, progress=progress)


def download_package(
    api: Api, package: str, file: Path, *, progress: Progress | None = None
) -> Download:
    """Download a package as a zip file.

    Raises:
        RequestRejected: the package contains drafts, which are named.
        CensusError: any other error of `Api.download`.
    """
    path = f"{odata.entity_path(_PACKAGES, package)}/$value"
    try:
        return api.download(path, file, expect_zip=True, progress=progress)
    except RequestRejected as error:
        drafts = _find_drafts(api, package)
        if not drafts:
            raise
        # SAP's own list contains names instead of ids, and is shortened if it is long.
        raise RequestRejected(f"{error}; draft iFlows: {', '.join(map(repr, drafts))}") from error


def _find_drafts(api: Api, package: str) -> list[str]:
    """Return the ids of a package's draft iFlows; empty if they cannot be read."""
    try:
        iflows = [parse_designtime_iflow(row, package) for row in list_iflows(api, package)]
    except CensusError:
        return []
    return [iflow.id for iflow in iflows if iflow.draft]


def create_iflow_request(iflow: str, *, name: str, package: str, file: Path | None) -> WriteRequest:
    """Build the request that creates an iFlow from a zip file, or an empty one."""
    body = {"Id": iflow, "Name": name, "PackageId": package}
    return WriteRequest("POST", _IFLOWS, body, file=None if file is None else _check_zip(file))


def update_iflow_request(iflow: str, file: Path, *, name: str | None = None) -> WriteRequest:
    """Build the request that replaces an iFlow's content with a zip file.

    Without a name, SAP takes the name from the manifest in the zip file.
    """
    body = {} if name is None else {"Name": name}
    return WriteRequest("PUT", iflow_path(iflow), body, file=_check_zip(file))


def save_version_request(iflow: str, version: str) -> WriteRequest:
    """Build the request that saves an iFlow as a version."""
    parameters = {"Id": iflow, "SaveAsVersion": version}
    return WriteRequest("POST", "IntegrationDesigntimeArtifactSaveAsVersion", parameters=parameters)


def delete_iflow_request(iflow: str) -> WriteRequest:
    """Build the request that deletes a design-time iFlow; a deployed one keeps running."""
    return WriteRequest("DELETE", iflow_path(iflow))


def create_package_request(package: str, properties: Mapping[str, str | None]) -> WriteRequest:
    """Build the request that creates an empty package.

    SAP requires Name and ShortText; a property that is None is not sent.

    Raises:
        ConfigurationError: SAP does not allow the id.
    """
    if "_" in package:  # observed on a tenant; SAP does not document which characters it allows
        raise ConfigurationError(
            f"package id {package!r}: SAP rejects ids with '_'; use letters and digits"
        )
    return WriteRequest("POST", _PACKAGES, {"Id": package, **drop_none(properties)})


def upload_package_request(file: Path, *, overwrite: bool) -> WriteRequest:
    """Build the request that imports a package from the zip file of `download_package`.

    Source: SAP Help, "OData API: Integration Content", import of a package.
    """
    query = {"Overwrite": "true"} if overwrite else {}
    return WriteRequest(
        "POST", _PACKAGES, query=query, file=_check_zip(file), content_property="PackageContent"
    )


def update_package_request(
    api: Api, package: str, changes: Mapping[str, str | None]
) -> WriteRequest:
    """Build the request that changes a package's properties.

    A PUT replaces all properties, so the current ones are read and sent too. A property that is
    None keeps its current value.
    """
    path = odata.entity_path(_PACKAGES, package)
    current = api.read(path)
    unchanged: dict[str, Any] = {name: current[name] for name in _UPDATABLE if current.get(name)}
    return WriteRequest("PUT", path, {**unchanged, **drop_none(changes)})


def delete_package_request(package: str) -> WriteRequest:
    """Build the request that deletes a package and its content; deployed iFlows keep running."""
    return WriteRequest("DELETE", odata.entity_path(_PACKAGES, package))


def copy_package_request(
    package: str, *, mode: ImportMode | None, suffix: str | None
) -> WriteRequest:
    """Build the request that copies a package from Discover.

    Without a mode, the package is only copied if the tenant does not have it. The suffix is
    appended to the name and the ids of an additional copy; only with CREATE_COPY.

    Raises:
        ConfigurationError: the mode and the suffix contradict each other.
    """
    if suffix is not None:
        if mode not in (None, ImportMode.CREATE_COPY):
            raise ConfigurationError(
                f"--suffix makes an additional copy and cannot be combined with --mode {mode}"
            )
        mode = ImportMode.CREATE_COPY
    elif mode is ImportMode.CREATE_COPY:
        raise ConfigurationError("an additional copy needs a suffix; add --suffix")
    parameters = drop_none(
        {"Id": package, "ImportMode": mode and str(mode), "Suffix": suffix or None}
    )
    return WriteRequest("POST", "CopyIntegrationPackage", parameters=parameters)


def _check_zip(file: Path) -> Path:
    """Return the path if it is a zip file: checked before the user is asked to confirm."""
    try:
        with file.open("rb") as content:
            is_zip = zipfile.is_zipfile(content)
    except IsADirectoryError:
        raise ConfigurationError(f"{file} is a folder; name a zip file") from None
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from None
    if not is_zip:
        raise ConfigurationError(f"{file}: not a zip file")
    return file
