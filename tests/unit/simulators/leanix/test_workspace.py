"""The simulated workspace against what is documented of LeanIX."""

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
    """Calls a workspace as any HTTP client would."""

    def __init__(self, workspace: SimulatedWorkspace) -> None:
        self.workspace = workspace
        self.session = requests.Session()
        self.session.trust_env = False

    def fetch_token(self) -> requests.Response:
        """Get a token and use it from now on."""
        answer = self.session.post(
            f"{self.workspace.url}/services/mtm/v1/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=("apitoken", self.workspace.access.api_token),
            timeout=10,
        )
        if answer.ok:
            self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return answer

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Call a path below the API's root."""
        url = f"{self.workspace.url}/services/integration-api/v1{path}"
        return self.session.request(method, url, timeout=10, **options)

    def create(self, items: Any = (), query: str = "", **changes: Any) -> requests.Response:
        """Create a run."""
        ldif = HEADER | {"content": list(items)} | changes
        return self.call("POST", f"/synchronizationRuns{query}", json=ldif)

    def finish(self, run_id: str) -> str:
        """Ask for the status until the script has ended."""
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
        made = Caller(workspace)
        made.fetch_token()
        yield made
        made.session.close()


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


def test_a_token_is_documented_and_ends(caller: Caller, clock: FakeClock) -> None:
    answer = caller.fetch_token().json()
    good = caller.call("GET", "/synchronizationRuns").status_code

    clock.advance(timedelta(seconds=3599).total_seconds())

    assert answer["expires_in"] == 3599
    assert answer["token_type"] == "bearer"
    assert good == 200
    assert caller.call("GET", "/synchronizationRuns").status_code == 401


def test_another_api_token_gets_none(caller: Caller) -> None:
    caller.workspace.access.valid = False

    assert caller.fetch_token().status_code == 401


def test_a_role_other_than_admin_is_refused(caller: Caller) -> None:
    caller.workspace.role = "MEMBER"

    assert caller.call("GET", "/configurations").status_code == 403


def test_more_requests_than_a_minute_allows_are_answered_429(clock: FakeClock) -> None:
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
    ("changes", "said"),
    [
        ({"connectorId": ""}, "connectorId is missing"),
        ({"lxVersion": None}, "lxVersion is missing"),
        ({"description": "d" * 501}, "description has more than 500 characters"),
        ({"customFields": {"a": {"b": "d" * 501}}}, "customFields.a.b has more than 500"),
        ({"lxWorkspace": "another"}, "lxWorkspace is not this workspace"),
        ({"processingDirection": "sideways"}, "sideways is unknown"),
        ({"processingMode": "half"}, "half is not possible"),
        ({"content": {}}, "content is not a list"),
        ({"content": [{"type": "Flow", "data": {}}]}, "content[0].id is missing"),
        ({"content": [{"id": "a", "data": {}}]}, "content[0].type is missing"),
        ({"content": [{"id": "a", "type": "Flow"}]}, "content[0].data is missing"),
        ({"content": [item("a", count=1)]}, "content[0].data is not a map of strings"),
    ],
)
def test_a_wrong_ldif_is_refused_with_what_is_wrong(
    caller: Caller, changes: dict[str, Any], said: str
) -> None:
    answer = caller.create(**changes)

    assert answer.status_code == 400
    assert said in answer.json()["errors"][0]


def test_what_is_in_the_content_may_be_long_and_unknown_fields_are_ignored(
    caller: Caller,
) -> None:
    answer = caller.create([item("a", name="n" * 5000)], lxWorkspace=caller.workspace.id, extra="x")

    assert answer.status_code == 200


def test_a_dry_run_requires_start(caller: Caller) -> None:
    assert caller.create(query="?test=true").status_code == 400


def test_both_documented_shapes_of_the_answer(caller: Caller) -> None:
    alone = caller.create().json()
    caller.workspace.api.create_shape = "array"
    listed = caller.create().json()

    assert list(alone) == ["id"]
    assert listed[0]["description"] == "a scan"


def test_a_run_waits_until_it_is_started_and_starts_once(caller: Caller) -> None:
    caller.configure(fact_sheet())
    run = caller.create().json()["id"]
    path = f"/synchronizationRuns/{run}"

    waiting = caller.finish(run)
    stopped = caller.call("POST", f"{path}/stop").status_code
    starts = [caller.call("POST", f"{path}/start").status_code for _ in range(2)]

    assert waiting == "CREATED"
    assert stopped == 400
    assert starts == [200, 400]
    assert caller.finish(run) == "FINISHED"


