"""The same iFlows in several tenants, compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iflow_census.report.columns import select_columns
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.results import IflowRow, TenantResult
from iflow_census.scan.usage import Usage


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
        missing_in: compared tenants without it.
        tenants: the tenants with it, in the order of their names.
    """

    iflow_id: str
    iflow_name: str | None
    differences: Sequence[str]
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


def compare_tenants(tenants: Sequence[TenantResult]) -> CrossTenant:
    """Compare the iFlows of all tenants by their ids.

    A tenant that was not scanned is left out: its iFlows are unknown, not missing. The same is true
    of the iFlows of a package, and of orphans at a runtime location, that could not be read.
    """
    results = sorted(
        (tenant for tenant in tenants if tenant.scanned), key=lambda tenant: tenant.name
    )
    scanned = [tenant.name for tenant in results]
    not_scanned = sorted(tenant.name for tenant in tenants if not tenant.scanned)
    rows_by_id: dict[str, list[IflowRow]] = {}
    for tenant in sorted(tenants, key=lambda tenant: tenant.name):
        for row in tenant.iflows:
            rows_by_id.setdefault(row.iflow_id, []).append(row)
    only_in: dict[str, list[str]] = {name: [] for name in scanned}
    shared = []
    for iflow_id, rows in sorted(rows_by_id.items(), key=_by_messages):
        if len(rows) > 1:
            shared.append(_compare_rows(rows, results))
        elif len(scanned) > 1 and len(_missing_in(rows, results)) == len(scanned) - 1:
            only_in[rows[0].tenant].append(iflow_id)
    shared.sort(key=lambda iflow: not iflow.differences)
    return CrossTenant(scanned, _note(scanned, not_scanned), shared, only_in)


def _by_messages(iflow: tuple[str, Sequence[IflowRow]]) -> tuple[int, str]:
    iflow_id, rows = iflow
    return -sum(row.messages or 0 for row in rows), iflow_id


def _note(scanned: Sequence[str], not_scanned: Sequence[str]) -> str | None:
    notes = []
    if len(scanned) <= 1:
        notes.append("A comparison needs at least two scanned tenants.")
    if not_scanned:
        notes.append(f"Not compared, because not scanned: {', '.join(not_scanned)}.")
    return " ".join(notes) or None


def _missing_in(rows: Sequence[IflowRow], tenants: Sequence[TenantResult]) -> list[str]:
    """The tenants that do not have the iFlow of these rows."""
    present = {row.tenant for row in rows}
    packages = {row.package_id for row in rows}
    return [
        tenant.name
        for tenant in tenants
        if tenant.name not in present and not any(map(tenant.may_have, packages))
    ]


def _compare_rows(rows: Sequence[IflowRow], tenants: Sequence[TenantResult]) -> AcrossTenants:
    missing = _missing_in(rows, tenants)
    differs = {
        "version": len({row.iflow_version for row in rows if not row.orphan}) > 1,
        "deployed": len({row.deployed for row in rows} - {None}) > 1,
        "edited": len({row.edit_status for row in rows}) > 1,
        "missing": bool(missing),
    }
    return AcrossTenants(
        iflow_id=rows[0].iflow_id,
        iflow_name=next((row.iflow_name for row in rows if row.iflow_name), None),
        differences=[name for name, is_different in differs.items() if is_different],
        missing_in=missing,
        tenants=[select_columns(row, InTenant) for row in rows],
    )
