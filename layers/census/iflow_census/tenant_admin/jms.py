"""The JMS message broker of a tenant: how full it is, and its queues.

Source: SAP OpenAPI, MessageStore (JmsBrokers); `$metadata` of live tenants (Queues).
"""

from contextlib import suppress
from dataclasses import dataclass

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import NotFound

STATES = {0: "ok", 1: "warning", 2: "critical"}
"""Of a queue, and of the broker's shares; source: SAP OpenAPI, JmsBrokers."""

_BROKER = odata.entity_path("JmsBrokers", "Broker1")


@dataclass(frozen=True, slots=True)
class Broker:
    """The broker as SAP describes it, and its queues by name: state, messages, whether stopped."""

    properties: Entity
    queues: list[Entity]


def read_broker(api: Api) -> Broker:
    """Read the broker and its queues.

    Raises:
        NotFound: the tenant has no broker.
    """
    properties = api.read(_BROKER, query={"$expand": "QueueStates"})
    states = properties.pop("QueueStates", None)
    known = [one for one in states if isinstance(one, dict)] if isinstance(states, list) else []
    queues: dict[str, Entity] = {str(one.get("Name")): one for one in known}
    # Not every tenant has this set; then the states are all that there is.
    with suppress(NotFound):
        for one in api.read_all("Queues", key=("Name",)):
            name = str(one["Name"])
            queues[name] = {**queues.get(name, {}), **one}
    return Broker(properties, [queues[name] for name in sorted(queues)])
