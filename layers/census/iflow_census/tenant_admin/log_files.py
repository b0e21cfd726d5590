"""The log files of a tenant's runtime nodes: HTTP access logs and default traces.

Source: SAP OpenAPI, LogFiles. According to SAP Help, only the Neo environment has them.
"""

from pathlib import Path

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api, Download, Progress
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import ConfigurationError
from iflow_census.tenant_admin.safe_paths import create_folder, unused_path

_FILES = "LogFiles"
_ARCHIVES = "LogFileArchives"


def list_log_files(api: Api) -> list[Entity]:
    """Read the list of log files, in SAP's order."""
    return list(api.read_all(_FILES, key=("Name", "Application"), supports_skip=True))


def download_log_file(
    api: Api, name: str, application: str | None, folder: Path, progress: Progress | None = None
) -> Download:
    """Download a log file; existing files are not replaced.

    The application is needed if several have a file of this name. The folder is created if it does
    not exist.

    Raises:
        ConfigurationError: no application has such a file, or several have.
    """
    if application is None:
        applications = [
            str(log_file["Application"])
            for log_file in list_log_files(api)
            if log_file["Name"] == name
        ]
        if not applications:
            raise ConfigurationError(f"unknown log file {name!r}; see `iflow-census logfiles list`")
        if len(applications) > 1:
            raise ConfigurationError(
                f"log file {name!r}: several applications have it ({', '.join(applications)}); "
                "choose one with --application"
            )
        application = applications[0]
    path = odata.entity_path(_FILES, {"Name": name, "Application": application})
    file = unused_path(create_folder(folder), name, "log")
    return api.download(f"{path}/$value", file, progress=progress)


def download_archive(
    api: Api, kind: str, scope: str, folder: Path, progress: Progress | None = None
) -> Download:
    """Download all log files of a kind as one zip file; existing files are not replaced.

    The kind is http or trace, and the scope all or latest.
    """
    key = {"Scope": scope, "LogFileType": kind, "NodeScope": "worker"}
    file = unused_path(create_folder(folder), f"{kind}-{scope}.zip")
    path = f"{odata.entity_path(_ARCHIVES, key)}/$value"
    return api.download(path, file, expect_zip=True, progress=progress)
