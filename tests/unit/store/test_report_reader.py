"""Reading published reports while other runs publish."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from iflow_census.aws.s3 import S3Store
from iflow_census.errors import DataError, NotFound
from iflow_census.store.folder import FolderStore
from iflow_census.store.protocol import Store, StoredFile
from iflow_census.store.report_reader import (
    PublishedReport,
    ReportSource,
    list_periods,
    read_file,
    read_files,
    read_period,
)
from iflow_census.store.report_writer import publish
from tests.unit.conftest import BUCKET
from tests.unit.store.reports import FOLDER, LATE, files, header, publish_run

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

OCTOBER = "2026-10"
FORMATS = ("csv", "json")


@dataclass
class InterruptedSource:
    """A source that calls a function before each read."""

    source: ReportSource
    before_read: Callable[[], object]
    reads: list[str] = field(default_factory=list)

    def read(self, key: str, version_id: str | None = None) -> StoredFile | None:
        """Call the function, then read."""
        self.before_read()
        self.reads.append(key)
        return self.source.read(key, version_id)

    def list_folders(self, prefix: str) -> Sequence[str]:
        """Return the folders."""
        return self.source.list_folders(prefix)

    def address(self, key: str) -> str:
        """Return the address of a file."""
        return self.source.address(key)


@dataclass
class Writer:
    """Publishes one run after the other, each with other content."""

    store: Store
    runs: int = 0

    def publish(self) -> None:
        """Publish the next run."""
        self.runs += 1
        run_id = f"20261102T{self.runs:06d}Z"
        publish(self.store, header(run_id), files(run_id * self.runs))


def read_runs(source: ReportSource, formats: Sequence[str] = FORMATS) -> tuple[str, set[str]]:
    """Return the run of the manifest, and the runs that its files belong to."""
    report = read_october(source)
    read = read_files(source, report, formats)
    return report.run_id, {body.decode().partition(" of ")[2][:16] for _, body in read}


def read_october(source: ReportSource) -> PublishedReport:
    report = read_period(source, OCTOBER)
    assert report is not None
    return report


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> FolderStore | S3Store:
    """Return each kind of store that reports are read from."""
    if request.param == "folder":
        return FolderStore(tmp_path / "census")
    return S3Store(request.getfixturevalue("s3_by_http"), BUCKET)


def test_published_report_is_read_back(place: FolderStore | S3Store) -> None:
    publish_run(place, LATE)

    report = read_october(place)

    assert (report.period, report.run_id, report.status) == (OCTOBER, LATE, "complete")
    assert [tenant.name for tenant in report.tenants] == ["dev"]
    assert list(report.files) == ["csv", "json"]
    read = read_files(place, report, FORMATS)
    assert [(file.format, body) for file, body in read] == [
        (file.format, b"".join(file.parts)) for file in files(LATE)
    ]


def test_file_of_a_format_is_read(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    publish_run(store, LATE)

    assert read_file(store, read_october(store), "json") == f"json of {LATE}".encode()


def test_months_are_listed_oldest_first(place: FolderStore | S3Store) -> None:
    for period in ("2026-10", "2025-12", "2026-09"):
        publish(place, header(period=period), [])
    place.write("reports/period=13/report.csv", b"", content_type="text/csv")

    months = list_periods(place)

    assert months == ["2025-12", "2026-09", OCTOBER]


def test_empty_store_has_no_months_and_no_report(place: FolderStore | S3Store) -> None:
    assert list_periods(place) == []
    assert read_period(place, OCTOBER) is None


def test_missing_format_is_an_error_that_lists_the_others(
    place: FolderStore | S3Store,
) -> None:
    publish_run(place, LATE)

    with pytest.raises(NotFound, match="not written as html; its formats are csv, json"):
        read_files(place, read_october(place), ["csv", "html"])


def test_changed_file_is_an_error(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    publish_run(store, LATE)
    store.write(FOLDER + "report.csv", b"csv of another", content_type="text/csv")

    with pytest.raises(DataError, match=r"report\.csv: not the file .* sha256 differs"):
        read_files(store, read_october(store), ["csv"])


def test_only_requested_formats_are_read(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    publish_run(store, LATE)
    source = InterruptedSource(store, lambda: None)

    read_runs(source, ["csv"])

    assert source.reads == [FOLDER + "manifest.json", FOLDER + "report.csv"]


def test_unknown_fields_of_a_manifest_are_ignored(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    publish_run(store, LATE)
    stored = store.read(FOLDER + "manifest.json")
    assert stored is not None
    content = json.loads(stored.body)
    content["added"] = content["files"][0]["added"] = content["tenants"][0]["added"] = 1
    store.write(
        FOLDER + "manifest.json", json.dumps(content).encode(), content_type="application/json"
    )

    assert read_october(store).run_id == LATE


@pytest.mark.slow
def test_versioned_files_are_of_one_run_while_others_publish(s3: "S3Client") -> None:
    writer = Writer(S3Store(s3, BUCKET))
    source = InterruptedSource(S3Store(s3, BUCKET), writer.publish)

    reads = [read_runs(source) for _ in range(5)]

    assert writer.runs == 5 * 3
    assert [{run} for run, _ in reads] == [runs for _, runs in reads]
    assert len({run for run, _ in reads}) == 5


def test_without_versions_a_run_between_two_reads_is_an_error(
    tmp_path: Path,
) -> None:
    writer = Writer(FolderStore(tmp_path))
    writer.publish()

    with pytest.raises(DataError, match="try again if a run is publishing"):
        read_runs(InterruptedSource(FolderStore(tmp_path), writer.publish))


def test_reading_without_versions_would_mix_two_runs(s3: "S3Client") -> None:
    writer = Writer(S3Store(s3, BUCKET))
    source = InterruptedSource(S3Store(s3, BUCKET), writer.publish)

    bodies = [source.read(FOLDER + file.file) for file in files()]

    assert len({stored.body.partition(b" of ")[2][:16] for stored in bodies if stored}) == 2


@pytest.mark.slow
def test_concurrent_reader_sees_one_run_at_a_time(place: FolderStore | S3Store) -> None:
    writer = Writer(place)
    writer.publish()
    reads: list[tuple[str, set[str]]] = []
    errors: list[str] = []
    stop = threading.Event()

    def publish_until_stopped() -> None:
        while not stop.is_set():
            writer.publish()

    thread = threading.Thread(target=publish_until_stopped)
    thread.start()
    try:
        for _ in range(40):
            try:
                reads.append(read_runs(place))
            except DataError as error:
                errors.append(str(error))
    finally:
        stop.set()
        thread.join()
    reads.append(read_runs(place))

    assert all({run} == runs for run, runs in reads)
    assert all("try again if a run is publishing" in error for error in errors)
    if isinstance(place, S3Store):
        assert errors == []
        assert len({run for run, _ in reads}) > 1