def test_the_status_walks_through_the_script(caller: Caller) -> None:
    caller.configure(fact_sheet())
    run = caller.create(query="?start=true").json()["id"]

    seen = [
        caller.call("GET", f"/synchronizationRuns/{run}/status").json()["status"] for _ in range(4)
    ]

    assert seen == ["PENDING", "IN_PROGRESS", "FINISHED", "FINISHED"]
    changes = caller.call("GET", f"/synchronizationRuns/{run}/stats").json()["statusChanges"]
    assert [change["status"] for change in changes] == ["CREATED", *seen[:3]]


def test_sequential_runs_wait_for_those_before_them(caller: Caller) -> None:
    caller.configure(fact_sheet(), sequentialExecution=True)
    first, second = (caller.create(query="?start=true").json()["id"] for _ in range(2))

    before = caller.finish(second)
    caller.finish(first)

    assert before == "SEQUENTIALIZED"
    assert caller.finish(second) == "FINISHED"


def test_an_ldif_without_a_configuration_fails_or_is_not_found(caller: Caller) -> None:
    failed = caller.finish(caller.create(query="?start=true").json()["id"])
    caller.workspace.api.unmatched = "not-found"
    refused = caller.create()

    assert failed == "FAILED"
    assert refused.status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 200), ("?offset=100&limit=50", 200), ("?offset=50", 400), ("?limit=101", 400)],
)
def test_the_offset_of_warnings_is_a_multiple_of_the_limit(
    caller: Caller, query: str, status: int
) -> None:
    run = caller.create().json()["id"]

    assert caller.call("GET", f"/synchronizationRuns/{run}/warnings{query}").status_code == status


def test_an_unknown_run_is_404_with_errors(caller: Caller) -> None:
    answer = caller.call("GET", "/synchronizationRuns/none/status")

    assert answer.status_code == 404
    assert answer.json()["errors"]


def test_a_configuration_is_upserted_read_and_deleted_by_all_five_keys(caller: Caller) -> None:
    put = [caller.configure(fact_sheet()).status_code for _ in range(2)]
    found = caller.call("GET", "/configurations", params=KEYS).json()
    incomplete = caller.call("DELETE", "/configurations", params={"connectorType": "test"})
    deleted = caller.call("DELETE", "/configurations", params=KEYS)
    gone = caller.call("DELETE", "/configurations", params=KEYS)

    assert put == [204, 204]
    assert len(found) == 1
    assert [one.status_code for one in (incomplete, deleted, gone)] == [400, 200, 404]


@pytest.mark.parametrize(
    "processor",
    [
        {"processorType": "magic"},
        {"processorType": "inboundRelation", "type": "r"},
        fact_sheet(processorName="a > b"),
        fact_sheet(updates=[{"key": {"expr": "x" * 501}, "values": []}]),
    ],
)
def test_a_wrong_configuration_cannot_be_processed(caller: Caller, processor: Any) -> None:
    assert caller.configure(processor).status_code == 422


def run_with(caller: Caller, *items: Any, query: str = "?start=true") -> dict[str, Any]:
    run = caller.create(items, query=query).json()["id"]
    caller.finish(run)
    stats: dict[str, Any] = caller.call("GET", f"/synchronizationRuns/{run}/stats").json()
    stats["warnings"] = caller.call("GET", f"/synchronizationRuns/{run}/warnings").json()
    return stats


def test_fact_sheets_are_created_updated_and_left_as_they_are(caller: Caller) -> None:
    caller.configure(fact_sheet())
    run_with(caller, item("a", name="A"), item("b", name="B"))

    stats = run_with(caller, item("a", name="A"), item("b", name="B2"), item("c", name="C"))

    (row,) = stats["processorStatistics"]
    assert (row["createdCount"], row["updatedCount"], row["unchangedCount"]) == (1, 1, 1)
    assert sorted(one.name for one in caller.workspace.inventory.active()) == ["A", "B2", "C"]


