"""`iflow-census keystore`: expiry, backup and restore, import and export."""

import json
from pathlib import Path

import pytest

from tests.functional.tenant_admin.conftest import Call, Start, writes
from tests.simulators.cloud_integration import SimulatedTenant

PASSWORD = "hush-hush-keystore"


def aliases(tenant: SimulatedTenant, store: str = "system") -> list[str]:
    rows = tenant.content.rows("KeystoreEntries")
    return sorted(row["Alias"] for row in rows if row["@store"] == store)


@pytest.fixture
def keystore_file(call: Call, key_file: str) -> str:
    """An export of the tenant's keystore, and the file of its password."""
    Path("password.txt").write_text(f"{PASSWORD}\n", encoding="utf-8")
    call("keystore", "export", key_file, "--out", "keys.jceks")
    return "keys.jceks"


def test_entries_are_listed_with_days_until_expiry(call: Call, key_file: str) -> None:
    entries = json.loads(call("keystore", "list", key_file, "--json").stdout)

    assert [(entry["Alias"], entry["Days"]) for entry in entries] == [
        ("edi-partner-2023", -3),
        ("house-bank-client", 10),
        ("partner ü", 60),
        ("sap_cloudintegrationcertificate", 200),
        ("it's ours/prod", 400),
        ("id_rsa", 700),
    ]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("9", ["edi-partner-2023"]),
        ("10", ["edi-partner-2023", "house-bank-client"]),
        ("0", ["edi-partner-2023"]),
        ("60", 3),
    ],
)
def test_expiring_entries_are_filtered(
    call: Call, key_file: str, days: str, expected: list[str] | int
) -> None:
    result = call("keystore", "list", key_file, "--expiring", days, "--json")

    listed = [entry["Alias"] for entry in json.loads(result.stdout)]
    assert (len(listed) if isinstance(expected, int) else listed) == expected


def test_entry_without_date_is_last_and_never_expires(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.content.rows("KeystoreEntries")[0]["ValidNotAfter"] = None

    entries = json.loads(call("keystore", "list", key_file, "--json").stdout)
    expiring = json.loads(call("keystore", "list", key_file, "--expiring", "9999", "--json").stdout)

    assert entries[-1]["Days"] is None
    assert len(expiring) == len(entries) - 1


def test_renewal_keystore_is_listed(call: Call, key_file: str) -> None:
    result = call("keystore", "list", key_file, "--keystore", "KeyRenewal")

    assert result.stdout.splitlines()[1].split()[:1] == ["900"]


def test_backup_is_created_and_restored(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    own = [alias for alias in aliases(tenant) if not alias.startswith("sap_")]

    backup = call("keystore", "backup", key_file, "--yes")
    rows = tenant.content.rows("KeystoreEntries")
    rows[:] = [
        row for row in rows if row["Alias"] != "house-bank-client" or row["@store"] != "system"
    ]
    restored = call("keystore", "restore", key_file, "--yes", "--json")

    assert "Back up the keystore of prod. The previous backup is lost." in backup.stderr
    assert aliases(tenant, "backup_admin_system") == own
    assert restored.exit_code == 0, restored.output
    assert "house-bank-client" in [entry["Alias"] for entry in json.loads(restored.stdout)]
    assert "house-bank-client" in aliases(tenant)


def test_restore_without_backup_fails(call: Call, key_file: str) -> None:
    result = call("keystore", "restore", key_file, "--yes")

    assert result.exit_code == 1
    assert "There are no backed up keystore entries" in result.stderr


@pytest.mark.usefixtures("at_terminal")
def test_destructive_restore_warns_before_confirmation(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    result = call("keystore", "restore", key_file, "--option", "replace", input="n\n")

    assert result.exit_code == 1
    assert "ALL other entries of the administrator are DELETED" in result.stderr
    assert "Nothing was changed." in result.stderr
    assert writes(tenant) == []


def test_keystore_is_exported_and_imported(
    call: Call, key_file: str, tenant: SimulatedTenant, keystore_file: str
) -> None:
    rows = tenant.content.rows("KeystoreEntries")
    rows[:] = [row for row in rows if row["Alias"] != "house-bank-client"]

    result = call(
        "keystore", "import", key_file, keystore_file, "--password-file", "password.txt", "--yes"
    )

    assert result.exit_code == 0, result.output
    assert "entries with the same alias are replaced" in result.stderr
    assert "house-bank-client" in aliases(tenant)
    sent = json.loads(tenant.requests[-1].body)
    assert (sent["Name"], sent["Password"]) == ("system", PASSWORD)
    assert PASSWORD not in result.output


def test_merge_keeps_existing_entries(
    call: Call, key_file: str, tenant: SimulatedTenant, keystore_file: str
) -> None:
    options = ["--option", "merge", "--password-file", "password.txt", "--yes"]

    result = call("keystore", "import", key_file, keystore_file, *options)

    assert result.exit_code == 0, result.output
    assert "An entry with the same alias already exists" in result.stdout
    assert "importOption=merge" in tenant.requests[-1].query


@pytest.mark.usefixtures("at_terminal")
def test_password_prompt_is_hidden(
    call: Call, key_file: str, tenant: SimulatedTenant, keystore_file: str
) -> None:
    result = call("keystore", "import", key_file, keystore_file, input=f"{PASSWORD}\ny\n")

    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    assert json.loads(tenant.requests[-1].body)["Password"] == PASSWORD


def test_dry_run_of_import_masks_password_and_sends_nothing(
    call: Call, key_file: str, tenant: SimulatedTenant, keystore_file: str
) -> None:
    options = ["--password-file", "password.txt", "--dry-run"]

    result = call("keystore", "import", key_file, keystore_file, *options)

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"POST {tenant.url}/api/v1/KeystoreResources?importOption=")
    assert '"Password": "***"' in result.stdout
    assert PASSWORD not in result.output
    assert writes(tenant) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x" * 800_000, "new.jks: larger than SAP's limit of 768 KB"),
        (b"text", "HTTP 415"),
    ],
)
def test_invalid_keystore_file_is_rejected(
    call: Call, key_file: str, content: bytes, message: str
) -> None:
    Path("password.txt").write_text(PASSWORD, encoding="utf-8")
    Path("new.jks").write_bytes(content)

    result = call(
        "keystore", "import", key_file, "new.jks", "--password-file", "password.txt", "--yes"
    )

    assert result.exit_code != 0
    assert message in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.jks", "--yes"], "missing.jks: cannot be read"),
        (["keys.jceks", "--password-file", "empty.txt", "--yes"], "empty.txt: empty"),
        (["keys.jceks", "--password-file", "none.txt", "--yes"], "none.txt: cannot be read"),
        (["keys.jceks", "--option", "add", "--yes"], "'--option'"),
        (
            ["keys.jceks", "--password-file", "password.txt"],
            "cannot ask for confirmation without a terminal",
        ),
    ],
)
@pytest.mark.usefixtures("keystore_file")
def test_invalid_import_is_usage_error(
    call: Call, key_file: str, tenant: SimulatedTenant, arguments: list[str], message: str
) -> None:
    Path("empty.txt").write_text("\n", encoding="utf-8")

    result = call("keystore", "import", key_file, *arguments)

    assert result.exit_code == 2
    assert message in result.stderr
    assert writes(tenant) == []


