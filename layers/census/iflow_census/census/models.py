"""The models of iFlows in a run: an extra, of which no error fails a tenant."""

import logging

from iflow_census.census.plan import TenantSession
from iflow_census.census.run_context import RunContext
from iflow_census.clock import Deadline
from iflow_census.errors import CensusError
from iflow_census.scan.model_scan import ModelReading, TenantModels
from iflow_census.scan.readings import Reading
from iflow_census.store.lease import LeaseLost

BUDGET_SECONDS = 300.0
"""How long the models of a tenant may be read in a run; later runs read the others."""

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

    def start_budget() -> Deadline:
        return deadline.child(min(BUDGET_SECONDS, deadline.remaining() * BUDGET_SHARE))

    return ModelReading(session.iflow_model, session.package_models, stored, start_budget)


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
