"""The result of a run, as the Lambda returns it and the command line prints it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iflow_census.report.census_report import CensusReport
from iflow_census.scan.results import TenantResult, TenantStatus

CLAIMED_BY_OTHER = "another delivery of the same event is sending it"
"""The `problem` of a LeanIX entry whose outcome another delivery reports."""

LEANIX_PENDING = "PENDING"


@dataclass(frozen=True, slots=True)
class CensusResult:
    """The result of a run.

    Attributes:
        status: complete, or partial if a tenant is missing.
        period: "YYYY-MM", or "last-30-days".
        manifest: the address of the manifest; None if nothing was published (a checkpoint).
        tenants: the summary of each tenant.
        coverage_complete: the counts of every tenant cover the whole period.
        leanix: the LeanIX run of each tenant whose inventory was sent.
        report: the report; None if an earlier attempt published it, or the run publishes none.
        notice_problem: why the notice could not be sent; None if nothing went wrong.
        event_problem: the same of the event.
    """

    status: str
    run_id: str
    period: str
    manifest: str | None
    tenants: Sequence[Mapping[str, Any]]
    coverage_complete: bool
    leanix: Sequence[Mapping[str, Any]] = ()
    report: CensusReport | None = None
    notice_problem: str | None = None
    event_problem: str | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do, in LeanIX either."""
        delivered = all(entry["problem"] is None for entry in self.leanix)
        return self.status == TenantStatus.COMPLETE and delivered

    def summary(self) -> dict[str, Any]:
        """The result as JSON-serializable values."""
        return {
            "status": self.status if self.complete else str(TenantStatus.PARTIAL),
            "run_id": self.run_id,
            "period": self.period,
            "manifest": self.manifest,
            "coverage_complete": self.coverage_complete,
            "tenants": list(self.tenants),
            "leanix": list(self.leanix),
        }


def leanix_problem(tenant: str, problem: str, *, test: bool) -> Mapping[str, Any]:
    """The entry of a tenant whose inventory LeanIX has not processed, and why."""
    return {
        "tenant": tenant,
        "run_id": None,
        "status": LEANIX_PENDING,
        "test": test,
        "errors": 0,
        "warnings": 0,
        "problem": problem,
    }


def tenant_summary(tenant: TenantResult) -> Mapping[str, Any]:
    """A tenant's entry in the result of a run."""
    return {
        "name": tenant.name,
        "status": str(tenant.status),
        "iflows": tenant.totals.iflows,
        "messages": tenant.totals.messages,
        "coverage": tenant.percent_covered,
        "carried_over": tenant.carried_over,
        "error": tenant.error,
    }
