"""Queues, data stores, number ranges, repositories and switches, as far as they are not generic.

Sources: SAP OpenAPI: MessageStore, MessageProcessingLogs, B2BScenarios; Queues and their switches
are known of a live tenant's $metadata alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.simulators.cloud_integration.content import Row
from tests.simulators.cloud_integration.operation_call import (
    USER,
    Handler,
    OperationCall,
    State,
    done,
    text_rows,
)
from tests.simulators.cloud_integration.operations import entity_types
from tests.simulators.cloud_integration.refusals import RefusedError, not_found
from tests.simulators.cloud_integration.seeds_stores import BROKER
from tests.simulators.http_server import Answer


def _inactive(state: State) -> list[Row]:
    return [row for row in state.content.rows("Queues") if not row["Active"]]


def _broker(state: State, asked: OperationCall) -> Answer:
    types = entity_types()
    behind = {
        "QueueStates": ("QueueState", state.content.children("QueueStates", BROKER)),
        "InactiveQueues": ("Queue", _inactive(state)),
    }
    expanded = {}
    for name in asked.options.names("$expand"):
        if name not in behind:
            raise RefusedError(400, f"Invalid $expand: {name}")
        kind, rows = behind[name]
        expanded[name] = [state.renderer.entity(types[kind], row) for row in rows]
    return state.entity(asked, state.found(*BROKER), expanded)


def _queue_states(state: State, asked: OperationCall) -> Answer:
    return state.list(asked, state.content.children("QueueStates", BROKER))


def _switch_queue(state: State, asked: OperationCall) -> Answer:
    row = state.found("Queues", (asked.parameters["queueName"],))
    row["Active"] = int(asked.operation.path == "activateQueue")
    return done(asked)


def _data_stores(state: State, asked: OperationCall) -> Answer:
    rows = state.content.rows("DataStores")
    if asked.says("overdueonly"):
        rows = [row for row in rows if row["NumberOfOverdueMessages"]]
    return state.list(asked, rows)


def _data_store_entries(state: State, asked: OperationCall) -> Answer:
    rows = state.content.rows("DataStoreEntries")
    if asked.operation.set == "DataStores":
        state.found("DataStores", asked.keys[0])
        rows = state.content.children("DataStoreEntries", ("DataStores", asked.keys[0]))
    if asked.says("overdueonly"):
        rows = [row for row in rows if row["Status"] == "Overdue"]
    message = asked.parameters.get("messageid")
    if message is not None:
        rows = [row for row in rows if row["MessageId"] == message]
    return state.list(asked, rows)


def _delete_data_store(state: State, asked: OperationCall) -> Answer:
    row = state.found("DataStores", asked.keys[0])
    state.content.rows("DataStoreEntries")
    state.content.remove("DataStores", row)
    return done(asked)


def _delete_data_store_entry(state: State, asked: OperationCall) -> Answer:
    row = state.found("DataStoreEntries", asked.keys[0])
    state.content.remove("DataStoreEntries", row)
    store = state.content.find("DataStores", asked.keys[0][1:])
    if store is not None:
        store["NumberOfMessages"] -= 1
        store["NumberOfOverdueMessages"] -= row["Status"] == "Overdue"
    return done(asked)


def _create_number_range(state: State, asked: OperationCall) -> Answer:
    if state.content.find("NumberRanges", (asked.body["Name"],)) is not None:
        raise RefusedError(asked.operation.taken or 400, "Number range already exists.")
    state.content.rows("NumberRanges").append(
        {"CurrentValue": asked.body["MinValue"]}
        | dict(asked.body)
        | {"DeployedBy": USER, "DeployedOn": state.now()}
    )
    return done(asked)


def _update_number_range(state: State, asked: OperationCall) -> Answer:
    row = state.found("NumberRanges", asked.keys[0])
    if asked.body.get("Name", row["Name"]) != row["Name"]:
        raise RefusedError(400, "The name of a number range cannot be changed.")
    row.update(asked.body)
    row.update({"DeployedBy": USER, "DeployedOn": state.now()})
    return done(asked)


def _repository(state: State, asked: OperationCall) -> Answer:
    if "id" not in asked.parameters:
        raise RefusedError(400, "Query parameter 'id' is missing.")
    rows = state.content.rows(asked.operation.set)
    return state.list(asked, [row for row in rows if row["Entry"] == asked.parameters["id"]])


def _external_logging(state: State, asked: OperationCall) -> Answer:
    on = asked.operation.path == "activateExternalLogging"
    row = state.content.rows("ExternalLoggingActivationStatus")[0]
    row["Active"] = on
    return text_rows(f"External logging is {'on' if on else 'off'} for tenant {row['Id']}")


def _activate_archiving(state: State, asked: OperationCall) -> Answer:
    switched = state.content.rows("@archiving")
    switched.append({"Name": asked.operation.path})
    return text_rows(f"Archiving is on for tenant {state.tenant.landscape.name}")


def _archiving(state: State, asked: OperationCall) -> Answer:
    name = state.tenant.landscape.name
    if asked.keys[0][0] != name:
        raise not_found()
    wanted = f"activate{asked.operation.set.removesuffix('s')}"
    on = any(row["Name"] == wanted for row in state.content.rows("@archiving"))
    return text_rows(f"Archiving configured has value {str(on).lower()} on tenant {name}")


_STORE = "DataStoreName='{DataStoreName}',IntegrationFlow='{IntegrationFlowId}',Type='{Type}'"
HANDLERS: Mapping[str, Handler] = {
    "GET JmsBrokers('Broker1')": _broker,
    "GET JmsBrokers('Broker1')/QueueStates": _queue_states,
    "GET JmsBrokers('Broker1')/InactiveQueues": lambda state, asked: state.list(
        asked, _inactive(state)
    ),
    "POST activateQueue": _switch_queue,
    "POST deactivateQueue": _switch_queue,
    "GET DataStores": _data_stores,
    "GET DataStoreEntries": _data_store_entries,
    f"GET DataStores({_STORE})/Entries": _data_store_entries,
    f"DELETE DataStores({_STORE})": _delete_data_store,
    f"DELETE DataStoreEntries(Id='{{Id}}',{_STORE})": _delete_data_store_entry,
    "POST NumberRanges": _create_number_range,
    "PUT NumberRanges('{objectName}')": _update_number_range,
    "GET IdempotentRepositoryEntries": _repository,
    "GET GenericIdempotentRepositoryEntries": _repository,
    "POST activateExternalLogging": _external_logging,
    "POST deactivateExternalLogging": _external_logging,
    "POST activateArchivingConfiguration": _activate_archiving,
    "POST activateB2BArchivingConfiguration": _activate_archiving,
    "GET ArchivingConfigurations('{TenantName}')": _archiving,
    "GET B2BArchivingConfigurations('{TenantName}')": _archiving,
}
