"""What holds for every operation of the whole API: methods, keys, tokens, roles, formats."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from tests.simulators.cloud_integration import ALL_ROLES, Fault, FaultKind, generate_landscape
from tests.simulators.cloud_integration.examples import example_landscape
from tests.simulators.cloud_integration.operations import OPERATIONS
from tests.unit.simulators.conftest import Caller, MovedClock, Starter


def test_a_token_is_worth_nothing_without_both_of_its_cookies(whole: Caller) -> None:
    body = {"Pid": "p", "Id": "i", "Value": "v"}
    both = whole.session.cookies.get_dict()
    for name in both:
        whole.session.cookies.clear()
        whole.session.cookies.update({name: both[name]})
        assert whole.send("POST", "StringParameters", body).status_code == 403

    whole.session.cookies.update(both)
    assert whole.send("POST", "StringParameters", body).status_code == 201


def test_a_token_is_kept_for_its_session_until_it_expires(whole: Caller) -> None:
    first = whole.session.headers["X-CSRF-Token"]
    again = whole.get("Queues", headers={"X-CSRF-Token": "fetch"})
    whole.tenant.expire_csrf_tokens()
    refused = whole.send("DELETE", "UserCredentials('SFTP_User')")
    renewed = whole.fetch_csrf_token()

    assert again.headers["X-CSRF-Token"] == first
    assert "Set-Cookie" not in again.headers
    assert (refused.status_code, refused.headers["X-CSRF-Token"]) == (403, "Required")
    assert renewed.headers["X-CSRF-Token"] != first
    assert whole.send("DELETE", "UserCredentials('SFTP_User')").status_code == 202


def test_a_get_that_does_not_ask_gets_no_token(whole: Caller) -> None:
    del whole.session.headers["X-CSRF-Token"]

    assert "X-CSRF-Token" not in whole.get("Queues").headers


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "Queues('Stuck')", "GET"),
        ("DELETE", "UserCredentials", "GET, POST"),
        ("PUT", "AccessPolicies(101L)", "DELETE, PATCH"),
        ("GET", "DeployIntegrationDesigntimeArtifact", "POST"),
        ("POST", "MessageProcessingLogs", "GET"),
    ],
)
def test_a_method_that_the_set_has_not_is_refused_with_those_it_has(
    whole: Caller, method: str, path: str, allowed: str
) -> None:
    answer = whole.send(method, path)

    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)


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
def test_a_key_of_the_wrong_form_is_a_bad_request(whole: Caller, path: str) -> None:
    answer = whole.get(path)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "Bad Request"


@pytest.mark.parametrize(
    ("path", "status"),
    [("(101L)", 204), ("(101)", 204), ("(Id=101L)", 204), ("('101')", 400), ("(999L)", 404)],
)
def test_an_int64_key_is_a_number(whole: Caller, path: str, status: int) -> None:
    assert whole.send("DELETE", f"AccessPolicies{path}").status_code == status


def test_a_single_key_may_be_named_or_not(whole: Caller) -> None:
    for path in ("Queues('it''s%20slow')", "Queues(Name='it%27%27s%20slow')"):
        assert whole.entity(path)["Name"] == "it's slow"
    assert whole.entity("BuildAndDeployStatus('0a1b2c3d-0000-4000-8000-00000000cafe')")["Status"]


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
def test_what_is_not_there_is_not_found_with_saps_error(whole: Caller, path: str) -> None:
    answer = whole.get(path)

    assert answer.status_code == 404
    assert answer.json()["error"]["message"]["lang"] == "en"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"Pid": "p", "Id": "i", "Value": 7}, 400),
        ({"Pid": "p", "Id": "i", "Value": None}, 400),
        (["p"], 400),
        ({"Pid": "p", "Id": "i", "Value": "v"}, 201),
    ],
)
def test_a_body_is_read_strictly(whole: Caller, body: object, status: int) -> None:
    assert whole.send("POST", "StringParameters", body).status_code == status


def test_content_of_another_type_or_broken_json_is_refused(whole: Caller) -> None:
    xml = whole.send("POST", "Nothing")
    typed = whole.send(
        "POST", "StringParameters", data="<entry/>", headers={"Content-Type": "application/xml"}
    )
    broken = whole.send(
        "POST", "StringParameters", data="{", headers={"Content-Type": "application/json"}
    )

    assert (xml.status_code, typed.status_code, broken.status_code) == (404, 415, 400)
    assert "MalformedJson" in broken.json()["error"]["message"]["value"]


def test_binary_that_is_no_base64_is_refused(whole: Caller) -> None:
    body = {"Pid": "p", "Id": "i", "ContentType": "xsl", "Value": "***"}

    assert whole.send("POST", "BinaryParameters", body).status_code == 400


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
def test_an_area_without_its_role_is_forbidden_with_an_empty_body(
    start: Starter, role: str, path: str
) -> None:
    caller = start(example_landscape(), roles=ALL_ROLES - {role})

    answer = caller.get(path)

    assert (answer.status_code, answer.content) == (403, b"")
    caller.tenant.roles.add(role)
    assert caller.get(path).status_code != 403


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("WorkspaceArtifactLocksRead", "IntegrationDesigntimeLocks"),
        ("WorkspacePackagesRead", "CustomTagConfigurations('CustomTags')/$value"),
    ],
)
def test_some_sets_send_an_error_without_text_if_the_role_is_missing(
    start: Starter, role: str, path: str
) -> None:
    caller = start(example_landscape(), roles=ALL_ROLES - {role})

    response = caller.get(path)
    as_xml = caller.get(path, headers={"Accept": "*/*"})

    assert (response.status_code, as_xml.status_code) == (403, 403)
    assert response.json()["error"]["message"]["value"] is None
    assert b'<message xml:lang="en"></message>' in as_xml.content


def test_a_key_for_the_census_reads_certificates_but_no_queues(start: Starter) -> None:
    caller = start(example_landscape())
    caller.fetch_csrf_token()

    assert caller.get("KeystoreEntries").status_code == 200
    assert caller.get("JmsBrokers('Broker1')").status_code == 403
    assert caller.send("DELETE", "IntegrationRuntimeArtifacts('Send_Orders')").status_code == 403


def test_the_sandbox_can_only_be_read(start: Starter) -> None:
    caller = start(example_landscape(), roles=ALL_ROLES, auth="apikey")
    key = caller.tenant.service_key()
    url = f"{key['url']}/api/v1/UserCredentials('SFTP_User')"

    read = caller.session.get(url, headers={"APIKey": key["apikey"]}, timeout=10)
    written = caller.session.delete(url, headers={"APIKey": key["apikey"]}, timeout=10)

    assert (read.status_code, written.status_code) == (200, 405)


def test_each_family_has_its_own_limit(start: Starter, clock: MovedClock) -> None:
    caller = start(example_landscape(), roles=ALL_ROLES, enforce_limits=True)
    paths = {"NumberRanges": 5, "UserCredentials": 10, "Partners": 25}

    for path, limit in paths.items():
        answers = [caller.get(path).status_code for _ in range(limit + 1)]
        assert answers == [200] * limit + [429]
    clock.move(timedelta(seconds=1))

    assert caller.get("NumberRanges").status_code == 200
    assert {seen.family for seen in caller.tenant.requests[1:]} == {
        "number-ranges",
        "security",
        "partner-directory",
    }


def test_lists_come_in_pages_with_count_order_filter_and_choice(start: Starter) -> None:
    caller = start(example_landscape(), roles=ALL_ROLES, page_size=2)

    rows = caller.rows("StringParameters?$orderby=Id desc&$select=Pid,Id")
    chosen = caller.rows("StringParameters?$filter=Pid eq 'O''Neill Ltd' and Id eq 'Receiver 1'")

    assert len(rows) == 6
    assert rows[0]["Id"] == "Receiver 1"
    assert set(rows[0]) == {"__metadata", "Pid", "Id"}
    assert [row["Value"] for row in chosen] == ["https://1.example.com/a=b"]
    assert caller.get("AccessPolicies?$inlinecount=allpages").json()["d"]["__count"] == "2"


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
def test_an_option_that_a_set_has_not_is_refused(whole: Caller, path: str, status: int) -> None:
    assert whole.get(path).status_code == status


def test_who_does_not_ask_for_json_gets_xml(whole: Caller) -> None:
    listed = whole.get("Queues", headers={"Accept": "*/*"})
    missing = whole.get("Queues('none')", headers={"Accept": "*/*"})

    assert "<d:Name>it&#x27;s slow</d:Name>" in listed.text or "it's slow" in listed.text
    assert listed.headers["Content-Type"].startswith("application/atom+xml")
    assert "<code>Not Found</code>" in missing.text


def test_the_metadata_names_every_set_and_function_import(whole: Caller) -> None:
    root = ET.fromstring(whole.get("$metadata").content)  # noqa: S314 - our own
    edm = "{http://schemas.microsoft.com/ado/2008/09/edm}"

    sets = {item.get("Name") for item in root.iter(f"{edm}EntitySet")}
    functions = {item.get("Name") for item in root.iter(f"{edm}FunctionImport")}

    assert {"IntegrationPackages", "Queues", "AccessPolicies", "KeystoreEntries"} <= sets
    assert functions == {operation.set for operation in OPERATIONS if operation.is_function}
    keys = root.find(f".//{edm}EntityType[@Name='AccessPolicy']/{edm}Property[@Name='Id']")
    assert keys is not None
    assert (keys.get("Type"), keys.get("Nullable")) == ("Edm.Int64", "false")


def test_a_download_breaks_off_when_told_to(whole: Caller) -> None:
    whole.tenant.faults.add(Fault(FaultKind.CUT_IN_BODY, path=r"/\$value"))

    with pytest.raises(OSError, match="Connection broken"):
        whole.get("IntegrationDesigntimeArtifacts(Id='Send_Orders',Version='active')/$value")


def test_a_changed_tenant_can_be_restored(whole: Caller) -> None:
    whole.send("DELETE", "UserCredentials('SFTP_User')")
    whole.send("DELETE", "IntegrationRuntimeArtifacts('Send_Orders')")
    whole.tenant.content.rows("Queues").clear()

    whole.tenant.restore()

    assert whole.get("UserCredentials('SFTP_User')").status_code == 200
    assert whole.get("IntegrationRuntimeArtifacts('Send_Orders')").status_code == 200
    assert len(whole.rows("Queues")) == 3


def test_a_landscape_for_the_census_has_the_other_areas_too(start: Starter) -> None:
    caller = start(generate_landscape(packages=2, iflows_per_package=1), roles=ALL_ROLES)

    assert len(caller.rows("MessageMappingDesigntimeArtifacts")) == 2
    assert len(caller.rows("JmsBrokers('Broker1')/QueueStates")) == 3
