"""Packages, iFlows and other artifacts: create, update, copy, download, delete."""

from __future__ import annotations

import base64
import io
import zipfile
from urllib.parse import quote

import pytest

from tests.simulators.cloud_integration.archives import make_bundle
from tests.simulators.cloud_integration.examples import PACKAGE
from tests.unit.simulators.conftest import TenantClient

FLOW = "IntegrationDesigntimeArtifacts(Id='Send_Orders',Version='active')"
ORDERS = f"IntegrationPackages('{quote(PACKAGE.replace(chr(39), chr(39) * 2), safe='')}')"
ZIP = make_bundle(
    "Mine", "Mine", "1.0.0", {"a.txt": b"a"}, {"Host": "https://example.com", "Port": "1"}
)


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def names_in(content: bytes) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return set(archive.namelist())


def parameters(client: TenantClient) -> dict[str, str]:
    rows = client.rows(f"{FLOW}/Configurations")
    return {row["ParameterKey"]: row["ParameterValue"] for row in rows}


def test_package_is_created_updated_and_deleted(example: TenantClient) -> None:
    body = {"Id": "Own", "Name": "Own", "ShortText": "Mine"}
    created = example.send("POST", "IntegrationPackages", body)
    duplicate = example.send("POST", "IntegrationPackages", body)
    overwritten = example.send("POST", "IntegrationPackages?Overwrite=true", body)
    changed = example.send("PUT", "IntegrationPackages('Own')", {"Name": "Renamed"})

    assert [response.status_code for response in (created, duplicate, overwritten, changed)] == [
        201,
        409,
        201,
        202,
    ]
    assert created.json()["d"]["Id"] == "Own"
    assert example.entity("IntegrationPackages('Own')")["Name"] == "Renamed"
    assert "Own" in [row["Id"] for row in example.rows("IntegrationPackages")]

    assert example.send("DELETE", ORDERS).status_code == 202
    assert example.get(FLOW).status_code == 404
    assert example.rows("MessageMappingDesigntimeArtifacts") == []


def test_package_id_must_not_contain_an_underscore(example: TenantClient) -> None:
    response = example.send("POST", "IntegrationPackages", {"Id": "My_Own", "Name": "Own"})

    assert response.status_code == 400
    assert "special character" in response.json()["error"]["message"]["value"]


def test_downloaded_iflow_equals_the_uploaded_zip(example: TenantClient) -> None:
    body = {"Id": "Mine", "Name": "Mine", "PackageId": PACKAGE, "ArtifactContent": encoded(ZIP)}
    created = example.send("POST", "IntegrationDesigntimeArtifacts", body)
    mine = "IntegrationDesigntimeArtifacts(Id='Mine',Version='1.0.0')"

    assert created.status_code == 201
    assert created.json()["d"]["ArtifactContent"] is None
    assert example.get(f"{mine}/$value").content == ZIP
    assert {row["ParameterKey"] for row in example.rows(f"{mine}/Configurations")} == {
        "Host",
        "Port",
    }
    assert [row["Id"] for row in example.rows(f"{ORDERS}/IntegrationDesigntimeArtifacts")] == [
        "Send_Orders",
        "Mine",
    ]
    assert example.send("POST", "IntegrationDesigntimeArtifacts", body).status_code == 500
    assert example.send("DELETE", mine).status_code == 200
    assert example.get(mine).status_code == 404


def test_iflow_must_be_a_zip_file(example: TenantClient) -> None:
    assert example.send("PUT", FLOW, {"ArtifactContent": encoded(b"text")}).status_code == 400


def test_iflow_is_renamed_and_saved_as_a_version(example: TenantClient) -> None:
    example.send("PUT", FLOW, {"Name": "Renamed"})
    saved = example.send(
        "POST", "IntegrationDesigntimeArtifactSaveAsVersion?Id='Send_Orders'&SaveAsVersion='2.0.0'"
    )

    iflow = example.entity(FLOW)
    assert saved.status_code == 200
    assert (iflow["Name"], iflow["Version"]) == ("Renamed", "2.0.0")
    assert iflow["ModifiedBy"] == "api.client@example.com"


def test_parameter_is_updated_separately(example: TenantClient) -> None:
    before = parameters(example)
    response = example.send(
        "PUT", f"{FLOW}/$links/Configurations('Timeout%2Fms')", {"ParameterValue": "9"}
    )

    assert response.status_code == 202
    assert parameters(example) == before | {"Timeout/ms": "9"}
    assert example.get(f"{FLOW}/Configurations/$count").text == "3"
    rows = example.rows(f"{FLOW}/Configurations?$filter=substringof('host',ParameterKey)")
    assert [row["ParameterKey"] for row in rows] == ["Receiver host"]
    unknown = f"{FLOW}/$links/Configurations('none')"
    assert example.send("PUT", unknown, {"ParameterValue": "9"}).status_code == 404


