"""Where reports are read from: the bucket of a stack, any bucket, or a folder."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from iflow_census.aws.errors import translate_errors
from iflow_census.aws.s3 import S3Store
from iflow_census.cli.aws import Account
from iflow_census.cli.stack import DEFAULT_STACK, StackOutputs
from iflow_census.cli.terminal import DEFAULT_FOLDER, FOLDER_VARIABLE, InvalidUsage
from iflow_census.errors import AccessError, DataError
from iflow_census.report.census_report import CensusReport
from iflow_census.report.earlier import EARLIER_MONTHS, EarlierReport
from iflow_census.report.reader import read_earlier_report, read_report
from iflow_census.scan.period import Month
from iflow_census.scan.results import TenantStatus
from iflow_census.scan.snapshot import TenantSnapshot
from iflow_census.store.folder import FolderStore
from iflow_census.store.history import find_snapshot
from iflow_census.store.report_reader import (
    PublishedReport,
    ReportSource,
    list_periods,
    read_file,
    read_period,
)
from iflow_census.store.report_writer import COMPLETE, REPORTS

JSON = "json"


class Reports:
    """The published reports of a folder or bucket, by period."""

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
        """Read its report.json and the earlier months, with warnings of unusable ones."""
        current = self.read(report)
        earlier: list[EarlierReport] = []
        warnings: list[str] = []
        if not isinstance(current.period, Month):
            return current, warnings
        month = current.period
        for _ in range(EARLIER_MONTHS):
            month = month.previous()
            try:
                published = self.find(str(month))
                if published:
                    earlier.append(self._read_earlier_month(published, month))
            except DataError as error:
                warnings.append(f"{error}; this report is left out")
        return replace(current, earlier=earlier), warnings

    def _read_earlier_month(self, report: PublishedReport, month: Month) -> EarlierReport:
        """Read the history of a month; where that is not complete, its report.json."""
        snapshots = {}
        for tenant in report.tenants:
            snapshot = self._find_snapshot(month, tenant.name)
            if snapshot is not None:
                snapshots[tenant.name] = snapshot
            elif tenant.status == COMPLETE:
                return self.read_earlier(report)
        return EarlierReport(month, report.run_id, TenantStatus(report.status), snapshots)

    def _find_snapshot(self, month: Month, tenant: str) -> TenantSnapshot | None:
        try:
            return find_snapshot(self.source, month, tenant)
        except AccessError:
            return None  # whoever may read the reports of a bucket may not read its history

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
