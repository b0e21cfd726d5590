"""`iflow-census credentials` and `oauth-credentials`."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.functional.tenant_admin.conftest import Call, writes
from tests.simulators.cloud_integration import SimulatedTenant, security

SECRET = "hush-hush-credential"

KINDS = [
    ("credentials", "UserCredentials", "Password", "--password-file", "SFTP_User"),
    ("oauth-credentials", "OAuth2ClientCredentials", "ClientSecret", "--secret-file", "HR"),
]


@pytest.fixture(autouse=True)
def secret_file(call: Call) -> None:
    """Write secret.txt to the working directory of the command."""
    del call
    Path("secret.txt").write_text(f"{SECRET}\n", encoding="utf-8")


def stored(tenant: SimulatedTenant, entity_set: str, name: str) -> dict[str, Any] | None:
    rows = tenant.content.rows(entity_set)
    return next((row for row in rows if row["Name"] == name), None)


def test_user_credentials_are_listed_without_passwords(call: Call, key_file: str) -> None:
    listed = json.loads(call("credentials", "list", key_file, "--json").stdout)
    table = call("credentials", "list", key_file).stdout

    assert [row["Name"] for row in listed] == ["back office's", "SFTP_User"]
    assert listed[0]["Status"] == "DEPLOYED"
    assert "Password" not in listed[0]
    assert "backoffice" in table


def test_oauth2_credentials_are_listed_without_secrets(call: Call, key_file: str) -> None:
    listed = json.loads(call("oauth-credentials", "list", key_file, "--json").stdout)

    assert [row["Name"] for row in listed] == ["CRM & ERP", "HR"]
    assert listed[1]["TokenServiceUrl"] == "https://login.example.com/oauth/token"
    assert "ClientSecret" not in listed[1]


def test_user_credential_is_created(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    options = ["--user", "crm", "--description", "it's new", "--password-file", "secret.txt"]

    result = call("credentials", "create", key_file, "CRM 'x'", *options, "--yes")

    created = stored(tenant, "UserCredentials", "CRM 'x'")
    assert result.exit_code == 0, result.output
    assert created is not None
    assert (created["Kind"], created["User"], created["Description"]) == (
        "default",
        "crm",
        "it's new",
    )
    assert created["Password"] == SECRET
    assert SECRET not in result.output


def test_oauth2_credentials_are_created(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    options = ["--client-id", "me", "--token-url", "https://x.example/token", "--scope", "read"]

    result = call(
        *("oauth-credentials", "create", key_file, "New", *options),
        *("--secret-file", "secret.txt", "--yes"),
    )

    created = stored(tenant, "OAuth2ClientCredentials", "New")
    assert result.exit_code == 0, result.output
    assert created is not None
    assert (created["ClientId"], created["Scope"]) == ("me", "read")
    assert created["TokenServiceUrl"] == "https://x.example/token"
    assert created["ClientSecret"] == SECRET
    assert SECRET not in result.output


@pytest.mark.parametrize(("command", "entity_set", "secret", "option", "name"), KINDS)
def test_update_keeps_other_properties(  # noqa: PLR0917 - parametrized
    command: str,
    entity_set: str,
    secret: str,
    option: str,
    name: str,
    call: Call,
    key_file: str,
    tenant: SimulatedTenant,
) -> None:
    before = dict(stored(tenant, entity_set, name) or {})

    result = call(
        command, "update", key_file, name, "--description", "new", option, "secret.txt", "--yes"
    )

    after = stored(tenant, entity_set, name)
    assert result.exit_code == 0, result.output
    assert after is not None
    unchanged = {key for key in before if before[key] == after.get(key)}
    assert (after["Description"], after[secret]) == ("new", SECRET)
    assert set(before) - unchanged == {"Description", secret, "SecurityArtifactDescriptor"}


@pytest.mark.parametrize(("command", "entity_set", "secret", "option", "name"), KINDS)
@pytest.mark.parametrize("verb", ["create", "update"])
def test_dry_run_needs_no_secret_and_masks_it(  # noqa: PLR0917 - parametrized
    verb: str,
    command: str,
    entity_set: str,
    secret: str,
    option: str,
    name: str,
    call: Call,
    key_file: str,
    tenant: SimulatedTenant,
) -> None:
    result = call(command, verb, key_file, name, option, "secret.txt", "--dry-run")

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("POST" if verb == "create" else "PUT")
    assert entity_set in result.stdout
    assert f'"{secret}": "***"' in result.stdout
    assert SECRET not in result.output
    assert writes(tenant) == []


@pytest.mark.parametrize(("command", "entity_set", "secret", "option", "name"), KINDS)
def test_credential_is_deleted(  # noqa: PLR0917 - parametrized
    command: str,
    entity_set: str,
    secret: str,
    option: str,
    name: str,
    call: Call,
    key_file: str,
    tenant: SimulatedTenant,
) -> None:
    del secret, option
    dry_run = call(command, "delete", key_file, name, "--dry-run")
    assert stored(tenant, entity_set, name) is not None

    result = call(command, "delete", key_file, name, "--yes")

    assert f"DELETE {tenant.url}/api/v1/{entity_set}('{name}')\n" == dry_run.stdout
    assert result.exit_code == 0, result.output
    assert "iFlows that use it will fail" in result.stderr
    assert stored(tenant, entity_set, name) is None


@pytest.mark.usefixtures("at_terminal")
def test_password_prompt_is_hidden_and_repeated(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    typed = f"{SECRET}\n{SECRET}\ny\n"

    result = call("credentials", "create", key_file, "CRM", "--user", "crm", input=typed)

    created = stored(tenant, "UserCredentials", "CRM")
    assert result.exit_code == 0, result.output
    assert created is not None
    assert created["Password"] == SECRET
    assert SECRET not in result.output


@pytest.mark.usefixtures("at_terminal")
@pytest.mark.parametrize("typed", ["", f"{SECRET}\nother\n", f"{SECRET}\n{SECRET}\nn\n"])
def test_aborted_prompt_changes_nothing(
    call: Call, key_file: str, tenant: SimulatedTenant, typed: str
) -> None:
    result = call("credentials", "create", key_file, "CRM", input=typed)

    assert result.exit_code == 1
    assert "Nothing was changed." in result.output
    assert SECRET not in result.output
    assert writes(tenant) == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["create", "SFTP_User", "--password-file", "secret.txt", "--yes"], 1, "HTTP 409"),
        (["update", "nobody", "--password-file", "secret.txt", "--yes"], 1, "HTTP 404"),
        (["delete", "nobody", "--yes"], 1, "HTTP 404"),
        (["delete", "SFTP_User"], 2, "cannot ask for confirmation without a terminal"),
        (["create", "CRM", "--yes"], 2, "name a file with --password-file"),
        (["create", "CRM", "--password-file", "none.txt", "--yes"], 2, "none.txt: cannot be read"),
        (["create", "CRM", "--password", SECRET, "--yes"], 2, "No such option"),
    ],
)
def test_errors_have_exit_code_and_message(
    call: Call, key_file: str, arguments: list[str], code: int, message: str
) -> None:
    verb, *rest = arguments

    result = call("credentials", verb, key_file, *rest)

    assert result.exit_code == code
    assert message in result.stderr


def test_creation_without_role_fails(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    tenant.roles.discard("CredentialsEdit")

    result = call("credentials", "create", key_file, "C", "--password-file", "secret.txt", "--yes")

    assert result.exit_code == 1
    assert "lacks the role CredentialsEdit" in result.stderr
    assert SECRET not in result.output


WITH_CUSTOM_PARAMETERS = "CRM & ERP"


@pytest.mark.parametrize("option", ["--yes", "--dry-run"])
def test_update_does_not_drop_custom_parameters(
    call: Call, key_file: str, tenant: SimulatedTenant, option: str
) -> None:
    result = call(
        *("oauth-credentials", "update", key_file, WITH_CUSTOM_PARAMETERS, "--scope", "write"),
        *("--secret-file", "secret.txt", option),
    )

    assert result.exit_code == 2
    assert result.stderr == (
        "iflow-census: OAuth2 client credential 'CRM & ERP': SAP deletes its custom parameters "
        "(tenant) with every update; add --drop-custom-parameters, or edit it in SAP's user "
        "interface\n"
    )
    assert writes(tenant) == []


def test_update_drops_custom_parameters_if_told_to(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    result = call(
        *("oauth-credentials", "update", key_file, WITH_CUSTOM_PARAMETERS, "--scope", "write"),
        *("--secret-file", "secret.txt", "--drop-custom-parameters", "--yes"),
    )

    updated = stored(tenant, "OAuth2ClientCredentials", WITH_CUSTOM_PARAMETERS)
    assert result.exit_code == 0, result.output
    assert "Its custom parameters (tenant) are deleted." in result.stderr
    assert updated is not None
    assert (updated["Scope"], updated["@custom"]) == ("write", [])


def test_update_needs_to_see_the_custom_parameters(
    call: Call, key_file: str, tenant: SimulatedTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tenant that ignores $expand returns a deferred link instead of the parameters."""
    del tenant
    monkeypatch.setattr(security, "_custom_parameters", lambda *_: {})

    result = call(
        *("oauth-credentials", "update", key_file, WITH_CUSTOM_PARAMETERS),
        *("--secret-file", "secret.txt", "--yes"),
    )

    assert result.exit_code == 2
    assert "SAP does not show its custom parameters, which every update deletes" in result.stderr


