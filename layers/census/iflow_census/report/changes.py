"""What changed since the newest complete report of an earlier month."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum

from iflow_census.report.earlier import EarlierIflow, EarlierReport, newest_complete
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.period import Month
from iflow_census.scan.results import IflowRow, TenantResult, TenantTotals, Usage

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
    """When a count of messages has moved: by more than the factor, and at least the floor is met.

    Attributes:
        message_factor: the larger count is more than so many times the smaller.
        message_floor: the larger count is at least this; below, counts jump by chance.
    """

    message_factor: float = 2.0
    message_floor: int = 100


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to one iFlow.

    Attributes:
        kind: what happened.
        tenant: where.
        package_id: its package, now or (for one removed) before.
        package_name: the same.
        iflow_id: the iFlow.
        iflow_name: its name.
        column: the column of the report that both values are of.
        before: its value then; None where there was no iFlow, or it was not known.
        after: its value now; the same.
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
class Moved:
    """A total then and now."""

    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class TenantChanges:
    """What changed in a tenant.

    Attributes:
        name: the tenant's.
        compared: whether there were rows of it on both sides.
        reason: why not.
        totals: each of `TenantTotals`; empty where not compared.
        counts: how many changes of each kind there are; empty where not compared.
        whole: both counted the whole month; where not, a difference of messages or of what is
            unused may come from what was not counted.
    """

    name: str
    compared: bool
    reason: str | None
    totals: Mapping[str, Moved]
    counts: Mapping[str, int]
    whole: bool


@dataclass(frozen=True, slots=True)
class ComparedWith:
    """The earlier report."""

    month: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed.

    Attributes:
        compared_with: the earlier report; None where there is none.
        note: why nothing was compared; None where something was.
        thresholds: of moved message counts.
        tenants: per tenant, in the order of their names.
        iflows: the changes, by tenant, kind and iFlow.
    """

    compared_with: ComparedWith | None
    note: str | None
    thresholds: Thresholds
    tenants: Sequence[TenantChanges]
    iflows: Sequence[Change]


def changes(
    month: Month,
    tenants: Sequence[TenantResult],
    earlier: Sequence[EarlierReport],
    thresholds: Thresholds,
) -> Changes:
    """Compare a census with the newest complete report of an earlier month.

    Args:
        month: of the census.
        tenants: its tenants.
        earlier: the earlier reports.
        thresholds: of moved message counts.
    """
    before = newest_complete(earlier, month)
    if before is None:
        note = "There is no complete report of an earlier month to compare with."
        return Changes(None, note, thresholds, [], [])
    return compare(tenants, before, thresholds)


def compare(
    tenants: Sequence[TenantResult], before: EarlierReport, thresholds: Thresholds
) -> Changes:
    """Compare a census with one earlier report, be it complete or not.

    Args:
        tenants: of the census.
        before: the earlier report.
        thresholds: of moved message counts.
    """
    told, found = [], []
    present = {tenant.name: tenant for tenant in tenants}
    for name in sorted(present.keys() | before.tenants.keys()):
        census, then = present.get(name), before.tenants.get(name)
        reason = _incomparable(census, then, before.month)
        if reason or census is None or then is None:
            told.append(TenantChanges(name, False, reason, {}, {}, whole=False))
            continue
        items = sorted(_tenant_changes(census, then, before, thresholds), key=_place)
        counts = {str(kind): 0 for kind in ChangeKind}
        for item in items:
            counts[item.kind] += 1
        whole = then.coverage.complete and census.coverage.complete
        told.append(TenantChanges(name, True, None, _totals(census, then), counts, whole))
        found.extend(items)
    compared_with = ComparedWith(str(before.month), before.run_id)
    return Changes(compared_with, None, thresholds, told, found)


_ORDER = {kind: place for place, kind in enumerate(ChangeKind)}


def _place(change: Change) -> tuple[int, str, str]:
    return _ORDER[change.kind], change.iflow_id, change.column


def _incomparable(
    census: TenantResult | None, then: TenantResult | None, month: Month
) -> str | None:
    if census is None:
        return "it is not in this report"
    if not census.scanned:
        return "it was not scanned this time"
    if then is None or not then.scanned:
        return f"it is not in the report of {month}"
    return None


