"""Operations on queues, data stores, number ranges, repositories and switches.

Sources: SAP OpenAPI: MessageStore, MessageProcessingLogs, B2BScenarios; for queues, $metadata of
live tenants.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.simulators.cloud_integration.content import Row
from tests.simulators.cloud_integration.errors import ODataError, not_found
from tests.simulators.cloud_integration.operation_call import (
    USER,
    Handler,
    OperationCall,
    State,
    empty_response,
    text_row_response,
)
from tests.simulators.cloud_integration.operations import entity_types
from tests.simulators.cloud_integration.seeds_stores import BROKER
from tests.simulators.http_server import Response


def _require_broker(state: State) -> None:
    """Raise an error without a text, which is how a tenant without a message broker answers."""
    if not state.content.rows("JmsBrokers"):
        raise ODataError(500, None)


def _inactive(state: State) -> list[Row]:
    return [row for row in state.content.rows("Queues") if not row["Active"]]


def _broker(state: State, call: OperationCall) -> Response:
    _require_broker(state)
    types = entity_types()
    targets = {
        "QueueStates": ("QueueState", state.content.children("QueueStates", BROKER)),
        "InactiveQueues": ("Queue", _inactive(state)),
    }
    expanded = {}
    for name in call.options.names("$expand"):
        if name not in targets:
            raise ODataError(400, f"Invalid $expand: {name}")
        kind, rows = targets[name]
        expanded[name] = [state.renderer.entity(types[kind], row) for row in rows]
    return state.entity_response(call, state.get_row(*BROKER), expanded)


def _queues(state: State, call: OperationCall) -> Response:
    _require_broker(state)
    return state.list_response(call, state.content.rows("Queues"))


def _queue_states(state: State, call: OperationCall) -> Response:
    return state.list_response(call, state.content.children("QueueStates", BROKER))


def _switch_queue(state: State, call: OperationCall) -> Response:
    row = state.get_row("Queues", (call.parameters["queueName"],))
    row["Active"] = int(call.operation.path == "activateQueue")
    return empty_response(call)


def _data_stores(state: State, call: OperationCall) -> Response:
    rows = state.content.rows("DataStores")
    if call.is_true("overdueonly"):
        rows = [row for row in rows if row["NumberOfOverdueMessages"]]
    return state.list_response(call, rows)


def _data_store_entries(state: State, call: OperationCall) -> Response:
    rows = state.content.rows("DataStoreEntries")
    if call.operation.set == "DataStores":
        state.get_row("DataStores", call.keys[0])
        rows = state.content.children("DataStoreEntries", ("DataStores", call.keys[0]))
    if call.is_true("overdueonly"):
        rows = [row for row in rows if row["Status"] == "Overdue"]
    message = call.parameters.get("messageid")
    if message is not None:
        rows = [row for row in rows if row["MessageId"] == message]
    return state.list_response(call, rows)


def _delete_data_store(state: State, call: OperationCall) -> Response:
    row = state.get_row("DataStores", call.keys[0])
    state.content.rows("DataStoreEntries")
    state.content.remove("DataStores", row)
    return empty_response(call)


def _delete_data_store_entry(state: State, call: OperationCall) -> Response:
    row = state.get_row("DataStoreEntries", call.keys[0])
    state.content.remove("DataStoreEntries", row)
    store = state.content.find("DataStores", call.keys[0][1:])
    if store is not None:
        store["NumberOfMessages"] -= 1
        store["NumberOfOverdueMessages"] -= row["Status"] == "Overdue"
    return empty_response(call)


def _create_number_range(state: State, call: OperationCall) -> Response:
    if state.content.find("NumberRanges", (call.body["Name"],)) is not None:
        raise ODataError(call.operation.conflict_status or 400, "Number range already exists.")
    state.content.rows("NumberRanges").append(
        {"CurrentValue": call.body["MinValue"]}
        | dict(call.body)
        | {"DeployedBy": USER, "DeployedOn": state.now()}
    )
    return empty_response(call)


def _update_number_range(state: State, call: OperationCall) -> Response:
    row = state.get_row("NumberRanges", call.keys[0])
    if call.body.get("Name", row["Name"]) != row["Name"]:
        raise ODataError(400, "The name of a number range cannot be changed.")
    row.update(call.body)
    row.update({"DeployedBy": USER, "DeployedOn": state.now()})
    return empty_response(call)


def _repository(state: State, call: OperationCall) -> Response:
    if "id" not in call.parameters:
        raise ODataError(400, "Query parameter 'id' is missing.")
    rows = state.content.rows(call.operation.set)
    return state.list_response(call, [row for row in rows if row["Entry"] == call.parameters["id"]])


def _external_logging(state: State, call: OperationCall) -> Response:
    on = call.operation.path == "activateExternalLogging"
    row = state.content.rows("ExternalLoggingActivationStatus")[0]
    row["Active"] = on
    return text_row_response(f"External logging is {'on' if on else 'off'} for tenant {row['Id']}")


def _activate_archiving(state: State, call: OperationCall) -> Response:
    archiving = state.content.rows("@archiving")
    archiving.append({"Name": call.operation.path})
    return text_row_response(f"Archiving is on for tenant {state.tenant.landscape.name}")


def _archiving(state: State, call: OperationCall) -> Response:
    name = state.tenant.landscape.name
    if call.keys[0][0] != name:
        raise not_found()
    switch = f"activate{call.operation.set.removesuffix('s')}"
    on = any(row["Name"] == switch for row in state.content.rows("@archiving"))
    return text_row_response(f"Archiving configured has value {str(on).lower()} on tenant {name}")


_STORE = "DataStoreName='{DataStoreName}',IntegrationFlow='{IntegrationFlowId}',Type='{Type}'"
HANDLERS: Mapping[str, Handler] = {
    "GET JmsBrokers('Broker1')": _broker,
    "GET Queues": _queues,
    "GET JmsBrokers('Broker1')/QueueStates": _queue_states,
    "GET JmsBrokers('Broker1')/InactiveQueues": lambda state, call: state.list_response(
        call, _inactive(state)
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
