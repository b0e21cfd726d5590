"""The plan of a run in steps: its tenants, and the execution that works on it.

The distributed maps of the state machine read the names at `/content/tenants` of this file, so the
key and the fields are part of the definition (statemachine/fan_out.asl.yaml).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from iflow_census.errors import ConfigurationError
from iflow_census.scan.period import Period
from iflow_census.store.protocol import Store
from iflow_census.store.state_file import State, StateFile, StateFormat, json_format
from iflow_census.store.work_state import run_folder


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The plan of a run.

    Attributes:
        action: the use case, "census" or "checkpoint".
        requested: the tenants that the event names; None: all.
        tenants: the tenants to scan, sorted.
        other_tenants: tenants that are configured, but not scanned by this run.
        execution: the ARN of the execution of the state machine that works on the run.
    """

    action: str
    requested: Sequence[str] | None
    tenants: Sequence[str]
    other_tenants: Sequence[str]
    execution: str


class RunPlanFile:
    """The file of the plan, in the work state of its run."""

    def __init__(self, store: Store, period: Period, run_id: str) -> None:
        self.key = f"{run_folder(period, run_id)}plan.json"
        self._run_id = run_id
        self._file = StateFile(store, self.key, _PLAN)

    def read(self) -> RunPlan:
        """Read the plan. Raises `ConfigurationError` if there is none."""
        plan = self._file.read().value
        if plan is None:
            raise ConfigurationError(
                f"run {self._run_id}: it has no plan {self.key}; start the state machine with "
                "the event of the run"
            )
        return plan

    def claim(self, plan: RunPlan, is_running: Callable[[str], bool]) -> RunPlan:
        """Claim the run for the execution of a plan.

        An execution that has ended hands the run over, with the tenants that it had planned. The
        plan becomes that of the run if it has none; `is_running` says whether an execution is
        running, by its ARN.

        Returns:
            The plan of the run. Its execution is another one if that one is still running.

        Raises:
            ConfigurationError: the run was planned for another action or for other tenants.
        """

        def change(current: State[RunPlan]) -> RunPlan | None:
            stored = current.value
            if stored is None:
                return plan
            self._check_same_request(stored, plan)
            if stored.execution == plan.execution or is_running(stored.execution):
                return None
            return replace(stored, execution=plan.execution)

        return self._file.update(change) or plan

    def _check_same_request(self, stored: RunPlan, plan: RunPlan) -> None:
        if (stored.action, stored.requested) != (plan.action, plan.requested):
            tenants = "all tenants" if stored.requested is None else ", ".join(stored.requested)
            raise ConfigurationError(
                f"run {self._run_id}: it is a {stored.action} of {tenants}; repeat that event, or "
                "choose another scheduled_time"
            )


_PLAN: StateFormat[RunPlan] = json_format("iflow-census/plan/v1", RunPlan)