def test_resources_are_created_read_updated_and_deleted(example: TenantClient) -> None:
    new = {"Name": "a b.groovy", "ResourceType": "groovy", "ResourceContent": encoded(b"1")}
    key = "Resources(Name='a%20b.groovy',ResourceType='groovy')"

    assert example.send("POST", f"{FLOW}/Resources", new).status_code == 201
    assert example.send("PUT", f"{FLOW}/$links/{key}", {"ResourceContent": encoded(b"22")}).ok
    assert example.get(f"{FLOW}/{key}/$value").content == b"22"
    assert example.entity(f"{FLOW}/{key}")["ResourceSize"] == "2"
    assert "src/main/resources/groovy/a b.groovy" in names_in(example.get(f"{FLOW}/$value").content)
    assert example.send("DELETE", f"{FLOW}/$links/{key}").status_code == 200
    assert example.get(f"{FLOW}/{key}").status_code == 404


def test_recreated_iflow_has_initial_content(example: TenantClient) -> None:
    example.send("PUT", FLOW, {"ArtifactContent": encoded(ZIP)})
    example.send("DELETE", FLOW)
    body = {"Id": "Send_Orders", "Name": "Again", "PackageId": PACKAGE}
    response = example.send(
        "POST", "IntegrationDesigntimeArtifacts", body, headers={"Accept": "application/xml"}
    )

    assert response.headers["Content-Type"].startswith("application/atom+xml")
    assert parameters(example) == {}
    assert [row["Name"] for row in example.rows(f"{FLOW}/Resources")] == ["model.iflw"]
    assert example.get(f"{FLOW}/$value").content != ZIP


def test_configure_only_package_rejects_changes(example: TenantClient) -> None:
    flow = "IntegrationDesigntimeArtifacts(Id='Standard_Flow',Version='1.0.0')"

    changed = example.send("PUT", flow, {"Name": "Mine"})
    configured = example.send(
        "PUT", f"{flow}/$links/Configurations('Receiver%20host')", {"ParameterValue": "x"}
    )

    assert changed.status_code == 400
    assert "configure only package" in changed.json()["error"]["message"]["value"]
    assert configured.status_code == 202
    assert example.get("IntegrationPackages('Standard')/$value").status_code == 400


def test_package_with_draft_cannot_be_downloaded(example: TenantClient) -> None:
    response = example.get("IntegrationPackages('Drafts')/$value")

    assert response.status_code == 500
    assert "{Type=IFlow, Name=Draft flow}" in response.json()["error"]["message"]["value"]


def test_downloaded_package_can_be_uploaded(example: TenantClient) -> None:
    content = example.get(f"{ORDERS}/$value").content
    example.send("DELETE", ORDERS)

    response = example.send("POST", "IntegrationPackages", {"PackageContent": encoded(content)})

    assert (response.status_code, response.json()["d"]["Id"]) == (201, PACKAGE)
    assert names_in(content) == {"resources.cnt", "Send_Orders_content"}
    assert example.get(FLOW).status_code == 200


def test_locked_artifact_cannot_be_changed(example: TenantClient) -> None:
    lock = example.rows("IntegrationDesigntimeLocks")[0]
    example.tenant.content.rows("IntegrationDesigntimeLocks")[0]["ArtifactId"] = "Send_Orders"
    locked = example.send("PUT", FLOW, {"Name": "Mine"})
    example.send("DELETE", f"IntegrationDesigntimeLocks('{lock['ResourceId']}')")

    assert locked.status_code == 500
    assert "locked" in locked.json()["error"]["message"]["value"]
    assert example.send("PUT", FLOW, {"Name": "Mine"}).status_code == 200


def test_discover_package_is_copied_again_only_with_suffix(example: TenantClient) -> None:
    target = "CopyIntegrationPackage?Id='Discover_Editable'"

    copied = example.send("POST", target)
    duplicate = example.send("POST", target)
    overwritten = example.send("POST", f"{target}&ImportMode='OVERWRITE'")
    bare = example.send("POST", f"{target}&ImportMode='CREATE_COPY'")
    second = example.send("POST", f"{target}&ImportMode='CREATE_COPY'&Suffix='2'")
    unknown = example.send("POST", "CopyIntegrationPackage?Id='none'")
    mode = example.send("POST", f"{target}&ImportMode='NONSENSE'")

    responses = (copied, duplicate, overwritten, bare, second, unknown, mode)
    assert [response.status_code for response in responses] == [201, 409, 201, 400, 201, 404, 400]
    assert second.json()["d"]["Id"] == "Discover_Editable.2"
    flows = example.rows(
        "IntegrationPackages('Discover_Editable.2')/IntegrationDesigntimeArtifacts"
    )
    assert [row["Id"] for row in flows] == ["Discover_Editable_Flow2"]
    flow = "IntegrationDesigntimeArtifacts(Id='Discover_Editable_Flow2',Version='active')"
    assert len(example.rows(f"{flow}/Configurations")) == 3


