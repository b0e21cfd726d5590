"""A simulated SAP LeanIX workspace: its token service and its Integration API.

Example::

    with SimulatedWorkspace() as workspace:
        workspace.faults.add(Fault(FaultKind.LOST_ANSWER, path="synchronizationRuns", times=1))
        secret = workspace.secret()
        ...
        interfaces = workspace.inventory.active("Interface")

Built from the swagger of the Integration API 1.0.0 and from SAP Help. Where both are silent, it
chooses: an LDIF that is wrong, or for another workspace, is refused with 400; one that matches no
configuration makes a run that ends as FAILED (``unmatched="not-found"``: 404); a status that is
asked for moves the run on by one step of ``script``; a dry run tells what it would have deleted;
``processorStatistics`` also count created, updated and unchanged fact sheets, which the published
example does not (``counts_in_stats=False``); the tag group of an ``inboundTag`` must exist.
"""

from tests.simulators.leanix.faults import Fault, FaultKind, Faults
from tests.simulators.leanix.inventory import Document, FactSheet, Inventory, Relation
from tests.simulators.leanix.recording import RecordedRequest
from tests.simulators.leanix.runs import Run
from tests.simulators.leanix.server import SimulatedWorkspace

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
