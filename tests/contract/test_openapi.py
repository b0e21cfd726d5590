"""Our table of operations, held against SAP's own OpenAPI files where they are at hand.

`SAP_OPENAPI` names their folder: IntegrationContent.json and the others, as SAP Business
Accelerator Hub hands them out ("Cloud Integration", API specification, JSON).
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
from tests.simulators.http_server import Answer
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
OF_EVERY_LIST = {"$top", "$skip", "$inlinecount", "$format"}

WITHOUT_A_BODY_BY_MISTAKE = {"PATCH AccessPolicies({Id})"}
"""SAP's file documents no body of a request that changes properties."""

Named = tuple[str, str, str]


@pytest.fixture(scope="module")
def documented() -> dict[Named, dict[str, Any]]:
    """SAP's operations by area, method and path."""
    if "SAP_OPENAPI" not in os.environ:
        pytest.skip("SAP_OPENAPI names no folder of SAP's OpenAPI files")
    folder = Path(os.environ["SAP_OPENAPI"])
    found = {}
    for name, area in AREAS.items():
        document = json.loads((folder / name).read_text(encoding="utf-8"))
        for path, operations in document["paths"].items():
            for method in METHODS & set(operations):
                found[area, method.upper(), path.removeprefix("/")] = operations[method] | {
                    "shared": document.get("parameters", {})
                }
    return found


OURS = {(one.area, one.method, one.path): one for one in OPERATIONS if one.documented}


def test_the_folder_holds_the_files_that_are_known(documented: object) -> None:
    assert documented
    names = {path.name for path in Path(os.environ["SAP_OPENAPI"]).glob("*.json")}

    assert names == set(AREAS)


def test_no_operation_is_missing_and_none_invented(documented: dict[Named, Any]) -> None:
    assert sorted(documented.keys() - OURS.keys()) == []
    assert sorted(OURS.keys() - documented.keys()) == []
    print(*sorted(Counter(area for area, _, _ in documented).items()), sep="\n")  # noqa: T201


def both(documented: dict[Named, Any]) -> Iterator[tuple[Operation, dict[str, Any]]]:
    return ((OURS[named], told) for named, told in documented.items() if named in OURS)


def parameters(told: dict[str, Any], place: str) -> dict[str, bool]:
    """The parameters of an operation in a place, and whether they are required."""
    given = [
        told["shared"][one["$ref"].rsplit("/", 1)[-1]] if "$ref" in one else one
        for one in told.get("parameters", [])
    ]
    return {one["name"]: one.get("required", False) for one in given if one["in"] == place}


def test_a_good_answer_has_a_status_that_sap_documents(documented: dict[Named, Any]) -> None:
    wrong = [
        (one.name, one.status)
        for one, told in both(documented)
        if str(one.status) not in told["responses"]
    ]

    assert wrong == []


def test_the_parameters_of_a_query_are_those_of_sap(documented: dict[Named, Any]) -> None:
    wrong = [
        (one.name, sorted(ours ^ theirs))
        for one, told in both(documented)
        for ours, theirs in [
            (
                {part.name for part in one.query} - OF_EVERY_LIST,
                set(parameters(told, "query")) - OF_EVERY_LIST,
            )
        ]
        if ours != theirs
    ]

    assert wrong == []


def test_what_sap_requires_is_required(documented: dict[Named, Any]) -> None:
    wrong = [
        (one.name, name)
        for one, told in both(documented)
        for name, required in parameters(told, "query").items()
        for ours in [next((part for part in one.query if part.name == name), None)]
        if required and (ours is None or not ours.required)
    ]

    assert wrong == []


def test_a_body_is_sent_where_sap_takes_one(documented: dict[Named, Any]) -> None:
    wrong = {
        one.name
        for one, told in both(documented)
        if bool(parameters(told, "body")) != (one.body is not None or one.media is not None)
    }

    assert wrong == WITHOUT_A_BODY_BY_MISTAKE


def test_the_examples_of_sap_are_read(documented: dict[Named, Any]) -> None:
    read = 0
    for operation, told in both(documented):
        for example in _examples(operation, told):
            with ScriptedTenant(Answer(operation.status, json.dumps(example).encode())) as tenant:
                found = _ask(tenant.api(), operation, example["d"])
            assert found, operation.name
            assert not list(_unread(found)), operation.name
            read += 1

    assert read > 0
    print(f"{read} examples were read")  # noqa: T201


def _examples(operation: Operation, told: dict[str, Any]) -> Iterator[Any]:
    """JSON in OData's envelope; examples of XML, text and of errors are something else."""
    answer = told["responses"].get(str(operation.status), {})
    for example in (answer.get("examples") or {}).values():
        if isinstance(example, dict) and "d" in example:
            yield example


def _ask(api: Api, operation: Operation, content: dict[str, Any]) -> object:
    if operation.method != "GET":
        return api.call("X", {})
    # Of one keyed read SAP shows a list of many, of several a list of one, which is an entity.
    many = len(content.get("results", [])) > 1
    return list(api.read_all("X")) if many or operation.answer == "list" else api.read("X('a')")


def _unread(value: object, name: str = "") -> Iterator[str]:
    """The dates that were left as SAP writes them, and what should have been left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from [key] if key in ("__metadata", "__deferred") else _unread(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _unread(inner, name)
    elif isinstance(value, str) and (
        value.startswith("/Date(") or (name in DATE_PROPERTIES and value[:10].count("-") == 2)
    ):
        yield f"{name}: {value}"
