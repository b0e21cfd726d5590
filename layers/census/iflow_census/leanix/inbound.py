"""Sending the inventory of a tenant to LeanIX."""

import tempfile
from collections.abc import Callable
from dataclasses import replace

from iflow_census.errors import ConfigurationError, DataError
from iflow_census.leanix.ldif import Inventory, scan_id, write_ldif
from iflow_census.leanix.outcome import LeanixOutcome, outcome_of
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.run import OnState, known_state, start_once, wait
from iflow_census.leanix.settings import LeanixSettings, Mode
from iflow_census.leanix.workspace import Workspace
from iflow_census.scan.period import Month
from iflow_census.scan.results import TenantResult, TenantStatus


def _nothing(_: object) -> None:
    pass


def send_inventory(
    workspace: Workspace,
    census: TenantResult,
    month: Month,
    settings: LeanixSettings,
    *,
    run_id: str,
    test: bool = False,
    known_run: str | None = None,
    on_started: Callable[[str], None] = _nothing,
    on_state: OnState = _nothing,
) -> LeanixOutcome:
    """Bring the inventory of a tenant into LeanIX, and wait for the end of it.

    May be called again with the same arguments until it returns: a run of the same content of the
    same census is taken up wherever it is, and never started twice.

    Args:
        workspace: where to; its deadline is kept.
        census: what the scan of the tenant brought.
        month: the month that was counted.
        settings: how the inventory appears in LeanIX.
        run_id: of the census; the same for every retry of it.
        test: as a dry run, which changes nothing.
        known_run: LeanIX's id of the run that an earlier try told of.
        on_started: told LeanIX's id of the run as soon as there is one, to be remembered.
        on_state: told of each answer while the run is waited for.

    Returns:
        The outcome, good or not: see its `problem`. In full mode, the dry run's, if that was not
        clean: then nothing was changed.

    Raises:
        DataError: the tenant was not scanned completely.
        ConfigurationError: the workspace has no processor configuration for the tenant.
        AccessError: LeanIX refuses the API token or its role.
        DeadlineExceeded: the run goes on; call again.
        TransientError: LeanIX does not answer.
    """
    if census.status is not TenantStatus.COMPLETE:
        raise DataError(
            f"LeanIX: tenant {census.name} was not scanned completely, so nothing is sent of it: "
            "run the census again"
        )
    full = settings.mode is Mode.FULL
    if full and not census.iflows:
        raise DataError(
            f"LeanIX: tenant {census.name} has no iFlows: in full mode that would archive all"
        )
    inventory = Inventory(census.name, month, run_id, census.iflows, settings)
    known = known_state(workspace, known_run)
    if known is None:
        require_configuration(workspace, inventory)
        if full and not test:
            dry = _send(workspace, inventory, test=True, on_state=on_state)
            dry = replace(dry, refused=_would_archive_too_many(dry, inventory))
            if dry.problem:
                return dry
    return _send(
        workspace, inventory, test=test, known=known, on_started=on_started, on_state=on_state
    )


def require_configuration(workspace: Workspace, inventory: Inventory) -> None:
    """Raise `ConfigurationError` unless the workspace can process the inventory.

    What LeanIX does with an LDIF that matches no configuration is not documented.
    """
    if workspace.configuration(inventory.connector) is None:
        raise ConfigurationError(
            f"LeanIX has no processor configuration {inventory.connector}: put it there with "
            f"`iflow-census leanix setup {inventory.tenant}`"
        )


def _send(
    workspace: Workspace,
    inventory: Inventory,
    *,
    test: bool,
    known: RunState | None = None,
    on_started: Callable[[str], None] = _nothing,
    on_state: OnState = _nothing,
) -> LeanixOutcome:
    run = known if known is not None else _started(workspace, inventory, test=test)
    on_started(run.id)
    on_state(run)
    ended = wait(workspace, run, on_state)
    return outcome_of(workspace, ended, tenant=inventory.tenant, test=test)


def _started(workspace: Workspace, inventory: Inventory, *, test: bool) -> RunState:
    scan = scan_id(inventory, test=test)
    # A file, so that an inventory of any size is sent from the disk, and sent again after a 429.
    with tempfile.TemporaryFile() as ldif:
        write_ldif(inventory, ldif, workspace_id=workspace.id, scan=scan, test=test)
        ldif.flush()
        return start_once(workspace, ldif, scan, test=test)


def _would_archive_too_many(dry: LeanixOutcome, inventory: Inventory) -> str | None:
    """A second guard beside LeanIX's own: a scope that is too wide shows in the dry run."""
    limit = len(inventory.iflows) * inventory.settings.maximum_deletion_ratio // 100
    if dry.summary.deleted <= limit:
        return None
    return (
        f"LeanIX dry run {dry.run_id} would archive {dry.summary.deleted} fact sheets of tenant "
        f"{inventory.tenant}, more than {limit}: nothing was sent; check them, archive them by "
        "hand or raise 'maximum_deletion_ratio'"
    )