def test_what_cannot_be_processed_is_left_out_and_the_run_finishes(caller: Caller) -> None:
    relation = {
        "processorType": "inboundRelation",
        "type": "rel",
        "filter": {"exactType": "Flow"},
        "from": external("${content.id}"),
        "to": external("${data.other}"),
        "run": 1,
    }
    caller.configure(fact_sheet(), relation)

    stats = run_with(caller, item("a"), item("b", name="B", other="nowhere"))

    assert [row["errorCount"] for row in stats["processorStatistics"]] == [1, 2]
    assert {one["status"] for one in stats["warnings"]} == {"ERROR", "WARNING"}
    assert [one.name for one in caller.workspace.inventory.active()] == ["B"]


def test_a_document_without_a_name_makes_the_run_fail(caller: Caller) -> None:
    document = {
        "processorType": "inboundDocument",
        "identifier": external("${content.id}"),
        "updates": [{"key": {"expr": "url"}, "values": [{"expr": "${data.url}"}]}],
    }
    caller.configure(document)

    stats = run_with(caller, item("a", url="https://x"))

    assert stats["statusChanges"][-1]["status"] == "FAILED"


def test_an_archived_fact_sheet_is_not_found_again(caller: Caller) -> None:
    caller.configure(fact_sheet())
    run_with(caller, item("a", name="A"))
    caller.workspace.inventory.active()[0].archived = True

    run_with(caller, item("a", name="A"))

    assert len(caller.workspace.inventory.fact_sheets) == 2


def full(ratio: int | None = None) -> dict[str, Any]:
    scope: dict[str, Any] = {
        "factSheets": [
            {"scope": {"facetFilters": [{"facetKey": "FactSheetTypes", "keys": ["Interface"]}]}}
        ]
    }
    if ratio is not None:
        scope["maximumDeletionRatio"] = {"factSheets": ratio}
    return {"processingMode": "full", "deletionScope": scope}


@pytest.mark.parametrize(
    ("ratio", "left", "archived"),
    [(None, 5, 5), (None, 4, 0), (30, 6, 0), (30, 7, 3), (101, 1, 9), (100, 0, 10)],
)
def test_full_mode_archives_up_to_the_ratio_and_by_default_half(
    caller: Caller, ratio: int | None, left: int, archived: int
) -> None:
    caller.configure(fact_sheet(), **full(ratio))
    items = [item(f"i{number}", name=f"N{number}") for number in range(10)]
    for content in (items, items[:left]):
        run = caller.create(content, query="?start=true", processingMode="full").json()["id"]
        caller.finish(run)

    assert len(caller.workspace.inventory.active()) == 10 - archived


def test_a_dry_run_tells_what_it_would_do_and_does_nothing(caller: Caller) -> None:
    caller.configure(fact_sheet())

    stats = run_with(caller, item("a", name="A"), query="?start=true&test=true")

    assert stats["processorStatistics"][0]["createdCount"] == 1
    assert caller.workspace.inventory.fact_sheets == {}


@pytest.mark.parametrize(
    ("kind", "runs"),
    [
        (FaultKind.CUT_BEFORE_ANSWER, 0),
        (FaultKind.LOST_ANSWER, 1),
        (FaultKind.CUT_IN_BODY, 1),
    ],
)
def test_a_creation_can_be_cut_before_and_after_it_went_through(
    caller: Caller, kind: FaultKind, runs: int
) -> None:
    caller.workspace.faults.add(Fault(kind, method="POST", times=1))

    with pytest.raises(requests.RequestException):
        caller.create()

    assert len(caller.workspace.runs.all()) == runs


def test_results_and_their_link(caller: Caller) -> None:
    caller.configure({"processorType": "writeToLdif", "filter": {"exactType": "Flow"}})
    run = caller.create([item("a")], query="?start=true").json()["id"]
    path = f"/synchronizationRuns/{run}"

    early = caller.call("GET", f"{path}/resultsUrl").json(), caller.call("GET", f"{path}/results")
    caller.finish(run)
    link = caller.call("GET", f"{path}/resultsUrl").json()["url"]
    stored = requests.get(link, timeout=10)
    forged = requests.get(link.partition("?")[0], timeout=10)

    assert early[0] == {"url": None}
    assert early[1].status_code == 204
    assert stored.json() == caller.call("GET", f"{path}/results").json()
    assert stored.json()["processingDirection"] == "INBOUND"
    assert forged.status_code == 403
    assert link.partition("sig=")[2] in caller.workspace.secrets()


def test_the_secret_is_the_one_that_the_census_reads(caller: Caller) -> None:
    secret = json.loads(caller.workspace.secret())

    assert set(secret) == {"host", "api_token", "workspace_id"}
    assert secret["workspace_id"] == caller.workspace.id
