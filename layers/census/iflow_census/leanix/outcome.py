"""What became of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iflow_census.http.errors import one_line
from iflow_census.leanix.responses import RunState, StatsSummary, summary
from iflow_census.leanix.workspace import Workspace

LOG = "LeanIX, Administration > Integration API"


@dataclass(frozen=True, slots=True)
class LeanixOutcome:
    """The end of a run, with all that LeanIX says of it.

    A run that ends as FINISHED may still have left out items that were wrong (LeanIX docs,
    "Integration API"): `problem` says so.

    Attributes:
        tenant: whose inventory it brought.
        run_id: the run's id.
        status: FINISHED, STOPPED or FAILED.
        test: it was a dry run, which changed nothing.
        summary: the figures in `stats`.
        stats: the statistics, as LeanIX gave them.
        warnings: all warnings, as LeanIX gave them.
        results: the LDIF that the run made; None, as for most inbound runs, where it made none.
    """

    tenant: str
    run_id: str
    status: str
    test: bool
    summary: StatsSummary
    stats: Mapping[str, Any]
    warnings: Sequence[Mapping[str, Any]]
    results: bytes | None = None
    refused: str | None = None
    """Why nothing more was done after a dry run of full mode."""

    @property
    def error_warnings(self) -> int:
        """Warnings that LeanIX itself calls errors."""
        return sum(str(one.get("status", "")).upper() == "ERROR" for one in self.warnings)

    @property
    def errors(self) -> int:
        """Items that LeanIX could not process; statistics and warnings count the same ones."""
        return max(self.summary.errors, self.error_warnings)

    @property
    def problem(self) -> str | None:
        """What is wrong, for a person; None where all went well."""
        name = f"LeanIX {'dry ' if self.test else ''}run {self.run_id}"
        if self.status != "FINISHED":
            return f"{name} ended as {self.status}; its log is in {LOG}"
        if self.errors:
            return f"{name} has {self.errors} errors{self._first_error()}; its log is in {LOG}"
        return self.refused

    def plain(self) -> dict[str, Any]:
        """The entry of this run in a result or a manifest."""
        return {
            "tenant": self.tenant,
            "run_id": self.run_id,
            "status": self.status,
            "test": self.test,
            "created": self.summary.created,
            "updated": self.summary.updated,
            "unchanged": self.summary.unchanged,
            "deleted": self.summary.deleted,
            "errors": self.errors,
            "warnings": len(self.warnings) - self.error_warnings,
            "problem": self.problem,
        }

    def _first_error(self) -> str:
        for one in self.warnings:
            if str(one.get("status", "")).upper() == "ERROR" and one.get("message"):
                return f" ({one_line(str(one['message']))})"
        return ""


def outcome_of(workspace: Workspace, run: RunState, *, tenant: str, test: bool) -> LeanixOutcome:
    """Collect what LeanIX says of a run that has ended: it does not promise to keep it."""
    stats = workspace.stats(run.id)
    return LeanixOutcome(
        tenant=tenant,
        run_id=run.id,
        status=run.status,
        test=test,
        summary=summary(stats),
        stats=stats,
        warnings=workspace.warnings(run.id),
        results=workspace.results(run.id) if run.status == "FINISHED" else None,
    )
