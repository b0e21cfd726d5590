"""`iflow-census api TENANT POST …` and the other writes: what is asked, sent, and not sent."""

import base64
import json
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.functional.tenant_admin.conftest import Call, Start
from tests.simulators.cloud_integration import SimulatedTenant

SECRET = "hush-hush"
NEW_USER = ("--field", "Name=CRM", "--field", "Kind=default", "--field", "User=crm")


def _writes(tenant: SimulatedTenant) -> list[str]:
    return [
        f"{one.method} {one.path}"
        for one in tenant.requests
        if one.method != "GET" and "oauth" not in one.path
    ]


def _stored(tenant: SimulatedTenant, entity_set: str, **key: Any) -> list[dict[str, Any]]:
    rows = tenant.content.rows(entity_set)
    return [row for row in rows if all(row.get(name) == value for name, value in key.items())]


@pytest.mark.usefixtures("at_terminal")
def test_an_entity_is_created_of_fields_and_of_standard_input_after_a_question(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    result = call("api", key_file, "POST", "UserCredentials", *NEW_USER, input="y\n")

    assert result.exit_code == 0, result.output
    assert "This changes prod: POST " in result.stderr
    assert "UserCredentials, with Name, Kind, User" in result.stderr
    assert _stored(tenant, "UserCredentials", Name="CRM", User="crm")


@pytest.mark.usefixtures("at_terminal")
@pytest.mark.parametrize("answer", ["n\n", ""])
def test_nothing_is_sent_without_a_yes(
    call: Call, key_file: str, tenant: SimulatedTenant, answer: str
) -> None:
    result = call("api", key_file, "DELETE", "UserCredentials('SFTP_User')", input=answer)

    assert result.exit_code == 1
    assert "Nothing was changed." in result.stderr
    assert _writes(tenant) == []


def test_where_nobody_can_be_asked_yes_has_to_be_said(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    path = "UserCredentials('SFTP_User')"

    silent = call("api", key_file, "DELETE", path, input="y\n")
    agreed = call("api", key_file, "DELETE", path, "--yes")

    assert silent.exit_code == 2
    assert "add --yes" in silent.stderr
    assert agreed.exit_code == 0, agreed.output
    assert not _stored(tenant, "UserCredentials", Name="SFTP_User")


def test_a_dry_run_shows_the_request_without_credentials_or_secrets_and_sends_nothing(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    Path("more.json").write_text(json.dumps({"Password": SECRET}), encoding="utf-8")
    tenant.reset()

    result = call(
        "api", key_file, "POST", "UserCredentials", *NEW_USER, "--input", "more.json", "--dry-run"
    )

    assert result.exit_code == 0, result.output
    first, _, rest = result.stdout.partition("\n")
    assert first == f"POST {tenant.url}/api/v1/UserCredentials"
    assert json.loads(rest) == {
        "Password": "***",
        "Name": "CRM",
        "Kind": "default",
        "User": "crm",
    }
    assert SECRET not in result.output
    assert "Authorization" not in result.output
    assert tenant.requests == []


def test_an_entity_is_replaced_with_put_and_changed_with_patch(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    put = call(
        "api",
        key_file,
        "PUT",
        "StringParameters(Pid='Plain',Id='Receiver 0')",
        "--field",
        "Value=new",
        "--yes",
    )
    patch = call(
        "api", key_file, "patch", "AccessPolicies(101L)", "-f", "Description=For all", "--yes"
    )

    assert (put.exit_code, patch.exit_code) == (0, 0), put.output + patch.output
    assert _stored(tenant, "StringParameters", Pid="Plain", Id="Receiver 0", Value="new")
    assert _stored(tenant, "AccessPolicies", Id=101, Description="For all")


def test_a_typed_field_is_a_number_a_flag_json_or_the_bytes_of_a_file(
    call: Call, key_file: str
) -> None:
    Path("flow.zip").write_bytes(b"\x00\x01")
    typed = ("-F", "A=1", "-F", "B=true", "-F", "C=null", "-F", 'D=["x"]', "-F", "E=plain text")

    result = call(
        "api", key_file, "POST", "Partners", *typed, "-F", "F=@flow.zip", "-f", "G=1", "--dry-run"
    )
    other = call(
        "api", key_file, "POST", "StringParameters", *typed, "-F", "F=@flow.zip", "-f", "G=1",
        "--dry-run",
    )  # fmt: skip

    assert result.exit_code == 2
    assert (
        "Partners: operation 'create' is not supported; supported operations: list, delete"
        in result.stderr
    )
    assert json.loads(other.stdout.partition("\n")[2]) == {
        "A": 1,
        "B": True,
        "C": None,
        "D": ["x"],
        "E": "plain text",
        "F": base64.b64encode(b"\x00\x01").decode(),
        "G": "1",
    }


def test_the_body_may_come_through_a_pipe(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    body = {"Pid": "Plain", "Id": "Sender", "Value": "It's <new>"}

    result = call(
        "api", key_file, "POST", "StringParameters", "--input", "-", "--yes", input=json.dumps(body)
    )

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["Value"] == "It's <new>"
    assert _stored(tenant, "StringParameters", **body)


def test_a_function_import_is_called_with_text_in_quotes_and_flags_without(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    flow = tenant.landscape.iflows[0].id
    params = ("--param", f"Id={flow}", "--param", "Version=active")

    deployed = call(
        "api", key_file, "POST", "DeployIntegrationDesigntimeArtifact", *params, "--yes"
    )
    mapped = call(
        "api", key_file, "POST", "UpsertValMaps?Id='x'", "-p", "IsConfigured=true", "-p",
        "SrcValue=It's true", "--dry-run",
    )  # fmt: skip

    assert deployed.exit_code == 0, deployed.output
    assert len(deployed.stdout.strip()) > 8
    assert "{" not in deployed.stdout
    assert mapped.stdout.strip().endswith(
        "UpsertValMaps?Id='x'&IsConfigured=true&SrcValue='It''s%20true'"
    )


def test_a_link_and_the_content_of_a_stream_are_put(
    call: Call, key_file: str, iflow: str, tenant: SimulatedTenant
) -> None:
    link = f"{iflow}/$links/Configurations('Timeout/ms')"
    content = ssl.PEM_cert_to_DER_cert(trustme.CA().cert_pem.bytes().decode())
    Path("new.cer").write_bytes(content)
    query = ("fingerprintVerified=true", "returnKeystoreEntries=false", "update=false")
    params = [word for one in query for word in ("-p", one)]

    configured = call("api", key_file, "PUT", link, "-f", "ParameterValue=5", "--yes")
    certificate = call(
        "api", key_file, "PUT", "CertificateResources('6E6577')/$value", *params,
        "--input", "new.cer", "--content-type", "application/pkix-cert", "--yes",
    )  # fmt: skip

    assert configured.exit_code == 0, configured.output
    assert certificate.exit_code == 0, certificate.output
    assert tenant.requests[-1].headers["content-type"] == "application/pkix-cert"
    assert tenant.requests[-1].body == content
    assert _stored(tenant, "KeystoreEntries", Alias="new")


def test_a_csrf_token_that_ran_out_is_replaced(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.expire_csrf_tokens()

    result = call("api", key_file, "DELETE", "UserCredentials('SFTP_User')", "--yes")

    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["POST", "ServiceEndpoints", "-f", "a=b"],
            "'create' is not supported; supported operations: list",
        ),
        (["PUT", "AccessPolicies(101L)", "-f", "a=b"], "'update' is not supported"),
        (["POST", "UserCredential", "-f", "a=b"], "did you mean 'UserCredentials'?"),
        (
            ["POST", "activateQueue", "-p", "name=x"],
            "unknown parameter 'name'; known parameters: queueName",
        ),
        (["POST", "activateQueue", "-f", "queueName=x"], "it takes --param alone"),
        (["DELETE", "UserCredentials('x')", "-f", "a=b"], "DELETE sends no properties"),
        (["POST", "UserCredentials", "-f", "Name"], "--field 'Name' is not name=value"),
        (["POST", "UserCredentials", "-F", "A=@missing"], "missing cannot be read"),
        (["POST", "UserCredentials", "--input", "missing"], "missing cannot be read"),
        (["POST", "UserCredentials", "--input", "list.json"], "list.json is no JSON object"),
        (["POST", "UserCredentials", "--content-type", "a/b"], "goes with --input alone"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_sent(
    call: Call, key_file: str, tenant: SimulatedTenant, arguments: list[str], said: str
) -> None:
    Path("list.json").write_text("[]", encoding="utf-8")

    result = call("api", key_file, *arguments, "--yes")

    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert _writes(tenant) == []


def test_what_sap_will_not_do_is_told_in_its_words(call: Call, key_file: str) -> None:
    again = call(
        "api", key_file, "POST", "UserCredentials", "-f", "Name=SFTP_User", "-f", "Kind=default",
        "-f", "User=x", "--yes",
    )  # fmt: skip
    missing = call("api", key_file, "DELETE", "UserCredentials('nobody')", "--yes")

    assert (again.exit_code, missing.exit_code) == (1, 1)
    assert "HTTP 409" in again.stderr
    assert "HTTP 404" in missing.stderr


def test_the_sandbox_is_never_written_to_and_nobody_is_asked(
    start: Start, call: Call, tmp_path: Path
) -> None:
    sandbox = start(auth="apikey")
    key = tmp_path / "sandbox.json"
    key.write_text(json.dumps(sandbox.service_key()), encoding="utf-8")

    refused = call("api", str(key), "DELETE", "UserCredentials('SFTP_User')", "--yes")
    read = call("api", str(key), "GET", "UserCredentials")

    assert refused.exit_code == 2
    assert "which can only be read" in refused.stderr
    assert read.exit_code == 0, read.output
    assert {one.method for one in sandbox.requests} == {"GET"}
