"""Packages, iFlows and the other artifacts: created, changed, copied, downloaded, deployed."""

from __future__ import annotations

import base64
import io
import zipfile
from urllib.parse import quote

import pytest

from tests.simulators.cloud_integration.archives import make_bundle
from tests.simulators.cloud_integration.examples import PACKAGE
from tests.unit.simulators.conftest import Caller

FLOW = "IntegrationDesigntimeArtifacts(Id='Send_Orders',Version='active')"
ORDERS = f"IntegrationPackages('{quote(PACKAGE.replace(chr(39), chr(39) * 2), safe='')}')"
ZIP = make_bundle("Mine", "Mine", "1.0.0", {"a.txt": b"a"}, "Host=https://example.com\nPort=1\n")


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def names_in(content: bytes) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return set(archive.namelist())


def parameters(caller: Caller) -> dict[str, str]:
    rows = caller.rows(f"{FLOW}/Configurations")
    return {row["ParameterKey"]: row["ParameterValue"] for row in rows}


def test_a_package_is_created_once_changed_and_deleted_with_its_iflows(whole: Caller) -> None:
    body = {"Id": "Own", "Name": "Own", "ShortText": "Mine"}
    created = whole.send("POST", "IntegrationPackages", body)
    again = whole.send("POST", "IntegrationPackages", body)
    over = whole.send("POST", "IntegrationPackages?Overwrite=true", body)
    changed = whole.send("PUT", "IntegrationPackages('Own')", {"Name": "Renamed"})

    assert [answer.status_code for answer in (created, again, over, changed)] == [
        201,
        409,
        201,
        202,
    ]
    assert created.json()["d"]["Id"] == "Own"
    assert whole.entity("IntegrationPackages('Own')")["Name"] == "Renamed"
    assert "Own" in [row["Id"] for row in whole.rows("IntegrationPackages")]

    assert whole.send("DELETE", ORDERS).status_code == 202
    assert whole.get(FLOW).status_code == 404
    assert whole.rows("MessageMappingDesigntimeArtifacts") == []


def test_an_iflow_is_created_with_its_zip_and_downloaded_byte_by_byte(whole: Caller) -> None:
    body = {"Id": "Mine", "Name": "Mine", "PackageId": PACKAGE, "ArtifactContent": encoded(ZIP)}
    created = whole.send("POST", "IntegrationDesigntimeArtifacts", body)
    mine = "IntegrationDesigntimeArtifacts(Id='Mine',Version='1.0.0')"

    assert created.status_code == 201
    assert created.json()["d"]["ArtifactContent"] is None
    assert whole.get(f"{mine}/$value").content == ZIP
    assert {row["ParameterKey"] for row in whole.rows(f"{mine}/Configurations")} == {"Host", "Port"}
    assert [row["Id"] for row in whole.rows(f"{ORDERS}/IntegrationDesigntimeArtifacts")] == [
        "Send_Orders",
        "Mine",
    ]
    assert whole.send("POST", "IntegrationDesigntimeArtifacts", body).status_code == 500
    assert whole.send("DELETE", mine).status_code == 200
    assert whole.get(mine).status_code == 404


def test_what_is_no_zip_is_no_iflow(whole: Caller) -> None:
    assert whole.send("PUT", FLOW, {"ArtifactContent": encoded(b"text")}).status_code == 400


def test_an_iflow_can_be_renamed_and_saved_as_a_version(whole: Caller) -> None:
    whole.send("PUT", FLOW, {"Name": "Renamed"})
    saved = whole.send(
        "POST", "IntegrationDesigntimeArtifactSaveAsVersion?Id='Send_Orders'&SaveAsVersion='2.0.0'"
    )

    shown = whole.entity(FLOW)
    assert saved.status_code == 200
    assert (shown["Name"], shown["Version"]) == ("Renamed", "2.0.0")
    assert shown["ModifiedBy"] == "api.client@example.com"


def test_a_configuration_parameter_is_set_alone(whole: Caller) -> None:
    before = parameters(whole)
    answer = whole.send(
        "PUT", f"{FLOW}/$links/Configurations('Timeout%2Fms')", {"ParameterValue": "9"}
    )

    assert answer.status_code == 202
    assert parameters(whole) == before | {"Timeout/ms": "9"}
    assert whole.get(f"{FLOW}/Configurations/$count").text == "3"
    found = whole.rows(f"{FLOW}/Configurations?$filter=substringof('host',ParameterKey)")
    assert [row["ParameterKey"] for row in found] == ["Receiver host"]
    unknown = f"{FLOW}/$links/Configurations('none')"
    assert whole.send("PUT", unknown, {"ParameterValue": "9"}).status_code == 404


