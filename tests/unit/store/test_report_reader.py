"""A published report is read back as one run, also while another publishes."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from iflow_census.aws.s3 import S3Store
from iflow_census.errors import DataError, NotFound
from iflow_census.scan.period import Month
from iflow_census.store.folder import FolderStore
from iflow_census.store.protocol import Store, StoredFile
from iflow_census.store.report_reader import (
    PublishedReport,
    ReportSource,
    published_months,
    read_files,
    read_month,
)
from iflow_census.store.report_writer import publish
from tests.unit.conftest import BUCKET
from tests.unit.store.test_report_writer import FOLDER, LATE, files, header, published

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

OCTOBER = Month(2026, 10)
FORMATS = ("csv", "json")


@dataclass
class Interrupted:
    """A source before each of whose reads something else happens."""

    source: ReportSource
    first: Callable[[], object]
    reads: list[str] = field(default_factory=list)

    def read(self, key: str, version_id: str | None = None) -> StoredFile | None:
        """Read, after the other."""
        self.first()
        self.reads.append(key)
        return self.source.read(key, version_id)

    def list_folders(self, prefix: str) -> Sequence[str]:
        """Name folders."""
        return self.source.list_folders(prefix)

    def address(self, key: str) -> str:
        """Name a file."""
        return self.source.address(key)


@dataclass
class Writer:
    """Publishes again and again; each run is later than the one before and has other content."""

    store: Store
    runs: int = 0

    def publish(self) -> None:
        """Publish the next run."""
        self.runs += 1
        run_id = f"20261102T{self.runs:06d}Z"
        publish(self.store, FOLDER, header(run_id), files(run_id * self.runs), pointer=True)


def read_of(source: ReportSource, formats: Sequence[str] = FORMATS) -> tuple[str, set[str]]:
    """The run of the manifest, and the runs that the files are of."""
    report = of_october(source)
    bodies = read_files(source, report, formats)
    return report.run_id, {body.decode().partition(" of ")[2][:16] for body in bodies.values()}


def of_october(source: ReportSource) -> PublishedReport:
    report = read_month(source, OCTOBER)
    assert report is not None
    return report


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> FolderStore | S3Store:
    """Each of the stores that reports are read from."""
    if request.param == "folder":
        return FolderStore(tmp_path / "census")
    return S3Store(request.getfixturevalue("s3"), BUCKET)


def test_what_was_published_is_read_back(place: FolderStore | S3Store) -> None:
    published(place, LATE)

    report = of_october(place)

    assert (report.month, report.run_id, report.status) == (OCTOBER, LATE, "complete")
    assert [one.name for one in report.tenants] == ["dev"]
    assert list(report.files) == ["csv", "json"]
    assert read_files(place, report, FORMATS) == {file.format: file.body for file in files(LATE)}


def test_months_are_listed_oldest_first(place: FolderStore | S3Store) -> None:
    for period in ("2026-10", "2025-12", "2026-09"):
        publish(place, f"reports/period={period}/", header(period=period), [], pointer=True)
    place.write("reports/period=13/report.csv", b"", content_type="text/csv")

    found = published_months(place)

    assert found == [Month(2025, 12), Month(2026, 9), OCTOBER]


def test_where_nothing_was_published_there_is_nothing(place: FolderStore | S3Store) -> None:
    assert published_months(place) == []
    assert read_month(place, OCTOBER) is None


def test_a_format_that_was_not_written_is_named_with_those_that_were(
    place: FolderStore | S3Store,
) -> None:
    published(place, LATE)

    with pytest.raises(NotFound, match="not written as html: its formats are csv, json"):
        read_files(place, of_october(place), ["csv", "html"])


def test_a_file_that_was_changed_is_not_taken_for_the_one_of_the_manifest(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    published(store, LATE)
    store.write(FOLDER + "report.csv", b"csv of another", content_type="text/csv")

    with pytest.raises(DataError, match=r"report\.csv is not the file .* sha256 differs"):
        read_files(store, of_october(store), ["csv"])


def test_of_many_files_in_a_manifest_only_those_asked_for_are_read(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    published(store, LATE)
    source = Interrupted(store, lambda: None)

    read_of(source, ["csv"])

    assert source.reads == [FOLDER + "manifest.json", FOLDER + "report.csv"]


def test_a_manifest_with_more_in_it_than_is_known_is_read(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    published(store, LATE)
    found = store.read(FOLDER + "manifest.json")
    assert found is not None
    content = json.loads(found.body)
    content["added"] = content["files"][0]["added"] = content["tenants"][0]["added"] = 1
    store.write(
        FOLDER + "manifest.json", json.dumps(content).encode(), content_type="application/json"
    )

    assert of_october(store).run_id == LATE


def test_a_run_that_publishes_before_each_read_never_makes_a_mixture(s3: "S3Client") -> None:
    writer = Writer(S3Store(s3, BUCKET))
    source = Interrupted(S3Store(s3, BUCKET), writer.publish)

    read = [read_of(source) for _ in range(5)]

    assert writer.runs == 5 * 3
    assert [{run} for run, _ in read] == [runs for _, runs in read]
    assert len({run for run, _ in read}) == 5


def test_without_versions_a_run_that_publishes_between_two_reads_is_found_out(
    tmp_path: Path,
) -> None:
    writer = Writer(FolderStore(tmp_path))
    writer.publish()

    with pytest.raises(DataError, match="if a run is publishing, try again"):
        read_of(Interrupted(FolderStore(tmp_path), writer.publish))


def test_the_reader_of_plain_keys_would_see_a_mixture(s3: "S3Client") -> None:
    writer = Writer(S3Store(s3, BUCKET))
    source = Interrupted(S3Store(s3, BUCKET), writer.publish)

    bodies = [source.read(FOLDER + file.file) for file in files()]

    assert len({one.body.partition(b" of ")[2][:16] for one in bodies if one}) == 2


def test_a_reader_beside_a_writer_sees_one_run_at_a_time(place: FolderStore | S3Store) -> None:
    writer = Writer(place)
    writer.publish()
    read: list[tuple[str, set[str]]] = []
    found_out: list[str] = []
    enough = threading.Event()

    def publish_on() -> None:
        while not enough.is_set():
            writer.publish()

    thread = threading.Thread(target=publish_on)
    thread.start()
    try:
        for _ in range(40):
            try:
                read.append(read_of(place))
            except DataError as error:
                found_out.append(str(error))
    finally:
        enough.set()
        thread.join()
    read.append(read_of(place))

    assert all({run} == runs for run, runs in read)
    assert all("if a run is publishing, try again" in one for one in found_out)
    if isinstance(place, S3Store):
        assert found_out == []
        assert len({run for run, _ in read}) > 1
