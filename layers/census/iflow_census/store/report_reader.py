"""Reading published reports: the manifest first, then the file versions that it names.

All files that are read by one manifest belong to one run, even while another run publishes: a
bucket with versioning returns the named versions, and elsewhere the checksum reveals a difference.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from pydantic import NonNegativeInt, StringConstraints

from iflow_census.errors import ConfigurationError, DataError, NotFound
from iflow_census.scan.period import LAST_30_DAYS, Month
from iflow_census.store.documents import PeriodName, parse_document
from iflow_census.store.protocol import StoredFile
from iflow_census.store.report_writer import MANIFEST, MANIFEST_SCHEMA, REPORTS, report_folder

_PERIOD = "period="

_FormatName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
_Key = Annotated[str, StringConstraints(pattern=r"^(?:[^\x00]*/)?[A-Za-z0-9][A-Za-z0-9._-]*$")]
_RunId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._+-]{1,64}$")]
_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ReportSource(Protocol):
    """A place that reports are read from; its methods raise the errors of a `Store`."""

    def read(self, key: str, version_id: str | None = None) -> StoredFile | None:
        """Return a file, or None if it is missing; the given version, if versions are kept."""
        ...

    def list_folders(self, prefix: str) -> Sequence[str]:
        """Return the names of the folders directly below a prefix that ends with a slash."""
        ...

    def address(self, key: str) -> str:
        """Return the path or URL of a file, for messages."""
        ...


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file, as its manifest describes it."""

    format: _FormatName
    key: _Key
    version_id: str | None
    bytes: NonNegativeInt
    sha256: _Sha256
    rows: NonNegativeInt

    @property
    def name(self) -> str:
        """The file name. A copy of a report keeps the names, but may have another folder."""
        return self.key.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class PublishedTenant:
    """A tenant, as a manifest describes it; the counts are None if it was not scanned.

    `coverage` is how much of the period was counted, in percent; None in older manifests.
    """

    name: str
    status: Literal["complete", "partial", "failed"]
    iflows: int | None
    messages: int | None
    error: str | None
    coverage: int | None = None
    carried_over: bool = False


@dataclass(frozen=True, slots=True)
class _Manifest:
    period: PeriodName
    run_id: _RunId
    status: Literal["complete", "partial"]
    tenants: list[PublishedTenant]
    files: list[PublishedFile]


@dataclass(frozen=True, slots=True)
class PublishedReport:
    """A report, as its manifest describes it.

    Attributes:
        folder: the prefix of its files in the source.
        manifest: path or URL of the manifest, for messages.
        period: "2026-10", or "last-30-days".
        status: "complete" or "partial".
        tenants: in the order of the manifest.
        files: by format; a format may have a file for each tenant.
    """

    folder: str
    manifest: str
    period: str
    run_id: str
    status: str
    tenants: Sequence[PublishedTenant]
    files: Mapping[str, Sequence[PublishedFile]]


def list_periods(source: ReportSource) -> Sequence[str]:
    """Return the periods that have a folder for their report: months, then the last 30 days."""
    folders = source.list_folders(REPORTS)
    months = []
    for name in folders:
        if name.startswith(_PERIOD):
            try:
                months.append(str(Month.parse(name.removeprefix(_PERIOD))))
            except ConfigurationError:
                continue  # not a folder of a report
    return sorted(months) + [LAST_30_DAYS for name in folders if name == LAST_30_DAYS]


def read_period(source: ReportSource, period: str) -> PublishedReport | None:
    """Return the report of a period, or None if there is none. Raises as `read_published`."""
    report = read_published(source, report_folder(period))
    if report and report.period != period:
        raise DataError(
            f"{report.manifest}: it is the manifest of {report.period}; copy the reports again"
        )
    return report


def read_published(source: ReportSource, folder: str) -> PublishedReport | None:
    """Return the report in a folder, or None if there is no manifest.

    Raises:
        DataError: the manifest is damaged, or has another schema.
    """
    stored = source.read(folder + MANIFEST)
    if stored is None:
        return None
    address = source.address(folder + MANIFEST)
    manifest = parse_document(
        address, stored.body, _Manifest, kind="manifest", schema=MANIFEST_SCHEMA
    )
    return PublishedReport(
        folder=folder,
        manifest=address,
        period=manifest.period,
        run_id=manifest.run_id,
        status=manifest.status,
        tenants=manifest.tenants,
        files=_by_format(manifest.files),
    )


def _by_format(files: Iterable[PublishedFile]) -> Mapping[str, Sequence[PublishedFile]]:
    by_format: dict[str, list[PublishedFile]] = {}
    for file in files:
        by_format.setdefault(file.format, []).append(file)
    return by_format


def read_files(
    source: ReportSource, report: PublishedReport, formats: Iterable[str]
) -> Sequence[tuple[PublishedFile, bytes]]:
    """Return all files of some formats; they belong to the run that the manifest names.

    Raises:
        NotFound: the report was not written in one of the formats.
        DataError: a file is missing, or differs from the one that the manifest names.
    """
    files = [file for name in formats for file in _find_files(report, name)]
    return [(file, _read_verified(source, report, file)) for file in files]


def read_file(source: ReportSource, report: PublishedReport, format_name: str) -> bytes:
    """Return the file of a format that has only one. Raises as `read_files`."""
    ((_, body),) = read_files(source, report, [format_name])
    return body


def _find_files(report: PublishedReport, name: str) -> Sequence[PublishedFile]:
    try:
        return report.files[name]
    except KeyError:
        formats = ", ".join(report.files) or "none"
        raise NotFound(
            f"report of {report.period}: not written as {name}; its formats are {formats}"
        ) from None


def _read_verified(source: ReportSource, report: PublishedReport, file: PublishedFile) -> bytes:
    key = report.folder + file.name
    stored = source.read(key, file.version_id)
    if stored is None:
        raise DataError(
            f"{source.address(key)}: missing, although {report.manifest} names it; "
            "run the census of that month again"
        )
    if hashlib.sha256(stored.body).hexdigest() != file.sha256:
        raise DataError(
            f"{source.address(key)}: not the file that {report.manifest} names (its sha256 "
            "differs); try again if a run is publishing, otherwise copy the report again"
        )
    return stored.body
