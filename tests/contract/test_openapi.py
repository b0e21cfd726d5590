"""Compare the table of operations with SAP's OpenAPI files, if they are available.

`SAP_OPENAPI` is the folder with the files: IntegrationContent.json and the others, as SAP Business
Accelerator Hub provides them ("Cloud Integration", API specification, JSON).
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.values import DATE_PROPERTIES
from tests.simulators.cloud_integration.operations import OPERATIONS, Operation
from tests.simulators.http_server import Response
from tests.unit.cloud_integration.scripted_tenant import ScriptedTenant

AREAS = {
    "IntegrationContent.json": "Integration Content",
    "MessageProcessingLogs.json": "Message Processing Logs",
    "MessageStore.json": "Message Stores",
    "LogFiles.json": "Log Files",
    "PartnerDirectory.json": "Partner Directory",
    "SecurityContent.json": "Security Content",
    "B2BScenarios.json": "B2B Scenarios",
}
METHODS = {"get", "post", "put", "patch", "delete"}
LIST_OPTIONS = {"$top", "$skip", "$inlinecount", "$format"}

UNDOCUMENTED_BODIES = {"PATCH AccessPolicies({Id})"}
"""SAP's file has no body for this request, although it changes properties."""

OperationKey = tuple[str, str, str]
"""Area, method and path."""
Spec = dict[str, Any]
"""An operation in SAP's file, with the parameters that it shares with others under `shared`."""

OPERATIONS_BY_KEY = {
    (operation.area, operation.method, operation.path): operation
    for operation in OPERATIONS
    if operation.documented
}


@pytest.fixture(scope="module")
def specs() -> dict[OperationKey, Spec]:
    """Return SAP's operations."""
    if "SAP_OPENAPI" not in os.environ:
        pytest.skip("SAP_OPENAPI is not set to a folder with SAP's OpenAPI files")
    folder = Path(os.environ["SAP_OPENAPI"])
    specs = {}
    for name, area in AREAS.items():
        document = json.loads((folder / name).read_text(encoding="utf-8"))
        for path, operations in document["paths"].items():
            for method in METHODS & set(operations):
                specs[area, method.upper(), path.removeprefix("/")] = operations[method] | {
                    "shared": document.get("parameters", {})
                }
    return specs


def test_folder_contains_the_expected_files(specs: dict[OperationKey, Spec]) -> None:
    assert specs
    names = {path.name for path in Path(os.environ["SAP_OPENAPI"]).glob("*.json")}

    assert names == set(AREAS)


def test_table_has_exactly_the_documented_operations(specs: dict[OperationKey, Spec]) -> None:
    assert sorted(specs.keys() - OPERATIONS_BY_KEY.keys()) == []
    assert sorted(OPERATIONS_BY_KEY.keys() - specs.keys()) == []
    print(*sorted(Counter(area for area, _, _ in specs).items()), sep="\n")  # noqa: T201


def pair_with_table(specs: dict[OperationKey, Spec]) -> Iterator[tuple[Operation, Spec]]:
    return (
        (OPERATIONS_BY_KEY[key], spec) for key, spec in specs.items() if key in OPERATIONS_BY_KEY
    )


def parameters(spec: Spec, place: str) -> dict[str, bool]:
    """Return the parameters of an operation in a place, and whether they are required."""
    resolved = [
        spec["shared"][parameter["$ref"].rsplit("/", 1)[-1]] if "$ref" in parameter else parameter
        for parameter in spec.get("parameters", [])
    ]
    return {
        parameter["name"]: parameter.get("required", False)
        for parameter in resolved
        if parameter["in"] == place
    }


def test_success_status_is_documented(specs: dict[OperationKey, Spec]) -> None:
    wrong = [
        (operation.name, operation.status)
        for operation, spec in pair_with_table(specs)
        if str(operation.status) not in spec["responses"]
    ]

    assert wrong == []


def test_query_parameters_match(specs: dict[OperationKey, Spec]) -> None:
    wrong = [
        (operation.name, sorted(ours ^ theirs))
        for operation, spec in pair_with_table(specs)
        for ours, theirs in [
            (
                {parameter.name for parameter in operation.query} - LIST_OPTIONS,
                set(parameters(spec, "query")) - LIST_OPTIONS,
            )
        ]
        if ours != theirs
    ]

    assert wrong == []


def test_required_parameters_match(specs: dict[OperationKey, Spec]) -> None:
    wrong = [
        (operation.name, name)
        for operation, spec in pair_with_table(specs)
        for name, required in parameters(spec, "query").items()
        for ours in [next((query for query in operation.query if query.name == name), None)]
        if required and (ours is None or not ours.required)
    ]

    assert wrong == []


def test_bodies_match(specs: dict[OperationKey, Spec]) -> None:
    wrong = {
        operation.name
        for operation, spec in pair_with_table(specs)
        if bool(parameters(spec, "body"))
        != (operation.body is not None or operation.media is not None)
    }

    assert wrong == UNDOCUMENTED_BODIES


def test_documented_examples_are_parsed(specs: dict[OperationKey, Spec]) -> None:
    count = 0
    for operation, spec in pair_with_table(specs):
        for example in _examples(operation, spec):
            with ScriptedTenant(Response(operation.status, json.dumps(example).encode())) as tenant:
                result = _request(tenant.api(), operation, example["d"])
            assert result, operation.name
            assert not list(_unconverted(result)), operation.name
            count += 1

    assert count > 0
    print(f"{count} examples parsed")  # noqa: T201


def _examples(operation: Operation, spec: Spec) -> Iterator[Any]:
    """Yield the examples that are OData; others are XML, text or errors."""
    response = spec["responses"].get(str(operation.status), {})
    for example in (response.get("examples") or {}).values():
        if isinstance(example, dict) and "d" in example:
            yield example


def _request(api: Api, operation: Operation, content: dict[str, Any]) -> object:
    if operation.method != "GET":
        return api.call("X", {})
    # For reads by key, some examples are lists: of one entry, which is an entity, or of several.
    is_list = len(content.get("results", [])) > 1
    return list(api.read_all("X")) if is_list or operation.result == "list" else api.read("X('a')")


def _unconverted(value: object, name: str = "") -> Iterator[str]:
    """Yield dates that are still in SAP's form, and properties that should have been left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from [key] if key in ("__metadata", "__deferred") else _unconverted(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _unconverted(inner, name)
    elif isinstance(value, str) and (
        value.startswith("/Date(") or (name in DATE_PROPERTIES and value[:10].count("-") == 2)
    ):
        yield f"{name}: {value}"
