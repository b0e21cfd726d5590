"""A simulated SAP LeanIX workspace: its token service and its Integration API.

Example::

    with SimulatedWorkspace() as workspace:
        workspace.faults.add(Fault(FaultKind.LOST_RESPONSE, path="synchronizationRuns", times=1))
        secret = workspace.secret()
        ...
        interfaces = workspace.inventory.active("Interface")

Based on the swagger of the Integration API 1.0.0 and on SAP Help. Behavior that neither documents:

- An LDIF that is invalid, or has the id of a different workspace, is rejected with 400.
- An LDIF without a matching configuration creates a run that ends with status FAILED, or is
  rejected with 404 (``unmatched="not-found"``).
- Each request for a run's status advances the run by one step of ``script``.
- A dry run lists in its statistics what it would have deleted
  (``runs.lists_deletions_of_dry_runs``).
- ``processorStatistics`` has the numbers of created, updated and unchanged fact sheets, which the
  published example does not have (``counts_in_stats=False``).
- The tag group of an ``inboundTag`` must exist. With the mode "delete", it takes a tag from a fact
  sheet.
- Names are unique among the active fact sheets of a type.
"""

from tests.simulators.leanix.faults import Fault, FaultKind, Faults
from tests.simulators.leanix.inventory import Document, FactSheet, Inventory, Relation
from tests.simulators.leanix.runs import Run
from tests.simulators.leanix.server import SimulatedWorkspace
from tests.simulators.recording import RecordedRequest

__all__ = [
    "Document",
    "FactSheet",
    "Fault",
    "FaultKind",
    "Faults",
    "Inventory",
    "RecordedRequest",
    "Relation",
    "Run",
    "SimulatedWorkspace",
]
