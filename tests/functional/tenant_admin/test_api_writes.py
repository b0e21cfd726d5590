"""`iflow-census api TENANT POST …` and the other writes: confirmation, requests and errors."""

import base64
import json
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.functional.tenant_admin.conftest import Call, Start, writes
from tests.simulators.cloud_integration import SimulatedTenant

SECRET = "hush-hush"
NEW_USER = ("--field", "Name=CRM", "--field", "Kind=default", "--field", "User=crm")


def _stored(tenant: SimulatedTenant, entity_set: str, **key: Any) -> list[dict[str, Any]]:
    rows = tenant.content.rows(entity_set)
    return [row for row in rows if all(row.get(name) == value for name, value in key.items())]


@pytest.mark.usefixtures("at_terminal")
def test_entity_is_created_from_fields_after_confirmation(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    result = call("api", key_file, "POST", "UserCredentials", *NEW_USER, input="y\n")

    assert result.exit_code == 0, result.output
    assert "This changes prod: POST " in result.stderr
    assert "UserCredentials, with Name, Kind, User" in result.stderr
    assert _stored(tenant, "UserCredentials", Name="CRM", User="crm")


@pytest.mark.usefixtures("at_terminal")
@pytest.mark.parametrize("answer", ["n\n", ""])
def test_write_needs_confirmation(
    call: Call, key_file: str, tenant: SimulatedTenant, answer: str
) -> None:
    result = call("api", key_file, "DELETE", "UserCredentials('SFTP_User')", input=answer)

    assert result.exit_code == 1
    assert "Nothing was changed." in result.stderr
    assert writes(tenant) == []


def test_write_without_terminal_needs_yes(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    path = "UserCredentials('SFTP_User')"

    unconfirmed = call("api", key_file, "DELETE", path, input="y\n")
    confirmed = call("api", key_file, "DELETE", path, "--yes")

    assert unconfirmed.exit_code == 2
    assert "add --yes" in unconfirmed.stderr
    assert confirmed.exit_code == 0, confirmed.output
    assert not _stored(tenant, "UserCredentials", Name="SFTP_User")


def test_dry_run_prints_request_without_secrets_and_sends_nothing(
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


def test_put_replaces_and_patch_changes_an_entity(
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


def test_typed_field_is_number_flag_json_or_file_content(call: Call, key_file: str) -> None:
    Path("flow.zip").write_bytes(b"\x00\x01")
    typed = ("-F", "A=1", "-F", "B=true", "-F", "C=null", "-F", 'D=["x"]', "-F", "E=plain text")

    result = call(
        "api", key_file, "POST", "Partners", *typed, "-F", "F=@flow.zip", "-f", "G=1", "--dry-run"
    )
    parameters = call(
        "api", key_file, "POST", "StringParameters", *typed, "-F", "F=@flow.zip", "-f", "G=1",
        "--dry-run",
    )  # fmt: skip

    assert result.exit_code == 2
    assert (
        "Partners: operation 'create' is not supported; supported operations: list, delete"
        in result.stderr
    )
    assert json.loads(parameters.stdout.partition("\n")[2]) == {
        "A": 1,
        "B": True,
        "C": None,
        "D": ["x"],
        "E": "plain text",
        "F": base64.b64encode(b"\x00\x01").decode(),
        "G": "1",
    }


def test_body_is_read_from_standard_input(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    body = {"Pid": "Plain", "Id": "Sender", "Value": "It's <new>"}

    result = call(
        "api", key_file, "POST", "StringParameters", "--input", "-", "--yes", input=json.dumps(body)
    )

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["Value"] == "It's <new>"
    assert _stored(tenant, "StringParameters", **body)


def test_function_import_quotes_strings_but_not_flags(
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


def test_link_and_stream_content_are_put(
    call: Call, key_file: str, iflow: str, tenant: SimulatedTenant
) -> None:
    link = f"{iflow}/$links/Configurations('Timeout/ms')"
    content = ssl.PEM_cert_to_DER_cert(trustme.CA().cert_pem.bytes().decode())
    Path("new.cer").write_bytes(content)
    query = ("fingerprintVerified=true", "returnKeystoreEntries=false", "update=false")
    params = [word for option in query for word in ("-p", option)]

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


def test_expired_csrf_token_is_replaced(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    tenant.expire_csrf_tokens()

    result = call("api", key_file, "DELETE", "UserCredentials('SFTP_User')", "--yes")

    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
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
        (["POST", "activateQueue", "-f", "queueName=x"], "use only --param, without a body"),
        (["DELETE", "UserCredentials('x')", "-f", "a=b"], "DELETE takes no body"),
        (["POST", "UserCredentials", "-f", "Name"], "--field 'Name': not of the form name=value"),
        (["POST", "UserCredentials", "-F", "A=@missing"], "missing: cannot be read"),
        (["POST", "UserCredentials", "--input", "missing"], "missing: cannot be read"),
        (["POST", "UserCredentials", "--input", "list.json"], "list.json: not a JSON object"),
        (["POST", "UserCredentials", "--content-type", "a/b"], "--content-type requires --input"),
    ],
)
def test_invalid_write_is_rejected_before_any_request(
    call: Call, key_file: str, tenant: SimulatedTenant, arguments: list[str], message: str
) -> None:
    Path("list.json").write_text("[]", encoding="utf-8")

    result = call("api", key_file, *arguments, "--yes")

    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert writes(tenant) == []


def test_rejected_write_prints_sap_error(call: Call, key_file: str) -> None:
    duplicate = call(
        "api", key_file, "POST", "UserCredentials", "-f", "Name=SFTP_User", "-f", "Kind=default",
        "-f", "User=x", "--yes",
    )  # fmt: skip
    missing = call("api", key_file, "DELETE", "UserCredentials('nobody')", "--yes")

    assert (duplicate.exit_code, missing.exit_code) == (1, 1)
    assert "HTTP 409" in duplicate.stderr
    assert "HTTP 404" in missing.stderr


def test_sandbox_is_read_only(start: Start, call: Call, tmp_path: Path) -> None:
    sandbox = start(auth="apikey")
    key = tmp_path / "sandbox.json"
    key.write_text(json.dumps(sandbox.service_key()), encoding="utf-8")

    refused = call("api", str(key), "DELETE", "UserCredentials('SFTP_User')", "--yes")
    read = call("api", str(key), "GET", "UserCredentials")

    assert refused.exit_code == 2
    assert "is read-only" in refused.stderr
    assert read.exit_code == 0, read.output
    assert {request.method for request in sandbox.requests} == {"GET"}
