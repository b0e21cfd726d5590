"""The reports of earlier months, read from their manifests and from the history."""

from collections.abc import Iterator, Mapping, Set

from iflow_census.census.run_context import RunContext
from iflow_census.errors import DataError
from iflow_census.report.earlier import EARLIER_MONTHS, EarlierReport
from iflow_census.scan.period import Month
from iflow_census.scan.results import TenantResult, TenantStatus
from iflow_census.scan.snapshot import TenantSnapshot, take_snapshot
from iflow_census.store.history import HistoryFile
from iflow_census.store.protocol import Store
from iflow_census.store.report_writer import REPORTS, read_manifest_state, report_folder


def earlier_reports(run: RunContext) -> tuple[list[EarlierReport], list[str]]:
    """The reports of the months before, newest first, and which manifests could not be read.

    Raises:
        CensusError: the store failed, or a file is of a newer version.
    """
    reports: list[EarlierReport] = []
    warnings: list[str] = []
    month, store = run.plan.period, run.services.reports
    if not isinstance(month, Month):
        return reports, warnings
    published = {f"{REPORTS}{name}/" for name in store.list_folders(REPORTS)}
    for _ in range(EARLIER_MONTHS):
        month = month.previous()
        folder = report_folder(month)
        if folder not in published:
            continue
        state = read_manifest_state(store, folder)
        if state.damage:
            warnings.append(f"the manifest of {month} {state.damage}; the month is left out")
        if state.value:
            manifest = state.value
            reports.append(
                EarlierReport(
                    month,
                    manifest.run_id,
                    TenantStatus(manifest.status),
                    _StoredTenants(
                        run.services.state,
                        month,
                        {str(tenant["name"]) for tenant in manifest.tenants},
                        {
                            str(tenant["name"])
                            for tenant in manifest.tenants
                            if tenant["status"] == TenantStatus.COMPLETE
                        },
                    ),
                )
            )
    return reports, warnings


def save_snapshot(run: RunContext, month: Month, tenant: TenantResult) -> None:
    """Add a scanned tenant of a report to the history, for the reports of later months.

    Raises:
        CensusError: the store failed, or a file is of a newer version.
    """
    HistoryFile(run.services.state, month, tenant.name).save(take_snapshot(tenant))


class _StoredTenants(Mapping[str, TenantSnapshot]):
    """The snapshots of a month; each is read when it is looked up, and not kept.

    Args:
        names: the tenants of its report.
        complete: those of them that must have a snapshot.
    """

    def __init__(self, store: Store, month: Month, names: Set[str], complete: Set[str]) -> None:
        self._store = store
        self._month = month
        self._names = names
        self._complete = complete

    def __getitem__(self, name: str) -> TenantSnapshot:
        """The snapshot of a tenant. Raises `DataError` if it should exist but is not usable."""
        if name not in self._names:
            raise KeyError(name)
        file = HistoryFile(self._store, self._month, name)
        state = file.read()
        if state.value is not None:
            return state.value
        address = self._store.address(file.key)
        if state.damage:
            raise DataError(f"{address}: {state.damage}")
        if name in self._complete:
            raise DataError(f"{address}: missing")
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
