"""The context of a run: what every step of it works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

from iflow_census.census.plan import CensusPlan, LeanixPlan
from iflow_census.clock import Clock, Deadline
from iflow_census.store.lease import Lease, LeasedStore
from iflow_census.store.ledger import Ledgers
from iflow_census.store.model_store import ModelFile
from iflow_census.store.protocol import Store
from iflow_census.store.work_state import WorkState

Progress = Callable[[str, str, int, int], None]
"""Called from several threads with tenant, stage, items done, and items known so far."""


class Notifier(Protocol):
    """Sends notices to people."""

    def send(self, subject: str, text: str) -> None:
        """Send a notice. Raises `CensusError` if it could not be delivered."""
        ...

    def link(self, key: str) -> str:
        """The address of a file of the report, for a person."""
        ...

    def folder(self, prefix: str) -> str:
        """The address of a page that lists all files below a key prefix."""
        ...


class EventPublisher(Protocol):
    """Sends events to programs."""

    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Send an event. Raises `CensusError` if it could not be delivered."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The stores and the clock of a run.

    Attributes:
        reports: keeps the published reports.
        state: keeps the work state and the ledgers.
    """

    reports: Store
    state: Store
    clock: Clock


@dataclass(frozen=True, slots=True)
class RunContext:
    """One attempt at a run.

    Attributes:
        deadline: no request starts after it.
        leanix: how inventories are sent to LeanIX; None: they are not.
        notifier: sends notices; None: nobody is notified.
        events: sends an event after each published report; None: none is sent.
        owner: identifies this attempt among all processes; the owner of its leases.
        lease: held while a tenant is scanned; protects all that is written below.
    """

    plan: CensusPlan
    services: Services
    progress: Progress
    deadline: Deadline
    leanix: LeanixPlan | None = None
    notifier: Notifier | None = None
    events: EventPublisher | None = None
    owner: str = field(default_factory=lambda: uuid4().hex)
    lease: Lease | None = None

    @property
    def clock(self) -> Clock:
        """The clock of the run."""
        return self.services.clock

    @property
    def work_state(self) -> WorkState:
        """The work state that all attempts at this run share."""
        return WorkState(self._state, self.plan.period, self.plan.run_id)

    def ledger(self, tenant: str) -> Ledgers:
        """The ledgers of a tenant for the months that the period touches."""
        return Ledgers(self._state, self.plan.period.months, tenant)

    def model_file(self, tenant: str) -> ModelFile:
        """The models of a tenant's iFlows that were read so far."""
        return ModelFile(self._state, tenant)

    def tenant_lease(self, tenant: str) -> Lease:
        """The lease of a tenant, which all runs share: SAP limits the requests of all of them."""
        return self.make_lease(f"work/leases/{tenant}.json")

    def make_lease(self, key: str) -> Lease:
        """A lease of this attempt, which is not taken yet; `key` is that of its file."""
        return Lease(self.services.state, key, self.owner, self.clock)

    @property
    def _state(self) -> Store:
        state = self.services.state
        return state if self.lease is None else LeasedStore(state, self.lease)
