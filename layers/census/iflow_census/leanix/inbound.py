"""Sends the inventory of a tenant to LeanIX."""

import tempfile
from collections.abc import Callable
from dataclasses import replace

from iflow_census.errors import ConfigurationError, DataError
from iflow_census.leanix.ldif import TenantInventory, idempotency_key, write_ldif
from iflow_census.leanix.outcome import LeanixOutcome, fetch_outcome
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.run import OnState, fetch_known_run, start_once, wait_for_run
from iflow_census.leanix.settings import LeanixSettings, Mode
from iflow_census.leanix.workspace import Workspace
from iflow_census.scan.period import Period
from iflow_census.scan.results import TenantResult, TenantStatus


def _ignore(_: object) -> None:
    pass


def send_inventory(
    workspace: Workspace,
    tenant: TenantResult,
    period: Period,
    settings: LeanixSettings,
    *,
    run_id: str,
    test: bool = False,
    known_run: str | None = None,
    on_started: Callable[[str], None] = _ignore,
    on_state: OnState = _ignore,
) -> LeanixOutcome:
    """Send the inventory of a tenant to LeanIX and wait until it is processed.

    Can be called again with the same arguments until it returns: a LeanIX run with the same content
    for the same census is resumed, never started twice.

    Args:
        workspace: the target; requests stop at its deadline.
        tenant: the result of the tenant's scan.
        period: that of the message counts.
        settings: how the inventory appears in LeanIX.
        run_id: the census's run id; the same for each retry.
        test: whether to make a dry run, which changes nothing.
        known_run: the id that an earlier attempt passed to `on_started`.
        on_started: called with the LeanIX run's id once it is known, so that it can be stored.
        on_state: called with each state of the LeanIX run.

    Returns:
        The outcome; its `problem` says whether it succeeded. In full mode, if the preceding dry run
        has a problem, the outcome of that dry run: nothing was changed then.

    Raises:
        DataError: the tenant was not scanned completely.
        ConfigurationError: the workspace has no processor configuration for the tenant.
        AccessError: LeanIX rejects the API token or its role.
        DeadlineExceeded: the LeanIX run is still active; call again.
        TransientError: LeanIX does not respond.
    """
    if tenant.status is not TenantStatus.COMPLETE:
        raise DataError(
            f"LeanIX: tenant {tenant.name} was not scanned completely, so its inventory is not "
            "sent; run the census again"
        )
    is_full = settings.mode is Mode.FULL
    if is_full and not tenant.iflows:
        raise DataError(
            f"LeanIX: tenant {tenant.name} has no iFlows; nothing is sent, because full mode would "
            "archive all its fact sheets"
        )
    unread = [
        part.part
        for part in tenant.unreadable
        if part.package_id is not None or part.location is not None
    ]
    if is_full and unread:
        raise DataError(
            f"LeanIX: parts of tenant {tenant.name} could not be read ({', '.join(unread)}); "
            "nothing is sent, because full mode would archive the fact sheets of their iFlows"
        )
    inventory = TenantInventory(tenant.name, period, run_id, tenant.iflows, settings)
    known = fetch_known_run(workspace, known_run)
    if known is None:
        require_configuration(workspace, inventory)
        if is_full and not test:
            dry_run = _send(workspace, inventory, test=True, on_state=on_state)
            dry_run = replace(dry_run, blocked=_check_deletions(dry_run, inventory))
            if dry_run.problem:
                return dry_run
    return _send(
        workspace, inventory, test=test, known=known, on_started=on_started, on_state=on_state
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


def _send(
    workspace: Workspace,
    inventory: TenantInventory,
    *,
    test: bool,
    known: RunState | None = None,
    on_started: Callable[[str], None] = _ignore,
    on_state: OnState = _ignore,
) -> LeanixOutcome:
    run = known if known is not None else _start(workspace, inventory, test=test)
    on_started(run.id)
    on_state(run)
    finished = wait_for_run(workspace, run, on_state)
    return fetch_outcome(workspace, finished, tenant=inventory.tenant, test=test)


def _start(workspace: Workspace, inventory: TenantInventory, *, test: bool) -> RunState:
    key = idempotency_key(inventory, test=test)
    # Spooled to disk, so that memory stays bounded and the upload can be repeated after a 429.
    with tempfile.TemporaryFile() as ldif:
        write_ldif(inventory, ldif, workspace_id=workspace.id, key=key, test=test)
        return start_once(workspace, ldif, key, test=test)


def _check_deletions(dry_run: LeanixOutcome, inventory: TenantInventory) -> str | None:
    """Compare the dry run's deletions with the limit, which also detects a scope that is too wide.

    LeanIX applies the same percentage, but to the fact sheets in its deletion scope.
    """
    limit = len(inventory.iflows) * inventory.settings.maximum_deletion_ratio // 100
    if dry_run.summary.deleted <= limit:
        return None
    return (
        f"LeanIX dry run {dry_run.run_id} would archive {dry_run.summary.deleted} fact sheets of "
        f"tenant {inventory.tenant}, more than the limit of {limit}; nothing was sent. Check them, "
        "then archive them manually or increase 'maximum_deletion_ratio'"
    )
