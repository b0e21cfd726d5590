"""Reading a published report back: its manifest first, then the versions that the manifest names.

Whoever takes all files by one manifest never sees a mixture of two runs, also while one publishes:
a bucket that keeps versions gives what the manifest names, and any other place is found out by the
checksum.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, Protocol

from pydantic import NonNegativeInt, StringConstraints, TypeAdapter, ValidationError

from iflow_census.errors import ConfigurationError, DataError, NotFound
from iflow_census.scan.period import Month
from iflow_census.store.protocol import StoredFile
from iflow_census.store.report_writer import MANIFEST, MANIFEST_SCHEMA, report_folder

_REPORTS = "reports/"
_PERIOD = "period="

_FormatName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
_Key = Annotated[str, StringConstraints(pattern=r"^(?:[^\x00]*/)?[A-Za-z0-9][A-Za-z0-9._-]*$")]
_RunId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._+-]{1,64}$")]
_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ReportSource(Protocol):
    """A place that reports are read from; its methods raise as those of a `Store`."""

    def read(self, key: str, version_id: str | None = None) -> StoredFile | None:
        """A file, or None where there is none; the version that is named, if versions are kept."""
        ...

    def list_folders(self, prefix: str) -> Sequence[str]:
        """The names of the folders directly below a prefix, which ends with a slash."""
        ...

    def address(self, key: str) -> str:
        """Where a person finds a file."""
        ...


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file as its manifest names it."""

    format: _FormatName
    key: _Key
    version_id: str | None
    bytes: NonNegativeInt
    sha256: _Sha256
    rows: NonNegativeInt

    @property
    def name(self) -> str:
        """Its name beside the manifest; copies of a report keep it, and not the whole key."""
        return self.key.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class PublishedTenant:
    """What a manifest says of a tenant; the counts are None where it was not scanned."""

    name: str
    status: Literal["complete", "partial", "failed"]
    iflows: int | None
    messages: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class _Content:
    schema: Literal["iflow-census/manifest/v1"]
    period: str
    run_id: _RunId
    status: Literal["complete", "partial"]
    tenants: list[PublishedTenant]
    files: list[PublishedFile]


@dataclass(frozen=True, slots=True)
class PublishedReport:
    """A report as its manifest tells of it.

    Attributes:
        folder: where it lies: what the keys beside the manifest begin with.
        manifest: where a person finds the manifest.
        month: the month counted.
        run_id: of the run that made it.
        status: complete or partial.
        tenants: as they were found.
        files: by format.
    """

    folder: str
    manifest: str
    month: Month
    run_id: str
    status: str
    tenants: Sequence[PublishedTenant]
    files: Mapping[str, PublishedFile]


@cache
def _content() -> TypeAdapter[_Content]:
    return TypeAdapter(_Content)


def published_months(source: ReportSource) -> Sequence[Month]:
    """The months that have a folder for their report, oldest first."""
    found = []
    for name in source.list_folders(_REPORTS):
        if name.startswith(_PERIOD):
            try:
                found.append(Month.parse(name.removeprefix(_PERIOD)))
            except ConfigurationError:
                continue  # some other folder
    return sorted(found)


def read_month(source: ReportSource, month: Month) -> PublishedReport | None:
    """The report of a month; None where there is none. Raises as `read_published`."""
    report = read_published(source, report_folder(month))
    if report and report.month != month:
        raise DataError(f"{report.manifest} is damaged: it is of {report.month}")
    return report


def read_published(source: ReportSource, folder: str) -> PublishedReport | None:
    """The report in a folder; None where there is no manifest.

    Raises:
        DataError: its manifest is damaged, or has another schema.
    """
    found = source.read(folder + MANIFEST)
    if found is None:
        return None
    address = source.address(folder + MANIFEST)
    try:
        content = json.loads(found.body)
        schema = content["schema"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DataError(f"{address} is damaged: it is no manifest") from None
    if schema != MANIFEST_SCHEMA:
        raise DataError(f"{address} is not of the schema {MANIFEST_SCHEMA}")
    try:
        told = _content().validate_python(content)
        month = Month.parse(told.period)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{address} is damaged: {place}: {first['msg']}") from error
    except ConfigurationError:
        raise DataError(f"{address} is damaged: its period is no month") from None
    return PublishedReport(
        folder=folder,
        manifest=address,
        month=month,
        run_id=told.run_id,
        status=told.status,
        tenants=told.tenants,
        files={file.format: file for file in told.files},
    )


def read_files(
    source: ReportSource, report: PublishedReport, formats: Iterable[str]
) -> Mapping[str, bytes]:
    """Files of a report, by format; all of them are of the run that its manifest names.

    Raises:
        NotFound: the report was not written in one of the formats.
        DataError: a file is missing, or is not the one that the manifest names.
    """
    files = [_file(report, name) for name in formats]
    return {file.format: _verified(source, report, file) for file in files}


def _file(report: PublishedReport, name: str) -> PublishedFile:
    try:
        return report.files[name]
    except KeyError:
        there = ", ".join(report.files) or "none"
        raise NotFound(
            f"the report of {report.month} was not written as {name}: its formats are {there}"
        ) from None


def _verified(source: ReportSource, report: PublishedReport, file: PublishedFile) -> bytes:
    key = report.folder + file.name
    found = source.read(key, file.version_id)
    if found is None:
        raise DataError(
            f"{source.address(key)} is missing, though {report.manifest} names it: "
            "run the census of that month again"
        )
    if hashlib.sha256(found.body).hexdigest() != file.sha256:
        raise DataError(
            f"{source.address(key)} is not the file that {report.manifest} names (its sha256 "
            "differs): if a run is publishing, try again; else copy the report anew"
        )
    return found.body
