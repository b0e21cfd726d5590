"""Every operation of SAP's API, called as its example says, and the table itself."""

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
from tests.unit.simulators.conftest import Caller

WRITES = [operation for operation in OPERATIONS if operation.method != "GET"]


@pytest.fixture(scope="module")
def tenant() -> Iterator[Caller]:
    with SimulatedTenant(
        example_landscape(), roles=ALL_ROLES, enforce_limits=False, clock=lambda: EXAMPLE_NOW
    ) as simulated:
        caller = Caller(simulated)
        with caller.session:
            caller.fetch_token()
            caller.fetch_csrf_token()
            yield caller


def call(caller: Caller, operation: Operation, example: Example) -> requests.Response:
    caller.tenant.restore()
    target = example.path + (f"?{example.query}" if example.query else "")
    if operation.media is not None:
        return caller.send(
            operation.method,
            target,
            data=example.body,
            headers={"Content-Type": operation.media},
        )
    return caller.send(operation.method, target, example.body)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda item: f"{item.area}: {item.name}")
def test_its_example_is_answered_as_the_table_says(tenant: Caller, operation: Operation) -> None:
    answer = call(tenant, operation, example_of(operation))

    assert answer.status_code == operation.status, answer.text
    check_shape(operation, answer)


def check_shape(operation: Operation, answer: requests.Response) -> None:
    if operation.result == "none":
        assert not answer.content
    elif operation.result == "number":
        assert answer.text.isdigit()
    elif operation.result in ("media", "text"):
        assert answer.content
        assert int(answer.headers["Content-Length"]) == len(answer.content)
    else:
        content = answer.json()["d"]
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


@pytest.mark.parametrize("operation", WRITES, ids=lambda item: item.name)
def test_every_write_is_refused_without_a_csrf_token(tenant: Caller, operation: Operation) -> None:
    kept = tenant.session.headers.pop("X-CSRF-Token")

    answer = call(tenant, operation, example_of(operation))

    tenant.session.headers["X-CSRF-Token"] = kept
    assert answer.status_code == 403
    assert answer.headers["X-CSRF-Token"] == "Required"


def test_every_body_refuses_a_property_that_it_does_not_know(tenant: Caller) -> None:
    with_body = [operation for operation in WRITES if operation.body]

    for operation in with_body:
        example = example_of(operation)
        assert isinstance(example.body, dict)
        odd = Example({}, {}, {**example.body, "Nonsense": 1}, example.path, example.query)
        assert call(tenant, operation, odd).status_code == 400, operation.name


def test_every_required_property_is_asked_for(tenant: Caller) -> None:
    asked = 0
    for operation in WRITES:
        example = example_of(operation)
        for item in operation.body or ():
            if item.required and isinstance(example.body, dict):
                less = {name: value for name, value in example.body.items() if name != item.name}
                short = Example({}, {}, less, example.path, example.query)
                assert call(tenant, operation, short).status_code == 400, operation.name
                asked += 1
    assert asked > 30


def test_a_function_import_asks_for_every_required_parameter(tenant: Caller) -> None:
    functions = [operation for operation in OPERATIONS if operation.is_function]
    for operation in functions:
        example = example_of(operation)
        for name in (item.name for item in operation.query if item.required):
            parts = example.query.split("&")
            left = "&".join(part for part in parts if part.partition("=")[0] != name)
            short = Example({}, {}, None, example.path, left)
            assert call(tenant, operation, short).status_code == 400, operation.name
    assert len(functions) == 20


def test_what_came_in_is_recorded_as_it_was_sent(tenant: Caller) -> None:
    tenant.tenant.restore()
    path = "IntegrationPackages('Orders%2FNord''s%20%C3%A4')"

    tenant.send("PUT", path, {"Name": "x"}, params={"a b": "c&d"})

    seen = tenant.tenant.requests[-1]
    assert (seen.method, seen.path) == ("PUT", f"/api/v1/{path}")
    assert parse_qsl(seen.query) == [("a b", "c&d")]
    assert json.loads(seen.body) == {"Name": "x"}
    assert seen.headers["content-type"] == "application/json"
    assert "JSESSIONID" in seen.headers["cookie"]
    assert "Bearer" not in repr(seen)


def test_the_table_names_each_operation_once_and_all_its_roles() -> None:
    names = [(operation.area, operation.name) for operation in OPERATIONS]

    assert len(names) == len(set(names)) == 263
    assert sum(operation.documented for operation in OPERATIONS) == 251
    assert {operation.role for operation in OPERATIONS} - {""} == ALL_ROLES
