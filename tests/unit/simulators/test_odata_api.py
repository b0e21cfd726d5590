"""Entity sets, query options, pages and formats over real HTTP."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest

from tests.simulators.cloud_integration import Landscape, MessageLog, generate_landscape, to_ms
from tests.unit.simulators.conftest import NOVEMBER, OCTOBER, MovedClock, Starter

IN_OCTOBER = (
    "LogStart ge datetime'2026-10-01T00:00:00' and LogStart lt datetime'2026-11-01T00:00:00'"
)


def test_atom_xml_is_what_a_caller_gets_that_does_not_ask_for_json(start: Starter) -> None:
    caller = start()

    by_default = caller.get("IntegrationPackages", headers={"Accept": "*/*"})
    by_option = caller.get("IntegrationPackages?$format=json", headers={"Accept": "*/*"})

    assert by_default.headers["Content-Type"].startswith("application/atom+xml")
    assert by_default.text.startswith("<?xml")
    assert by_option.json()["d"]["results"]


def test_every_entity_set_can_be_rendered_as_atom_xml(start: Starter) -> None:
    caller = start()

    for path in (
        "",
        "$metadata",
        "IntegrationPackages",
        "IntegrationPackages('Package0000')/IntegrationDesigntimeArtifacts",
        "IntegrationRuntimeArtifacts?$inlinecount=allpages",
        "ServiceEndpoints?$expand=EntryPoints",
        "MessageProcessingLogs?$top=5",
        "IntegrationPackages('none')",
        "IntegrationPackages('Package0000')",
    ):
        body = caller.get(path, headers={"Accept": "application/xml"}).content
        # What is parsed here, the simulator has written.
        assert ET.fromstring(body) is not None  # noqa: S314


@pytest.mark.parametrize("option", ["$select=Id", "$expand=CustomTags", "$inlinecount=allpages"])
def test_packages_answer_501_to_what_sap_has_not_implemented(start: Starter, option: str) -> None:
    answer = start().get(f"IntegrationPackages?{option}")

    assert answer.status_code == 501
    assert answer.json()["error"]["code"] == "Not Found"


def test_there_is_no_list_of_iflows_across_packages(start: Starter) -> None:
    assert start().get("IntegrationDesigntimeArtifacts").status_code == 501


def test_unknown_things_are_refused(start: Starter) -> None:
    caller = start()

    assert caller.get("Nonsense").status_code == 404
    assert caller.get("IntegrationPackages('none')").status_code == 404
    assert caller.get("IntegrationRuntimeArtifacts('none')").status_code == 404
    assert caller.get("MessageProcessingLogs?$nonsense=1").status_code == 400
    assert caller.get("MessageProcessingLogs?$top=-1").json()["error"]["message"] == {
        "lang": "en",
        "value": "Invalid value: '-1'.",
    }
    assert caller.get("MessageProcessingLogs?$orderby=Status").status_code == 400
    assert caller.get("MessageProcessingLogs?$select=TransactionId").status_code == 400


def test_a_list_has_at_most_a_page_of_rows_and_a_relative_link_to_the_rest(start: Starter) -> None:
    caller = start(page_size=100)

    content = caller.get(f"MessageProcessingLogs?$filter={IN_OCTOBER}&$select=MessageGuid").json()

    assert len(content["d"]["results"]) == 100
    next_link = content["d"]["__next"]
    assert next_link.startswith("MessageProcessingLogs?")
    assert next_link.endswith("&$skiptoken=100")
    assert "LogStart" in next_link
    assert "$select=MessageGuid" in next_link
    assert "__count" not in content["d"]


def test_following_the_links_gives_every_row_once(start: Starter, landscape: Landscape) -> None:
    caller = start(page_size=7, retention=None)

    packages = caller.rows("IntegrationPackages")
    runtime = caller.rows("IntegrationRuntimeArtifacts?$top=20&$skip=3")
    found = caller.rows(f"MessageProcessingLogs?$filter={IN_OCTOBER}")

    assert [row["Id"] for row in packages] == [item.id for item in landscape.packages]
    expected = [item.id for item in landscape.runtime_artifacts][3:23]
    assert [row["Id"] for row in runtime] == expected
    begin, end = to_ms(OCTOBER), to_ms(NOVEMBER)
    inside = {
        log.guid for log in landscape.messages if log.start is not None and begin <= log.start < end
    }
    assert len(found) == len(inside)
    assert {row["MessageGuid"] for row in found} == inside


def test_a_top_above_the_page_is_repeated_reduced_in_the_link(start: Starter) -> None:
    caller = start(page_size=10)

    first = caller.get("MessageProcessingLogs?%24top=25").json()["d"]["__next"]
    second = caller.get(first).json()["d"]["__next"]
    third = caller.get(second).json()["d"]

    assert first == "MessageProcessingLogs?%24top=25&$skiptoken=10&$top=15"
    assert second == "MessageProcessingLogs?%24top=25&$skiptoken=20&$top=5"
    assert len(third["results"]) == 5
    assert "__next" not in third


def test_links_can_be_absolute(start: Starter) -> None:
    caller = start(page_size=10, absolute_links=True)

    next_link = caller.get("MessageProcessingLogs").json()["d"]["__next"]

    assert next_link.startswith(f"{caller.tenant.url}/api/v1/MessageProcessingLogs?")


def test_the_count_is_a_string_of_all_rows_found_whatever_the_page(start: Starter) -> None:
    caller = start()

    content = caller.get(
        "MessageProcessingLogs?$top=1&$inlinecount=allpages&$filter=Status eq 'FAILED'"
    ).json()["d"]

    assert content["__count"] == str(caller.count("Status eq 'FAILED'"))
    assert len(content["results"]) == 1


def test_ids_of_every_kind_can_be_filtered_and_read_by_key(
    start: Starter, landscape: Landscape
) -> None:
    caller = start(retention=None)

    for iflow in landscape.iflows:
        literal = quote("'" + iflow.id.replace("'", "''") + "'", safe="")
        read = caller.get(f"IntegrationDesigntimeArtifacts(Id={literal},Version='active')")
        assert read.json()["d"]["Id"] == iflow.id
        logs = [log for log in landscape.messages if log.artifact and log.artifact.id == iflow.id]
        begun = [log for log in logs if (log.start or 0) <= to_ms(caller.tenant.clock())]
        assert caller.count(f"IntegrationArtifact/Id eq {literal}") == len(begun)


def test_dates_are_written_as_sap_writes_them(start: Starter, landscape: Landscape) -> None:
    caller = start()

    package = caller.rows("IntegrationPackages")[0]
    deployed = caller.rows("IntegrationRuntimeArtifacts")[0]

    assert package["CreationDate"] == str(landscape.packages[0].created_at)
    assert deployed["DeployedOn"] == f"/Date({landscape.runtime_artifacts[0].deployed_on})/"
    assert ":443/" in package["__metadata"]["uri"]


def test_null_heavy_rows_have_an_artifact_of_nulls(start: Starter) -> None:
    caller = start()

    rows = caller.rows("MessageProcessingLogs?$filter=Status eq 'PROCESSING'")

    empty = [row for row in rows if row["LogStart"] is None]
    assert len(empty) == 5
    for row in empty:
        assert row["IntegrationFlowName"] is None
        assert row["LogLevel"] is None
        assert row["IntegrationArtifact"]["Id"] is None


def test_the_error_of_an_artifact_can_be_read_or_is_empty(
    start: Starter, landscape: Landscape
) -> None:
    caller = start()

    for artifact in landscape.runtime_artifacts:
        literal = quote("'" + artifact.id.replace("'", "''") + "'", safe="")
        answer = caller.get(f"IntegrationRuntimeArtifacts({literal})/ErrorInformation/$value")
        assert answer.status_code == (200 if artifact.error else 204)
        assert answer.text == (artifact.error or "")


def test_endpoints_show_their_entry_points_only_when_expanded(start: Starter) -> None:
    caller = start()

    plain = caller.rows("ServiceEndpoints")[0]
    expanded = caller.rows("ServiceEndpoints?$expand=EntryPoints")[0]

    assert "__deferred" in plain["EntryPoints"]
    assert expanded["EntryPoints"]["results"][0]["Url"].startswith("https://")
    assert int(caller.get("ServiceEndpoints/$count").text) == len(caller.rows("ServiceEndpoints"))


def test_logs_older_than_the_retention_are_forgotten(start: Starter, clock: MovedClock) -> None:
    caller = start()
    guid = caller.rows(f"MessageProcessingLogs?$filter={IN_OCTOBER}&$top=1")[0]["MessageGuid"]
    before = caller.count(IN_OCTOBER)

    clock.move(timedelta(days=10))
    caller.fetch_token()

    assert 0 < caller.count(IN_OCTOBER) < before
    assert caller.get(f"MessageProcessingLogs('{guid}')").status_code == 404


def test_a_message_is_not_there_before_it_starts_and_in_processing_until_it_ends(
    start: Starter, clock: MovedClock
) -> None:
    begun = to_ms(clock.now) + 60_000
    log = MessageLog("g1", None, "COMPLETED", begun, begun + 60_000)
    caller = start(Landscape("one", messages=(log,)))

    counts = []
    for _ in range(3):
        counts.append(
            (caller.count("Status eq 'PROCESSING'"), caller.count("Status eq 'COMPLETED'"))
        )
        clock.move(timedelta(minutes=1))

    assert counts == [(0, 0), (1, 0), (0, 1)]


def test_orders_of_the_specification_are_kept(start: Starter) -> None:
    caller = start(page_size=50)

    rows = caller.rows("MessageProcessingLogs?$orderby=LogEnd desc&$select=LogEnd")

    ends = [int(row["LogEnd"][6:-2]) if row["LogEnd"] else 0 for row in rows]
    assert ends == sorted(ends, reverse=True)


def test_a_url_too_long_for_common_servers_is_refused(start: Starter) -> None:
    condition = " or ".join(f"MessageGuid eq '{n:030d}'" for n in range(300))

    assert start().get(f"MessageProcessingLogs?$filter={condition}").status_code == 414


def test_the_same_seed_gives_the_same_landscape_and_a_variant_the_same_iflows() -> None:
    first = generate_landscape(packages=3, messages_per_iflow=3, busy_messages=10)
    again = generate_landscape(packages=3, messages_per_iflow=3, busy_messages=10)
    other = generate_landscape(packages=3, messages_per_iflow=3, busy_messages=10, variant="dev")

    assert first == again
    assert [item.id for item in other.iflows] == [item.id for item in first.iflows]
    assert other.runtime_artifacts != first.runtime_artifacts
    assert other.name == "dev"
    assert replace(other, name="prod") != first


def test_runtime_artifacts_can_be_filtered_ordered_selected_and_counted(
    start: Starter, landscape: Landscape
) -> None:
    caller = start()
    condition = "Status eq 'ERROR' or Type eq 'VALUE_MAPPING'"

    rows = caller.rows(
        f"IntegrationRuntimeArtifacts?$filter={condition}&$orderby=Status desc,Id&$select=Id,Status"
    )

    expected = [
        item
        for item in landscape.runtime_artifacts
        if item.status == "ERROR" or item.type == "VALUE_MAPPING"
    ]
    ordered = sorted(expected, key=lambda item: item.id)
    ordered.sort(key=lambda item: item.status, reverse=True)
    assert [row["Id"] for row in rows] == [item.id for item in ordered]
    assert all(set(row) == {"__metadata", "Id", "Status"} for row in rows)
    counted = caller.get(f"IntegrationRuntimeArtifacts/$count?$filter={condition}").text
    assert int(counted) == len(rows)
    assert caller.get("IntegrationRuntimeArtifacts?$filter=DeployedOn eq 'x'").status_code == 400


def test_single_entities_can_be_read_by_key(start: Starter, landscape: Landscape) -> None:
    caller = start()
    artifact = landscape.runtime_artifacts[0]
    guid = caller.rows("MessageProcessingLogs?$top=1")[0]["MessageGuid"]
    endpoint = landscape.endpoints[0]
    literal = quote("'" + endpoint.id.replace("'", "''") + "'", safe="")

    read = caller.get(f"IntegrationRuntimeArtifacts('{artifact.id}')").json()["d"]
    log = caller.get(f"MessageProcessingLogs('{guid}')?$select=Status").json()["d"]
    entries = caller.rows(f"ServiceEndpoints({literal})/EntryPoints")

    assert read["Version"] == artifact.version
    assert set(log) == {"__metadata", "Status"}
    assert [row["Url"] for row in entries] == [entry.url for entry in endpoint.entry_points]
    assert caller.get("IntegrationPackages('Package0000')/CustomTags").json()["d"]["results"] == []
    assert caller.session.post(f"{caller.tenant.url}/api/v1/", timeout=10).status_code == 405
