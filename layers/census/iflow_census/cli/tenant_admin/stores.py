"""`iflow-census jms`, `datastores` and `variables`: what a tenant keeps between messages."""

from typing import Annotated

import typer

from iflow_census.cli.tenant_admin.output import print_json, print_rows
from iflow_census.cli.tenant_admin.session import AdminSession, tenant_command
from iflow_census.cli.terminal import JsonResult
from iflow_census.cloud_integration.values import Entity
from iflow_census.tenant_admin.jms import STATES, read_broker

_LIMIT_FLAGS = {
    "IsConsumersHigh": "consumers",
    "IsProducersHigh": "producers",
    "IsTransactedSessionsHigh": "transactions",
    "IsQueuesHigh": "queues",
    "IsMessageSpoolHigh": "spool",
}
"""The flags of the broker for resources that are used up, and their names in the output."""


@tenant_command()
def jms(session: AdminSession, *, json_result: JsonResult = False) -> None:
    """Show the capacity and the queues of the JMS message broker."""
    broker = read_broker(session.api)
    if json_result:
        print_json({"broker": broker.properties, "queues": broker.queues})
        return
    capacity_columns = ("used bytes", "max bytes", "queues", "max queues", "exhausted")
    print_rows([_capacity_row(broker.properties)], capacity_columns)
    typer.echo()
    queue_columns = ("queue", "state", "messages", "bytes", "stopped")
    print_rows(map(_queue_row, broker.queues), queue_columns)


@tenant_command()
def datastores(
    session: AdminSession,
    *,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only data stores with overdue entries.")
    ] = False,
    json_result: JsonResult = False,
) -> None:
    """List the data stores with their number of entries."""
    query = {"overdueonly": "true"} if overdue else None
    columns = (
        "DataStoreName",
        "IntegrationFlow",
        "NumberOfMessages",
        "NumberOfOverdueMessages",
    )
    print_rows(session.api.read_all("DataStores", query=query), columns, json_result=json_result)


@tenant_command()
def variables(session: AdminSession, *, json_result: JsonResult = False) -> None:
    """List the variables of iFlows, without their values."""
    columns = ("VariableName", "IntegrationFlow", "UpdatedAt", "RetainUntil")
    print_rows(session.api.read_all("Variables"), columns, json_result=json_result)


def _capacity_row(broker: Entity) -> Entity:
    exhausted = [name for flag, name in _LIMIT_FLAGS.items() if broker.get(flag)]
    return {
        "used bytes": broker.get("Capacity"),
        "max bytes": broker.get("MaxCapacity"),
        "queues": broker.get("QueueNumber"),
        "max queues": broker.get("MaxQueueNumber"),
        "exhausted": ", ".join(exhausted) or "-",
    }


def _queue_row(queue: Entity) -> Entity:
    state, active = queue.get("State"), queue.get("Active")
    return {
        "queue": queue.get("Name"),
        "state": STATES.get(state, state) if isinstance(state, int) else state,
        "messages": queue.get("NumbOfMsgs"),
        "bytes": queue.get("Size"),
        "stopped": None if active is None else str(active) == "0",
    }
