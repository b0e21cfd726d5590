"""The log files of a tenant's runtime nodes: HTTP access logs and default traces.

Source: SAP OpenAPI, LogFiles; SAP Help has them for the Neo environment alone.
"""

from pathlib import Path

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api, Download, Progress
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import ConfigurationError
from iflow_census.tenant_admin.safe_paths import free_path, made_folder

FILES = "LogFiles"
ARCHIVES = "LogFileArchives"


def log_files(api: Api) -> list[Entity]:
    """The files that there are, in SAP's order."""
    return list(api.read_all(FILES, key=("Name", "Application"), supports_skip=True))


def save_log_file(
    api: Api, name: str, application: str | None, folder: Path, progress: Progress | None = None
) -> Download:
    """Write a log file to a folder; none is replaced.

    Args:
        api: the tenant.
        name: of the file.
        application: where several have a file of this name.
        folder: is made where it is missing.
        progress: as for `Api.download`.

    Raises:
        ConfigurationError: no application has such a file, or several have.
    """
    if application is None:
        owners = [str(one["Application"]) for one in log_files(api) if one["Name"] == name]
        if len(owners) != 1:
            raise ConfigurationError(
                f"applications {', '.join(owners)} have a file {name!r}: name the --application"
                if owners
                else f"there is no log file {name!r}: see `iflow-census logfiles list`"
            )
        application = owners[0]
    path = odata.entity_path(FILES, {"Name": name, "Application": application})
    file = free_path(made_folder(folder), name, "log")
    return api.download(f"{path}/$value", file, progress=progress)


def save_archive(
    api: Api, kind: str, scope: str, folder: Path, progress: Progress | None = None
) -> Download:
    """Write a zip file of all log files of a kind to a folder; none is replaced.

    Args:
        api: the tenant.
        kind: http or trace.
        scope: all or latest.
        folder: is made where it is missing.
        progress: as for `Api.download`.
    """
    key = {"Scope": scope, "LogFileType": kind, "NodeScope": "worker"}
    file = free_path(made_folder(folder), f"{kind}-{scope}.zip")
    path = f"{odata.entity_path(ARCHIVES, key)}/$value"
    return api.download(path, file, expect_zip=True, progress=progress)
