"""What later months need to know of a month: the compared columns of its iFlows, by tenant."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.results import ApiUsage, IflowRow, TenantResult
from iflow_census.scan.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class IflowSnapshot:
    """The kept columns of an iFlow; the names are those of `IflowRow`."""

    tenant: str
    package_id: str | None
    package_name: str | None
    iflow_id: str
    iflow_name: str | None
    iflow_version: str | None
    edit_status: EditStatus
    modified_at: datetime | None
    deployed: bool | None
    runtime_version: str | None
    messages: int | None
    usage: Usage
    deployed_at: datetime | None = None
    log_level: str | None = None
    runtime_locations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TenantSnapshot:
    """A tenant in an earlier month.

    Attributes:
        tenant: its result, without rows and without what is never compared.
    """

    tenant: TenantResult
    iflows: Sequence[IflowSnapshot]


def take_snapshot(tenant: TenantResult) -> TenantSnapshot:
    """Return the snapshot of a scanned tenant."""
    return TenantSnapshot(
        replace(
            tenant.without_rows(),
            api=ApiUsage(),
            messages_per_day=None,
            health=None,
            other_artifacts=None,
        ),
        [_take_columns(row) for row in tenant.iflows],
    )


_COLUMNS = tuple(field.name for field in fields(IflowSnapshot))


def _take_columns(row: IflowRow) -> IflowSnapshot:
    return IflowSnapshot(**{name: getattr(row, name) for name in _COLUMNS})
