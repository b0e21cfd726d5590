"""The example of every operation of SAP's API, and the table of operations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests

from tests.simulators.cloud_integration import ALL_ROLES, SimulatedTenant
from tests.simulators.cloud_integration.examples import (
    EXAMPLE_NOW,
    Example,
    example_landscape,
    example_of,
)
from tests.simulators.cloud_integration.operations import OPERATIONS, Operation, entity_types
from tests.unit.simulators.conftest import TenantClient

WRITES = [operation for operation in OPERATIONS if operation.method != "GET"]


@pytest.fixture(scope="module")
def tenant() -> Iterator[TenantClient]:
    with SimulatedTenant(
        example_landscape(), roles=ALL_ROLES, enforce_limits=False, clock=lambda: EXAMPLE_NOW
    ) as simulated:
        client = TenantClient(simulated)
        with client.session:
            client.fetch_token()
            client.fetch_csrf_token()
            yield client


def call(client: TenantClient, operation: Operation, example: Example) -> requests.Response:
    client.tenant.restore()
    target = example.path + (f"?{example.query}" if example.query else "")
    if operation.media is not None:
        return client.send(
            operation.method,
            target,
            data=example.body,
            headers={"Content-Type": operation.media},
        )
    return client.send(operation.method, target, example.body)


@pytest.mark.parametrize(
    "operation", OPERATIONS, ids=lambda operation: f"{operation.area}: {operation.name}"
)
def test_example_has_the_documented_response(tenant: TenantClient, operation: Operation) -> None:
    response = call(tenant, operation, example_of(operation))

    assert response.status_code == operation.status, response.text
    check_shape(operation, response)


def check_shape(operation: Operation, response: requests.Response) -> None:
    if operation.result == "none":
        assert not response.content
    elif operation.result == "number":
        assert response.text.isdigit()
    elif operation.result in ("media", "text"):
        assert response.content
        assert int(response.headers["Content-Length"]) == len(response.content)
    else:
        content = response.json()["d"]
        rows = content["results"] if operation.result == "list" else [content]
        assert rows
        if operation.type not in ("", "MessageProcessingLog"):
            check_properties(operation.type, rows[0])


def check_properties(name: str, row: dict[str, Any]) -> None:
    kind = entity_types()[name]
    assert set(kind.properties) <= set(row)
    assert row["__metadata"]["type"] == f"com.sap.hci.api.{name}"
    for property_name, edm in kind.properties.items():
        value = row[property_name]
        if value is None:
            continue
        if edm == "Edm.DateTime":
            moment = int(value.removeprefix("/Date(").removesuffix(")/"))
            assert datetime.fromtimestamp(moment / 1000, UTC).year in range(2020, 2035)
        else:
            expected = {"Edm.Boolean": bool, "Edm.Int32": int, "Edm.Complex": dict}
            assert isinstance(value, expected.get(edm, str)), (property_name, value)


@pytest.mark.parametrize("operation", WRITES, ids=lambda operation: operation.name)
def test_every_write_requires_a_csrf_token(tenant: TenantClient, operation: Operation) -> None:
    token = tenant.session.headers.pop("X-CSRF-Token")

    response = call(tenant, operation, example_of(operation))

    tenant.session.headers["X-CSRF-Token"] = token
    assert response.status_code == 403
    assert response.headers["X-CSRF-Token"] == "Required"


def test_every_body_rejects_unknown_properties(tenant: TenantClient) -> None:
    with_body = [operation for operation in WRITES if operation.body]

    for operation in with_body:
        example = example_of(operation)
        assert isinstance(example.body, dict)
        changed = Example({}, {}, {**example.body, "Unknown": 1}, example.path, example.query)
        assert call(tenant, operation, changed).status_code == 400, operation.name


def test_every_required_property_is_checked(tenant: TenantClient) -> None:
    count = 0
    for operation in WRITES:
        example = example_of(operation)
        for item in operation.body or ():
            if item.required and isinstance(example.body, dict):
                body = {name: value for name, value in example.body.items() if name != item.name}
                incomplete = Example({}, {}, body, example.path, example.query)
                assert call(tenant, operation, incomplete).status_code == 400, operation.name
                count += 1
    assert count > 30


def test_every_required_parameter_is_checked(tenant: TenantClient) -> None:
    functions = [operation for operation in OPERATIONS if operation.is_function]
    for operation in functions:
        example = example_of(operation)
        for name in (item.name for item in operation.query if item.required):
            parts = example.query.split("&")
            query = "&".join(part for part in parts if part.partition("=")[0] != name)
            incomplete = Example({}, {}, None, example.path, query)
            assert call(tenant, operation, incomplete).status_code == 400, operation.name
    assert len(functions) == 20


def test_requests_are_recorded_unchanged(tenant: TenantClient) -> None:
    tenant.tenant.restore()
    path = "IntegrationPackages('Orders%2FNord''s%20%C3%A4')"

    tenant.send("PUT", path, {"Name": "x"}, params={"a b": "c&d"})

    recorded = tenant.tenant.requests[-1]
    assert (recorded.method, recorded.path) == ("PUT", f"/api/v1/{path}")
    assert parse_qsl(recorded.query) == [("a b", "c&d")]
    assert json.loads(recorded.body) == {"Name": "x"}
    assert recorded.headers["content-type"] == "application/json"
    assert "JSESSIONID" in recorded.headers["cookie"]
    assert "Bearer" not in repr(recorded)


def test_table_has_unique_operations_and_all_roles() -> None:
    names = [(operation.area, operation.name) for operation in OPERATIONS]

    assert len(names) == len(set(names)) == 263
    assert sum(operation.documented for operation in OPERATIONS) == 251
    assert {operation.role for operation in OPERATIONS} - {""} == ALL_ROLES
