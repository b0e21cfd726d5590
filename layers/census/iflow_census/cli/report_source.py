"""Where the commands read reports from: the bucket of a stack, any bucket, or a folder."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from iflow_census.aws.errors import translate_errors
from iflow_census.aws.s3 import S3Store
from iflow_census.cli.aws import Account
from iflow_census.cli.stack import DEFAULT_STACK, StackOutputs
from iflow_census.cli.terminal import InvalidUsage
from iflow_census.errors import DataError
from iflow_census.report.census_report import CensusReport
from iflow_census.report.earlier import EARLIER_MONTHS, EarlierReport
from iflow_census.report.reader import read_earlier_report, read_earlier_reports, read_report
from iflow_census.scan.period import Month
from iflow_census.store.folder import FolderStore
from iflow_census.store.report_reader import (
    PublishedReport,
    ReportSource,
    list_months,
    read_files,
    read_month,
    read_published,
)

JSON = "json"


class Reports:
    """The reports of one place, by month.

    Args:
        source: the place.
        alone: the report that lies in the place itself, as `iflow-census run` leaves it.
    """

    def __init__(self, source: ReportSource, alone: PublishedReport | None = None) -> None:
        self.source = source
        self._alone = alone

    def months(self) -> Sequence[Month]:
        """The months that there seem to be reports of, oldest first."""
        found = set(list_months(self.source))
        return sorted(found | {self._alone.month} if self._alone else found)

    def find(self, month: Month) -> PublishedReport | None:
        """The report of a month, or None. Raises `DataError` where its manifest is damaged."""
        found = read_month(self.source, month)
        if found is None and self._alone and self._alone.month == month:
            return self._alone
        return found

    def report(self, month: Month) -> PublishedReport:
        """The report of a month.

        Raises:
            DataError: its manifest is damaged.
        """
        found = self.find(month)
        if found is None:
            there = ", ".join(map(str, self.months())) or "none yet"
            raise InvalidUsage(
                f"there is no report of {month} in {self.source.address('')}: there are {there}"
            )
        return found

    def whole(self, report: PublishedReport) -> CensusReport:
        """Its report.json, read back. Raises `NotFound` or `DataError`."""
        return read_report(self._json_address(report), self._json(report))

    def compared(self, report: PublishedReport) -> EarlierReport:
        """The same, as far as a later month is compared with it."""
        return read_earlier_report(self._json_address(report), self._json(report))

    def with_earlier(self, report: PublishedReport) -> tuple[CensusReport, Sequence[str]]:
        """Its report.json beside those of the months before; and what kept any of them away."""
        whole = self.whole(report)
        warnings: list[str] = []
        found = read_earlier_reports(self._earlier(report.month, warnings), report.month)
        return replace(whole, earlier=found.reports), [*warnings, *found.warnings]

    def _earlier(self, month: Month, warnings: list[str]) -> Iterator[tuple[str, bytes]]:
        for _ in range(EARLIER_MONTHS):
            month = month.previous()
            try:
                report = self.find(month)
                if report:
                    yield self._json_address(report), self._json(report)
            except DataError as error:
                warnings.append(f"{error}; this report is left out")

    def _json(self, report: PublishedReport) -> bytes:
        return read_files(self.source, report, [JSON])[JSON]

    def _json_address(self, report: PublishedReport) -> str:
        return self.source.address(f"{report.folder}report.json")


def open_reports(
    account: Account, *, folder: Path | None, bucket: str | None, stack: str | None
) -> Reports:
    """The reports in a folder, a bucket, or the bucket of a stack.

    Raises:
        InvalidUsage: more than one place is named, or a folder that is none.
        CensusError: the stack is not there, or AWS refuses it.
    """
    if sum(one is not None for one in (folder, bucket, stack)) > 1:
        raise InvalidUsage("name one place: --folder, --bucket or --stack")
    if folder is not None:
        if not folder.is_dir():
            raise InvalidUsage(f"{folder} is no folder: name the one that holds reports/")
        source = FolderStore(folder)
        return Reports(source, read_published(source, ""))
    session = account.session()
    if bucket is None:
        bucket = StackOutputs(session, stack or DEFAULT_STACK)["ReportBucket"]
    with translate_errors("S3"):
        return Reports(S3Store(session.client("s3"), bucket))
