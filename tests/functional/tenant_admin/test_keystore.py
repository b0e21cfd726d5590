"""`iflow-census keystore`: expiry, backup and restore, import and export."""

import json
from pathlib import Path

import pytest

from tests.functional.tenant_admin.conftest import Call, Start
from tests.simulators.cloud_integration import SimulatedTenant

PASSWORD = "hush-hush-keystore"


def aliases(tenant: SimulatedTenant, store: str = "system") -> list[str]:
    rows = tenant.content.rows("KeystoreEntries")
    return sorted(row["Alias"] for row in rows if row["@store"] == store)


def writes(tenant: SimulatedTenant) -> list[str]:
    return [one.method for one in tenant.requests if "/api/v1/" in one.path and one.method != "GET"]


@pytest.fixture
def keystore_file(call: Call, key_file: str) -> str:
    """A keystore with the tenant's entries as they are at first, and the file of its password."""
    Path("password.txt").write_text(f"{PASSWORD}\n", encoding="utf-8")
    call("keystore", "export", key_file, "--out", "keys.jceks")
    return "keys.jceks"


def test_entries_are_listed_with_their_days_to_expiry(call: Call, key_file: str) -> None:
    entries = json.loads(call("keystore", "list", key_file, "--json").stdout)

    assert [(one["Alias"], one["Days"]) for one in entries] == [
        ("gone", -3),
        ("soon", 10),
        ("partner ü", 60),
        ("sap_cloudintegrationcertificate", 200),
        ("it's ours/prod", 400),
        ("id_rsa", 700),
    ]


@pytest.mark.parametrize(
    ("days", "found"),
    [("9", ["gone"]), ("10", ["gone", "soon"]), ("0", ["gone"]), ("-4", []), ("60", 3)],
)
def test_what_expires_soon_is_listed_alone(
    call: Call, key_file: str, days: str, found: list[str] | int
) -> None:
    result = call("keystore", "list", key_file, "--expiring", days, "--json")

    listed = [one["Alias"] for one in json.loads(result.stdout)]
    assert (len(listed) if isinstance(found, int) else listed) == found


