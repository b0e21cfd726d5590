"""Every operation of SAP's API is called through the verbs, against the simulated tenant."""

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
from tests.simulators.cloud_integration import ALL_ROLES, SimulatedTenant
from tests.simulators.cloud_integration.examples import EXAMPLE_NOW, example_landscape, example_of
from tests.simulators.cloud_integration.operations import OPERATIONS, Operation, entity_types

NUMBERS = {
    "Integration Content": 87,
    "Message Processing Logs": 23,
    "Message Stores": 29,
    "Log Files": 6,
    "Partner Directory": 27,
    "Security Content": 50,
    "B2B Scenarios": 29,
}
"""Operations in SAP's OpenAPI files, each area's own way to a CSRF token among them."""

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
NOT_KNOWN_AS_NUMBERS = {"Id", "Active", "Exclusive", "Type"}
"""Of type Edm.Int64 in one set and text in another."""

FAMILIES = {
    "design-time": Family.DESIGN_TIME,
    "runtime": Family.RUNTIME,
    "message-logs": Family.MESSAGE_LOGS,
    "security": Family.SECURITY,
    "number-ranges": Family.NUMBER_RANGES,
    "partner-directory": Family.PARTNER_DIRECTORY,
}

COVERED: dict[str, list[str]] = {}
"""The operations that were called, by area, for the summary of the run."""


@pytest.fixture(scope="module")
def tenant() -> Iterator[SimulatedTenant]:
    with SimulatedTenant(
        example_landscape(), roles=ALL_ROLES, enforce_limits=False, clock=lambda: EXAMPLE_NOW
    ) as started:
        yield started


@pytest.fixture
def api(tenant: SimulatedTenant) -> Iterator[Api]:
    fields = tenant.service_key()["oauth"]
    secret = ClientSecret(fields["clientid"], fields["clientsecret"], fields["tokenurl"])
    deadline = Deadline(FakeClock().clock, 100_000)
    with SapConnection(ServiceKey(tenant.url, secret), deadline) as connection:
        yield Api(connection)


def test_the_table_has_as_many_operations_as_saps_files() -> None:
    assert Counter(one.area for one in OPERATIONS if one.documented) == NUMBERS


@pytest.mark.parametrize("area", NUMBERS)
def test_every_operation_is_called(
    tenant: SimulatedTenant, api: Api, area: str, tmp_path: Path
) -> None:
    called = []
    for operation in (one for one in OPERATIONS if one.area == area):
        tenant.restore()
        tenant.reset()
        try:
            _check(tenant, api, operation, tmp_path)
        except Exception as error:
            error.add_note(f"the operation: {operation.name}")
            raise
        called.append(operation)

    COVERED[area] = [one.name for one in called]
    print(area, *COVERED[area], sep="\n  ")  # noqa: T201
    assert sum(one.documented for one in called) == NUMBERS[area]


@pytest.mark.parametrize("family", FAMILIES)
def test_an_operation_counts_for_the_family_that_limits_it(family: str) -> None:
    counted = {family_of(one.path) for one in OPERATIONS if one.family == family}

    assert counted == {FAMILIES[family]}


def _check(tenant: SimulatedTenant, api: Api, operation: Operation, folder: Path) -> None:
    if not operation.path:
        _check_csrf_fetch(tenant, api, operation.area, folder)
        return
    example = example_of(operation)

    answer = call(api, operation, example, folder)

    sent = tenant.requests[-1]
    assert sent.method == operation.method
    assert _decoded(sent.path, "/") == _decoded(f"/api/v1/{example.path}", "/")
    assert sorted(_decoded(sent.query, "&")) == sorted(_decoded(example.query, "&"))
    assert sent.status == operation.status
    if operation.method in WRITES:
        assert sent.headers["x-csrf-token"]
        assert sent.headers["cookie"]
    _check_answer(operation, answer)


def _decoded(text: str, separator: str) -> list[str]:
    """The parts, decoded after they were split: a quote may be encoded or not."""
    assert text.isascii()
    assert " " not in text
    return [unquote(part) for part in text.split(separator)]


def _check_csrf_fetch(tenant: SimulatedTenant, api: Api, area: str, folder: Path) -> None:
    """The way to a token is taken by whatever writes, once the last token has ended."""
    write = next(one for one in OPERATIONS if one.area == area and one.method in WRITES)
    tenant.expire_csrf_tokens()

    call(api, write, example_of(write), folder)

    fetch = next(one for one in tenant.requests if one.path == "/api/v1/")
    sent = tenant.requests[-1]
    assert fetch.method == "GET"
    assert fetch.headers["x-csrf-token"] == "Fetch"
    assert fetch.status == 200
    assert sent.status == write.status


def _check_answer(operation: Operation, answer: object) -> None:
    match operation.answer:
        case "list":
            assert isinstance(answer, list)
            assert answer
            for row in answer:
                _check_entity(operation, row)
        case "entity":
            _check_entity(operation, answer)
        case "number":
            assert isinstance(answer, int)
        case "text":
            assert isinstance(answer, str)
            assert answer
        case "media":
            assert isinstance(answer, Download)
            assert answer.file.stat().st_size == answer.size > 0
        case "none":
            assert answer is None
        case other:
            pytest.fail(f"an answer of another kind: {other}")


def _check_entity(operation: Operation, entity: object) -> None:
    assert isinstance(entity, dict)
    assert entity
    assert "__metadata" not in entity
    types = entity_types()
    if operation.type not in types:
        return
    for name, kind in types[operation.type].properties.items():
        value = entity.get(name)
        if value is None:
            continue
        if kind in ("Edm.DateTime", "Edm.DateTimeOffset"):
            assert isinstance(value, datetime), f"{name}: {value!r}"
            assert value.tzinfo is not None
        if kind == "Edm.Int64" and name not in NOT_KNOWN_AS_NUMBERS:
            assert isinstance(value, int | datetime), f"{name}: {value!r}"


def test_a_token_that_has_ended_does_not_show(tenant: SimulatedTenant, api: Api) -> None:
    tenant.restore()
    operation = next(one for one in OPERATIONS if one.name == "PUT NumberRanges('{objectName}')")
    example = example_of(operation)
    assert isinstance(example.body, dict)
    api.update(example.path, example.body)
    tenant.expire_csrf_tokens()
    tenant.reset()

    api.update(example.path, example.body)

    assert [(one.method, one.status) for one in tenant.requests] == [
        ("PUT", 403),
        ("GET", 200),
        ("PUT", 202),
    ]
