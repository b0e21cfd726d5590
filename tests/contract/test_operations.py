"""Call every operation of SAP's API through `Api`, against the simulated tenant."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from iflow_census.clock import Deadline
from iflow_census.cloud_integration.api import Api, Download
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.families import Family, family_of
from iflow_census.cloud_integration.service_key import ClientSecret, ServiceKey
from tests.clock import FakeClock
from tests.contract.calls import call
from tests.figures import RecordFigures
from tests.simulators.cloud_integration import ALL_ROLES, SimulatedTenant
from tests.simulators.cloud_integration.examples import EXAMPLE_NOW, example_landscape, example_of
from tests.simulators.cloud_integration.operations import OPERATIONS, Operation, entity_types

OPERATION_COUNTS = {
    "Integration Content": 87,
    "Message Processing Logs": 23,
    "Message Stores": 29,
    "Log Files": 6,
    "Partner Directory": 27,
    "Security Content": 50,
    "B2B Scenarios": 29,
}
"""Number of operations in SAP's OpenAPI files, including the CSRF token request of each area."""

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
AMBIGUOUS_TYPES = {"Id", "Active", "Exclusive", "Type"}
"""Properties of type Edm.Int64 in one set and text in another."""

FAMILIES = {
    "design-time": Family.DESIGN_TIME,
    "runtime": Family.RUNTIME,
    "message-logs": Family.MESSAGE_LOGS,
    "security": Family.SECURITY,
    "number-ranges": Family.NUMBER_RANGES,
    "partner-directory": Family.PARTNER_DIRECTORY,
}


@pytest.fixture(scope="module")
def tenant() -> Iterator[SimulatedTenant]:
    with SimulatedTenant(
        example_landscape(), roles=ALL_ROLES, enforce_limits=False, clock=lambda: EXAMPLE_NOW
    ) as simulated_tenant:
        yield simulated_tenant


@pytest.fixture
def api(tenant: SimulatedTenant) -> Iterator[Api]:
    fields = tenant.service_key()["oauth"]
    secret = ClientSecret(fields["clientid"], fields["clientsecret"], fields["tokenurl"])
    deadline = Deadline(FakeClock().clock, 100_000)
    with SapConnection(ServiceKey(tenant.url, secret), deadline) as connection:
        yield Api(connection)


def test_table_has_as_many_operations_as_saps_files() -> None:
    areas = [operation.area for operation in OPERATIONS if operation.documented]

    assert Counter(areas) == OPERATION_COUNTS


@pytest.mark.parametrize("area", OPERATION_COUNTS)
def test_every_operation_is_called(
    tenant: SimulatedTenant,
    api: Api,
    area: str,
    tmp_path: Path,
    record_figures: RecordFigures,
) -> None:
    called = []
    for operation in (candidate for candidate in OPERATIONS if candidate.area == area):
        tenant.restore()
        tenant.reset()
        try:
            _check(tenant, api, operation, tmp_path)
        except Exception as error:
            error.add_note(f"operation: {operation.name}")
            raise
        called.append(operation)

    record_figures(area, {"operations called": len(called)})
    print(area, *[operation.name for operation in called], sep="\n  ")  # noqa: T201
    assert sum(operation.documented for operation in called) == OPERATION_COUNTS[area]


@pytest.mark.parametrize("family", FAMILIES)
def test_operations_belong_to_the_family_that_limits_them(family: str) -> None:
    families = {family_of(operation.path) for operation in OPERATIONS if operation.family == family}

    assert families == {FAMILIES[family]}


def _check(tenant: SimulatedTenant, api: Api, operation: Operation, folder: Path) -> None:
    if not operation.path:
        _check_csrf_fetch(tenant, api, operation.area, folder)
        return
    example = example_of(operation)

    result = call(api, operation, example, folder)

    sent = tenant.requests[-1]
    assert sent.method == operation.method
    assert _decoded(sent.path, "/") == _decoded(f"/api/v1/{example.path}", "/")
    assert sorted(_decoded(sent.query, "&")) == sorted(_decoded(example.query, "&"))
    assert sent.status == operation.status
    if operation.method in WRITES:
        assert sent.headers["x-csrf-token"]
        assert sent.headers["cookie"]
    _check_result(operation, result)


def _decoded(text: str, separator: str) -> list[str]:
    """Split a text and decode the parts; quotes may be encoded or not."""
    assert text.isascii()
    assert " " not in text
    return [unquote(part) for part in text.split(separator)]


def _check_csrf_fetch(tenant: SimulatedTenant, api: Api, area: str, folder: Path) -> None:
    """Check that a write fetches a new CSRF token if the previous one has expired."""
    write = next(
        operation
        for operation in OPERATIONS
        if operation.area == area and operation.method in WRITES
    )
    tenant.expire_csrf_tokens()

    call(api, write, example_of(write), folder)

    fetch = next(request for request in tenant.requests if request.path == "/api/v1/")
    sent = tenant.requests[-1]
    assert fetch.method == "GET"
    assert fetch.headers["x-csrf-token"] == "Fetch"
    assert fetch.status == 200
    assert sent.status == write.status


def _check_result(operation: Operation, result: object) -> None:
    match operation.result:
        case "list":
            assert isinstance(result, list)
            assert result
            for row in result:
                _check_entity(operation, row)
        case "entity":
            _check_entity(operation, result)
        case "number":
            assert isinstance(result, int)
        case "text":
            assert isinstance(result, str)
            assert result
        case "media":
            assert isinstance(result, Download)
            assert result.file.stat().st_size == result.size > 0
        case "none":
            assert result is None
        case other:
            pytest.fail(f"unknown kind of response: {other}")


def _check_entity(operation: Operation, entity: object) -> None:
    assert isinstance(entity, dict)
    assert entity
    assert "__metadata" not in entity
    types = entity_types()
    if operation.type not in types:
        return
    for name, type_ in types[operation.type].properties.items():
        value = entity.get(name)
        if value is None:
            continue
        if type_ in ("Edm.DateTime", "Edm.DateTimeOffset"):
            assert isinstance(value, datetime), f"{name}: {value!r}"
            assert value.tzinfo is not None
        if type_ == "Edm.Int64" and name not in AMBIGUOUS_TYPES:
            assert isinstance(value, int | datetime), f"{name}: {value!r}"


def test_expired_csrf_token_is_replaced(tenant: SimulatedTenant, api: Api) -> None:
    tenant.restore()
    operation = next(
        operation
        for operation in OPERATIONS
        if operation.name == "PUT NumberRanges('{objectName}')"
    )
    example = example_of(operation)
    assert isinstance(example.body, dict)
    api.update(example.path, example.body)
    tenant.expire_csrf_tokens()
    tenant.reset()

    api.update(example.path, example.body)

    assert [(request.method, request.status) for request in tenant.requests] == [
        ("PUT", 403),
        ("GET", 200),
        ("PUT", 202),
    ]
