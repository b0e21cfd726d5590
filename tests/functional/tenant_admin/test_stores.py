"""`iflow-census jms`, `datastores` and `variables`."""

import json

import pytest

from tests.functional.tenant_admin.conftest import Call
from tests.simulators.cloud_integration import SimulatedTenant, operations_api
from tests.simulators.cloud_integration.operations import operations_by_shape


def test_broker_is_shown_with_queues(call: Call, key_file: str) -> None:
    lines = call("jms", key_file).stdout.splitlines()

    assert [line.split() for line in lines] == [
        ["used", "bytes", "max", "bytes", "queues", "max", "queues", "exhausted"],
        ["794616135", "9751756800", "3", "30", "-"],
        [],
        ["queue", "state", "messages", "bytes", "stopped"],
        ["Orders", "in", "ok", "17", "34816", "no"],
        ["Stuck", "critical", "9000", "18432000", "yes"],
        ["it's", "slow", "warning", "4200", "8601600", "no"],
    ]


def test_exhausted_broker_resources_are_named(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.content.rows("JmsBrokers")[0].update({"IsConsumersHigh": 1, "IsQueuesHigh": 1})

    assert "consumers, queues" in call("jms", key_file).stdout


def test_queue_states_are_shown_without_queues_entity_set(
    call: Call, key_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {
        shape: operation
        for shape, operation in operations_by_shape().items()
        if shape != ("Queues",)
    }
    monkeypatch.setattr(operations_api, "operations_by_shape", lambda: known)

    queues = json.loads(call("jms", key_file, "--json").stdout)["queues"]

    assert queues == [
        {"Name": "Orders in", "State": 0},
        {"Name": "Stuck", "State": 2},
        {"Name": "it's slow", "State": 1},
    ]


def test_tenant_without_broker_is_explained(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.content.rows("JmsBrokers").clear()

    result = call("jms", key_file)

    assert result.exit_code == 1
    assert result.stderr == (
        "iflow-census: GET JmsBrokers('Broker1'): HTTP 500 without an error text; "
        "the tenant may have no JMS message broker\n"
    )


def test_missing_role_is_named_though_sap_sends_no_text(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.roles.discard("WorkspaceArtifactLocksRead")

    result = call("api", key_file, "GET", "IntegrationDesigntimeLocks")

    assert result.exit_code == 1
    assert "lacks the role WorkspaceArtifactLocksRead" in result.stderr
    assert "None" not in result.stderr


def test_broker_without_role_fails(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    tenant.roles.discard("DataStoresAndQueuesRead")

    result = call("jms", key_file)

    assert result.exit_code == 1
    assert "lacks the role DataStoresAndQueuesRead" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["datastores"], ["Orders/2026 ü", "Global store"]),
        (["datastores", "--overdue"], ["Orders/2026 ü"]),
        (["variables"], ["last run", "Global 'x'"]),
        (["logfiles", "list"], ["http_access_0001_2026-10-30.log", "ljs_trace_01.log"]),
    ],
)
def test_stores_are_listed(
    call: Call, key_file: str, arguments: list[str], names: list[str]
) -> None:
    rows = json.loads(call(*arguments, key_file, "--json").stdout)
    lines = call(*arguments, key_file).stdout.splitlines()

    assert [next(iter(row.values())) for row in rows] == names
    assert [line[: len(name)] for line, name in zip(lines[1:], names, strict=True)] == names