def test_iflow_without_zip_has_an_empty_model(example: TenantClient) -> None:
    created = example.send(
        "POST", "IntegrationDesigntimeArtifacts", {"Name": "My flow", "PackageId": PACKAGE}
    )

    flow = "IntegrationDesigntimeArtifacts(Id='My_flow',Version='active')"
    assert created.status_code == 201
    assert "src/main/resources/scenarioflows/integrationflow/model.iflw" in names_in(
        example.get(f"{flow}/$value").content
    )


@pytest.mark.parametrize("query", ["Id=Send_Orders&Version='active'", "Id='Send_Orders'", "Id=7"])
def test_function_parameters_must_be_literals(example: TenantClient, query: str) -> None:
    assert example.send("POST", f"DeployIntegrationDesigntimeArtifact?{query}").status_code == 400


def test_mappings_and_scripts_support_all_operations(example: TenantClient) -> None:
    for kind in ("MessageMapping", "ValueMapping", "ScriptCollection"):
        name = f"{kind}DesigntimeArtifacts"
        body = {"Id": "Mine", "Name": "Mine", "PackageId": PACKAGE, "ArtifactContent": encoded(ZIP)}
        keyed = f"{name}(Id='Mine',Version='1.0.0')"
        assert example.send("POST", name, body).status_code == 201
        assert example.send("POST", name, body).status_code in (400, 500)
        assert example.get(f"{keyed}/$value").content == ZIP
        assert "Mine" in [row["Id"] for row in example.rows(f"{ORDERS}/{name}")]
        saved = f"{kind}DesigntimeArtifactSaveAsVersion?Id='Mine'&SaveAsVersion='1.1.0'"
        assert example.send("POST", saved).status_code == 200
        assert example.get(keyed).status_code == 404
        assert example.send("DELETE", f"{name}(Id='Mine',Version='active')").status_code == 200


def test_value_maps_are_updated_and_deleted(example: TenantClient) -> None:
    pair = "SrcAgency='A'&SrcId='a'&TgtAgency='B'&TgtId='b'"
    mapping = "Id='Units_of_measure'&Version='active'"
    keyed = "ValueMappingDesigntimeArtifacts(Id='Units_of_measure',Version='1.0.0')"
    maps = f"{keyed}/ValMapSchema(SrcAgency='A',SrcId='a',TgtAgency='B',TgtId='b')"

    for target in ("1", "2"):
        added = f"UpsertValMaps?{mapping}&{pair}&SrcValue='x'&TgtValue='{target}'&IsConfigured=true"
        assert example.send("POST", added).status_code == 202
    row = example.rows(f"{maps}/ValMaps")[0]
    default = f"UpdateDefaultValMap?{mapping}&{pair}&ValMapId='{row['Id']}'&IsConfigured=false"

    assert row["Value"]["TgtValue"] == "2"
    assert example.send("POST", default).status_code == 202
    assert [each["Id"] for each in example.rows(f"{maps}/DefaultValMaps")] == [row["Id"]]
    assert example.send("POST", f"DeleteValMaps?{mapping}&{pair}").status_code == 202
    assert example.rows(f"{maps}/ValMaps") == []


def test_custom_tags_and_guidelines_are_updated(example: TenantClient) -> None:
    example.send("PUT", f"{ORDERS}/$links/CustomTags('LoB')", {"Value": "Finance"})
    result = f"{FLOW}/DesignGuidelineExecutionResults('b609174e95564c0ead17ee319c24bbe7')"
    link = result.replace("/Design", "/$links/Design")
    skip = {"GudelineId": "DEFINE_IDENTIFIERS", "IsGuidelineSkipped": True, "SkipReason": "n/a"}
    example.send("PUT", link, skip)
    execute = "ExecuteIntegrationDesigntimeArtifactsGuidelines?Id='Send_Orders'&Version='active'"
    example.send("POST", execute)

    tags = {row["Name"]: row["Value"] for row in example.rows(f"{ORDERS}/CustomTags")}
    expanded = example.entity(f"{result}?$expand=DesignGuidelines")["DesignGuidelines"]["results"]
    assert tags["LoB"] == "Finance"
    assert expanded[0]["IsGuidelineSkipped"] is True
    assert len(example.rows(f"{FLOW}/DesignGuidelineExecutionResults")) == 2
