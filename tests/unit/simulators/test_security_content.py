"""Credentials, keystores, user mappings and access policies."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from tests.simulators.cloud_integration.examples import EXAMPLE_NOW
from tests.simulators.cloud_integration.seeds_stores import hexadecimal
from tests.unit.simulators.conftest import Caller

OURS = hexadecimal("it's ours/prod")
SAPS = hexadecimal("sap_cloudintegrationcertificate")
DER = b"\x30\x03\x02\x01\x05"


def aliases(caller: Caller, store: str = "system") -> set[str]:
    return {row["Alias"] for row in caller.rows(f"KeystoreEntries?keystoreName={store}")}


def put_certificate(caller: Caller, alias: str, content: bytes, **query: str) -> int:
    answer = caller.send(
        "PUT",
        f"CertificateResources('{hexadecimal(alias)}')/$value",
        data=content,
        params={"fingerprintVerified": "true", "returnKeystoreEntries": "false"} | query,
        headers={"Content-Type": "application/pkix-cert"},
    )
    return answer.status_code


@pytest.mark.parametrize(
    ("name", "body", "secret"),
    [
        ("UserCredentials", {"Kind": "default", "User": "u", "Password": "hidden"}, "Password"),
        ("SecureParameters", {"SecureParam": "hidden"}, "SecureParam"),
        ("OAuth2ClientCredentials", {"ClientSecret": "hidden"}, "ClientSecret"),
    ],
)
def test_credentials_are_created_once_changed_and_deleted_and_never_shown(
    whole: Caller, name: str, body: dict[str, str], secret: str
) -> None:
    full = {"Name": "it's new"} | body
    keyed = f"{name}('it''s%20new')"

    assert whole.send("POST", name, full).status_code == 202
    assert whole.send("POST", name, full).status_code == 409
    assert whole.send("PUT", keyed, body | {"Description": "d"}).status_code == 202
    assert whole.send("PUT", keyed, body | {"Name": "other"}).status_code == 400
    shown = whole.entity(keyed)
    assert (shown["Description"], shown[secret]) == ("d", None)
    assert "hidden" not in whole.get(name).text
    assert whole.send("DELETE", keyed).status_code == 202
    assert whole.get(keyed).status_code == 404


def test_a_credentials_descriptor_says_when_it_was_deployed(whole: Caller) -> None:
    whole.send("PUT", "UserCredentials('SFTP_User')", {"User": "new", "Password": "p"})

    descriptor = whole.entity("UserCredentials('SFTP_User')")["SecurityArtifactDescriptor"]

    deployed = int(EXAMPLE_NOW.timestamp() * 1000)
    assert descriptor["DeployedOn"] == f"/Date({deployed})/"
    assert descriptor["__metadata"]["type"] == "com.sap.hci.api.SecurityArtifactDescriptor"


def test_custom_parameters_of_a_client_are_shown_where_they_are_asked_for(whole: Caller) -> None:
    plain = whole.entity("OAuth2ClientCredentials('HR')")
    full = whole.entity("OAuth2ClientCredentials('HR')?$expand=CustomParameters")

    assert "CustomParameters" not in plain
    assert full["CustomParameters"]["results"][0]["Key"] == "tenant"


def test_certificates_end_before_and_after_every_threshold(whole: Caller) -> None:
    days = {}
    for row in whole.rows("KeystoreEntries?keystoreName=system"):
        moment = int(row["ValidNotAfter"].removeprefix("/Date(").removesuffix(")/")) / 1000
        days[row["Alias"]] = (datetime.fromtimestamp(moment, UTC) - EXAMPLE_NOW).days

    assert (days["gone"], days["soon"], days["partner ü"], days["it's ours/prod"]) == (
        -3,
        10,
        60,
        400,
    )


def test_an_entrys_certificate_is_one_with_its_dates(whole: Caller) -> None:
    answer = whole.get(f"KeystoreEntries('{OURS}')/Certificate/$value?keystoreName=system")

    certificate = x509.load_der_x509_certificate(answer.content)
    assert certificate.not_valid_after_utc == EXAMPLE_NOW + timedelta(days=400)
    assert answer.headers["Content-Type"] == "application/pkix-cert"


def test_an_alias_is_asked_for_in_hexadecimal(whole: Caller) -> None:
    assert whole.entity(f"KeystoreEntries('{OURS}')")["Alias"] == "it's ours/prod"
    assert whole.entity(f"KeystoreEntries('{OURS.lower()}')")["Alias"] == "it's ours/prod"
    assert whole.get("KeystoreEntries('ABC')").status_code == 400
    assert whole.get("KeystoreEntries('ABCD')?keystoreName=KeyRenewal").status_code in (400, 404)
    assert whole.get(f"KeystoreEntries('{hexadecimal('none')}')").status_code == 404


def test_entries_are_renamed_and_deleted_but_not_saps(whole: Caller) -> None:
    rename = {"Status": None}
    renamed = whole.send("PUT", f"KeystoreEntries('{OURS}')?renameAlias=new%20one", rename)
    taken = whole.send(
        "PUT", f"KeystoreEntries('{hexadecimal('soon')}')?renameAlias=new%20one", rename
    )

    assert (renamed.status_code, taken.status_code) == (204, 400)
    assert {"new one", "soon"} <= aliases(whole)
    assert whole.send("DELETE", f"KeystoreEntries('{hexadecimal('new one')}')").status_code == 204
    assert "new one" not in aliases(whole)
    assert whole.send("DELETE", f"KeystoreEntries('{SAPS}')").status_code == 403


def test_a_renewed_key_pair_is_activated(whole: Caller) -> None:
    assert len(aliases(whole, "KeyRenewal")) == 1

    target = f"KeystoreEntries('{SAPS}')?keystoreName=KeyRenewal&activate=true"
    answer = whole.send("DELETE", target)

    assert answer.status_code == 204
    assert aliases(whole, "KeyRenewal") == set()
    assert "sap_cloudintegrationcertificate" in aliases(whole)


def test_a_certificate_is_uploaded_new_or_in_place_of_one(whole: Caller) -> None:
    assert put_certificate(whole, "new", DER, update="false") == 204
    assert put_certificate(whole, "new", DER, update="false") == 400
    assert put_certificate(whole, "new", base64.b64encode(DER), update="true") == 204
    assert put_certificate(whole, "none", DER, update="true") == 400
    assert put_certificate(whole, "new", b"text", update="true") == 415
    assert put_certificate(whole, "x", DER, update="false", fingerprintVerified="false") == 409
    assert put_certificate(whole, "sap_x", DER, update="false") == 403


def test_a_keystore_is_exported_and_imported_again(whole: Caller) -> None:
    before = aliases(whole)
    exported = whole.entity("KeystoreResources('system')")["Resource"]
    for alias in ("soon", "gone"):
        whole.send("DELETE", f"KeystoreEntries('{hexadecimal(alias)}')")
    body = {"Name": "system", "Resource": exported, "Password": "p"}

    imported = whole.send("POST", "KeystoreResources?importOption=merge", body)

    status = {row["Alias"]: row["Status"] for row in imported.json()["d"]["results"]}
    assert (status["soon"], status["it's ours/prod"][:11]) == ("new", "notImported")
    assert aliases(whole) == before
    text = base64.b64encode(b"text").decode()
    wrong = whole.send("POST", "KeystoreResources", body | {"Resource": text})
    unlocked = whole.send("POST", "KeystoreResources", {"Name": "system", "Resource": exported})
    other = whole.send("POST", "KeystoreResources", body | {"Name": "other"})
    assert [answer.status_code for answer in (wrong, unlocked, other)] == [415, 400, 400]


def test_a_keystore_is_backed_up_and_restored(whole: Caller) -> None:
    target = "KeystoreResources('system')?retrieveBackup=backup_admin_system"
    restore = {"Resource": None}
    nothing = whole.send("PUT", target, restore)
    before = aliases(whole)

    whole.send("POST", "KeystoreResources", {"Name": "backup_admin_system"})
    deleted = whole.send(
        "PUT",
        "KeystoreResources('system')?deleteEntries=true&returnKeystoreEntries=false",
        {"Aliases": "soon;it's ours/prod;unknown\\;one"},
    )
    between = aliases(whole)
    restored = whole.send("PUT", target, restore)

    assert (nothing.status_code, deleted.status_code, restored.status_code) == (404, 204, 200)
    assert between == before - {"soon", "it's ours/prod"}
    assert aliases(whole) == before
    assert whole.get("Keystores('backup_admin_system')/Size/$value").text == "5"
    assert whole.entity("Keystores('system')?$expand=Entries")["Size"] == len(before)


def test_keys_are_generated_and_imported(whole: Caller) -> None:
    made = {"Alias": "made", "KeyType": "RSA", "KeySize": 4096, "CommonName": "c"}
    pair = {"Alias": "p12", "Resource": base64.b64encode(DER).decode(), "Password": "p"}
    quiet = "returnKeystoreEntries=false"

    generated = whole.send("POST", f"KeyPairGenerationRequests?{quiet}", made)
    again = whole.send("POST", f"KeyPairGenerationRequests?{quiet}", made)
    verified = f"{quiet}&update=false&fingerprintVerified"
    imported = whole.send("POST", f"KeyPairResources?{verified}=true", pair)
    untrusted = whole.send("POST", f"KeyPairResources?{verified}=false", pair | {"Alias": "q"})
    ssh = whole.send("POST", "SSHKeyGenerationRequests?update=true", {"SSHFile": "a2V5"})

    answers = (generated, again, imported, untrusted, ssh)
    assert [answer.status_code for answer in answers] == [204, 400, 204, 409, 200]
    assert whole.entity(f"KeystoreEntries('{hexadecimal('made')}')")["KeySize"] == 4096
    assert ssh.json()["d"]["Alias"] == "id_rsa"


def test_an_old_key_pair_comes_back_from_the_history_for_renewal(whole: Caller) -> None:
    row = whole.rows("HistoryKeystoreEntries")[0]
    target = f"HistoryKeystoreEntries('{row['Hexalias']}')?copy=true&destinationAlias=sap_old"

    assert whole.send("PUT", target, {"Status": None}).status_code == 204
    assert "sap_old" in aliases(whole, "KeyRenewal")


def test_a_user_mapping_keeps_its_certificate(whole: Caller) -> None:
    body = {"User": "new", "Certificate": base64.b64encode(b"pem").decode()}

    made = whole.send("POST", "CertificateUserMappings", body).json()["d"]

    assert made["ValidUntil"].isdigit()
    found = whole.rows("CertificateUserMappings?$filter=User eq 'new'")
    assert [row["Certificate"] for row in found] == [body["Certificate"]]
    assert whole.send("DELETE", f"CertificateUserMappings('{made['Id']}')").status_code == 204


def test_an_access_policy_has_a_role_of_its_own_and_references(whole: Caller) -> None:
    reference = {"Name": "r", "Type": "INTEGRATION_FLOW", "ConditionValue": "x"}
    body = {"RoleName": "New", "ArtifactReferences": [reference]}
    made = whole.send("POST", "AccessPolicies", body)
    again = whole.send("POST", "AccessPolicies", body)
    key = made.json()["d"]["Id"]
    changed = whole.send("PATCH", f"AccessPolicies({key}L)", {"Description": "Changed"})

    shown = whole.rows("AccessPolicies?$expand=ArtifactReferences&$filter=RoleName eq 'New'")[0]
    assert [answer.status_code for answer in (made, again, changed)] == [201, 409, 204]
    assert shown["Description"] == "Changed"
    assert [row["Name"] for row in shown["ArtifactReferences"]["results"]] == ["r"]
    assert whole.send("DELETE", f"AccessPolicies({key}L)").status_code == 204
    assert "r" not in [row["Name"] for row in whole.rows("ArtifactReferences")]