def test_resources_are_added_read_changed_and_removed(whole: Caller) -> None:
    new = {"Name": "a b.groovy", "ResourceType": "groovy", "ResourceContent": encoded(b"1")}
    key = "Resources(Name='a%20b.groovy',ResourceType='groovy')"

    assert whole.send("POST", f"{FLOW}/Resources", new).status_code == 201
    assert whole.send("PUT", f"{FLOW}/$links/{key}", {"ResourceContent": encoded(b"22")}).ok
    assert whole.get(f"{FLOW}/{key}/$value").content == b"22"
    assert whole.entity(f"{FLOW}/{key}")["ResourceSize"] == "2"
    assert "src/main/resources/groovy/a b.groovy" in names_in(whole.get(f"{FLOW}/$value").content)
    assert whole.send("DELETE", f"{FLOW}/$links/{key}").status_code == 200
    assert whole.get(f"{FLOW}/{key}").status_code == 404


def test_an_iflow_that_comes_again_begins_anew(whole: Caller) -> None:
    whole.send("PUT", FLOW, {"ArtifactContent": encoded(ZIP)})
    whole.send("DELETE", FLOW)
    body = {"Id": "Send_Orders", "Name": "Again", "PackageId": PACKAGE}
    answer = whole.send(
        "POST", "IntegrationDesigntimeArtifacts", body, headers={"Accept": "application/xml"}
    )

    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    assert parameters(whole) == {}
    assert [row["Name"] for row in whole.rows(f"{FLOW}/Resources")] == ["model.iflw"]
    assert whole.get(f"{FLOW}/$value").content != ZIP


def test_a_configure_only_package_can_be_configured_only(whole: Caller) -> None:
    flow = "IntegrationDesigntimeArtifacts(Id='Standard_Flow',Version='1.0.0')"

    changed = whole.send("PUT", flow, {"Name": "Mine"})
    configured = whole.send(
        "PUT", f"{flow}/$links/Configurations('Receiver%20host')", {"ParameterValue": "x"}
    )

    assert changed.status_code == 400
    assert "configure only package" in changed.json()["error"]["message"]["value"]
    assert configured.status_code == 202
    assert whole.get("IntegrationPackages('Standard')/$value").status_code == 400


def test_a_package_with_a_draft_cannot_be_downloaded(whole: Caller) -> None:
    answer = whole.get("IntegrationPackages('Drafts')/$value")

    assert answer.status_code == 500
    assert "{Type=IFlow, Name=Draft flow}" in answer.json()["error"]["message"]["value"]


def test_a_downloaded_package_can_be_uploaded_again(whole: Caller) -> None:
    content = whole.get(f"{ORDERS}/$value").content
    whole.send("DELETE", ORDERS)

    answer = whole.send("POST", "IntegrationPackages", {"PackageContent": encoded(content)})

    assert (answer.status_code, answer.json()["d"]["Id"]) == (201, PACKAGE)
    assert names_in(content) == {"resources.cnt", "Send_Orders_content"}
    assert whole.get(FLOW).status_code == 200


def test_what_somebody_has_open_cannot_be_changed(whole: Caller) -> None:
    lock = whole.rows("IntegrationDesigntimeLocks")[0]
    whole.tenant.content.rows("IntegrationDesigntimeLocks")[0]["ArtifactId"] = "Send_Orders"
    locked = whole.send("PUT", FLOW, {"Name": "Mine"})
    whole.send("DELETE", f"IntegrationDesigntimeLocks('{lock['ResourceId']}')")

    assert locked.status_code == 500
    assert "locked" in locked.json()["error"]["message"]["value"]
    assert whole.send("PUT", FLOW, {"Name": "Mine"}).status_code == 200


def test_a_package_is_copied_from_discover_once_or_with_a_suffix(whole: Caller) -> None:
    target = "CopyIntegrationPackage?Id='Discover_Editable'"

    copied = whole.send("POST", target)
    again = whole.send("POST", target)
    over = whole.send("POST", f"{target}&ImportMode='OVERWRITE'")
    bare = whole.send("POST", f"{target}&ImportMode='CREATE_COPY'")
    second = whole.send("POST", f"{target}&ImportMode='CREATE_COPY'&Suffix='2'")
    unknown = whole.send("POST", "CopyIntegrationPackage?Id='none'")
    mode = whole.send("POST", f"{target}&ImportMode='NONSENSE'")

    answers = (copied, again, over, bare, second, unknown, mode)
    assert [answer.status_code for answer in answers] == [201, 409, 201, 400, 201, 404, 400]
    assert second.json()["d"]["Id"] == "Discover_Editable.2"
    flows = whole.rows("IntegrationPackages('Discover_Editable.2')/IntegrationDesigntimeArtifacts")
    assert [row["Id"] for row in flows] == ["Discover_Editable_Flow2"]
    flow = "IntegrationDesigntimeArtifacts(Id='Discover_Editable_Flow2',Version='active')"
    assert len(whole.rows(f"{flow}/Configurations")) == 3


