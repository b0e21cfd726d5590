"""What changed in a tenant since an earlier month."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from operator import itemgetter

from iflow_census.report.columns import select_columns
from iflow_census.report.earlier import EarlierReport
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.period import Month
from iflow_census.scan.results import IflowRow, TenantResult, TenantTotals
from iflow_census.scan.snapshot import IflowSnapshot, TenantSnapshot
from iflow_census.scan.usage import Usage

Value = str | int | bool | datetime | None


class ChangeKind(StrEnum):
    """What happened to an iFlow, in the order of the lists."""

    NEW = "new"
    REMOVED = "removed"
    EDITED = "edited"
    UPDATED = "updated"
    DEPLOYED = "deployed"
    UNDEPLOYED = "undeployed"
    VERSION_CHANGED = "version_changed"
    NEWLY_UNUSED = "newly_unused"
    IN_USE_AGAIN = "in_use_again"
    MESSAGES_MOVED = "messages_moved"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a message count counts as changed.

    Attributes:
        message_factor: the larger count is more than this many times the smaller one.
        message_floor: the larger count is at least this; smaller counts vary by chance.
    """

    message_factor: float = 2.0
    message_floor: int = 100


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an iFlow.

    Attributes:
        package_id: its package; for a removed iFlow, its package before.
        column: the column of the report that changed.
        before: the earlier value; None if the iFlow did not exist, or the value was unknown.
        after: the present value; None likewise.
    """

    kind: ChangeKind
    tenant: str
    package_id: str | None
    package_name: str | None
    iflow_id: str
    iflow_name: str | None
    column: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class TotalChange:
    """A total of a tenant in both reports."""

    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class TenantChanges:
    """What changed in a tenant.

    Attributes:
        compared: whether both reports have rows of it.
        reason: why it was not compared.
        totals: by field of `TenantTotals`; empty if not compared.
        counts: the number of changes of each kind; empty if not compared.
        whole: whether both reports cover their full month. If not, a difference in messages or
            in unused iFlows may only come from messages that were not counted.
    """

    name: str
    compared: bool
    reason: str | None
    totals: Mapping[str, TotalChange]
    counts: Mapping[str, int]
    whole: bool


@dataclass(frozen=True, slots=True)
class ComparedWith:
    """The earlier report."""

    month: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes between two reports.

    Attributes:
        compared_with: the earlier report; None if there is none.
        note: why nothing was compared; None if something was.
        tenants: in the order of their names.
        iflows: the changes, those of production and of the busiest iFlows first; all changes of an
            iFlow are together, by kind.
    """

    compared_with: ComparedWith | None
    note: str | None
    thresholds: Thresholds
    tenants: Sequence[TenantChanges]
    iflows: Sequence[Change]

    @property
    def has_newly_unused(self) -> bool:
        """Whether an iFlow is unused that was used before."""
        return any(change.kind is ChangeKind.NEWLY_UNUSED for change in self.iflows)


_SortKey = tuple[int, int, str, str, int, str]
WeightedChange = tuple[_SortKey, Change]
"""A change, and its place among the changes of all tenants."""


def compare(
    tenants: Iterable[TenantResult], before: EarlierReport, thresholds: Thresholds
) -> Changes:
    """Compare a census with an earlier report, complete or not."""
    results = {tenant.name: tenant for tenant in tenants}
    compared = [
        compare_tenant(name, results.get(name), before.tenants.get(name), before.month, thresholds)
        for name in sorted(results.keys() | before.tenants.keys())
    ]
    return collect_changes(compared, before, thresholds)


def collect_changes(
    compared: Iterable[tuple[TenantChanges, Sequence[WeightedChange]]],
    before: EarlierReport,
    thresholds: Thresholds,
) -> Changes:
    """Return the changes of all tenants.

    `compared` has the result of `compare_tenant` for each tenant.
    """
    tenants: list[TenantChanges] = []
    weighted: list[WeightedChange] = []
    for tenant, changes in compared:
        tenants.append(tenant)
        weighted.extend(changes)
    tenants.sort(key=lambda tenant: tenant.name)
    weighted.sort(key=itemgetter(0))
    compared_with = ComparedWith(str(before.month), before.run_id)
    return Changes(compared_with, None, thresholds, tenants, [change for _, change in weighted])


def compare_tenant(
    name: str,
    new: TenantResult | None,
    old: TenantSnapshot | None,
    month: Month,
    thresholds: Thresholds,
) -> tuple[TenantChanges, Sequence[WeightedChange]]:
    """Compare a tenant with an earlier month.

    `new` is None if the tenant is not in the report, and `old` if it has no snapshot of the month.
    """
    reason = _why_not_compared(new, old, month)
    if reason or new is None or old is None:
        return TenantChanges(name, False, reason, {}, {}, whole=False), []
    found: list[WeightedChange] = []
    counts = {str(kind): 0 for kind in ChangeKind}
    for messages, change in _compare_iflows(old, new, thresholds):
        counts[change.kind] += 1
        found.append((_sort_key(new.profile.priority, messages, change), change))
    covered = old.tenant.is_counted_completely and new.is_counted_completely
    totals = _compare_totals(old.tenant.totals, new.totals)
    return TenantChanges(name, True, None, totals, counts, whole=covered), found


