"""`iflow-census api --list`: the catalog of the API."""

import json

from iflow_census.cloud_integration.catalog import Area
from tests.functional.tenant_admin.conftest import Call
from tests.simulators.cloud_integration import SimulatedTenant


def test_catalog_has_every_area_without_tenant(call: Call) -> None:
    table = call("api", "--list")
    rows = json.loads(call("api", "--list", "--query", "@").stdout)

    assert {row["area"] for row in rows} == {area.value for area in Area}
    assert len(table.stdout.splitlines()) == len(rows) + 1
    policies = next(row for row in rows if row["name"] == "AccessPolicies")
    assert policies["key"] == "Id (Int64)"
    assert policies["verbs"] == "list, create, patch, delete"


def test_area_is_found_by_part_of_its_name(call: Call) -> None:
    rows = json.loads(call("api", "--list", "stores", "--query", "@").stdout)
    unknown = call("api", "--list", "nonsense")

    assert {row["area"] for row in rows} == {"Message Stores"}
    assert unknown.exit_code == 2
    assert "unknown area 'nonsense'; known areas: Integration Content" in unknown.stderr


def test_tenant_metadata_extends_the_catalog(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    before = json.loads(call("api", "--list", "all", "--query", "[].name").stdout)

    with_tenant = json.loads(call("api", key_file, "all", "--list", "--query", "@").stdout)
    without_area = json.loads(call("api", key_file, "--list", "--query", "@").stdout)

    assert with_tenant == without_area
    added = [row["name"] for row in with_tenant if row["area"] == "(this tenant)"]
    assert [row["name"] for row in with_tenant] == before + added
    assert tenant.requests[-1].path == "/api/v1/$metadata"
