"""Credentials, keystores, user mappings and access policies."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from tests.simulators.cloud_integration.examples import EXAMPLE_NOW
from tests.simulators.cloud_integration.seeds_stores import hexadecimal
from tests.unit.simulators.conftest import TenantClient

OURS = hexadecimal("it's ours/prod")
SAPS = hexadecimal("sap_cloudintegrationcertificate")
WITH_CUSTOM_PARAMETERS = "OAuth2ClientCredentials('CRM%20%26%20ERP')"
DER = b"\x30\x03\x02\x01\x05"


def aliases(client: TenantClient, store: str = "system") -> set[str]:
    return {row["Alias"] for row in client.rows(f"KeystoreEntries?keystoreName={store}")}


def put_certificate(client: TenantClient, alias: str, content: bytes, **query: str) -> int:
    response = client.send(
        "PUT",
        f"CertificateResources('{hexadecimal(alias)}')/$value",
        data=content,
        params={"fingerprintVerified": "true", "returnKeystoreEntries": "false"} | query,
        headers={"Content-Type": "application/pkix-cert"},
    )
    return response.status_code


@pytest.mark.parametrize(
    ("name", "body", "secret"),
    [
        ("UserCredentials", {"Kind": "default", "User": "u", "Password": "hidden"}, "Password"),
        ("SecureParameters", {"SecureParam": "hidden"}, "SecureParam"),
        ("OAuth2ClientCredentials", {"ClientSecret": "hidden"}, "ClientSecret"),
    ],
)
def test_credentials_are_stored_and_never_shown(
    example: TenantClient, name: str, body: dict[str, str], secret: str
) -> None:
    full = {"Name": "it's new"} | body
    keyed = f"{name}('it''s%20new')"

    assert example.send("POST", name, full).status_code == 202
    assert example.send("POST", name, full).status_code == 409
    assert example.send("PUT", keyed, body | {"Description": "d"}).status_code == 202
    assert example.send("PUT", keyed, body | {"Name": "other"}).status_code == 400
    entity = example.entity(keyed)
    assert (entity["Description"], entity[secret]) == ("d", None)
    assert "hidden" not in example.get(name).text
    assert example.send("DELETE", keyed).status_code == 202
    assert example.get(keyed).status_code == 404


def test_credential_has_its_deployment_date(example: TenantClient) -> None:
    example.send("PUT", "UserCredentials('SFTP_User')", {"User": "new", "Password": "p"})

    descriptor = example.entity("UserCredentials('SFTP_User')")["SecurityArtifactDescriptor"]

    deployed = int(EXAMPLE_NOW.timestamp() * 1000)
    assert descriptor["DeployedOn"] == f"/Date({deployed})/"
    assert descriptor["__metadata"]["type"] == "com.sap.hci.api.SecurityArtifactDescriptor"


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "UserCredentials"), ("PUT", "UserCredentials('SFTP_User')")],
)
@pytest.mark.parametrize(
    ("properties", "status"),
    [
        ({"Kind": "Default"}, 500),
        ({"Kind": "basic"}, 500),
        ({"Kind": "successfactors"}, 500),
        ({"Kind": "successfactors", "CompanyId": "acme"}, 202),
        ({"Kind": "openconnectors"}, 500),
        ({"Kind": "openconnectors", "Password": "User u,Organization o,Element e"}, 202),
    ],
)
def test_kind_must_be_known_and_in_lower_case(
    example: TenantClient, method: str, path: str, properties: dict[str, str], status: int
) -> None:
    name = "New" if method == "POST" else "SFTP_User"

    response = example.send(method, path, {"Name": name, "Password": "p", **properties})

    assert response.status_code == status


def test_custom_parameters_are_shown_if_expanded(example: TenantClient) -> None:
    unexpanded = example.entity(WITH_CUSTOM_PARAMETERS)
    full = example.entity(f"{WITH_CUSTOM_PARAMETERS}?$expand=CustomParameters")

    assert "CustomParameters" not in unexpanded
    assert full["CustomParameters"]["results"][0]["Key"] == "tenant"


def test_every_update_of_a_client_deletes_its_custom_parameters(example: TenantClient) -> None:
    custom = [{"Key": "tenant", "Value": "2", "SendAsPartOf": "body"}]

    rejected = example.send("PUT", WITH_CUSTOM_PARAMETERS, {"CustomParameters": custom})
    before = example.entity(f"{WITH_CUSTOM_PARAMETERS}?$expand=CustomParameters")
    updated = example.send("PUT", WITH_CUSTOM_PARAMETERS, {"Scope": "write"})
    after = example.entity(f"{WITH_CUSTOM_PARAMETERS}?$expand=CustomParameters")

    assert (rejected.status_code, updated.status_code) == (400, 202)
    assert len(before["CustomParameters"]["results"]) == 1
    assert (after["CustomParameters"]["results"], after["Scope"]) == ([], "write")


def test_certificates_expire_around_every_threshold(example: TenantClient) -> None:
    days = {}
    for row in example.rows("KeystoreEntries?keystoreName=system"):
        moment = int(row["ValidNotAfter"].removeprefix("/Date(").removesuffix(")/")) / 1000
        days[row["Alias"]] = (datetime.fromtimestamp(moment, UTC) - EXAMPLE_NOW).days

    assert (
        days["edi-partner-2023"],
        days["house-bank-client"],
        days["partner ü"],
        days["it's ours/prod"],
    ) == (
        -3,
        10,
        60,
        400,
    )


def test_certificate_has_the_dates_of_its_entry(example: TenantClient) -> None:
    response = example.get(f"KeystoreEntries('{OURS}')/Certificate/$value?keystoreName=system")

    certificate = x509.load_der_x509_certificate(response.content)
    assert certificate.not_valid_after_utc == EXAMPLE_NOW + timedelta(days=400)
    assert response.headers["Content-Type"] == "application/pkix-cert"


def test_alias_is_hexadecimal(example: TenantClient) -> None:
    assert example.entity(f"KeystoreEntries('{OURS}')")["Alias"] == "it's ours/prod"
    assert example.entity(f"KeystoreEntries('{OURS.lower()}')")["Alias"] == "it's ours/prod"
    assert example.get("KeystoreEntries('ABC')").status_code == 400
    assert example.get("KeystoreEntries('ABCD')?keystoreName=KeyRenewal").status_code in (400, 404)
    assert example.get(f"KeystoreEntries('{hexadecimal('none')}')").status_code == 404


def test_only_own_entries_are_renamed_and_deleted(example: TenantClient) -> None:
    rename = {"Status": None}
    renamed = example.send("PUT", f"KeystoreEntries('{OURS}')?renameAlias=new%20one", rename)
    duplicate = example.send(
        "PUT",
        f"KeystoreEntries('{hexadecimal('house-bank-client')}')?renameAlias=new%20one",
        rename,
    )

    assert (renamed.status_code, duplicate.status_code) == (204, 400)
    assert {"new one", "house-bank-client"} <= aliases(example)
    assert example.send("DELETE", f"KeystoreEntries('{hexadecimal('new one')}')").status_code == 204
    assert "new one" not in aliases(example)
    assert example.send("DELETE", f"KeystoreEntries('{SAPS}')").status_code == 403


def test_renewed_key_pair_is_activated(example: TenantClient) -> None:
    assert len(aliases(example, "KeyRenewal")) == 1

    target = f"KeystoreEntries('{SAPS}')?keystoreName=KeyRenewal&activate=true"
    response = example.send("DELETE", target)

    assert response.status_code == 204
    assert aliases(example, "KeyRenewal") == set()
    assert "sap_cloudintegrationcertificate" in aliases(example)


def test_certificate_is_created_or_replaced(example: TenantClient) -> None:
    assert put_certificate(example, "new", DER, update="false") == 204
    assert put_certificate(example, "new", DER, update="false") == 400
    assert put_certificate(example, "new", base64.b64encode(DER), update="true") == 204
    assert put_certificate(example, "none", DER, update="true") == 400
    assert put_certificate(example, "new", b"text", update="true") == 415
    assert put_certificate(example, "x", DER, update="false", fingerprintVerified="false") == 409
    assert put_certificate(example, "sap_x", DER, update="false") == 403


def test_exported_keystore_can_be_imported(example: TenantClient) -> None:
    before = aliases(example)
    exported = example.entity("KeystoreResources('system')")["Resource"]
    for alias in ("house-bank-client", "edi-partner-2023"):
        example.send("DELETE", f"KeystoreEntries('{hexadecimal(alias)}')")
    body = {"Name": "system", "Resource": exported, "Password": "p"}

    imported = example.send("POST", "KeystoreResources?importOption=merge", body)

    status = {row["Alias"]: row["Status"] for row in imported.json()["d"]["results"]}
    assert (status["house-bank-client"], status["it's ours/prod"][:11]) == ("new", "notImported")
    assert aliases(example) == before
    text = base64.b64encode(b"text").decode()
    not_a_keystore = example.send("POST", "KeystoreResources", body | {"Resource": text})
    unlocked = example.send("POST", "KeystoreResources", {"Name": "system", "Resource": exported})
    other_name = example.send("POST", "KeystoreResources", body | {"Name": "other"})
    assert [response.status_code for response in (not_a_keystore, unlocked, other_name)] == [
        415,
        400,
        400,
    ]


def test_keystore_is_backed_up_and_restored(example: TenantClient) -> None:
    target = "KeystoreResources('system')?retrieveBackup=backup_admin_system"
    restore = {"Resource": None}
    nothing = example.send("PUT", target, restore)
    before = aliases(example)

    example.send("POST", "KeystoreResources", {"Name": "backup_admin_system"})
    deleted = example.send(
        "PUT",
        "KeystoreResources('system')?deleteEntries=true&returnKeystoreEntries=false",
        {"Aliases": "house-bank-client;it's ours/prod;unknown\\;one"},
    )
    between = aliases(example)
    restored = example.send("PUT", target, restore)

    assert (nothing.status_code, deleted.status_code, restored.status_code) == (404, 204, 200)
    assert between == before - {"house-bank-client", "it's ours/prod"}
    assert aliases(example) == before
    assert example.get("Keystores('backup_admin_system')/Size/$value").text == "5"
    assert example.entity("Keystores('system')?$expand=Entries")["Size"] == len(before)


def test_keys_are_generated_and_imported(example: TenantClient) -> None:
    created = {"Alias": "made", "KeyType": "RSA", "KeySize": 4096, "CommonName": "c"}
    pair = {"Alias": "p12", "Resource": base64.b64encode(DER).decode(), "Password": "p"}
    no_entries = "returnKeystoreEntries=false"

    generated = example.send("POST", f"KeyPairGenerationRequests?{no_entries}", created)
    duplicate = example.send("POST", f"KeyPairGenerationRequests?{no_entries}", created)
    verified = f"{no_entries}&update=false&fingerprintVerified"
    imported = example.send("POST", f"KeyPairResources?{verified}=true", pair)
    untrusted = example.send("POST", f"KeyPairResources?{verified}=false", pair | {"Alias": "q"})
    ssh = example.send("POST", "SSHKeyGenerationRequests?update=true", {"SSHFile": "a2V5"})

    responses = (generated, duplicate, imported, untrusted, ssh)
    assert [response.status_code for response in responses] == [204, 400, 204, 409, 200]
    assert example.entity(f"KeystoreEntries('{hexadecimal('made')}')")["KeySize"] == 4096
    assert ssh.json()["d"]["Alias"] == "id_rsa"


def test_key_pair_is_copied_from_the_history(example: TenantClient) -> None:
    row = example.rows("HistoryKeystoreEntries")[0]
    target = f"HistoryKeystoreEntries('{row['Hexalias']}')?copy=true&destinationAlias=sap_old"

    assert example.send("PUT", target, {"Status": None}).status_code == 204
    assert "sap_old" in aliases(example, "KeyRenewal")


def test_user_mapping_keeps_its_certificate(example: TenantClient) -> None:
    body = {"User": "new", "Certificate": base64.b64encode(b"pem").decode()}

    created = example.send("POST", "CertificateUserMappings", body).json()["d"]

    assert created["ValidUntil"].isdigit()
    rows = example.rows("CertificateUserMappings?$filter=User eq 'new'")
    assert [row["Certificate"] for row in rows] == [body["Certificate"]]
    assert example.send("DELETE", f"CertificateUserMappings('{created['Id']}')").status_code == 204


def test_access_policy_has_a_role_and_references(example: TenantClient) -> None:
    reference = {"Name": "r", "Type": "INTEGRATION_FLOW", "ConditionValue": "x"}
    body = {"RoleName": "New", "ArtifactReferences": [reference]}
    created = example.send("POST", "AccessPolicies", body)
    duplicate = example.send("POST", "AccessPolicies", body)
    key = created.json()["d"]["Id"]
    changed = example.send("PATCH", f"AccessPolicies({key}L)", {"Description": "Changed"})

    entity = example.rows("AccessPolicies?$expand=ArtifactReferences&$filter=RoleName eq 'New'")[0]
    assert [response.status_code for response in (created, duplicate, changed)] == [201, 409, 204]
    assert entity["Description"] == "Changed"
    assert [row["Name"] for row in entity["ArtifactReferences"]["results"]] == ["r"]
    assert example.send("DELETE", f"AccessPolicies({key}L)").status_code == 204
    assert "r" not in [row["Name"] for row in example.rows("ArtifactReferences")]