def test_password_file_is_needed_without_terminal(
    call: Call, key_file: str, tenant: SimulatedTenant, keystore_file: str
) -> None:
    result = call("keystore", "import", key_file, keystore_file, "--yes")

    assert result.exit_code == 2
    assert "name a file with --password-file" in result.stderr
    assert writes(tenant) == []


def test_rejected_entry_fails_the_command(
    call: Call, key_file: str, tenant: SimulatedTenant, keystore_file: str
) -> None:
    # SAP returns this status for its own aliases.
    for row in tenant.content.rows("KeystoreEntries"):
        if row["Owner"] == "SAP":
            row["Status"] = "notImported: The alias is not allowed."

    result = call(
        "keystore", "import", key_file, keystore_file, "--password-file", "password.txt", "--yes"
    )

    assert result.exit_code == 1
    assert "SAP rejected 1 of 6 entries" in result.stderr


def test_certificate_is_downloaded(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    default = call("keystore", "certificate", key_file, "it's ours/prod")
    named = call("keystore", "certificate", key_file, "partner ü", "--out", "partner.der")

    assert (default.exit_code, named.exit_code) == (0, 0), default.output + named.output
    assert Path("it's ours_prod.cer").read_bytes().startswith(b"\x30")
    assert Path("partner.der").read_bytes().startswith(b"\x30")
    assert tenant.requests[-1].query == "keystoreName=system&rootCA=false"


def test_unknown_alias_fails_without_file(call: Call, key_file: str) -> None:
    result = call("keystore", "certificate", key_file, "nobody")

    assert result.exit_code == 1
    assert "Alias 'nobody' not found" in result.stderr
    assert list(Path().iterdir()) == []


def test_export_to_missing_folder_fails(call: Call, key_file: str) -> None:
    result = call("keystore", "export", key_file, "--out", "no/such/folder")

    assert result.exit_code == 1
    assert "no/such/folder: cannot be written" in result.stderr


def test_keystore_of_sandbox_is_read_only(start: Start, call: Call) -> None:
    sandbox = start(auth="apikey")
    Path("sandbox.json").write_text(json.dumps(sandbox.service_key()), encoding="utf-8")

    result = call("keystore", "backup", "sandbox.json", "--yes")

    assert result.exit_code == 2
    assert "is read-only" in result.stderr
    assert writes(sandbox) == []
