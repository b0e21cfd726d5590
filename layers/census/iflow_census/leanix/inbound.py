"""Sends the inventory of a tenant to LeanIX."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol

from iflow_census.errors import ConfigurationError, DataError
from iflow_census.leanix.ldif import TenantInventory, idempotency_key, write_ldif
from iflow_census.leanix.outcome import LeanixOutcome, fetch_outcome
from iflow_census.leanix.past import Past
from iflow_census.leanix.responses import RunState, parse_end
from iflow_census.leanix.run import (
    OnState,
    fetch_known_run,
    find_attempt,
    resume,
    start_once,
    wait_for_run,
)
from iflow_census.leanix.settings import LeanixSettings, Mode
from iflow_census.leanix.workspace import Workspace
from iflow_census.scan.period import Period
from iflow_census.scan.results import TenantResult, TenantStatus
from iflow_census.scan.systems import SystemRules, by_iflow

MAX_DRY_RUN_AGE = timedelta(minutes=15)
"""How long ago a dry run may have ended: longer than a state machine waits between two polls."""


class RunRecord(Protocol):
    """Records the id of a run that was started, so that another attempt resumes it."""

    def read(self) -> str | None:
        """The id of the run that was started and whose outcome was not reported yet."""
        ...

    def claim(self) -> str | None:
        """Claim the right to start a run; returns what `read` does from then on.

        Raises:
            TransientError: another process is starting it.
        """
        ...

    def save(self, run_id: str) -> None:
        """Record the id of the run that was started, and release the claim."""
        ...


class NoRecord:
    """A record for callers that find their runs in the list of runs only."""

    def read(self) -> str | None:
        """Nothing is recorded."""

    def claim(self) -> str | None:
        """Nothing is claimed."""

    def save(self, run_id: str) -> None:
        """Nothing is recorded."""


def _ignore(_: object) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryHooks:
    """What the caller of a delivery keeps and sees.

    Attributes:
        record: records the run.
        dry_run_record: records the dry run before a run in full mode.
        announced_deletions: what the dry run of an earlier call would archive, if that call has
            started the run that is resumed; None if that is not known.
        on_state: called with each state of either.
        on_dry_run: called with the outcome of the dry run, before the run starts.
    """

    record: RunRecord = field(default_factory=NoRecord)
    dry_run_record: RunRecord = field(default_factory=NoRecord)
    announced_deletions: int | None = None
    on_state: OnState = _ignore
    on_dry_run: Callable[[LeanixOutcome], None] = _ignore


def send_inventory(
    workspace: Workspace,
    tenant: TenantResult,
    period: Period,
    settings: LeanixSettings,
    *,
    run_id: str,
    test: bool = False,
    past: Past | None = None,
    systems: SystemRules | None = None,
    hooks: DeliveryHooks | None = None,
) -> LeanixOutcome:
    """Send the inventory of a tenant to LeanIX and wait until it is processed.

    Can be called again with the same arguments: a run that is active is resumed, one that was
    successful is not repeated, and one that failed, was stopped or had errors is repeated. Requests
    stop at the workspace's deadline. `run_id` is the census's, the same for each retry; with
    `test`, a dry run changes nothing.

    Returns:
        The outcome; its `problem` says whether it succeeded. In full mode each run follows a dry
        run of its own; if that has a problem, nothing is changed, and its outcome is returned.

    Raises:
        DataError: the tenant was not scanned completely, or full mode cannot be used for it.
        ConfigurationError: the workspace has no processor configuration for the tenant.
        AccessError: LeanIX rejects the API token or its role.
        DeadlineExceeded: the LeanIX run is still active; call again.
        TransientError: LeanIX does not respond.
    """
    _require_complete_scan(tenant)
    if settings.mode is Mode.FULL:
        _require_full_inventory(tenant)
    inventory = TenantInventory(
        tenant.name,
        period,
        run_id,
        tenant.iflows,
        settings,
        past or Past(),
        systems or SystemRules(),
        tenant.profile.web_url,
        by_iflow(tenant.connections),
    )
    return _Delivery(workspace, inventory, hooks or DeliveryHooks()).send(test=test)


def _require_complete_scan(tenant: TenantResult) -> None:
    if tenant.status is not TenantStatus.COMPLETE:
        raise DataError(
            f"LeanIX: tenant {tenant.name} was not scanned completely, so its inventory is not "
            "sent; run the census again"
        )


def _require_full_inventory(tenant: TenantResult) -> None:
    if not tenant.iflows:
        raise DataError(
            f"LeanIX: tenant {tenant.name} has no iFlows; nothing is sent, because full mode would "
            "archive all its fact sheets"
        )
    unread = [
        part.part
        for part in tenant.unreadable
        if any(hidden is not None for hidden in (part.package_id, part.location, part.iflow_id))
    ]
    if unread:
        raise DataError(
            f"LeanIX: parts of tenant {tenant.name} could not be read ({', '.join(unread)}); "
            "nothing is sent, because full mode would archive the fact sheets of their iFlows"
        )


def require_configuration(workspace: Workspace, inventory: TenantInventory) -> None:
    """Raise `ConfigurationError` unless the workspace has a configuration for the inventory.

    How LeanIX processes an LDIF without a matching configuration is not documented.
    """
    if workspace.configuration(inventory.connector) is None:
        raise ConfigurationError(
            f"LeanIX: no processor configuration {inventory.connector}; create it with "
            f"`iflow-census leanix setup {inventory.tenant}`"
        )


@dataclass(frozen=True, slots=True)
class _Delivery:
    """The delivery of one inventory."""

    workspace: Workspace
    inventory: TenantInventory
    hooks: DeliveryHooks

    def send(self, *, test: bool) -> LeanixOutcome:
        key = idempotency_key(self.inventory, test=test)
        record = self.hooks.record
        known = fetch_known_run(self.workspace, record.read())
        if known is not None:
            outcome = self._finish(known, record, test=test)
            return _compare_deletions(outcome, self.hooks.announced_deletions)
        attempt = find_attempt(self.workspace, key)
        if attempt.run is not None:
            had_ended = attempt.run.is_final
            run = resume(self.workspace, attempt.run, test=test)
            outcome = self._finish(run, record, test=test)
            if outcome.problem is None or not had_ended:
                return outcome
            attempt = attempt.next()
        require_configuration(self.workspace, self.inventory)
        dry_run = None
        if self.inventory.settings.mode is Mode.FULL and not test:
            dry_run = self._check_by_dry_run(f"{attempt.key}-dry")
            self.hooks.on_dry_run(dry_run)
            if dry_run.problem:
                return dry_run
        run = self._start(attempt.key, record, test=test)
        outcome = self._finish(run, record, test=test)
        if dry_run is None:
            return outcome
        return _compare_deletions(replace(outcome, dry_run=dry_run), dry_run.summary.deleted)

    def _check_by_dry_run(self, key: str) -> LeanixOutcome:
        """Make a dry run of the same content, and compare what it would archive with the limit.

        One that was started by an earlier call counts only if nobody can have changed much since
        its end.
        """
        record = self.hooks.dry_run_record
        known = fetch_known_run(self.workspace, record.read())
        if known is not None:
            had_ended = known.is_final
            outcome = self._finish(known, record, test=True)
            if not had_ended or self._is_recent(outcome):
                return replace(outcome, blocked=_check_deletions(outcome, self.inventory))
        attempt = find_attempt(self.workspace, key)
        if attempt.run is None or attempt.run.is_final:
            run = self._start(attempt.next().key, record, test=True, replaced=known)
        else:
            run = resume(self.workspace, attempt.run, test=True)
        outcome = self._finish(run, record, test=True)
        return replace(outcome, blocked=_check_deletions(outcome, self.inventory))

    def _is_recent(self, outcome: LeanixOutcome) -> bool:
        ended_at = parse_end(outcome.stats)
        now = self.workspace.deadline.clock.now()
        return ended_at is not None and now - ended_at <= MAX_DRY_RUN_AGE

    def _start(
        self, key: str, record: RunRecord, *, test: bool, replaced: RunState | None = None
    ) -> RunState:
        newest = fetch_known_run(self.workspace, record.claim())
        if newest is not None and (replaced is None or newest.id != replaced.id):
            return newest  # another process has started it meanwhile
        # Spooled to disk, so that memory stays bounded and the upload can be repeated after a 429.
        with tempfile.TemporaryFile() as ldif:
            write_ldif(self.inventory, ldif, workspace_id=self.workspace.id, key=key, test=test)
            return start_once(self.workspace, ldif, key, test=test)

    def _finish(self, run: RunState, record: RunRecord, *, test: bool) -> LeanixOutcome:
        record.save(run.id)
        self.hooks.on_state(run)
        ended = wait_for_run(self.workspace, run, self.hooks.on_state)
        outcome = fetch_outcome(self.workspace, ended, tenant=self.inventory.tenant, test=test)
        return replace(outcome, notes=[*outcome.notes, *self.inventory.notes])


def _check_deletions(dry_run: LeanixOutcome, inventory: TenantInventory) -> str | None:
    """Compare the dry run's deletions with the limit, which also detects a scope that is too wide.

    LeanIX applies the same percentage, but to the fact sheets in its deletion scope.
    """
    deleted = dry_run.summary.deleted
    if deleted is None:
        if inventory.settings.trust_own_ratio:
            return None
        return (
            f"LeanIX dry run {dry_run.run_id} does not say what it would archive, so "
            "'maximum_deletion_ratio' cannot be checked; nothing was sent. Use partial mode, or "
            "set 'trust_own_ratio' to rely on LeanIX's own limit"
        )
    limit = len(inventory.iflows) * inventory.settings.maximum_deletion_ratio // 100
    if deleted <= limit:
        return None
    return (
        f"LeanIX dry run {dry_run.run_id} would archive {deleted} fact sheets of "
        f"tenant {inventory.tenant}, more than the limit of {limit}; nothing was sent. Check them, "
        "then archive them manually or increase 'maximum_deletion_ratio'"
    )


def _compare_deletions(outcome: LeanixOutcome, announced: int | None) -> LeanixOutcome:
    """Make it a problem if a run archived more than its dry run had announced."""
    archived = outcome.summary.deleted
    if announced is None or archived is None or archived <= announced:
        return outcome
    problem = (
        f"LeanIX run {outcome.run_id} archived {archived} fact sheets, but its dry run listed "
        f"{announced}; check the archived fact sheets in LeanIX, which are kept for 90 days"
    )
    return replace(outcome, blocked=problem)
