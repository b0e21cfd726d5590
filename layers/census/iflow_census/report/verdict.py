"""The verdict of a report: how many iFlows are used, and whether that can be trusted."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from iflow_census.scan.results import TenantResult, TenantStatus
from iflow_census.scan.usage import Usage


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sums over all tenants.

    Attributes:
        iflows: the number of iFlows, orphans included.
        usage: how many of them have each usage; unused ones are deployed.
        doubts: why the figures are not those of all iFlows over the whole period, tenant by tenant,
            productive ones first; empty if they are.
    """

    iflows: int
    usage: Mapping[Usage, int]
    doubts: Sequence[str]

    @property
    def trusted(self) -> bool:
        """Whether every iFlow of every tenant was counted over the whole period."""
        return not self.doubts


def find_verdict(tenants: Iterable[TenantResult]) -> Verdict:
    """Add up the iFlows of all tenants by their usage, and collect what is missing."""
    counts: Counter[Usage] = Counter()
    doubts: list[tuple[int, str]] = []
    for tenant in tenants:
        counts.update(row.usage for row in tenant.iflows)
        if reasons := list(_doubts(tenant)):
            doubts.append((tenant.profile.priority, f"{tenant.name}: {', '.join(reasons)}"))
    doubts.sort(key=itemgetter(0))
    return Verdict(
        counts.total(), {usage: counts[usage] for usage in Usage}, [doubt for _, doubt in doubts]
    )


def _doubts(tenant: TenantResult) -> Iterator[str]:
    if not tenant.scanned:
        yield "not scanned"
        return
    if tenant.status is not TenantStatus.COMPLETE:
        yield "the last scan is not complete"
    if not tenant.is_counted_completely:
        yield f"{tenant.percent_covered} % of the period is counted"
    if unread := len(tenant.unread_packages):
        yield f"{unread:,} package{'s' if unread > 1 else ''} could not be read"
    for location in sorted(tenant.unread_locations):
        yield f"location {location} could not be read"
