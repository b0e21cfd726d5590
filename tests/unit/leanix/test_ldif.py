"""The LDIF of a tenant."""

import io
import json
import os
import re
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from iflow_census.errors import DataError
from iflow_census.leanix.ldif import TenantInventory, idempotency_key, write_ldif
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.scan.results import IflowRow
from iflow_census.scan.usage import Usage
from tests.simulators.leanix.ldif import find_ldif_errors
from tests.unit.leanix.rows import OCTOBER, iflow

WORKSPACE = "6f2f0f5e-7f5e-4f0c-9d7c-2b8f4c1b6a11"
MEGABYTE = 1024 * 1024


def build_inventory(*iflows: IflowRow, **settings: Any) -> TenantInventory:
    rows = list(iflows) or [iflow()]
    return TenantInventory("prod", OCTOBER, "20261101T003000Z", rows, LeanixSettings(**settings))


def ldif_of(inventory: TenantInventory, *, test: bool = False) -> dict[str, Any]:
    file = io.BytesIO()
    key = idempotency_key(inventory, test=test)
    write_ldif(inventory, file, workspace_id=WORKSPACE, key=key, test=test)
    ldif: dict[str, Any] = json.loads(file.getvalue())
    return ldif


def data_of(row: IflowRow, **settings: Any) -> dict[str, Any]:
    """The data of an iFlow, as it is written."""
    data: dict[str, Any] = ldif_of(build_inventory(row, **settings))["content"][1]["data"]
    return data


def test_errors_of_messages_are_never_sent() -> None:
    row = replace(iflow(), last_error="order 4711 of Jane Doe")

    assert "Jane Doe" not in json.dumps(ldif_of(build_inventory(row)))


def test_iflow_has_all_known_values() -> None:
    inventory = build_inventory(iflow(), link="https://ci.example/{package_id}/{iflow_id}")

    item = ldif_of(inventory)["content"][1]

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


def test_sender_receiver_and_description_are_sent_if_known() -> None:
    documented = data_of(iflow(description="Moves orders", sender="Shop", receiver="ERP"))
    undocumented = data_of(iflow())

    assert (documented["sender"], documented["receiver"]) == ("Shop", "ERP")
    assert documented["description"].startswith("Description: Moves orders\n")
    assert "Sender: Shop\nReceiver: ERP" in documented["description"]
    assert not {"sender", "receiver"} & undocumented.keys()


def test_unknown_values_are_omitted_and_never_zero() -> None:
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

    data = data_of(orphan, link="https://ci.example/{iflow_id}")

    assert data["name"] == "Orders"
    assert not {"package", "packageId", "vendor", "version", "messages", "activeSince"} & set(data)
    assert "Messages" not in data["description"]
    assert data["links"] == []


def test_design_time_version_is_preferred_over_the_deployed_one() -> None:
    data = data_of(iflow(iflow_version="1.0.4", runtime_version="1.0.3"))

    assert data["version"] == "1.0.4"
    assert "Version: 1.0.4" in data["description"]


def test_undeployed_iflow_has_no_active_since_date() -> None:
    data = data_of(iflow(deployed=False, runtime_status=None))

    assert "activeSince" not in data
    assert data["deployed"] == "false"
    assert "Deployed: no" in data["description"]


def test_deployed_iflow_without_runtime_status_says_yes() -> None:
    data = data_of(iflow(runtime_status=None))

    assert data["deployed"] == "true"
    assert "Deployed: yes" in data["description"]


def test_unknown_deployment_keeps_the_value_in_leanix() -> None:
    data = data_of(iflow(deployed=None, runtime_status=None))

    assert not {"deployed", "activeSince"} & data.keys()
    assert "Deployed: unknown" in data["description"]


def test_iflow_is_tagged_with_its_tenant_if_there_is_a_tag_group() -> None:
    assert data_of(iflow(), tag_group="Tenants")["tags"] == ["prod"]


