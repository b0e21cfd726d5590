"""Entity sets, query options, pages and formats over real HTTP."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest

from tests.simulators.cloud_integration import Landscape, MessageLog, generate_landscape, to_ms
from tests.unit.simulators.conftest import NOVEMBER, OCTOBER, ManualClock, StartTenant

IN_OCTOBER = (
    "LogStart ge datetime'2026-10-01T00:00:00' and LogStart lt datetime'2026-11-01T00:00:00'"
)


def test_atom_xml_is_the_default_format(start: StartTenant) -> None:
    client = start()

    by_default = client.get("IntegrationPackages", headers={"Accept": "*/*"})
    by_option = client.get("IntegrationPackages?$format=json", headers={"Accept": "*/*"})

    assert by_default.headers["Content-Type"].startswith("application/atom+xml")
    assert by_default.text.startswith("<?xml")
    assert by_option.json()["d"]["results"]


def test_every_entity_set_supports_atom_xml(start: StartTenant) -> None:
    client = start()

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
        body = client.get(path, headers={"Accept": "application/xml"}).content
        # The XML comes from the simulator.
        assert ET.fromstring(body) is not None  # noqa: S314


@pytest.mark.parametrize("option", ["$select=Id", "$expand=CustomTags", "$inlinecount=allpages"])
def test_packages_reject_unsupported_options_with_501(start: StartTenant, option: str) -> None:
    response = start().get(f"IntegrationPackages?{option}")

    assert response.status_code == 501
    assert response.json()["error"]["code"] == "Not Found"


def test_there_is_no_list_of_iflows_across_packages(start: StartTenant) -> None:
    assert start().get("IntegrationDesigntimeArtifacts").status_code == 501


def test_unknown_names_are_rejected(start: StartTenant) -> None:
    client = start()

    assert client.get("Nonsense").status_code == 404
    assert client.get("IntegrationPackages('none')").status_code == 404
    assert client.get("IntegrationRuntimeArtifacts('none')").status_code == 404
    assert client.get("MessageProcessingLogs?$nonsense=1").status_code == 400
    assert client.get("MessageProcessingLogs?$top=-1").json()["error"]["message"] == {
        "lang": "en",
        "value": "Invalid value: '-1'.",
    }
    assert client.get("MessageProcessingLogs?$orderby=Status").status_code == 400
    assert client.get("MessageProcessingLogs?$select=TransactionId").status_code == 400


def test_page_has_a_relative_link_to_the_next(start: StartTenant) -> None:
    client = start(page_size=100)

    content = client.get(f"MessageProcessingLogs?$filter={IN_OCTOBER}&$select=MessageGuid").json()

    assert len(content["d"]["results"]) == 100
    next_link = content["d"]["__next"]
    assert next_link.startswith("MessageProcessingLogs?")
    assert next_link.endswith("&$skiptoken=100")
    assert "LogStart" in next_link
    assert "$select=MessageGuid" in next_link
    assert "__count" not in content["d"]


def test_all_pages_have_every_row_once(start: StartTenant, landscape: Landscape) -> None:
    client = start(page_size=7, retention=None)

    packages = client.rows("IntegrationPackages")
    runtime = client.rows("IntegrationRuntimeArtifacts?$top=20&$skip=3")
    rows = client.rows(f"MessageProcessingLogs?$filter={IN_OCTOBER}")

    assert [row["Id"] for row in packages] == [item.id for item in landscape.packages]
    expected = [item.id for item in landscape.runtime_artifacts][3:23]
    assert [row["Id"] for row in runtime] == expected
    begin, end = to_ms(OCTOBER), to_ms(NOVEMBER)
    inside = {
        log.guid for log in landscape.messages if log.start is not None and begin <= log.start < end
    }
    assert len(rows) == len(inside)
    assert {row["MessageGuid"] for row in rows} == inside


def test_top_above_page_size_is_reduced_in_the_link(start: StartTenant) -> None:
    client = start(page_size=10)

    first = client.get("MessageProcessingLogs?%24top=25").json()["d"]["__next"]
    second = client.get(first).json()["d"]["__next"]
    third = client.get(second).json()["d"]

    assert first == "MessageProcessingLogs?%24top=25&$skiptoken=10&$top=15"
    assert second == "MessageProcessingLogs?%24top=25&$skiptoken=20&$top=5"
    assert len(third["results"]) == 5
    assert "__next" not in third


def test_links_can_be_absolute(start: StartTenant) -> None:
    client = start(page_size=10, absolute_links=True)

    next_link = client.get("MessageProcessingLogs").json()["d"]["__next"]

    assert next_link.startswith(f"{client.tenant.url}/api/v1/MessageProcessingLogs?")


def test_inline_count_is_the_total_as_a_string(start: StartTenant) -> None:
    client = start()

    content = client.get(
        "MessageProcessingLogs?$top=1&$inlinecount=allpages&$filter=Status eq 'FAILED'"
    ).json()["d"]

    assert content["__count"] == str(client.count("Status eq 'FAILED'"))
    assert len(content["results"]) == 1


def test_special_ids_can_be_filtered_and_read(start: StartTenant, landscape: Landscape) -> None:
    client = start(retention=None)

    for iflow in landscape.iflows:
        literal = quote("'" + iflow.id.replace("'", "''") + "'", safe="")
        read = client.get(f"IntegrationDesigntimeArtifacts(Id={literal},Version='active')")
        assert read.json()["d"]["Id"] == iflow.id
        logs = [log for log in landscape.messages if log.artifact and log.artifact.id == iflow.id]
        begun = [log for log in logs if (log.start or 0) <= to_ms(client.tenant.clock())]
        assert client.count(f"IntegrationArtifact/Id eq {literal}") == len(begun)


def test_dates_have_saps_formats(start: StartTenant, landscape: Landscape) -> None:
    client = start()

    package = client.rows("IntegrationPackages")[0]
    deployed = client.rows("IntegrationRuntimeArtifacts")[0]

    assert package["CreationDate"] == str(landscape.packages[0].created_at)
    assert deployed["DeployedOn"] == f"/Date({landscape.runtime_artifacts[0].deployed_on})/"
    assert ":443/" in package["__metadata"]["uri"]


def test_logs_without_artifact_have_null_properties(start: StartTenant) -> None:
    client = start()

    rows = client.rows("MessageProcessingLogs?$filter=Status eq 'PROCESSING'")

    empty = [row for row in rows if row["LogStart"] is None]
    assert len(empty) == 5
    for row in empty:
        assert row["IntegrationFlowName"] is None
        assert row["LogLevel"] is None
        assert row["IntegrationArtifact"]["Id"] is None


def test_artifact_error_can_be_read_or_is_empty(start: StartTenant, landscape: Landscape) -> None:
    client = start()

    for artifact in landscape.runtime_artifacts:
        literal = quote("'" + artifact.id.replace("'", "''") + "'", safe="")
        response = client.get(f"IntegrationRuntimeArtifacts({literal})/ErrorInformation/$value")
        assert response.status_code == (200 if artifact.error else 204)
        assert response.text == (artifact.error or "")


def test_entry_points_are_only_included_if_expanded(start: StartTenant) -> None:
    client = start()

    endpoint = client.rows("ServiceEndpoints")[0]
    expanded = client.rows("ServiceEndpoints?$expand=EntryPoints")[0]

    assert "__deferred" in endpoint["EntryPoints"]
    assert expanded["EntryPoints"]["results"][0]["Url"].startswith("https://")
    assert int(client.get("ServiceEndpoints/$count").text) == len(client.rows("ServiceEndpoints"))


def test_logs_expire_after_the_retention_period(start: StartTenant, clock: ManualClock) -> None:
    client = start()
    guid = client.rows(f"MessageProcessingLogs?$filter={IN_OCTOBER}&$top=1")[0]["MessageGuid"]
    before = client.count(IN_OCTOBER)

    clock.move(timedelta(days=10))
    client.fetch_token()

    assert 0 < client.count(IN_OCTOBER) < before
    assert client.get(f"MessageProcessingLogs('{guid}')").status_code == 404


def test_message_is_in_processing_between_start_and_end(
    start: StartTenant, clock: ManualClock
) -> None:
    begun = to_ms(clock.now) + 60_000
    log = MessageLog("g1", None, "COMPLETED", begun, begun + 60_000)
    client = start(Landscape("one", messages=(log,)))

    counts = []
    for _ in range(3):
        counts.append(
            (client.count("Status eq 'PROCESSING'"), client.count("Status eq 'COMPLETED'"))
        )
        clock.move(timedelta(minutes=1))

    assert counts == [(0, 0), (1, 0), (0, 1)]


def test_specified_orders_are_supported(start: StartTenant) -> None:
    client = start(page_size=50)

    rows = client.rows("MessageProcessingLogs?$orderby=LogEnd desc&$select=LogEnd")

    ends = [int(row["LogEnd"][6:-2]) if row["LogEnd"] else 0 for row in rows]
    assert ends == sorted(ends, reverse=True)


def test_too_long_url_is_rejected(start: StartTenant) -> None:
    condition = " or ".join(f"MessageGuid eq '{n:030d}'" for n in range(300))

    assert start().get(f"MessageProcessingLogs?$filter={condition}").status_code == 414


def test_seed_determines_the_landscape() -> None:
    first = generate_landscape(packages=3, messages_per_iflow=3, busy_messages=10)
    same_seed = generate_landscape(packages=3, messages_per_iflow=3, busy_messages=10)
    variant = generate_landscape(packages=3, messages_per_iflow=3, busy_messages=10, variant="dev")

    assert first == same_seed
    assert [item.id for item in variant.iflows] == [item.id for item in first.iflows]
    assert variant.runtime_artifacts != first.runtime_artifacts
    assert variant.name == "dev"
    assert replace(variant, name="prod") != first


def test_runtime_artifacts_support_all_options(start: StartTenant, landscape: Landscape) -> None:
    client = start()
    condition = "Status eq 'ERROR' or Type eq 'VALUE_MAPPING'"

    rows = client.rows(
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
    counted = client.get(f"IntegrationRuntimeArtifacts/$count?$filter={condition}").text
    assert int(counted) == len(rows)
    assert client.get("IntegrationRuntimeArtifacts?$filter=DeployedOn eq 'x'").status_code == 400


def test_entities_can_be_read_by_key(start: StartTenant, landscape: Landscape) -> None:
    client = start()
    artifact = landscape.runtime_artifacts[0]
    guid = client.rows("MessageProcessingLogs?$top=1")[0]["MessageGuid"]
    endpoint = landscape.endpoints[0]
    literal = quote("'" + endpoint.id.replace("'", "''") + "'", safe="")

    read = client.get(f"IntegrationRuntimeArtifacts('{artifact.id}')").json()["d"]
    log = client.get(f"MessageProcessingLogs('{guid}')?$select=Status").json()["d"]
    entries = client.rows(f"ServiceEndpoints({literal})/EntryPoints")

    assert read["Version"] == artifact.version
    assert set(log) == {"__metadata", "Status"}
    assert [row["Url"] for row in entries] == [entry.url for entry in endpoint.entry_points]
    assert client.get("IntegrationPackages('Package0000')/CustomTags").json()["d"]["results"] == []
    assert client.session.post(f"{client.tenant.url}/api/v1/", timeout=10).status_code == 405
