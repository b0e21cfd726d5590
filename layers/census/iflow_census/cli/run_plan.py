"""The plans of `iflow-census run`: what it scans, and which reports it writes."""

from collections.abc import Sequence
from dataclasses import dataclass

from iflow_census.census.kept_tenants import find_kept_tenants
from iflow_census.census.plan import CensusPlan
from iflow_census.census.run_context import Services
from iflow_census.cli.keys import TenantKey
from iflow_census.cli.terminal import InvalidUsage
from iflow_census.cloud_integration.families import RateLimits
from iflow_census.cloud_integration.tenant import tenant_opener
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.report.formats import formats_of
from iflow_census.scan.edit_status import DEFAULT_TOLERANCE
from iflow_census.scan.period import Month, Period

RESERVED_NAMES = frozenset(
    ("CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10)))
)
"""The devices of Windows, which no file may be called like, whatever follows a dot."""


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes the plans of a run."""

    services: Services
    keys: Sequence[TenantKey]
    run_id: str
    formats: Sequence[str]
    last_errors: bool
    models: bool
    owner_tag: str

    def plan(self, period: Period, completes: Month | None = None) -> CensusPlan:
        """The plan of a period.

        `completes` is the month that the same scan writes as soon as its counts are complete.
        """
        plan = CensusPlan(
            period=period,
            run_id=self.run_id,
            tenants={
                key.tenant: tenant_opener(
                    key.read,
                    f"service key of {key.tenant!r}",
                    limits=RateLimits(),
                    retry_policy=RetryPolicy(),
                )
                for key in self.keys
            },
            other_tenants=[],
            keeps_tenants=True,
            formats=formats_of(period, self.formats),
            edit_tolerance=DEFAULT_TOLERANCE,
            tenants_at_once=len(self.keys),
            health=True,
            last_errors=self.last_errors,
            models=self.models,
            owner_tag=self.owner_tag,
            completes=self.plan(completes) if completes else None,
        )
        check_names([*plan.tenants, *find_kept_tenants(self.services, plan)])
        return plan


def check_names(tenants: Sequence[str]) -> None:
    """Raise `InvalidUsage` for names that folders of Windows or macOS cannot have or keep apart."""
    names: dict[str, str] = {}
    for tenant in tenants:
        if tenant.endswith(".") or tenant.partition(".")[0].upper() in RESERVED_NAMES:
            raise InvalidUsage(
                f"tenant {tenant!r}: Windows does not allow a file of this name; give it another "
                f"name, as in other={tenant}.json"
            )
        other = names.setdefault(tenant.casefold(), tenant)
        if other != tenant:
            raise InvalidUsage(
                f"tenants {other!r} and {tenant!r} differ only in upper and lower case; "
                f"give one of them another name, as in other={tenant}.json"
            )
