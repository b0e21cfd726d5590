"""The outcome of a synchronization run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iflow_census.errors import one_line
from iflow_census.leanix.responses import RunState, StatsSummary, summarize_stats
from iflow_census.leanix.workspace import Workspace

MAX_NOTES = 20
LOG_LOCATION = "LeanIX, Administration > Integration API"


@dataclass(frozen=True, slots=True)
class LeanixOutcome:
    """The outcome of a finished run, with everything that LeanIX reports about it.

    A run with status FINISHED may have skipped invalid items (LeanIX docs, "Integration API");
    `problem` includes these.

    Attributes:
        status: FINISHED, STOPPED or FAILED.
        test: whether it was a dry run, which changes nothing.
        summary: the totals of `stats`.
        warnings: all warnings as LeanIX returned them.
        results: the LDIF that the run wrote, or None; most inbound runs write none.
        blocked: why full mode stopped after this dry run, or why this run did not do what its
            dry run had announced.
        notes: what people should know about the run and the inventory that was sent.
        dry_run: the outcome of the dry run before a run in full mode; None if this call did not
            make one.
    """

    tenant: str
    run_id: str
    status: str
    test: bool
    summary: StatsSummary
    stats: Mapping[str, Any]
    warnings: Sequence[Mapping[str, Any]]
    results: bytes | None = None
    blocked: str | None = None
    notes: Sequence[str] = ()
    dry_run: "LeanixOutcome | None" = None

    @property
    def error_warnings(self) -> int:
        """The number of warnings with status ERROR."""
        return sum(_is_error(warning) for warning in self.warnings)

    @property
    def errors(self) -> int:
        """Items that LeanIX could not process; statistics and warnings count the same items."""
        return max(self.summary.errors, self.error_warnings)

    @property
    def problem(self) -> str | None:
        """What went wrong, or None."""
        run = f"LeanIX {'dry ' if self.test else ''}run {self.run_id}"
        if self.status != "FINISHED":
            return f"{run} ended with status {self.status}; see its log in {LOG_LOCATION}"
        if self.errors:
            errors = f"{self.errors} errors{self._first_error()}"
            return f"{run} has {errors}; see its log in {LOG_LOCATION}"
        return self.blocked

    def to_dict(self) -> dict[str, Any]:
        """The entry of this run in a result or a manifest, without counts that LeanIX omits."""
        entry: dict[str, Any] = {
            "tenant": self.tenant,
            "run_id": self.run_id,
            "status": self.status,
            "test": self.test,
            **self.summary.fact_sheet_counts,
            "errors": self.errors,
            "warnings": len(self.warnings) - self.error_warnings,
            "problem": self.problem,
        }
        if self.notes:
            entry["notes"] = shorten(self.notes)
        return entry if self.dry_run is None else entry | {"dry_run": self.dry_run.to_dict()}

    def evidence(self) -> Mapping[str, bytes]:
        """Everything that LeanIX reported about the run, as files by name."""
        files = {"stats.json": _to_json(self.stats), "warnings.json": _to_json(self.warnings)}
        return files if self.results is None else files | {"results.json": self.results}

    def _first_error(self) -> str:
        for warning in self.warnings:
            if _is_error(warning) and warning.get("message"):
                return f" ({one_line(str(warning['message']))})"
        return ""


def shorten(notes: Sequence[str]) -> Sequence[str]:
    """The first notes, and the number of the others."""
    omitted = len(notes) - MAX_NOTES
    return [*notes[:MAX_NOTES], f"… and {omitted} more"] if omitted > 0 else list(notes)


def _to_json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _is_error(warning: Mapping[str, Any]) -> bool:
    return str(warning.get("status", "")).upper() == "ERROR"


def fetch_outcome(workspace: Workspace, run: RunState, *, tenant: str, test: bool) -> LeanixOutcome:
    """Fetch everything about a finished run now: LeanIX does not document how long it keeps it."""
    stats = workspace.stats(run.id)
    no_stats = f"LeanIX has no statistics of run {run.id}; only its warnings say what was skipped"
    return LeanixOutcome(
        tenant=tenant,
        run_id=run.id,
        status=run.status,
        test=test,
        summary=summarize_stats(stats),
        stats=stats,
        warnings=workspace.warnings(run.id),
        results=workspace.results(run.id) if run.status == "FINISHED" else None,
        notes=() if stats else (no_stats,),
    )
