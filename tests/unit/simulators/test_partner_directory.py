"""The partner directory and B2B scenarios."""

from __future__ import annotations

import base64
import hashlib

from tests.unit.simulators.conftest import Caller

PID = "New partner's/1"


def test_parameters_of_a_new_partner_make_the_partner(whole: Caller) -> None:
    body = {"Pid": PID, "Id": "x", "Value": "=cmd|' /C calc'!A0"}
    key = "StringParameters(Pid='New%20partner''s%2F1',Id='x')"

    created = whole.send("POST", "StringParameters", body)
    again = whole.send("POST", "StringParameters", body)
    changed = whole.send("PUT", key, {"Value": "new"})

    assert [answer.status_code for answer in (created, again, changed)] == [201, 500, 204]
    assert created.json()["d"]["Value"] == body["Value"]
    assert whole.entity(key)["Value"] == "new"
    assert PID in [row["Pid"] for row in whole.rows("Partners")]
    assert whole.send("DELETE", key).status_code == 204
    assert PID not in [row["Pid"] for row in whole.rows("Partners")]


def test_a_binary_parameter_keeps_its_bytes(whole: Caller) -> None:
    value = base64.b64encode(b"\x00\xff").decode()
    whole.send(
        "POST", "BinaryParameters", {"Pid": PID, "Id": "b", "ContentType": "xsl", "Value": value}
    )

    assert whole.entity("BinaryParameters(Pid='New%20partner''s%2F1',Id='b')")["Value"] == value


def test_half_a_character_in_a_value_is_escaped(whole: Caller) -> None:
    whole.tenant.content.rows("StringParameters")[0]["Value"] = "a\ud83d"

    assert whole.rows("StringParameters")[0]["Value"] == "a\ud83d"


def test_an_alternative_partner_is_asked_for_in_hexadecimal(whole: Caller) -> None:
    whole.send("POST", "AlternativePartners", {"Agency": "A", "Scheme": "S", "Id": "7", "Pid": PID})
    key = "AlternativePartners(Hexagency='41',Hexscheme='53',Hexid='37')"

    assert whole.entity(key)["Pid"] == PID
    assert whole.send("PUT", key, {"Pid": "Plain"}).status_code == 204
    assert whole.entity(key)["Pid"] == "Plain"
    assert whole.get("AlternativePartners(Hexscheme='53',Hexid='37')").status_code == 400


def test_a_partner_is_deleted_with_all_but_what_is_excluded(whole: Caller) -> None:
    answer = whole.send(
        "DELETE", "Partners('O''Neill%20Ltd')?exclude=AuthorizedUsers,BinaryParameters"
    )

    assert answer.status_code == 204
    condition = "$filter=Pid eq 'O''Neill Ltd'"
    assert whole.rows(f"StringParameters?{condition}") == []
    assert len(whole.rows(f"AuthorizedUsers?{condition}")) == 1
    assert len(whole.rows(f"BinaryParameters?{condition}")) == 1
    assert whole.send("DELETE", "Partners('Plain')?exclude=Nonsense").status_code == 400
    assert whole.send("DELETE", "Partners('none')").status_code == 404


def test_a_partners_password_is_shown_as_a_hash_alone(whole: Caller) -> None:
    key = "UserCredentialParameters(Pid='O''Neill%20Ltd',Id='login')"

    hashed = whole.entity(f"{key}?returnHashedPassword=SHA256")["Password"]

    assert whole.entity(key)["Password"] is None
    assert hashed == hashlib.sha256(b"first-secret").hexdigest()


def test_a_business_document_leads_to_what_happened_to_it(whole: Caller) -> None:
    row = whole.rows("BusinessDocuments?$filter=OverallStatus eq 'FAILED'")[0]
    document = f"BusinessDocuments('{row['Id']}')"
    payload = whole.rows(f"{document}/BusinessDocumentPayloads")[0]

    assert whole.get("BusinessDocuments/$count").text == "2"
    assert whole.rows(f"{document}/LastErrorDetails")[0]["ErrorCategory"] == "AGREEMENT"
    content = whole.get(f"BusinessDocumentPayloads('{payload['Id']}')/$value").content
    assert content == f"UNA:+.? '{row['Id']}".encode()
    acknowledged = whole.entity(f"{document}/SenderFunctionalAcknowledgement")
    assert acknowledged["TransmissionHttpCode"] == 200
