"""`iflow-census package`: packages listed, downloaded, uploaded, changed, deleted, copied."""

import json
from pathlib import Path

import pytest

from tests.functional.tenant_admin.conftest import Call, Start
from tests.simulators.cloud_integration import Fault, FaultKind, Package, SimulatedTenant

PACKAGE = "Orders/Nord's ä"
IFLOW = "Send_Orders"
DISCOVER = "Discover_Editable"


def _package(tenant: SimulatedTenant, package: str) -> Package | None:
    return next((one for one in tenant.landscape.packages if one.id == package), None)


def _ids(tenant: SimulatedTenant) -> list[str]:
    return [one.id for one in tenant.landscape.packages]


def test_the_packages_are_listed(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    table = call("package", "list", key_file)
    listed = call("package", "list", key_file, "--json")

    title, *lines = table.stdout.splitlines()
    assert title.split() == ["Id", "Name", "Version", "Vendor", "Mode", "ModifiedDate"]
    assert [line.partition("  ")[0] for line in lines] == _ids(tenant)
    assert [(one["Id"], one["Mode"]) for one in json.loads(listed.stdout)] == [
        (one.id, one.mode) for one in tenant.landscape.packages
    ]


def test_what_was_downloaded_can_be_uploaded(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    loaded = call("package", "download", key_file, PACKAGE)
    file = "Orders_Nord's ä.zip"
    there = call("package", "upload", key_file, file, "--yes")
    again = call("package", "upload", key_file, file, "--overwrite", "--yes")
    deleted = call("package", "delete", key_file, PACKAGE, "--yes")
    missing = [one.id for one in tenant.landscape.iflows]
    anew = call("package", "upload", key_file, file, "--yes")

    assert loaded.exit_code == 0, loaded.output
    assert there.exit_code == 1
    assert "HTTP 409" in there.stderr
    assert "it already exists" in there.stderr
    assert [one.exit_code for one in (again, deleted, anew)] == [0, 0, 0], anew.output
    assert "(iFlows: 1)" in deleted.stderr
    assert IFLOW not in missing
    assert _package(tenant, PACKAGE) is not None
    assert IFLOW in [one.id for one in tenant.landscape.iflows]


@pytest.mark.parametrize(
    ("package", "said"),
    [
        ("Drafts", "save the artifact as a version first; drafts cannot be downloaded"),
        ("Standard", "drafts and configure-only packages cannot be downloaded"),
        ("Gone", "check the name and the key"),
    ],
)
def test_a_package_that_cannot_be_downloaded_says_why(
    call: Call, key_file: str, tenant: SimulatedTenant, package: str, said: str
) -> None:
    result = call("package", "download", key_file, package)

    assert result.exit_code == 1
    assert said in result.stderr
    assert list(Path().iterdir()) == []
    assert len([one for one in tenant.requests if "/$value" in one.path]) == 1


def test_the_drafts_that_forbid_a_download_are_named(call: Call, key_file: str) -> None:
    result = call("package", "download", key_file, "Drafts")

    assert "{Type=IFlow, Name=Draft flow}" in result.stderr


def test_a_download_that_breaks_off_leaves_no_half_file(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.faults.add(Fault(FaultKind.CUT_IN_BODY, path=r"/\$value"))

    result = call("package", "download", key_file, PACKAGE, "--out", "orders.zip")

    assert result.exit_code == 1
    assert list(Path().iterdir()) == []


def test_a_file_that_is_no_zip_is_not_uploaded(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    Path("orders.zip").write_bytes(b"no zip")

    result = call("package", "upload", key_file, "orders.zip", "--yes")

    assert result.exit_code == 2
    assert "orders.zip is no zip file" in result.stderr
    assert tenant.requests == []


def test_a_package_is_created_and_changed(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    created = call(
        *("package", "create", key_file, "It's new", "--name", "New", "--yes"),
        *("--description", "<p>New & old</p>", "--version", "1.0.0"),
    )
    changed = call("package", "update", key_file, "It's new", "--short-text", "Short", "--yes")

    assert (created.exit_code, changed.exit_code) == (0, 0), created.output + changed.output
    made = _package(tenant, "It's new")
    assert made is not None
    assert (made.name, made.short_text, made.description, made.version) == (
        *("New", "Short", "<p>New & old</p>", "1.0.0"),
    )


def test_an_update_sends_what_it_does_not_change_too(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    """SAP does not say whether a PUT leaves alone what it does not name."""
    call("package", "update", key_file, PACKAGE, "--description", "Long", "--version", "2", "-y")
    tenant.reset()

    result = call("package", "update", key_file, PACKAGE, "--vendor", "Acme", "--dry-run")

    assert result.exit_code == 0, result.output
    body = json.loads(result.stdout.partition("\n")[2])
    present = _package(tenant, PACKAGE)
    assert present is not None
    said = {name: body.get(name) for name in ("Name", "Description", "Version", "Vendor", "Mode")}
    assert said == {
        "Name": present.name,
        "Description": "Long",
        "Version": "2",
        "Vendor": "Acme",
        "Mode": None,
    }
    assert {one.method for one in tenant.requests if "oauth" not in one.path} == {"GET"}


def test_an_update_of_nothing_is_wrong_use(call: Call, key_file: str) -> None:
    result = call("package", "update", key_file, PACKAGE, "--yes")

    assert result.exit_code == 2
    assert "nothing to change" in result.stderr


@pytest.mark.usefixtures("at_terminal")
def test_nothing_is_deleted_without_a_yes(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    result = call("package", "delete", key_file, PACKAGE, input="n\n")

    assert result.exit_code == 1
    assert "Nothing was changed." in result.stderr
    assert PACKAGE in _ids(tenant)


def test_a_package_is_copied_from_discover_once_more_with_a_suffix_and_over_itself(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    first = call("package", "copy", key_file, DISCOVER, "--yes")
    second = call("package", "copy", key_file, DISCOVER, "--yes")
    further = call("package", "copy", key_file, DISCOVER, "--suffix", "QA", "--yes")
    over = call("package", "copy", key_file, DISCOVER, "--mode", "overwrite_merge", "--yes")

    assert [one.exit_code for one in (first, second, further, over)] == [0, 1, 0, 0]
    assert "HTTP 409" in second.stderr
    assert "see --suffix and --mode" in second.stderr
    assert "'Discover_Editable.QA' is there." in further.stderr
    assert _ids(tenant)[-2:] == [DISCOVER, f"{DISCOVER}.QA"]
    assert "whose changes are lost and whose parameters are kept" in over.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--mode", "CREATE_COPY"), "a further copy needs a suffix"),
        (("--mode", "OVERWRITE", "--suffix", "QA"), "a suffix makes a further copy"),
    ],
)
def test_a_mode_that_contradicts_the_suffix_is_wrong_use(
    call: Call, key_file: str, tenant: SimulatedTenant, options: tuple[str, ...], said: str
) -> None:
    result = call("package", "copy", key_file, DISCOVER, *options, "--yes")

    assert result.exit_code == 2
    assert said in result.stderr
    assert tenant.requests == []


def test_a_package_that_discover_does_not_have_is_not_copied(call: Call, key_file: str) -> None:
    result = call("package", "copy", key_file, PACKAGE, "--yes")

    assert result.exit_code == 1
    assert "HTTP 404" in result.stderr


def test_the_sandbox_takes_no_package(call: Call, start: Start, tmp_path: Path) -> None:
    sandbox = start(auth="apikey")
    key = tmp_path / "box.json"
    key.write_text(json.dumps(sandbox.service_key()), encoding="utf-8")

    written = call("package", "delete", str(key), PACKAGE, "--yes")
    read = call("package", "list", str(key), "--json")

    assert written.exit_code == 2
    assert "can only be read" in written.stderr
    assert len(json.loads(read.stdout)) == len(sandbox.landscape.packages)
    assert {one.method for one in sandbox.requests} == {"GET"}
