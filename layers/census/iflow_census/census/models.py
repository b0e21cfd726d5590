"""The models of iFlows, and the owners of packages, in a run: no error of them fails a tenant."""

import logging
from functools import partial

from iflow_census.census.plan import TenantSession
from iflow_census.census.run_context import RunContext
from iflow_census.clock import Deadline
from iflow_census.errors import CensusError
from iflow_census.scan.model_scan import ModelReading, TenantModels
from iflow_census.scan.owner_scan import OwnerReading
from iflow_census.scan.readings import Reading
from iflow_census.store.lease import LeaseLost

BUDGET_SECONDS = 300.0
"""How long the models of a tenant may be read in a run; later runs read the others. Owners of
packages have as long before them."""

BUDGET_SHARE = 0.5
"""The part of the time left that they may take at most."""

_log = logging.getLogger(__name__)


def model_reading(
    run: RunContext, tenant: str, session: TenantSession, deadline: Deadline
) -> ModelReading | None:
    """How to read the models of a tenant; None if the plan does not include them."""
    if not run.plan.models:
        return None
    try:
        stored = run.model_file(tenant).read()
    except CensusError as error:
        _log.warning("models of %s are not read: %s", tenant, error)
        reason = f"not read, because earlier models are not readable: {error}"
        return ModelReading(
            lambda *_: Reading(reason=reason), lambda *_: Reading(reason=reason), (), deadline.child
        )

    return ModelReading(
        session.iflow_model,
        session.package_models,
        stored,
        partial(_start_budget, deadline),
        session.health.credential_names if run.plan.health else None,
    )


def owner_reading(
    run: RunContext, session: TenantSession, deadline: Deadline
) -> OwnerReading | None:
    """How to read the owners of packages; None if the plan names no custom tag for them."""
    if not run.plan.owner_tag:
        return None
    return OwnerReading(run.plan.owner_tag, session.custom_tags, partial(_start_budget, deadline))


def _start_budget(deadline: Deadline) -> Deadline:
    return deadline.child(min(BUDGET_SECONDS, deadline.remaining() * BUDGET_SHARE))


def save_models(run: RunContext, tenant: str, models: TenantModels | None) -> None:
    """Keep the models for later runs.

    Raises:
        LeaseLost: another run has taken over the tenant.
    """
    if models is None or not models.stored:
        return
    try:
        run.model_file(tenant).write(models.stored)
    except LeaseLost:
        raise
    except CensusError as error:
        _log.warning("models of %s are not kept: %s", tenant, error)
