"""The JMS message broker of a tenant: its capacity and its queues.

Source: SAP OpenAPI, MessageStore (JmsBrokers); `$metadata` of live tenants (Queues).
"""

from contextlib import suppress
from dataclasses import dataclass

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import NotFound

STATES = {0: "ok", 1: "warning", 2: "critical"}
"""The states of a queue; source: SAP OpenAPI, JmsBrokers."""

_BROKER = odata.entity_path("JmsBrokers", "Broker1")


@dataclass(frozen=True, slots=True)
class Broker:
    """The broker's properties and its queues, sorted by name."""

    properties: Entity
    queues: list[Entity]


def read_broker(api: Api) -> Broker:
    """Read the broker and its queues.

    Raises:
        NotFound: the tenant has no broker.
    """
    properties = api.read(_BROKER, query={"$expand": "QueueStates"})
    states = properties.pop("QueueStates", None)
    queues: dict[str, Entity] = {}
    for state in states if isinstance(states, list) else []:
        if isinstance(state, dict):
            queues[str(state.get("Name"))] = state
    # SAP does not document Queues, and not every tenant has it: the states are then all we know.
    with suppress(NotFound):
        for queue in api.read_all("Queues", key=("Name",)):
            name = str(queue["Name"])
            queues[name] = {**queues.get(name, {}), **queue}
    return Broker(properties, [queues[name] for name in sorted(queues)])
