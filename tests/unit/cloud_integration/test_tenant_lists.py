"""Lists of a tenant are complete: a missing page, or a list that is wrongly empty, is noticed."""

import json
from collections.abc import Callable, Sequence
from urllib.parse import unquote

import pytest

from iflow_census.cloud_integration.tenant import CloudIntegrationTenant
from iflow_census.errors import DataError
from iflow_census.journal import Journal
from iflow_census.scan.tenant_api import LogQuery
from tests.unit.cloud_integration.stub_network import OCTOBER, StubNetwork, connection, next_attempt

Read = Callable[[CloudIntegrationTenant], Sequence[object]]
COUNTED: dict[str, Read] = {
    "runtime artifacts": CloudIntegrationTenant.runtime_artifacts,
    "service endpoints": lambda tenant: tenant.service_endpoints().value or (),
    "logs": lambda tenant: tenant.logs(LogQuery(OCTOBER)),
}
"""Lists whose length SAP states."""
CONTINUED = {"packages": CloudIntegrationTenant.packages, **COUNTED}
"""Lists that may end at a full page although there are more entries."""


def page(number: int, count: int | None = None, *, first: int = 0) -> bytes:
    """A page with entries that each of the lists accepts."""
    entries = [
        {"Id": f"{entry}", "Name": "A", "MessageGuid": f"{entry}", "Status": "COMPLETED"}
        for entry in range(first, first + number)
    ]
    stated = {} if count is None else {"__count": str(count)}
    return json.dumps({"d": {"results": entries, **stated}}).encode()


@pytest.mark.parametrize("read", CONTINUED.values(), ids=CONTINUED)
def test_list_goes_on_after_a_full_page(monkeypatch: pytest.MonkeyPatch, read: Read) -> None:
    network = StubNetwork(monkeypatch, page(1000, 1002), page(2, first=1000))

    entries = read(CloudIntegrationTenant(connection()))

    assert len(entries) == 1002
    assert "$skip=1000" in unquote(network.urls[1])


@pytest.mark.parametrize("name", COUNTED)
def test_list_that_is_shorter_than_stated_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    network = StubNetwork(monkeypatch, page(2, 3))
    tenant = CloudIntegrationTenant(connection())

    if name == "service endpoints":
        assert "expected 3 entries, got 2" in (tenant.service_endpoints().reason or "")
    else:
        with pytest.raises(DataError, match="expected 3 entries, got 2"):
            COUNTED[name](tenant)

    assert "$inlinecount=allpages" in unquote(network.urls[0])


@pytest.mark.parametrize(
    ("read", "confirmation", "words"),
    [
        (CloudIntegrationTenant.packages, page(1), "empty, but with $top=1 it has a package"),
        (CloudIntegrationTenant.runtime_artifacts, b"3", "empty, but $count has 3"),
    ],
)
def test_list_that_is_wrongly_empty_is_refused(
    monkeypatch: pytest.MonkeyPatch, read: Read, confirmation: bytes, words: str
) -> None:
    StubNetwork(monkeypatch, page(0, 0), confirmation)

    with pytest.raises(DataError) as caught:
        read(CloudIntegrationTenant(connection()))

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("read", "confirmation"),
    [(CloudIntegrationTenant.packages, page(0)), (CloudIntegrationTenant.runtime_artifacts, b"0")],
)
def test_empty_list_in_the_journal_is_confirmed_again(
    monkeypatch: pytest.MonkeyPatch, read: Read, confirmation: bytes
) -> None:
    network, journal = StubNetwork(monkeypatch, page(0, 0), confirmation), Journal()
    first = read(CloudIntegrationTenant(connection(journal)))

    second = read(CloudIntegrationTenant(connection(next_attempt(journal))))

    assert first == second == []
    assert network.urls[2:] == network.urls[1:2]


@pytest.mark.parametrize("number", [0, 1])
def test_one_log_shows_whether_there_are_any(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    network, journal = StubNetwork(monkeypatch, page(number)), Journal()
    first = CloudIntegrationTenant(connection(journal)).has_logs(LogQuery(OCTOBER))

    second = CloudIntegrationTenant(connection(next_attempt(journal))).has_logs(LogQuery(OCTOBER))

    assert first is second is bool(number)
    assert len(network.urls) == 2
    assert "$select=MessageGuid&$top=1" in unquote(network.urls[0])
