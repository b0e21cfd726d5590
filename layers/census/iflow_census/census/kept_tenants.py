"""The tenants that the report of a folder keeps, because no run knows all keys of it."""

from collections.abc import Sequence

from iflow_census.census.plan import CensusPlan
from iflow_census.census.run_context import Services
from iflow_census.scan.period import Month
from iflow_census.store.report_writer import read_manifest
from iflow_census.store.work_state import WorkState


def find_kept_tenants(services: Services, plan: CensusPlan) -> Sequence[str]:
    """Find the tenants in the report of the month that a run does not scan, and that have rows.

    A rolling window keeps no tenant.
    """
    if not isinstance(plan.period, Month):
        return []
    manifest = read_manifest(services.reports, plan.folder())
    work_state = WorkState(services.state, plan.period, plan.run_id)
    names = [tenant["name"] for tenant in manifest.tenants] if manifest else []
    return [name for name in names if name not in plan.tenants and work_state.read_last_good(name)]
