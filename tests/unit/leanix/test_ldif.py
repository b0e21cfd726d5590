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

from iflow_census.leanix.ldif import TenantInventory, idempotency_key, write_ldif
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.scan.results import IflowRow
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


def test_items_of_tenant_and_iflow_have_stable_ids() -> None:
    tenant, item = ldif_of(build_inventory())["content"]

    assert (tenant["id"], tenant["type"]) == ("sap-ci:prod", "IntegrationTenant")
    assert (item["id"], item["type"]) == ("sap-ci:prod:Orders", "IntegrationFlow")
    assert item["data"]["name"] == "prod: Orders to ERP"


def test_changed_names_are_noted() -> None:
    inventory = build_inventory(
        iflow("A", iflow_name="Orders"),
        iflow("B", iflow_name="Orders", package_name="Purchasing"),
        iflow("C"),
    )

    assert inventory.notes == [
        "iFlow A is sent as 'prod: Orders (Sales processes)', because another iFlow of the tenant "
        "is named 'prod: Orders', too",
        "iFlow B is sent as 'prod: Orders (Purchasing)', because another iFlow of the tenant is "
        "named 'prod: Orders', too",
    ]


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
        "customFields": {
            "tenantExternalId": "sap-ci:prod",
            "periodStart": "2026-10-01T00:00:00Z",
        },
    }
    assert find_ldif_errors(ldif, WORKSPACE) == []


def test_description_of_a_dry_run_says_so() -> None:
    assert ldif_of(build_inventory(), test=True)["description"].startswith(
        "iFlows of prod, 2026-10 (dry run) ["
    )


def test_longest_header_is_accepted() -> None:
    settings = {"connector_type": "c" * 100, "connector_version": ".".join(["9" * 9] * 3)}
    inventory = replace(build_inventory(**settings), tenant="t" * 50)

    assert find_ldif_errors(ldif_of(inventory), WORKSPACE) == []


@pytest.mark.parametrize(
    "name",
    ["n" * 10_000, "Bestellung ä → 注文 🚚 طلب", '"${data.x}" \\ \n\t\x00', "half \ud83d of one"],
)
def test_name_of_any_length_and_script_is_unchanged(name: str) -> None:
    assert data_of(iflow(iflow_name=name))["name"] == f"prod: {name}"


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
    assert inventory.names  # as large as the rows, which are in memory anyway
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

    few, many = peak_memory(100), peak_memory(2_000)

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
