"""What a run brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iflow_census.report.census_report import CensusReport
from iflow_census.scan.results import TenantResult, TenantStatus


@dataclass(frozen=True, slots=True)
class CensusResult:
    """What a run brought.

    Attributes:
        status: complete, or partial where a tenant is missing.
        run_id: of the run.
        period: the month, "YYYY-MM".
        manifest: where a person finds it; None where nothing is published (a checkpoint).
        tenants: per tenant name, status, iflows, messages and error.
        leanix: per tenant that was sent to LeanIX, what became of its run.
        report: the report; None where the run had been finished before, or publishes none.
        notice_problem: what kept people from being told; None where nothing did.
    """

    status: str
    run_id: str
    period: str
    manifest: str | None
    tenants: Sequence[Mapping[str, Any]]
    leanix: Sequence[Mapping[str, Any]] = ()
    report: CensusReport | None = None
    notice_problem: str | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do, here and in LeanIX."""
        told = all(one["problem"] is None for one in self.leanix)
        return self.status == TenantStatus.COMPLETE and told

    def summary(self) -> dict[str, Any]:
        """The result as the Lambda answers it and the command line prints it."""
        return {
            "status": self.status if self.complete else str(TenantStatus.PARTIAL),
            "run_id": self.run_id,
            "period": self.period,
            "manifest": self.manifest,
            "tenants": list(self.tenants),
            "leanix": list(self.leanix),
        }


def tenant_summary(tenant: TenantResult) -> Mapping[str, Any]:
    """A tenant in the result of a run."""
    return {
        "name": tenant.name,
        "status": str(tenant.status),
        "iflows": tenant.totals.iflows,
        "messages": tenant.totals.messages,
        "error": tenant.error,
    }