def test_an_entry_without_a_date_comes_last_and_never_expires(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.content.rows("KeystoreEntries")[0]["ValidNotAfter"] = None

    entries = json.loads(call("keystore", "list", key_file, "--json").stdout)
    expiring = json.loads(call("keystore", "list", key_file, "--expiring", "9999", "--json").stdout)

    assert entries[-1]["Days"] is None
    assert len(expiring) == len(entries) - 1


def test_the_renewal_keystore_is_listed(call: Call, key_file: str) -> None:
    result = call("keystore", "list", key_file, "--keystore", "KeyRenewal")

    assert result.stdout.splitlines()[1].split()[:1] == ["900"]


def test_a_backup_is_made_and_restored(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    own = [alias for alias in aliases(tenant) if not alias.startswith("sap_")]

    made = call("keystore", "backup", key_file, "--yes")
    rows = tenant.content.rows("KeystoreEntries")
    rows[:] = [row for row in rows if row["Alias"] != "soon" or row["@store"] != "system"]
    restored = call("keystore", "restore", key_file, "--yes", "--json")

    assert "Back up the keystore of prod; its backup so far is lost." in made.stderr
    assert aliases(tenant, "backup_admin_system") == own
    assert restored.exit_code == 0, restored.output
    assert "soon" in [one["Alias"] for one in json.loads(restored.stdout)]
    assert "soon" in aliases(tenant)


def test_without_a_backup_there_is_nothing_to_restore(call: Call, key_file: str) -> None:
    result = call("keystore", "restore", key_file, "--yes")

    assert result.exit_code == 1
    assert "There are no backed up keystore entries" in result.stderr


@pytest.mark.usefixtures("at_terminal")
def test_a_restore_that_deletes_says_so_before_it_asks(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    result = call("keystore", "restore", key_file, "--option", "replace", input="n\n")

    assert result.exit_code == 1
    assert "ALL other entries of the administrator are DELETED" in result.stderr
    assert "Nothing was changed." in result.stderr
    assert writes(tenant) == []


def test_a_keystore_is_exported_and_imported(
    call: Call, key_file: str, tenant: SimulatedTenant, keystore_file: str
) -> None:
    rows = tenant.content.rows("KeystoreEntries")
    rows[:] = [row for row in rows if row["Alias"] != "soon"]

    result = call(
        "keystore", "import", key_file, keystore_file, "--password-file", "password.txt", "--yes"
    )

    assert result.exit_code == 0, result.output
    assert "entries of the same alias are replaced" in result.stderr
    assert "soon" in aliases(tenant)
    sent = json.loads(tenant.requests[-1].body)
    assert (sent["Name"], sent["Password"]) == ("system", PASSWORD)
    assert PASSWORD not in result.output


def test_a_merge_leaves_what_is_there(
    call: Call, key_file: str, tenant: SimulatedTenant, keystore_file: str
) -> None:
    options = ["--option", "merge", "--password-file", "password.txt", "--yes"]

    result = call("keystore", "import", key_file, keystore_file, *options)

    assert result.exit_code == 0, result.output
    assert "An entry with the same alias already exists" in result.stdout
    assert "importOption=merge" in tenant.requests[-1].query


@pytest.mark.usefixtures("at_terminal")
def test_the_password_is_asked_for_unseen(
    call: Call, key_file: str, tenant: SimulatedTenant, keystore_file: str
) -> None:
    result = call("keystore", "import", key_file, keystore_file, input=f"{PASSWORD}\ny\n")

    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    assert json.loads(tenant.requests[-1].body)["Password"] == PASSWORD


def test_a_dry_run_of_an_import_shows_no_secret_and_sends_nothing(
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
    ("content", "said"),
    [
        (b"x" * 800_000, "new.jks is larger than SAP takes: 768 KB"),
        (b"no keystore", "HTTP 415"),
    ],
)
def test_a_file_that_is_no_keystore_is_told(
    call: Call, key_file: str, content: bytes, said: str
) -> None:
    Path("password.txt").write_text(PASSWORD, encoding="utf-8")
    Path("new.jks").write_bytes(content)

    result = call(
        "keystore", "import", key_file, "new.jks", "--password-file", "password.txt", "--yes"
    )

    assert result.exit_code != 0
    assert said in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.jks", "--yes"], "missing.jks cannot be read"),
        (["keys.jceks", "--password-file", "empty.txt", "--yes"], "empty.txt is empty"),
        (["keys.jceks", "--password-file", "none.txt", "--yes"], "none.txt cannot be read"),
        (["keys.jceks", "--option", "add", "--yes"], "'--option'"),
        (["keys.jceks", "--password-file", "password.txt"], "nobody is there to agree"),
    ],
)
@pytest.mark.usefixtures("keystore_file")
def test_an_import_that_cannot_be_is_wrong_use(
    call: Call, key_file: str, tenant: SimulatedTenant, arguments: list[str], said: str
) -> None:
    Path("empty.txt").write_text("\n", encoding="utf-8")

    result = call("keystore", "import", key_file, *arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    assert writes(tenant) == []


def test_where_nobody_can_type_a_password_a_file_is_needed(
    call: Call, key_file: str, tenant: SimulatedTenant, keystore_file: str
) -> None:
    result = call("keystore", "import", key_file, keystore_file, "--yes")

    assert result.exit_code == 2
    assert "name a file with --password-file" in result.stderr
    assert writes(tenant) == []


def test_an_entry_that_is_refused_fails_the_command(
    call: Call, key_file: str, tenant: SimulatedTenant, keystore_file: str
) -> None:
    # SAP gives this status to aliases of its own.
    for row in tenant.content.rows("KeystoreEntries"):
        if row["Owner"] == "SAP":
            row["Status"] = "notImported: The alias is not allowed."

    result = call(
        "keystore", "import", key_file, keystore_file, "--password-file", "password.txt", "--yes"
    )

    assert result.exit_code == 1
    assert "1 of 6 entries were refused" in result.stderr


def test_a_certificate_is_downloaded(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    named = call("keystore", "certificate", key_file, "it's ours/prod")
    chosen = call("keystore", "certificate", key_file, "partner ü", "--out", "partner.der")

    assert (named.exit_code, chosen.exit_code) == (0, 0), named.output + chosen.output
    assert Path("it's ours_prod.cer").read_bytes().startswith(b"\x30")
    assert Path("partner.der").read_bytes().startswith(b"\x30")
    assert tenant.requests[-1].query == "keystoreName=system&rootCA=false"


def test_an_unknown_alias_is_told_and_leaves_no_file(call: Call, key_file: str) -> None:
    result = call("keystore", "certificate", key_file, "nobody")

    assert result.exit_code == 1
    assert "Alias 'nobody' not found" in result.stderr
    assert list(Path().iterdir()) == []


def test_an_export_to_nowhere_is_told(call: Call, key_file: str) -> None:
    result = call("keystore", "export", key_file, "--out", "no/such/folder")

    assert result.exit_code == 1
    assert "no/such/folder cannot be written" in result.stderr


def test_the_sandbox_is_not_changed(start: Start, call: Call) -> None:
    sandbox = start(auth="apikey")
    Path("sandbox.json").write_text(json.dumps(sandbox.service_key()), encoding="utf-8")

    result = call("keystore", "backup", "sandbox.json", "--yes")

    assert result.exit_code == 2
    assert "can only be read" in result.stderr
    assert writes(sandbox) == []