def _totals(census: TenantResult, then: TenantResult) -> Mapping[str, Moved]:
    return {
        field.name: Moved(getattr(then.totals, field.name), getattr(census.totals, field.name))
        for field in fields(TenantTotals)
    }


def _tenant_changes(
    census: TenantResult, then: TenantResult, before: EarlierReport, thresholds: Thresholds
) -> Iterator[Change]:
    now = {row.iflow_id: row for row in census.iflows}
    was = {key[1]: row for key, row in before.iflows.items() if key[0] == census.name}
    for iflow_id in now.keys() - was.keys():
        row = now[iflow_id]
        yield _change(ChangeKind.NEW, row, "iflow_version", None, _version(row))
    for iflow_id in was.keys() - now.keys():
        gone = was[iflow_id]
        yield _change(ChangeKind.REMOVED, gone, "iflow_version", _version(gone), None)
    whole = _Whole(then.coverage.complete, census.coverage.complete)
    for iflow_id in now.keys() & was.keys():
        yield from _iflow_changes(was[iflow_id], now[iflow_id], whole, thresholds)


@dataclass(frozen=True, slots=True)
class _Whole:
    """Whether the counts were of the whole month, then and now."""

    before: bool
    after: bool


def _iflow_changes(
    was: EarlierIflow, now: IflowRow, whole: _Whole, thresholds: Thresholds
) -> Iterator[Change]:
    yield from _edits(was, now)
    if was.deployed != now.deployed:
        kind = ChangeKind.DEPLOYED if now.deployed else ChangeKind.UNDEPLOYED
        yield _change(kind, now, "deployed", was.deployed, now.deployed)
    for column in ("iflow_version", "runtime_version"):
        old, new = getattr(was, column), getattr(now, column)
        if old is not None and new is not None and old != new:
            yield _change(ChangeKind.VERSION_CHANGED, now, column, old, new)
    match was.usage, now.usage:
        case Usage.USED, Usage.UNUSED:
            yield _change(ChangeKind.NEWLY_UNUSED, now, "messages", was.messages, now.messages)
        case Usage.UNUSED, Usage.USED:
            yield _change(ChangeKind.IN_USE_AGAIN, now, "messages", was.messages, now.messages)
        case _:
            if _moved(was.messages, now.messages, whole, thresholds):
                kind = ChangeKind.MESSAGES_MOVED
                yield _change(kind, now, "messages", was.messages, now.messages)


def _edits(was: EarlierIflow, now: IflowRow) -> Iterator[Change]:
    """An edit is a new date on an iFlow that counts as edited; other new dates are updates.

    SAP's own updates of a package give its iFlows new dates too (SAP Help: updates for SAP's
    integration packages), so that a new date alone is not called an edit.
    """
    if EditStatus.UNKNOWN in (was.edit_status, now.edit_status):
        return
    kind = ChangeKind.EDITED if now.edit_status is EditStatus.EDITED else ChangeKind.UPDATED
    if _apart(was.modified_at, now.modified_at):
        yield _change(kind, now, "modified_at", was.modified_at, now.modified_at)
    elif was.edit_status is not now.edit_status:
        yield _change(kind, now, "edit_status", str(was.edit_status), str(now.edit_status))


def _apart(before: datetime | None, after: datetime | None) -> bool:
    """Whether two dates differ; reports write milliseconds, a finer part is no difference."""
    if before is None or after is None:
        return False
    return abs(after - before) >= timedelta(milliseconds=1)


def _moved(before: int | None, after: int | None, whole: _Whole, thresholds: Thresholds) -> bool:
    """Whether a count moved for certain: one of a month that is not whole may only be too low."""
    if before is None or after is None:
        return False
    if not (whole.before if after > before else whole.after):
        return False
    small, large = sorted((before, after))
    return large >= thresholds.message_floor and large > small * thresholds.message_factor


def _version(row: IflowRow | EarlierIflow) -> str | None:
    return row.iflow_version or row.runtime_version


def _change(
    kind: ChangeKind, row: IflowRow | EarlierIflow, column: str, before: Value, after: Value
) -> Change:
    return Change(
        kind=kind,
        tenant=row.tenant,
        package_id=row.package_id,
        package_name=row.package_name,
        iflow_id=row.iflow_id,
        iflow_name=row.iflow_name,
        column=column,
        before=before,
        after=after,
    )