def test_create_has_no_custom_parameters_to_drop(call: Call, key_file: str) -> None:
    result = call("oauth-credentials", "create", key_file, "New", "--drop-custom-parameters")

    assert result.exit_code == 2
    assert "No such option: --drop-custom-parameters" in result.stderr


@pytest.mark.parametrize(
    ("kind", "sent"), [("openconnectors", "openconnectors"), ("DEFAULT", "default")]
)
@pytest.mark.parametrize("verb", ["create", "update"])
def test_kind_is_sent_in_lower_case(
    call: Call, key_file: str, verb: str, kind: str, sent: str
) -> None:
    result = call("credentials", verb, key_file, "SFTP_User", "--kind", kind, "--dry-run")

    assert result.exit_code == 0, result.output
    assert f'"Kind": "{sent}"' in result.stdout


@pytest.mark.parametrize("verb", ["create", "update"])
def test_unknown_kind_is_rejected_before_any_request(
    call: Call, key_file: str, tenant: SimulatedTenant, verb: str
) -> None:
    result = call(
        *("credentials", verb, key_file, "SFTP_User", "--kind", "basic"),
        *("--password-file", "secret.txt", "--yes"),
    )

    assert result.exit_code == 2
    assert "'basic' is not one of 'default', 'successfactors', 'openconnectors'" in result.stderr
    assert tenant.requests == []
