"""The partner directory and B2B scenarios."""

from __future__ import annotations

import base64
import hashlib

from tests.unit.simulators.conftest import TenantClient

PID = "New partner's/1"


def test_first_parameter_creates_the_partner(example: TenantClient) -> None:
    body = {"Pid": PID, "Id": "x", "Value": "=cmd|' /C calc'!A0"}
    key = "StringParameters(Pid='New%20partner''s%2F1',Id='x')"

    created = example.send("POST", "StringParameters", body)
    duplicate = example.send("POST", "StringParameters", body)
    changed = example.send("PUT", key, {"Value": "new"})

    assert [response.status_code for response in (created, duplicate, changed)] == [201, 500, 204]
    assert created.json()["d"]["Value"] == body["Value"]
    assert example.entity(key)["Value"] == "new"
    assert PID in [row["Pid"] for row in example.rows("Partners")]
    assert example.send("DELETE", key).status_code == 204
    assert PID not in [row["Pid"] for row in example.rows("Partners")]


def test_authorized_user_is_stored_in_lower_case(example: TenantClient) -> None:
    created = example.send("POST", "AuthorizedUsers", {"User": "Anna@Example", "Pid": PID})
    duplicate = example.send("POST", "AuthorizedUsers", {"User": "anna@EXAMPLE", "Pid": PID})

    assert (created.status_code, duplicate.status_code) == (201, 500)
    assert created.json()["d"]["User"] == "anna@example"
    assert example.entity("AuthorizedUsers('anna@example')")["Pid"] == PID


def test_binary_parameter_keeps_its_bytes(example: TenantClient) -> None:
    value = base64.b64encode(b"\x00\xff").decode()
    example.send(
        "POST", "BinaryParameters", {"Pid": PID, "Id": "b", "ContentType": "xsl", "Value": value}
    )

    assert example.entity("BinaryParameters(Pid='New%20partner''s%2F1',Id='b')")["Value"] == value


def test_lone_surrogate_is_escaped(example: TenantClient) -> None:
    example.tenant.content.rows("StringParameters")[0]["Value"] = "a\ud83d"

    assert example.rows("StringParameters")[0]["Value"] == "a\ud83d"


def test_alternative_partner_has_a_hexadecimal_key(example: TenantClient) -> None:
    example.send(
        "POST", "AlternativePartners", {"Agency": "A", "Scheme": "S", "Id": "7", "Pid": PID}
    )
    key = "AlternativePartners(Hexagency='41',Hexscheme='53',Hexid='37')"

    assert example.entity(key)["Pid"] == PID
    assert example.send("PUT", key, {"Pid": "Plain"}).status_code == 204
    assert example.entity(key)["Pid"] == "Plain"
    assert example.get("AlternativePartners(Hexscheme='53',Hexid='37')").status_code == 400


def test_partner_is_deleted_except_excluded_sets(example: TenantClient) -> None:
    response = example.send(
        "DELETE", "Partners('O''Neill%20Ltd')?exclude=AuthorizedUsers,BinaryParameters"
    )

    assert response.status_code == 204
    condition = "$filter=Pid eq 'O''Neill Ltd'"
    assert example.rows(f"StringParameters?{condition}") == []
    assert len(example.rows(f"AuthorizedUsers?{condition}")) == 1
    assert len(example.rows(f"BinaryParameters?{condition}")) == 1
    assert example.send("DELETE", "Partners('Plain')?exclude=Nonsense").status_code == 400
    assert example.send("DELETE", "Partners('none')").status_code == 404


def test_password_is_only_shown_as_a_hash(example: TenantClient) -> None:
    key = "UserCredentialParameters(Pid='O''Neill%20Ltd',Id='login')"

    hashed = example.entity(f"{key}?returnHashedPassword=SHA256")["Password"]

    assert example.entity(key)["Password"] is None
    assert hashed == hashlib.sha256(b"first-secret").hexdigest()


def test_business_document_has_details(example: TenantClient) -> None:
    row = example.rows("BusinessDocuments?$filter=OverallStatus eq 'FAILED'")[0]
    document = f"BusinessDocuments('{row['Id']}')"
    payload = example.rows(f"{document}/BusinessDocumentPayloads")[0]

    assert example.get("BusinessDocuments/$count").text == "2"
    assert example.rows(f"{document}/LastErrorDetails")[0]["ErrorCategory"] == "AGREEMENT"
    content = example.get(f"BusinessDocumentPayloads('{payload['Id']}')/$value").content
    assert content == f"UNA:+.? '{row['Id']}".encode()
    acknowledged = example.entity(f"{document}/SenderFunctionalAcknowledgement")
    assert acknowledged["TransmissionHttpCode"] == 200