def test_an_iflow_without_a_zip_gets_an_empty_model(whole: Caller) -> None:
    created = whole.send(
        "POST", "IntegrationDesigntimeArtifacts", {"Name": "My flow", "PackageId": PACKAGE}
    )

    flow = "IntegrationDesigntimeArtifacts(Id='My_flow',Version='active')"
    assert created.status_code == 201
    assert "src/main/resources/iflw/model.iflw" in names_in(whole.get(f"{flow}/$value").content)


@pytest.mark.parametrize("query", ["Id=Send_Orders&Version='active'", "Id='Send_Orders'", "Id=7"])
def test_a_function_imports_parameters_are_literals(whole: Caller, query: str) -> None:
    assert whole.send("POST", f"DeployIntegrationDesigntimeArtifact?{query}").status_code == 400


def test_mappings_and_scripts_live_like_iflows(whole: Caller) -> None:
    for kind in ("MessageMapping", "ValueMapping", "ScriptCollection"):
        name = f"{kind}DesigntimeArtifacts"
        body = {"Id": "Mine", "Name": "Mine", "PackageId": PACKAGE, "ArtifactContent": encoded(ZIP)}
        keyed = f"{name}(Id='Mine',Version='1.0.0')"
        assert whole.send("POST", name, body).status_code == 201
        assert whole.send("POST", name, body).status_code in (400, 500)
        assert whole.get(f"{keyed}/$value").content == ZIP
        assert "Mine" in [row["Id"] for row in whole.rows(f"{ORDERS}/{name}")]
        saved = f"{kind}DesigntimeArtifactSaveAsVersion?Id='Mine'&SaveAsVersion='1.1.0'"
        assert whole.send("POST", saved).status_code == 200
        assert whole.get(keyed).status_code == 404
        assert whole.send("DELETE", f"{name}(Id='Mine',Version='active')").status_code == 200


def test_value_maps_are_set_defaulted_and_deleted(whole: Caller) -> None:
    pair = "SrcAgency='A'&SrcId='a'&TgtAgency='B'&TgtId='b'"
    mapping = "Id='Units_of_measure'&Version='active'"
    keyed = "ValueMappingDesigntimeArtifacts(Id='Units_of_measure',Version='1.0.0')"
    maps = f"{keyed}/ValMapSchema(SrcAgency='A',SrcId='a',TgtAgency='B',TgtId='b')"

    for target in ("1", "2"):
        added = f"UpsertValMaps?{mapping}&{pair}&SrcValue='x'&TgtValue='{target}'&IsConfigured=true"
        assert whole.send("POST", added).status_code == 202
    row = whole.rows(f"{maps}/ValMaps")[0]
    default = f"UpdateDefaultValMap?{mapping}&{pair}&ValMapId='{row['Id']}'&IsConfigured=false"

    assert row["Value"]["TgtValue"] == "2"
    assert whole.send("POST", default).status_code == 202
    assert [each["Id"] for each in whole.rows(f"{maps}/DefaultValMaps")] == [row["Id"]]
    assert whole.send("POST", f"DeleteValMaps?{mapping}&{pair}").status_code == 202
    assert whole.rows(f"{maps}/ValMaps") == []


def test_custom_tags_and_guidelines_keep_what_is_set(whole: Caller) -> None:
    whole.send("PUT", f"{ORDERS}/$links/CustomTags('LoB')", {"Value": "Finance"})
    result = f"{FLOW}/DesignGuidelineExecutionResults('b609174e95564c0ead17ee319c24bbe7')"
    link = result.replace("/Design", "/$links/Design")
    skip = {"GudelineId": "DEFINE_IDENTIFIERS", "IsGuidelineSkipped": True, "SkipReason": "n/a"}
    whole.send("PUT", link, skip)
    execute = "ExecuteIntegrationDesigntimeArtifactsGuidelines?Id='Send_Orders'&Version='active'"
    whole.send("POST", execute)

    tags = {row["Name"]: row["Value"] for row in whole.rows(f"{ORDERS}/CustomTags")}
    expanded = whole.entity(f"{result}?$expand=DesignGuidelines")["DesignGuidelines"]["results"]
    assert tags["LoB"] == "Finance"
    assert expanded[0]["IsGuidelineSkipped"] is True
    assert len(whole.rows(f"{FLOW}/DesignGuidelineExecutionResults")) == 2
