"""The same iFlow in several tenants, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.results import IflowRow, TenantResult, Usage


@dataclass(frozen=True, slots=True)
class InTenant:
    """An iFlow as it is in one tenant; the names are those of `IflowRow`."""

    tenant: str
    package_id: str | None
    iflow_version: str | None
    runtime_version: str | None
    deployed: bool
    edit_status: EditStatus
    messages: int | None
    usage: Usage


@dataclass(frozen=True, slots=True)
class AcrossTenants:
    """An iFlow that is in several tenants.

    Attributes:
        iflow_id: the same in all of them.
        iflow_name: as the first of them calls it.
        differences: what is not the same everywhere: "version", "deployed", "edited", "missing".
        missing_in: tenants of the report without it.
        tenants: the others, in the order of their names.
    """

    iflow_id: str
    iflow_name: str | None
    differences: Sequence[str]
    missing_in: Sequence[str]
    tenants: Sequence[InTenant]


@dataclass(frozen=True, slots=True)
class Landscape:
    """What the tenants have in common.

    Attributes:
        tenants: those that are compared, in the order of their names.
        note: which are not, and why; None where all are.
        iflows: those in several tenants, by id.
        only_in: per compared tenant, the ids of the iFlows that no other has.
    """

    tenants: Sequence[str]
    note: str | None
    iflows: Sequence[AcrossTenants]
    only_in: Mapping[str, Sequence[str]]


def landscape(tenants: Sequence[TenantResult]) -> Landscape:
    """Put the iFlows of all tenants side by side by their ids.

    A tenant that was not scanned is left out: nothing may be called missing there.
    """
    names = sorted(one.name for one in tenants if one.scanned_at is not None)
    failed = sorted(one.name for one in tenants if one.scanned_at is None)
    found: dict[str, list[IflowRow]] = {}
    for tenant in sorted(tenants, key=lambda one: one.name):
        for row in tenant.iflows:
            found.setdefault(row.iflow_id, []).append(row)
    only_in: dict[str, list[str]] = {name: [] for name in names}
    shared = []
    for iflow_id in sorted(found):
        rows = found[iflow_id]
        if len(rows) > 1:
            shared.append(_across(rows, names))
        elif len(names) > 1:
            only_in[rows[0].tenant].append(iflow_id)
    return Landscape(names, _note(names, failed), shared, only_in)


def _note(names: Sequence[str], failed: Sequence[str]) -> str | None:
    notes = []
    if len(names) <= 1:
        notes.append("It takes two scanned tenants to compare.")
    if failed:
        notes.append(f"Not compared, because not scanned: {', '.join(failed)}.")
    return " ".join(notes) or None


def _across(rows: Sequence[IflowRow], names: Sequence[str]) -> AcrossTenants:
    present = {row.tenant for row in rows}
    missing = [name for name in names if name not in present]
    differs = {
        "version": len({row.iflow_version for row in rows if not row.orphan}) > 1,
        "deployed": len({row.deployed for row in rows}) > 1,
        "edited": len({row.edit_status for row in rows}) > 1,
        "missing": bool(missing),
    }
    return AcrossTenants(
        iflow_id=rows[0].iflow_id,
        iflow_name=next((row.iflow_name for row in rows if row.iflow_name), None),
        differences=[name for name, yes in differs.items() if yes],
        missing_in=missing,
        tenants=[
            InTenant(
                tenant=row.tenant,
                package_id=row.package_id,
                iflow_version=row.iflow_version,
                runtime_version=row.runtime_version,
                deployed=row.deployed,
                edit_status=row.edit_status,
                messages=row.messages,
                usage=row.usage,
            )
            for row in rows
        ],
    )
