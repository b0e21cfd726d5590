"""The simulated workspace compared with the documentation of LeanIX."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.clock import FakeClock
from tests.simulators.leanix import Fault, FaultKind, SimulatedWorkspace

KEYS = {
    "connectorType": "test",
    "connectorId": "one",
    "connectorVersion": "1.0.0",
    "processingDirection": "inbound",
    "processingMode": "partial",
}
HEADER = KEYS | {"lxVersion": "1.0.0", "description": "a scan"}


class Caller:
    """An independent client of a workspace."""

    def __init__(self, workspace: SimulatedWorkspace) -> None:
        self.workspace = workspace
        self.session = requests.Session()
        self.session.trust_env = False

    def fetch_token(self) -> requests.Response:
        """Fetch a token and use it for further requests."""
        response = self.session.post(
            f"{self.workspace.url}/services/mtm/v1/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=("apitoken", self.workspace.access.api_token),
            timeout=10,
        )
        if response.ok:
            self.session.headers["Authorization"] = f"Bearer {response.json()['access_token']}"
        return response

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request; the path is relative to the API's root."""
        url = f"{self.workspace.url}/services/integration-api/v1{path}"
        return self.session.request(method, url, timeout=10, **options)

    def create(self, items: Any = (), query: str = "", **changes: Any) -> requests.Response:
        """Create a run."""
        ldif = HEADER | {"content": list(items)} | changes
        return self.call("POST", f"/synchronizationRuns{query}", json=ldif)

    def finish(self, run_id: str) -> str:
        """Request the status until the script has ended."""
        for _ in range(4):
            status = self.call("GET", f"/synchronizationRuns/{run_id}/status").json()["status"]
        return str(status)

    def configure(self, *processors: Any, **changes: Any) -> requests.Response:
        """Put a configuration."""
        content = KEYS | {"processors": list(processors)} | changes
        return self.call("PUT", "/configurations", json=content)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def caller(clock: FakeClock) -> Iterator[Caller]:
    with SimulatedWorkspace(clock=clock.now, monotonic=clock.monotonic) as workspace:
        caller = Caller(workspace)
        caller.fetch_token()
        yield caller
        caller.session.close()


def fact_sheet(**changes: Any) -> dict[str, Any]:
    return {
        "processorType": "inboundFactSheet",
        "processorName": "Fact sheet",
        "type": "Interface",
        "filter": {"exactType": "Flow"},
        "identifier": external("${content.id}"),
        "updates": [{"key": {"expr": "name"}, "values": [{"expr": "${data.name}"}]}],
    } | changes


def external(expression: str) -> dict[str, Any]:
    return {"external": {"id": {"expr": expression}, "type": {"expr": "externalId"}}}


def item(item_id: str, **data: Any) -> dict[str, Any]:
    return {"id": item_id, "type": "Flow", "data": data}


def test_token_expires_as_documented(caller: Caller, clock: FakeClock) -> None:
    token = caller.fetch_token().json()
    status_before = caller.call("GET", "/synchronizationRuns").status_code

    clock.advance(timedelta(seconds=3599).total_seconds())

    assert token["expires_in"] == 3599
    assert token["token_type"] == "bearer"
    assert status_before == 200
    assert caller.call("GET", "/synchronizationRuns").status_code == 401


def test_invalid_api_token_is_rejected(caller: Caller) -> None:
    caller.workspace.access.is_valid = False

    assert caller.fetch_token().status_code == 401


def test_role_other_than_admin_is_rejected(caller: Caller) -> None:
    caller.workspace.role = "MEMBER"

    assert caller.call("GET", "/configurations").status_code == 403


def test_requests_above_the_rate_limit_get_429(clock: FakeClock) -> None:
    options: dict[str, Any] = {"clock": clock.now, "monotonic": clock.monotonic}
    with SimulatedWorkspace(requests_per_minute=2, **options) as workspace:
        caller = Caller(workspace)
        caller.fetch_token()

        statuses = [caller.call("GET", "/configurations").status_code for _ in range(3)]
        clock.advance(60)
        later = caller.call("GET", "/configurations").status_code
        caller.session.close()

    assert statuses == [200, 200, 429]
    assert later == 200


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"connectorId": ""}, "connectorId is missing"),
        ({"lxVersion": None}, "lxVersion is missing"),
        ({"description": "d" * 501}, "description has more than 500 characters"),
        ({"customFields": {"a": {"b": "d" * 501}}}, "customFields.a.b has more than 500"),
        ({"lxWorkspace": "another"}, "lxWorkspace is not this workspace"),
        ({"processingDirection": "sideways"}, "sideways is unknown"),
        ({"processingMode": "half"}, "half is not supported"),
        ({"content": {}}, "content is not a list"),
        ({"content": [{"type": "Flow", "data": {}}]}, "content[0].id is missing"),
        ({"content": [{"id": "a", "data": {}}]}, "content[0].type is missing"),
        ({"content": [{"id": "a", "type": "Flow"}]}, "content[0].data is missing"),
        ({"content": [item("a", count=1)]}, "content[0].data is not a map of strings"),
    ],
)
def test_invalid_ldif_is_rejected_with_its_errors(
    caller: Caller, changes: dict[str, Any], message: str
) -> None:
    response = caller.create(**changes)

    assert response.status_code == 400
    assert message in response.json()["errors"][0]