def _sort_key(priority: int, messages: int, change: Change) -> _SortKey:
    """By weight, because lists are cut: an iFlow with many messages matters more."""
    kind = list(ChangeKind).index(change.kind)
    return priority, -messages, change.tenant, change.iflow_id, kind, change.column


def _why_not_compared(
    new: TenantResult | None, old: TenantSnapshot | None, month: Month
) -> str | None:
    if new is None:
        return "not in this report"
    if not new.scanned:
        return "not scanned in this run"
    if old is None or not old.tenant.scanned:
        return f"not in the report of {month}"
    return None


def _compare_totals(old: TenantTotals, new: TenantTotals) -> Mapping[str, TotalChange]:
    return {
        field.name: TotalChange(getattr(old, field.name), getattr(new, field.name))
        for field in fields(TenantTotals)
    }


def _compare_iflows(
    old: TenantSnapshot, new: TenantResult, thresholds: Thresholds
) -> Iterator[tuple[int, Change]]:
    """Find the changes of a tenant, each with the messages of its iFlow in the busier month."""
    new_rows = {row.iflow_id: row for row in new.iflows}
    old_rows = {row.iflow_id: row for row in old.iflows}
    for iflow_id in new_rows.keys() - old_rows.keys():
        row = new_rows[iflow_id]
        if not old.tenant.may_have(row.package_id):
            change = _change(ChangeKind.NEW, row, "iflow_version", None, _version(row))
            yield row.messages or 0, change
    for iflow_id in old_rows.keys() - new_rows.keys():
        removed = old_rows[iflow_id]
        if not new.may_have(removed.package_id, iflow_id):
            change = _change(ChangeKind.REMOVED, removed, "iflow_version", _version(removed), None)
            yield removed.messages or 0, change
    covered = _Covered(old.tenant.is_counted_completely, new.is_counted_completely)
    for iflow_id in new_rows.keys() & old_rows.keys():
        earlier, row = old_rows[iflow_id], new_rows[iflow_id]
        messages = max(earlier.messages or 0, row.messages or 0)
        for change in _compare_iflow(earlier, row, covered, thresholds):
            yield messages, change


@dataclass(frozen=True, slots=True)
class _Covered:
    """Whether the counts cover the full month, in each report."""

    before: bool
    after: bool


def _compare_iflow(
    old: IflowSnapshot, new: IflowRow, covered: _Covered, thresholds: Thresholds
) -> Iterator[Change]:
    yield from _find_edits(old, new)
    if None not in (old.deployed, new.deployed) and old.deployed != new.deployed:
        kind = ChangeKind.DEPLOYED if new.deployed else ChangeKind.UNDEPLOYED
        yield _change(kind, new, "deployed", old.deployed, new.deployed)
    for column in ("iflow_version", "runtime_version"):
        before, after = getattr(old, column), getattr(new, column)
        if before is not None and after is not None and before != after:
            yield _change(ChangeKind.VERSION_CHANGED, new, column, before, after)
    kinds = {
        (Usage.USED, Usage.UNUSED): ChangeKind.NEWLY_UNUSED,
        (Usage.UNUSED, Usage.USED): ChangeKind.IN_USE_AGAIN,
    }
    kind_of_usage = kinds.get((old.usage, new.usage))
    if kind_of_usage is None and _differs_enough(old.messages, new.messages, covered, thresholds):
        kind_of_usage = ChangeKind.MESSAGES_MOVED
    if kind_of_usage is not None:
        yield _change(kind_of_usage, new, "messages", old.messages, new.messages)


def _find_edits(old: IflowSnapshot, new: IflowRow) -> Iterator[Change]:
    """Report a new modification date, as an edit only if the iFlow counts as edited.

    SAP's own updates of a package also change the dates of its iFlows (SAP Help: updates for SAP's
    integration packages), so a new date alone is not an edit.
    """
    if EditStatus.UNKNOWN in (old.edit_status, new.edit_status):
        return
    kind = ChangeKind.EDITED if new.edit_status is EditStatus.EDITED else ChangeKind.UPDATED
    if _dates_differ(old.modified_at, new.modified_at):
        yield _change(kind, new, "modified_at", old.modified_at, new.modified_at)
    elif old.edit_status is not new.edit_status:
        yield _change(kind, new, "edit_status", str(old.edit_status), str(new.edit_status))


def _dates_differ(before: datetime | None, after: datetime | None) -> bool:
    """Compare to the millisecond, which is the precision of report.json."""
    if before is None or after is None:
        return False
    return abs(after - before) >= timedelta(milliseconds=1)


def _differs_enough(
    before: int | None, after: int | None, covered: _Covered, thresholds: Thresholds
) -> bool:
    """Whether a count certainly changed: the count of a partly covered month may be too low."""
    if before is None or after is None:
        return False
    if not (covered.before if after > before else covered.after):
        return False
    small, large = sorted((before, after))
    return large >= thresholds.message_floor and large > small * thresholds.message_factor


def _version(row: IflowRow | IflowSnapshot) -> str | None:
    return row.iflow_version or row.runtime_version


def _change(
    kind: ChangeKind,
    row: IflowRow | IflowSnapshot,
    column: str,
    before: Value,
    after: Value,
) -> Change:
    return select_columns(row, Change, kind=kind, column=column, before=before, after=after)
