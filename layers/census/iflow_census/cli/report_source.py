"""Where reports are read from: the bucket of a stack, any bucket, or a folder."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from iflow_census.aws.errors import translate_errors
from iflow_census.aws.s3 import S3Store
from iflow_census.cli.aws import Account
from iflow_census.cli.stack import DEFAULT_STACK, StackOutputs
from iflow_census.cli.terminal import DEFAULT_FOLDER, FOLDER_VARIABLE, InvalidUsage
from iflow_census.errors import DataError
from iflow_census.report.census_report import CensusReport
from iflow_census.report.earlier import EARLIER_MONTHS, EarlierReport
from iflow_census.report.reader import read_earlier_report, read_earlier_reports, read_report
from iflow_census.scan.period import Month
from iflow_census.store.folder import FolderStore
from iflow_census.store.report_reader import (
    PublishedReport,
    ReportSource,
    list_periods,
    read_file,
    read_period,
)
from iflow_census.store.report_writer import REPORTS

JSON = "json"


class Reports:
    """The published reports of a folder or bucket, by period.

    Args:
        source: the folder or bucket.
    """

    def __init__(self, source: ReportSource) -> None:
        self.source = source

    def periods(self) -> Sequence[str]:
        """Return the periods that have a folder for their report, as `list_periods`."""
        return list_periods(self.source)

    def find(self, period: str) -> PublishedReport | None:
        """Return the report of a period, or None. Raises `DataError` if its manifest is damaged."""
        return read_period(self.source, period)

    def get(self, period: str) -> PublishedReport:
        """Return the report of a period.

        Raises:
            InvalidUsage: there is none; the message lists the periods that have one.
            DataError: its manifest is damaged.
        """
        report = self.find(period)
        if report is None:
            periods = ", ".join(self.periods())
            available = f"available: {periods}" if periods else "there are no reports yet"
            raise InvalidUsage(f"no report of {period} in {self.source.address('')}; {available}")
        return report

    def read(self, report: PublishedReport) -> CensusReport:
        """Read its report.json. Raises `NotFound` or `DataError`."""
        return read_report(self._json_address(report), self._read_json(report))

    def read_earlier(self, report: PublishedReport) -> EarlierReport:
        """Read what a later month is compared with. Raises `NotFound` or `DataError`."""
        return read_earlier_report(self._json_address(report), self._read_json(report))

    def read_with_history(self, report: PublishedReport) -> tuple[CensusReport, Sequence[str]]:
        """Read its report.json and those of earlier months, with warnings of unusable ones."""
        current = self.read(report)
        warnings: list[str] = []
        if not isinstance(current.period, Month):
            return current, warnings
        files = self._earlier_files(current.period, warnings)
        history = read_earlier_reports(files, current.period)
        return replace(current, earlier=history.reports), [*warnings, *history.warnings]

    def _earlier_files(self, month: Month, warnings: list[str]) -> Iterator[tuple[str, bytes]]:
        for _ in range(EARLIER_MONTHS):
            month = month.previous()
            try:
                report = self.find(str(month))
                if report:
                    yield self._json_address(report), self._read_json(report)
            except DataError as error:
                warnings.append(f"{error}; this report is left out")

    def _read_json(self, report: PublishedReport) -> bytes:
        return read_file(self.source, report, JSON)

    def _json_address(self, report: PublishedReport) -> str:
        return self.source.address(f"{report.folder}report.json")


def open_reports(
    account: Account, *, folder: Path | None, bucket: str | None, stack: str | None
) -> Reports:
    """Open the reports in a folder, a bucket, or the bucket of a stack.

    Without any of them, the folder that `iflow-census run` writes to is opened if there is one,
    otherwise the bucket of the default stack.

    Raises:
        InvalidUsage: more than one is given, or the folder does not exist.
        CensusError: the stack does not exist, or AWS denies access.
    """
    if sum(option is not None for option in (folder, bucket, stack)) > 1:
        raise InvalidUsage("use only one of --folder, --bucket and --stack")
    if bucket is None and stack is None:
        folder = folder or _default_folder()
    if folder is not None:
        if not folder.is_dir():
            raise InvalidUsage(f"{folder}: not a folder; name the folder that contains reports/")
        return Reports(FolderStore(folder))
    session = account.session()
    if bucket is None:
        bucket = StackOutputs(session, stack or DEFAULT_STACK)["ReportBucket"]
    with translate_errors("S3"):
        return Reports(S3Store(session.client("s3"), bucket))


def _default_folder() -> Path | None:
    if FOLDER_VARIABLE in os.environ:
        return Path(os.environ[FOLDER_VARIABLE])
    return DEFAULT_FOLDER if (DEFAULT_FOLDER / REPORTS).is_dir() else None
