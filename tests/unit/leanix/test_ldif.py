"""The LDIF of a tenant."""

import io
import json
import os
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from iflow_census.leanix.ldif import Inventory, scan_id, write_ldif
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.scan.results import Usage
from tests.simulators.leanix.ldif import faults_of_ldif
from tests.unit.leanix.rows import OCTOBER, iflow

WORKSPACE = "6f2f0f5e-7f5e-4f0c-9d7c-2b8f4c1b6a11"
MEGABYTE = 1024 * 1024


def inventory(*iflows: Any, **settings: Any) -> Inventory:
    rows = list(iflows) or [iflow()]
    return Inventory("prod", OCTOBER, "20261101T003000Z", rows, LeanixSettings(**settings))


def written(one: Inventory, *, test: bool = False) -> dict[str, Any]:
    file = io.BytesIO()
    scan = scan_id(one, test=test)
    write_ldif(one, file, workspace_id=WORKSPACE, scan=scan, test=test)
    content: dict[str, Any] = json.loads(file.getvalue())
    return content


def test_an_iflow_is_told_with_all_that_is_known() -> None:
    one = inventory(iflow(), link="https://ci.example/{package_id}/{iflow_id}")

    item = written(one)["content"][1]

    assert item["id"] == "sap-ci:prod:Orders"
    assert item["type"] == "IntegrationFlow"
    assert item["data"] == {
        "name": "Orders to ERP",
        "iflowId": "Orders",
        "description": (
            "iFlow: Orders\nTenant: prod\nPackage: Sales processes\nVendor: SAP\nVersion: 1.0.3\n"
            "Edited: EDITED (modified after it was created)\nDeployed: STARTED\n"
            "Usage: USED in 2026-10\nMessages: 12 in 2026-10"
        ),
        "package": "Sales processes",
        "packageId": "Sales",
        "vendor": "SAP",
        "version": "1.0.3",
        "editStatus": "EDITED",
        "deployed": "true",
        "runtimeStatus": "STARTED",
        "usage": "USED",
        "messages": "12",
        "period": "2026-10",
        "activeSince": "2025-03-01",
        "links": ["https://ci.example/Sales/Orders"],
        "tags": [],
    }


def test_sender_receiver_and_the_authors_words_are_told_where_they_are_known() -> None:
    row = iflow(description="Moves orders", sender="Shop", receiver="ERP")

    told = written(inventory(row))["content"][1]["data"]
    bare = written(inventory(iflow()))["content"][1]["data"]

    assert (told["sender"], told["receiver"]) == ("Shop", "ERP")
    assert told["description"].startswith("Description: Moves orders\n")
    assert "Sender: Shop\nReceiver: ERP" in told["description"]
    assert not {"sender", "receiver"} & bare.keys()


def test_what_is_not_known_is_left_out_and_never_zero() -> None:
    orphan = iflow(
        package_id=None,
        package_name=None,
        package_vendor=None,
        iflow_name=None,
        iflow_version=None,
        runtime_version=None,
        created_at=None,
        messages=None,
        usage=Usage.UNKNOWN,
    )

    data = written(inventory(orphan, link="https://ci.example/{iflow_id}"))["content"][1]["data"]

    assert data["name"] == "Orders"
    assert not {"package", "packageId", "vendor", "version", "messages", "activeSince"} & set(data)
    assert "Messages" not in data["description"]
    assert data["links"] == []


def test_the_header_names_the_connector_the_workspace_and_the_scan() -> None:
    one = inventory()

    ldif = written(one)

    assert {key: value for key, value in ldif.items() if key != "content"} == {
        "connectorType": "iflow-census",
        "connectorId": "prod",
        "connectorVersion": "1.0.0",
        "processingDirection": "inbound",
        "processingMode": "partial",
        "lxVersion": "1.0.0",
        "lxWorkspace": WORKSPACE,
        "description": f"iFlows of prod, 2026-10 [{scan_id(one, test=False)}]",
        "customFields": {"tenantExternalId": "sap-ci:prod", "prefix": "prod: "},
    }
    assert faults_of_ldif(ldif, WORKSPACE) == []


@pytest.mark.parametrize(
    "name",
    ["n" * 10_000, "Bestellung ä → 注文 🚚 طلب", '"${data.x}" \\ \n\t\x00', "half \ud83d of one"],
)
def test_a_name_of_any_length_and_script_is_written_whole(name: str) -> None:
    ldif = written(inventory(iflow(iflow_name=name)))

    assert ldif["content"][1]["data"]["name"] == name


def test_a_link_holds_no_character_that_an_id_smuggles_in() -> None:
    wild = iflow("a/b?c#d e", package_id="ü&x")

    data = written(inventory(wild, link="https://ci/{package_id}/{iflow_id}"))["content"][1]["data"]

    assert data["links"] == ["https://ci/%C3%BC%26x/a%2Fb%3Fc%23d%20e"]


def test_a_scan_id_is_the_same_for_the_same_content_of_the_same_run_and_for_no_other() -> None:
    one = inventory()
    others = [
        replace(one, run_id="20261101T003001Z"),
        replace(one, tenant="test"),
        replace(one, iflows=[iflow(messages=13)]),
        replace(one, settings=LeanixSettings(prefix="CI ")),
    ]

    ids = {scan_id(other, test=False) for other in others} | {scan_id(one, test=True)}

    assert scan_id(one, test=False) == scan_id(inventory(), test=False)
    assert len(ids) == 5
    assert scan_id(one, test=False) not in ids


def peak_of(count: int) -> int:
    rows = [iflow(f"Flow{number}", iflow_name=f"Flow {number}") for number in range(count)]
    one = inventory(*rows)
    tracemalloc.start()
    try:
        with Path(os.devnull).open("wb") as nowhere:
            write_ldif(
                one, nowhere, workspace_id=WORKSPACE, scan=scan_id(one, test=False), test=False
            )
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_an_ldif_of_ten_thousand_iflows_takes_no_more_memory_than_one_of_a_hundred() -> None:
    peak_of(10)  # what is made once is made before

    few, many = peak_of(100), peak_of(10_000)

    assert many < MEGABYTE
    assert many < few + MEGABYTE // 10


def test_an_ldif_grows_with_the_iflows_and_nothing_else() -> None:
    def size(count: int) -> int:
        file = io.BytesIO()
        rows = [iflow(f"Flow{number:05}") for number in range(count)]
        write_ldif(inventory(*rows), file, workspace_id=WORKSPACE, scan="x", test=False)
        return file.tell()

    one, thousand, two_thousand = size(1), size(1000), size(2000)

    assert two_thousand - thousand == pytest.approx(thousand - one, rel=0.01)
