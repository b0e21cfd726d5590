"""Common behavior of all operations: methods, keys, tokens, roles, formats."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from tests.simulators.cloud_integration import ALL_ROLES, Fault, FaultKind, generate_landscape
from tests.simulators.cloud_integration.examples import example_landscape
from tests.simulators.cloud_integration.operations import OPERATIONS
from tests.unit.simulators.conftest import ManualClock, StartTenant, TenantClient


def test_csrf_token_requires_both_cookies(example: TenantClient) -> None:
    body = {"Pid": "p", "Id": "i", "Value": "v"}
    both = example.session.cookies.get_dict()
    for name in both:
        example.session.cookies.clear()
        example.session.cookies.update({name: both[name]})
        assert example.send("POST", "StringParameters", body).status_code == 403

    example.session.cookies.update(both)
    assert example.send("POST", "StringParameters", body).status_code == 201


def test_csrf_token_is_valid_in_its_session(example: TenantClient) -> None:
    first = example.session.headers["X-CSRF-Token"]
    second = example.get("Queues", headers={"X-CSRF-Token": "fetch"})
    example.tenant.expire_csrf_tokens()
    rejected = example.send("DELETE", "UserCredentials('SFTP_User')")
    renewed = example.fetch_csrf_token()

    assert second.headers["X-CSRF-Token"] == first
    assert "Set-Cookie" not in second.headers
    assert (rejected.status_code, rejected.headers["X-CSRF-Token"]) == (403, "Required")
    assert renewed.headers["X-CSRF-Token"] != first
    assert example.send("DELETE", "UserCredentials('SFTP_User')").status_code == 202


def test_csrf_token_is_only_sent_on_request(example: TenantClient) -> None:
    del example.session.headers["X-CSRF-Token"]

    assert "X-CSRF-Token" not in example.get("Queues").headers


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "Queues('Stuck')", "GET"),
        ("DELETE", "UserCredentials", "GET, POST"),
        ("MERGE", "OAuth2ClientCredentials('HR')", "GET, PUT, DELETE"),
        ("GET", "DeployIntegrationDesigntimeArtifact", "POST"),
        ("POST", "MessageProcessingLogs", "GET"),
    ],
)
def test_unsupported_method_lists_allowed_methods(
    example: TenantClient, method: str, path: str, allowed: str
) -> None:
    response = example.send(method, path)

    assert (response.status_code, response.headers["Allow"]) == (405, allowed)


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "OAuth2ClientCredentials('HR')"), ("PUT", "AccessPolicies(101L)")],
)
def test_some_methods_are_not_implemented(example: TenantClient, method: str, path: str) -> None:
    assert example.send(method, path, {"Description": "new"}).status_code == 501


@pytest.mark.parametrize(
    "path",
    [
        "UserCredentials(SFTP_User)",
        "UserCredentials(7)",
        "UserCredentials(Nonsense='SFTP_User')",
        "UserCredentials('SFTP_User'",
        "UserCredentials('it's')",
        "StringParameters('Plain')",
        "StringParameters(Pid='Plain')",
        "StringParameters(Pid='Plain',Id=7)",
        "StringParameters(Pid='Plain',Id='x',More='y')",
        "IntegrationDesigntimeArtifacts('Send_Orders')/Configurations",
    ],
)
def test_invalid_key_is_a_bad_request(example: TenantClient, path: str) -> None:
    response = example.get(path)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "Bad Request"


@pytest.mark.parametrize(
    ("path", "status"),
    [("(101L)", 204), ("(101)", 204), ("(Id=101L)", 204), ("('101')", 400), ("(999L)", 404)],
)
def test_int64_key_is_a_number(example: TenantClient, path: str, status: int) -> None:
    assert example.send("DELETE", f"AccessPolicies{path}").status_code == status


def test_single_key_can_have_a_name(example: TenantClient) -> None:
    for path in ("Queues('it''s%20slow')", "Queues(Name='it%27%27s%20slow')"):
        assert example.entity(path)["Name"] == "it's slow"
    assert example.entity("BuildAndDeployStatus('0a1b2c3d-0000-4000-8000-00000000cafe')")["Status"]


@pytest.mark.parametrize(
    "path",
    [
        "Nonsense",
        "Nonsense('x')",
        "Queues('none')",
        "Queues('Stuck')/Nonsense",
        "JmsBrokers('Broker2')",
        "IntegrationPackages('none')/CustomTags",
        "IntegrationDesigntimeArtifacts(Id='Send_Orders',Version='9')/Resources",
    ],
)
def test_missing_entity_has_saps_error(example: TenantClient, path: str) -> None:
    response = example.get(path)

    assert response.status_code == 404
    assert response.json()["error"]["message"]["lang"] == "en"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"Pid": "p", "Id": "i", "Value": 7}, 400),
        ({"Pid": "p", "Id": "i", "Value": None}, 400),
        (["p"], 400),
        ({"Pid": "p", "Id": "i", "Value": "v"}, 201),
    ],
)
def test_body_is_validated(example: TenantClient, body: object, status: int) -> None:
    assert example.send("POST", "StringParameters", body).status_code == status


def test_other_media_types_and_invalid_json_are_rejected(example: TenantClient) -> None:
    xml = example.send("POST", "Nothing")
    typed = example.send(
        "POST", "StringParameters", data="<entry/>", headers={"Content-Type": "application/xml"}
    )
    broken = example.send(
        "POST", "StringParameters", data="{", headers={"Content-Type": "application/json"}
    )

    assert (xml.status_code, typed.status_code, broken.status_code) == (404, 415, 400)
    assert "MalformedJson" in broken.json()["error"]["message"]["value"]


def test_binary_must_be_base64(example: TenantClient) -> None:
    body = {"Pid": "p", "Id": "i", "ContentType": "xsl", "Value": "***"}

    assert example.send("POST", "BinaryParameters", body).status_code == 400


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("DataStoresAndQueuesRead", "Queues"),
        ("MonitoringDataRead", "KeystoreEntries?keystoreName=system"),
        ("MessagePayloadsRead", "MessageStoreEntries('x')"),
        ("AccessPoliciesRead", "AccessPolicies"),
        ("AuthGroup_TenantPartnerDirectoryConfigurator", "Partners"),
        ("WorkspacePackagesRead", "MessageMappingDesigntimeArtifacts"),
    ],
)
def test_area_without_role_is_an_empty_403(start: StartTenant, role: str, path: str) -> None:
    client = start(example_landscape(), roles=ALL_ROLES - {role})

    response = client.get(path)

    assert (response.status_code, response.content) == (403, b"")
    client.tenant.roles.add(role)
    assert client.get(path).status_code != 403


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("WorkspaceArtifactLocksRead", "IntegrationDesigntimeLocks"),
        ("WorkspacePackagesRead", "CustomTagConfigurations('CustomTags')/$value"),
    ],
)
def test_missing_role_is_an_error_without_text_for_some_sets(
    start: StartTenant, role: str, path: str
) -> None:
    client = start(example_landscape(), roles=ALL_ROLES - {role})

    response = client.get(path)
    as_xml = client.get(path, headers={"Accept": "*/*"})

    assert (response.status_code, as_xml.status_code) == (403, 403)
    assert response.json()["error"]["message"]["value"] is None
    assert b'<message xml:lang="en"></message>' in as_xml.content


def test_census_roles_allow_certificates_but_not_queues(start: StartTenant) -> None:
    client = start(example_landscape())
    client.fetch_csrf_token()

    assert client.get("KeystoreEntries").status_code == 200
    assert client.get("JmsBrokers('Broker1')").status_code == 403
    assert client.send("DELETE", "IntegrationRuntimeArtifacts('Send_Orders')").status_code == 403


def test_sandbox_rejects_writes(start: StartTenant) -> None:
    client = start(example_landscape(), roles=ALL_ROLES, auth="apikey")
    key = client.tenant.service_key()
    url = f"{key['url']}/api/v1/UserCredentials('SFTP_User')"

    read = client.session.get(url, headers={"APIKey": key["apikey"]}, timeout=10)
    written = client.session.delete(url, headers={"APIKey": key["apikey"]}, timeout=10)

    assert (read.status_code, written.status_code) == (200, 405)


def test_each_family_has_its_own_limit(start: StartTenant, clock: ManualClock) -> None:
    client = start(example_landscape(), roles=ALL_ROLES, enforce_limits=True)
    paths = {"NumberRanges": 5, "UserCredentials": 10, "Partners": 25}

    for path, limit in paths.items():
        responses = [client.get(path).status_code for _ in range(limit + 1)]
        assert responses == [200] * limit + [429]
    clock.move(timedelta(seconds=1))

    assert client.get("NumberRanges").status_code == 200
    assert {seen.family for seen in client.tenant.requests[1:]} == {
        "number-ranges",
        "security",
        "partner-directory",
    }


def test_lists_support_all_options(start: StartTenant) -> None:
    client = start(example_landscape(), roles=ALL_ROLES, page_size=2)

    rows = client.rows("StringParameters?$orderby=Id desc&$select=Pid,Id")
    chosen = client.rows("StringParameters?$filter=Pid eq 'O''Neill Ltd' and Id eq 'Receiver 1'")

    assert len(rows) == 6
    assert rows[0]["Id"] == "Receiver 1"
    assert set(rows[0]) == {"__metadata", "Pid", "Id"}
    assert [row["Value"] for row in chosen] == ["https://1.example.com/a=b"]
    assert client.get("AccessPolicies?$inlinecount=allpages").json()["d"]["__count"] == "2"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("DataStores?$top=1", 501),
        ("SecureParameters?$select=Name", 501),
        ("StringParameters?$filter=Nonsense eq 'x'", 400),
        ("StringParameters?$orderby=Nonsense", 400),
        ("StringParameters?$select=Nonsense", 400),
        ("StringParameters?$nonsense=1", 400),
        ("UserCredentialParameters", 500),
        ("IdempotentRepositoryEntries", 400),
        ("KeystoreEntries?keystoreName=other", 400),
    ],
)
def test_unsupported_option_is_rejected(example: TenantClient, path: str, status: int) -> None:
    assert example.get(path).status_code == status


def test_xml_is_the_default_format(example: TenantClient) -> None:
    listed = example.get("Queues", headers={"Accept": "*/*"})
    missing = example.get("Queues('none')", headers={"Accept": "*/*"})

    assert "<d:Name>it&#x27;s slow</d:Name>" in listed.text or "it's slow" in listed.text
    assert listed.headers["Content-Type"].startswith("application/atom+xml")
    assert "<code>Not Found</code>" in missing.text


def test_metadata_has_all_sets_and_functions(example: TenantClient) -> None:
    root = ET.fromstring(example.get("$metadata").content)  # noqa: S314 - our own
    edm = "{http://schemas.microsoft.com/ado/2008/09/edm}"

    sets = {item.get("Name") for item in root.iter(f"{edm}EntitySet")}
    functions = {item.get("Name") for item in root.iter(f"{edm}FunctionImport")}

    assert {"IntegrationPackages", "Queues", "AccessPolicies", "KeystoreEntries"} <= sets
    assert functions == {operation.set for operation in OPERATIONS if operation.is_function}
    keys = root.find(f".//{edm}EntityType[@Name='AccessPolicy']/{edm}Property[@Name='Id']")
    assert keys is not None
    assert (keys.get("Type"), keys.get("Nullable")) == ("Edm.Int64", "false")


def test_download_can_be_interrupted(example: TenantClient) -> None:
    example.tenant.faults.add(Fault(FaultKind.CUT_IN_BODY, path=r"/\$value"))

    with pytest.raises(OSError, match="Connection broken"):
        example.get("IntegrationDesigntimeArtifacts(Id='Send_Orders',Version='active')/$value")


def test_changes_can_be_restored(example: TenantClient) -> None:
    example.send("DELETE", "UserCredentials('SFTP_User')")
    example.send("DELETE", "IntegrationRuntimeArtifacts('Send_Orders')")
    example.tenant.content.rows("Queues").clear()

    example.tenant.restore()

    assert example.get("UserCredentials('SFTP_User')").status_code == 200
    assert example.get("IntegrationRuntimeArtifacts('Send_Orders')").status_code == 200
    assert len(example.rows("Queues")) == 3


def test_generated_landscape_has_all_areas(start: StartTenant) -> None:
    client = start(generate_landscape(packages=2, iflows_per_package=1), roles=ALL_ROLES)

    assert len(client.rows("MessageMappingDesigntimeArtifacts")) == 2
    assert len(client.rows("JmsBrokers('Broker1')/QueueStates")) == 3