def test_header_has_connector_workspace_and_idempotency_key() -> None:
    inventory = build_inventory()

    ldif = ldif_of(inventory)

    assert {name: value for name, value in ldif.items() if name != "content"} == {
        "connectorType": "iflow-census",
        "connectorId": "prod",
        "connectorVersion": "1.0.0",
        "processingDirection": "inbound",
        "processingMode": "partial",
        "lxVersion": "1.0.0",
        "lxWorkspace": WORKSPACE,
        "description": f"iFlows of prod, 2026-10 [{idempotency_key(inventory, test=False)}]",
        "customFields": {"tenantExternalId": "sap-ci:prod", "prefix": "prod: "},
    }
    assert find_ldif_errors(ldif, WORKSPACE) == []


def test_description_of_a_dry_run_says_so() -> None:
    assert ldif_of(build_inventory(), test=True)["description"].startswith(
        "iFlows of prod, 2026-10 (dry run) ["
    )


def test_header_value_may_have_500_characters() -> None:
    inventory = replace(build_inventory(prefix="{tenant}" * 10), tenant="t" * 50)

    ldif = ldif_of(inventory)

    assert len(ldif["customFields"]["prefix"]) == 500
    assert find_ldif_errors(ldif, WORKSPACE) == []


def test_header_value_of_501_characters_is_rejected() -> None:
    inventory = replace(build_inventory(prefix="{tenant}" * 10 + "x"), tenant="t" * 50)
    file = io.BytesIO()

    with pytest.raises(DataError, match=r"prefix has 501 characters, .* at most 500"):
        write_ldif(inventory, file, workspace_id=WORKSPACE, key="k", test=False)

    assert file.getvalue() == b""


@pytest.mark.parametrize(
    "name",
    ["n" * 10_000, "Bestellung ä → 注文 🚚 طلب", '"${data.x}" \\ \n\t\x00', "half \ud83d of one"],
)
def test_name_of_any_length_and_script_is_unchanged(name: str) -> None:
    assert data_of(iflow(iflow_name=name))["name"] == name


def test_ids_in_a_link_are_escaped() -> None:
    row = iflow("a/b?c#d e", package_id="ü&x")

    data = data_of(row, link="https://ci/{package_id}/{iflow_id}")

    assert data["links"] == ["https://ci/%C3%BC%26x/a%2Fb%3Fc%23d%20e"]


def test_idempotency_key_depends_on_run_and_content_only() -> None:
    inventory = build_inventory()
    different = [
        replace(inventory, run_id="20261101T003001Z"),
        replace(inventory, tenant="test"),
        replace(inventory, iflows=[iflow(messages=13)]),
        replace(inventory, settings=LeanixSettings(prefix="CI ")),
    ]

    key = idempotency_key(inventory, test=False)
    different_keys = {idempotency_key(other, test=False) for other in different}
    different_keys.add(idempotency_key(inventory, test=True))

    assert key == idempotency_key(build_inventory(), test=False)
    assert len(different_keys) == 5
    assert key not in different_keys


def test_idempotency_key_of_a_dry_run_has_a_suffix() -> None:
    key = idempotency_key(build_inventory(), test=False)

    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{16}", key)
    assert idempotency_key(build_inventory(), test=True) == f"{key}-test"


def peak_memory(iflow_count: int) -> int:
    rows = [iflow(f"Flow{number}", iflow_name=f"Flow {number}") for number in range(iflow_count)]
    inventory = build_inventory(*rows)
    tracemalloc.start()
    try:
        with Path(os.devnull).open("wb") as file:
            key = idempotency_key(inventory, test=False)
            write_ldif(inventory, file, workspace_id=WORKSPACE, key=key, test=False)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_iflows() -> None:
    peak_memory(10)  # fills caches

    few, many = peak_memory(100), peak_memory(10_000)

    assert many < MEGABYTE
    assert many < few + MEGABYTE // 10


def test_size_is_proportional_to_the_number_of_iflows() -> None:
    def size(iflow_count: int) -> int:
        file = io.BytesIO()
        rows = [iflow(f"Flow{number:05}") for number in range(iflow_count)]
        inventory = build_inventory(*rows)
        write_ldif(inventory, file, workspace_id=WORKSPACE, key="k", test=False)
        return file.tell()

    one, thousand, two_thousand = size(1), size(1000), size(2000)

    assert two_thousand - thousand == pytest.approx(thousand - one, rel=0.01)
