"""The same iFlows in several tenants, compared."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import islice

from iflow_census.report.columns import select_columns
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.results import IflowRow, TenantResult
from iflow_census.scan.usage import Usage

MAX_MISSING = 20
"""Tenants that are named as lacking an iFlow. In a thousand tenants most iFlows are in few."""


@dataclass(frozen=True, slots=True)
class InTenant:
    """An iFlow in one tenant; the names are those of `IflowRow`."""

    tenant: str
    package_id: str | None
    iflow_version: str | None
    runtime_version: str | None
    deployed: bool | None
    edit_status: EditStatus
    messages: int | None
    usage: Usage


@dataclass(frozen=True, slots=True)
class AcrossTenants:
    """An iFlow that exists in several tenants.

    Attributes:
        iflow_id: the same in all of them.
        iflow_name: its name in the first tenant that has one.
        differences: what differs between tenants: "version", "deployed", "edited", "missing".
        missing: the number of compared tenants without it.
        missing_in: their names, at most `MAX_MISSING`.
        tenants: the tenants with it, in the order of their names.
    """

    iflow_id: str
    iflow_name: str | None
    differences: Sequence[str]
    missing: int
    missing_in: Sequence[str]
    tenants: Sequence[InTenant]


@dataclass(frozen=True, slots=True)
class CrossTenant:
    """The iFlows of all tenants, compared by id.

    Attributes:
        tenants: the compared tenants, in the order of their names.
        note: which tenants are not compared, and why; None if all are.
        iflows: those that exist in several tenants: first those that differ, the busiest first.
        only_in: by compared tenant, the ids of the iFlows that no other tenant has, the busiest
            first.
    """

    tenants: Sequence[str]
    note: str | None
    iflows: Sequence[AcrossTenants]
    only_in: Mapping[str, Sequence[str]]


def compare_tenants(tenants: Iterable[TenantResult]) -> CrossTenant:
    """Compare the iFlows of all tenants by their ids.

    A tenant that was not scanned is left out: its iFlows are unknown, not missing. The same is true
    of the iFlows of a package, and of orphans at a runtime location, that could not be read. The
    tenants have their rows, of which none are kept, and are in the order of their names.
    """
    scanned: list[str] = []
    not_scanned: list[str] = []
    doubtful: list[TenantResult] = []
    iflows: dict[str, _Iflow] = {}
    for tenant in tenants:
        (scanned if tenant.scanned else not_scanned).append(tenant.name)
        if tenant.unreadable:
            doubtful.append(replace(tenant, iflows=()))
        for row in tenant.iflows:
            iflows.setdefault(row.iflow_id, _Iflow(row.iflow_id)).add(row)
    only_in: dict[str, list[str]] = {name: [] for name in scanned}
    shared = []
    for iflow in sorted(iflows.values(), key=lambda iflow: (-iflow.messages, iflow.id)):
        if len(iflow.tenants) > 1:
            shared.append(_compare_iflow(iflow, scanned, doubtful))
        elif len(scanned) > 1 and not _may_be_in(iflow, doubtful):
            only_in[iflow.tenants[0].tenant].append(iflow.id)
    shared.sort(key=lambda iflow: not iflow.differences)
    return CrossTenant(scanned, _note(scanned, not_scanned), shared, only_in)


@dataclass(slots=True)
class _Iflow:
    """An iFlow in all tenants that have it; `messages` is the sum."""

    id: str
    name: str | None = None
    messages: int = 0
    is_orphan: list[bool] = field(default_factory=list)
    tenants: list[InTenant] = field(default_factory=list)

    def add(self, row: IflowRow) -> None:
        self.name = self.name or row.iflow_name
        self.messages += row.messages or 0
        self.is_orphan.append(row.orphan)
        self.tenants.append(select_columns(row, InTenant))


def _note(scanned: Sequence[str], not_scanned: Sequence[str]) -> str | None:
    notes = []
    if len(scanned) <= 1:
        notes.append("A comparison needs at least two scanned tenants.")
    if not_scanned:
        notes.append(f"Not compared, because not scanned: {', '.join(not_scanned)}.")
    return " ".join(notes) or None


def _may_be_in(iflow: _Iflow, doubtful: Iterable[TenantResult]) -> Set[str]:
    """The names of tenants without the iFlow in which it may be nevertheless."""
    present = {tenant.tenant for tenant in iflow.tenants}
    packages = {tenant.package_id for tenant in iflow.tenants}
    return {
        tenant.name
        for tenant in doubtful
        if tenant.name not in present and any(map(tenant.may_have, packages))
    }


def _compare_iflow(
    iflow: _Iflow, scanned: Sequence[str], doubtful: Iterable[TenantResult]
) -> AcrossTenants:
    known = {tenant.tenant for tenant in iflow.tenants} | _may_be_in(iflow, doubtful)
    missing = len(scanned) - len(known)
    versions = {
        tenant.iflow_version
        for tenant, is_orphan in zip(iflow.tenants, iflow.is_orphan, strict=True)
        if not is_orphan
    }
    differs = {
        "version": len(versions) > 1,
        "deployed": len({tenant.deployed for tenant in iflow.tenants} - {None}) > 1,
        "edited": len({tenant.edit_status for tenant in iflow.tenants}) > 1,
        "missing": missing > 0,
    }
    return AcrossTenants(
        iflow_id=iflow.id,
        iflow_name=iflow.name,
        differences=[name for name, is_different in differs.items() if is_different],
        missing=missing,
        missing_in=list(islice((name for name in scanned if name not in known), MAX_MISSING)),
        tenants=iflow.tenants,
    )