def test_content_may_be_long_and_unknown_fields_are_ignored(
    caller: Caller,
) -> None:
    response = caller.create(
        [item("a", name="n" * 5000)], lxWorkspace=caller.workspace.id, extra="x"
    )

    assert response.status_code == 200


def test_dry_run_requires_start(caller: Caller) -> None:
    assert caller.create(query="?test=true").status_code == 400


def test_created_run_has_both_documented_shapes(caller: Caller) -> None:
    single = caller.create().json()
    caller.workspace.api.create_shape = "array"
    listed = caller.create().json()

    assert list(single) == ["id"]
    assert listed[0]["description"] == "a scan"


def test_run_can_be_started_once(caller: Caller) -> None:
    caller.configure(fact_sheet())
    run = caller.create().json()["id"]
    path = f"/synchronizationRuns/{run}"

    status = caller.finish(run)
    stop = caller.call("POST", f"{path}/stop").status_code
    starts = [caller.call("POST", f"{path}/start").status_code for _ in range(2)]

    assert status == "CREATED"
    assert stop == 400
    assert starts == [200, 400]
    assert caller.finish(run) == "FINISHED"


def test_status_follows_the_script(caller: Caller) -> None:
    caller.configure(fact_sheet())
    run = caller.create(query="?start=true").json()["id"]

    statuses = [
        caller.call("GET", f"/synchronizationRuns/{run}/status").json()["status"] for _ in range(4)
    ]

    assert statuses == ["PENDING", "IN_PROGRESS", "FINISHED", "FINISHED"]
    changes = caller.call("GET", f"/synchronizationRuns/{run}/stats").json()["statusChanges"]
    assert [change["status"] for change in changes] == ["CREATED", *statuses[:3]]


def test_sequential_runs_wait_for_earlier_ones(caller: Caller) -> None:
    caller.configure(fact_sheet(), sequentialExecution=True)
    first, second = (caller.create(query="?start=true").json()["id"] for _ in range(2))

    before = caller.finish(second)
    caller.finish(first)

    assert before == "SEQUENTIALIZED"
    assert caller.finish(second) == "FINISHED"


def test_ldif_without_configuration_fails_or_is_not_found(caller: Caller) -> None:
    failed = caller.finish(caller.create(query="?start=true").json()["id"])
    caller.workspace.api.unmatched = "not-found"
    rejected = caller.create()

    assert failed == "FAILED"
    assert rejected.status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 200), ("?offset=100&limit=50", 200), ("?offset=50", 400), ("?limit=101", 400)],
)
def test_warnings_offset_must_be_a_multiple_of_the_limit(
    caller: Caller, query: str, status: int
) -> None:
    run = caller.create().json()["id"]

    assert caller.call("GET", f"/synchronizationRuns/{run}/warnings{query}").status_code == status


def test_unknown_run_gets_404_with_errors(caller: Caller) -> None:
    response = caller.call("GET", "/synchronizationRuns/none/status")

    assert response.status_code == 404
    assert response.json()["errors"]


def test_configuration_has_five_keys(caller: Caller) -> None:
    updates = [caller.configure(fact_sheet()).status_code for _ in range(2)]
    configurations = caller.call("GET", "/configurations", params=KEYS).json()
    incomplete = caller.call("DELETE", "/configurations", params={"connectorType": "test"})
    deleted = caller.call("DELETE", "/configurations", params=KEYS)
    missing = caller.call("DELETE", "/configurations", params=KEYS)

    assert updates == [204, 204]
    assert len(configurations) == 1
    assert [response.status_code for response in (incomplete, deleted, missing)] == [400, 200, 404]


@pytest.mark.parametrize(
    "processor",
    [
        {"processorType": "magic"},
        {"processorType": "inboundRelation", "type": "r"},
        fact_sheet(processorName="a > b"),
        fact_sheet(updates=[{"key": {"expr": "x" * 501}, "values": []}]),
    ],
)
def test_invalid_configuration_is_rejected(caller: Caller, processor: Any) -> None:
    assert caller.configure(processor).status_code == 422


def finish_run(caller: Caller, *items: Any, query: str = "?start=true") -> dict[str, Any]:
    run = caller.create(items, query=query).json()["id"]
    caller.finish(run)
    stats: dict[str, Any] = caller.call("GET", f"/synchronizationRuns/{run}/stats").json()
    stats["warnings"] = caller.call("GET", f"/synchronizationRuns/{run}/warnings").json()
    return stats


