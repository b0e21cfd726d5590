"""`iflow-census jms`, `datastores`, `variables`: what a tenant keeps between messages."""

from typing import Annotated

import typer

from iflow_census.cli.tenant_admin.output import print_json, show
from iflow_census.cli.tenant_admin.session import Session, on_tenant
from iflow_census.cli.terminal import JsonResult
from iflow_census.cloud_integration.values import Entity
from iflow_census.tenant_admin.jms import STATES, read_broker


@on_tenant()
def jms(opened: Session, *, json_result: JsonResult = False) -> None:
    """Show how full the JMS message broker is, and its queues."""
    broker = read_broker(opened.api)
    if json_result:
        print_json({"broker": broker.properties, "queues": broker.queues})
        return
    show([_used(broker.properties)], ("used bytes", "of", "queues", "at most", "exhausted"))
    typer.echo()
    show(
        [_queue(one) for one in broker.queues],
        ("queue", "state", "messages", "bytes", "stopped"),
    )


@on_tenant()
def datastores(
    opened: Session,
    *,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only those with overdue entries.")
    ] = False,
    json_result: JsonResult = False,
) -> None:
    """List the data stores and how many entries they hold."""
    query = {"overdueonly": "true"} if overdue else None
    columns = (
        "DataStoreName",
        "IntegrationFlow",
        "NumberOfMessages",
        "NumberOfOverdueMessages",
    )
    show(opened.api.read_all("DataStores", query=query), columns, json_result=json_result)


@on_tenant()
def variables(opened: Session, *, json_result: JsonResult = False) -> None:
    """List the variables that iFlows have written; without their values."""
    columns = ("VariableName", "IntegrationFlow", "UpdatedAt", "RetainUntil")
    show(opened.api.read_all("Variables"), columns, json_result=json_result)


def _used(broker: Entity) -> Entity:
    exhausted = {
        "IsConsumersHigh": "consumers",
        "IsProducersHigh": "producers",
        "IsTransactedSessionsHigh": "transactions",
        "IsQueuesHigh": "queues",
        "IsMessageSpoolHigh": "spool",
    }
    return {
        "used bytes": broker.get("Capacity"),
        "of": broker.get("MaxCapacity"),
        "queues": broker.get("QueueNumber"),
        "at most": broker.get("MaxQueueNumber"),
        "exhausted": ", ".join(name for flag, name in exhausted.items() if broker.get(flag)) or "-",
    }


def _queue(queue: Entity) -> Entity:
    state, active = queue.get("State"), queue.get("Active")
    return {
        "queue": queue.get("Name"),
        "state": STATES.get(state, state) if isinstance(state, int) else state,
        "messages": queue.get("NumbOfMsgs"),
        "bytes": queue.get("Size"),
        "stopped": None if active is None else str(active) == "0",
    }