def test_fact_sheets_are_created_updated_or_unchanged(caller: Caller) -> None:
    caller.configure(fact_sheet())
    finish_run(caller, item("a", name="A"), item("b", name="B"))

    stats = finish_run(caller, item("a", name="A"), item("b", name="B2"), item("c", name="C"))

    (row,) = stats["processorStatistics"]
    assert (row["createdCount"], row["updatedCount"], row["unchangedCount"]) == (1, 1, 1)
    assert sorted(sheet.name for sheet in caller.workspace.inventory.active()) == ["A", "B2", "C"]


def test_invalid_items_are_skipped_and_the_run_finishes(caller: Caller) -> None:
    relation = {
        "processorType": "inboundRelation",
        "type": "rel",
        "filter": {"exactType": "Flow"},
        "from": external("${content.id}"),
        "to": external("${data.other}"),
        "run": 1,
    }
    caller.configure(fact_sheet(), relation)

    stats = finish_run(caller, item("a"), item("b", name="B", other="nowhere"))

    assert [row["errorCount"] for row in stats["processorStatistics"]] == [1, 2]
    assert {warning["status"] for warning in stats["warnings"]} == {"ERROR", "WARNING"}
    assert [sheet.name for sheet in caller.workspace.inventory.active()] == ["B"]


def test_document_without_name_fails_the_run(caller: Caller) -> None:
    document = {
        "processorType": "inboundDocument",
        "identifier": external("${content.id}"),
        "updates": [{"key": {"expr": "url"}, "values": [{"expr": "${data.url}"}]}],
    }
    caller.configure(document)

    stats = finish_run(caller, item("a", url="https://x"))

    assert stats["statusChanges"][-1]["status"] == "FAILED"


def test_archived_fact_sheet_is_created_again(caller: Caller) -> None:
    caller.configure(fact_sheet())
    finish_run(caller, item("a", name="A"))
    caller.workspace.inventory.active()[0].archived = True

    finish_run(caller, item("a", name="A"))

    assert len(caller.workspace.inventory.fact_sheets) == 2


def full_mode(ratio: int | None = None) -> dict[str, Any]:
    scope: dict[str, Any] = {
        "factSheets": [
            {"scope": {"facetFilters": [{"facetKey": "FactSheetTypes", "keys": ["Interface"]}]}}
        ]
    }
    if ratio is not None:
        scope["maximumDeletionRatio"] = {"factSheets": ratio}
    return {"processingMode": "full", "deletionScope": scope}


@pytest.mark.parametrize(
    ("ratio", "kept", "archived"),
    [(None, 5, 5), (None, 4, 0), (30, 6, 0), (30, 7, 3), (101, 1, 9), (100, 0, 10)],
)
def test_full_mode_archives_up_to_the_ratio_by_default_half(
    caller: Caller, ratio: int | None, kept: int, archived: int
) -> None:
    caller.configure(fact_sheet(), **full_mode(ratio))
    items = [item(f"i{number}", name=f"N{number}") for number in range(10)]
    for content in (items, items[:kept]):
        run = caller.create(content, query="?start=true", processingMode="full").json()["id"]
        caller.finish(run)

    assert len(caller.workspace.inventory.active()) == 10 - archived


def test_dry_run_reports_changes_without_making_them(caller: Caller) -> None:
    caller.configure(fact_sheet())

    stats = finish_run(caller, item("a", name="A"), query="?start=true&test=true")

    assert stats["processorStatistics"][0]["createdCount"] == 1
    assert caller.workspace.inventory.fact_sheets == {}


@pytest.mark.parametrize(
    ("kind", "runs"),
    [
        (FaultKind.CUT_BEFORE_RESPONSE, 0),
        (FaultKind.LOST_RESPONSE, 1),
        (FaultKind.CUT_IN_BODY, 1),
    ],
)
def test_connection_can_be_cut_before_and_after_creation(
    caller: Caller, kind: FaultKind, runs: int
) -> None:
    caller.workspace.faults.add(Fault(kind, method="POST", times=1))

    with pytest.raises(requests.RequestException):
        caller.create()

    assert len(caller.workspace.runs.all()) == runs


def test_results_are_available_by_signed_link(caller: Caller) -> None:
    caller.configure({"processorType": "writeToLdif", "filter": {"exactType": "Flow"}})
    run = caller.create([item("a")], query="?start=true").json()["id"]
    path = f"/synchronizationRuns/{run}"

    early = caller.call("GET", f"{path}/resultsUrl").json(), caller.call("GET", f"{path}/results")
    caller.finish(run)
    link = caller.call("GET", f"{path}/resultsUrl").json()["url"]
    download = requests.get(link, timeout=10)
    forged = requests.get(link.partition("?")[0], timeout=10)

    assert early[0] == {"url": None}
    assert early[1].status_code == 204
    assert download.json() == caller.call("GET", f"{path}/results").json()
    assert download.json()["processingDirection"] == "INBOUND"
    assert forged.status_code == 403
    assert link.partition("sig=")[2] in caller.workspace.secrets()


def test_secret_has_the_fields_of_the_census(caller: Caller) -> None:
    secret = json.loads(caller.workspace.secret())

    assert set(secret) == {"host", "api_token", "workspace_id"}
    assert secret["workspace_id"] == caller.workspace.id
