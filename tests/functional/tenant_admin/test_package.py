"""`iflow-census package`: list, download, upload, update, delete, copy."""

import json
from pathlib import Path
from zipfile import is_zipfile

import pytest

from tests.functional.tenant_admin.conftest import Call, Start
from tests.simulators.cloud_integration import (
    DesigntimeIflow,
    Fault,
    FaultKind,
    Landscape,
    Package,
    SimulatedTenant,
)

PACKAGE = "Orders/Nord's ä"
IFLOW = "Send_Orders"
DISCOVER = "Discover_Editable"


def _find_package(tenant: SimulatedTenant, package: str) -> Package | None:
    return next((row for row in tenant.landscape.packages if row.id == package), None)


def _ids(tenant: SimulatedTenant) -> list[str]:
    return [package.id for package in tenant.landscape.packages]


def test_packages_are_listed(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    table = call("package", "list", key_file)
    listed = call("package", "list", key_file, "--json")

    title, *lines = table.stdout.splitlines()
    assert title.split() == ["Id", "Name", "Version", "Vendor", "Mode", "ModifiedDate"]
    assert [line.partition("  ")[0] for line in lines] == _ids(tenant)
    assert [(row["Id"], row["Mode"]) for row in json.loads(listed.stdout)] == [
        (package.id, package.mode) for package in tenant.landscape.packages
    ]


def test_downloaded_package_can_be_uploaded(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    download = call("package", "download", key_file, PACKAGE)
    file = "Orders_Nord's ä.zip"
    existing = call("package", "upload", key_file, file, "--yes")
    overwrite = call("package", "upload", key_file, file, "--overwrite", "--yes")
    delete = call("package", "delete", key_file, PACKAGE, "--yes")
    remaining = [iflow.id for iflow in tenant.landscape.iflows]
    recreate = call("package", "upload", key_file, file, "--yes")

    assert download.exit_code == 0, download.output
    assert existing.exit_code == 1
    assert "HTTP 409" in existing.stderr
    assert "it already exists" in existing.stderr
    assert [result.exit_code for result in (overwrite, delete, recreate)] == [0, 0, 0]
    assert "(iFlows: 1)" in delete.stderr
    assert IFLOW not in remaining
    assert _find_package(tenant, PACKAGE) is not None
    assert IFLOW in [iflow.id for iflow in tenant.landscape.iflows]


@pytest.mark.parametrize(
    ("package", "message"),
    [
        ("Drafts", "save each draft as a version, or download the artifacts one by one"),
        ("Standard", "configure-only packages and packages with drafts cannot be downloaded"),
        ("Gone", "check the name and the key"),
    ],
)
def test_rejected_package_download_explains_why(
    call: Call, key_file: str, tenant: SimulatedTenant, package: str, message: str
) -> None:
    result = call("package", "download", key_file, package)

    assert result.exit_code == 1
    assert message in result.stderr
    assert list(Path().iterdir()) == []
    assert len([request for request in tenant.requests if "/$value" in request.path]) == 1


def test_drafts_that_prevent_download_are_named(call: Call, start: Start, tmp_path: Path) -> None:
    package = Package("Mixed", "Mixed")
    versions = {"New": "Draft", "Changed": "Active", "Saved": "1.0.0", "It's": "Active"}
    iflows = [
        DesigntimeIflow(iflow, package.id, f"{iflow} {'long name ' * 30}", version)
        for iflow, version in versions.items()
    ]
    tenant = start(landscape=Landscape("example", (package,), tuple(iflows)))
    key = tmp_path / "mixed.json"
    key.write_text(json.dumps(tenant.service_key()), encoding="utf-8")

    result = call("package", "download", str(key), package.id)

    assert result.exit_code == 1
    assert "HTTP 500: Package export failed." in result.stderr
    assert result.stderr.endswith("; draft iFlows: 'New', 'Changed', \"It's\"\n")


def test_rejection_is_explained_if_the_drafts_cannot_be_read(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.faults.add(Fault(FaultKind.FORBIDDEN, path="IntegrationDesigntimeArtifacts"))

    result = call("package", "download", key_file, "Drafts")

    assert "HTTP 500: Package export failed." in result.stderr
    assert result.stderr.endswith("or download the artifacts one by one\n")


def test_drafts_of_other_types_are_named_by_sap(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.content.rows("MessageMappingDesigntimeArtifacts")[0]["Version"] = "Draft"

    result = call("package", "download", key_file, PACKAGE)

    assert result.exit_code == 1
    assert "{Type=MessageMapping, Name=" in result.stderr
    assert result.stderr.endswith("or download the artifacts one by one\n")


def test_draft_iflow_can_be_downloaded(call: Call, key_file: str) -> None:
    result = call("iflow", "download", key_file, "Draft_Flow")

    assert result.exit_code == 0, result.output
    assert is_zipfile("Draft_Flow.zip")


def test_aborted_download_leaves_no_partial_file(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    tenant.faults.add(Fault(FaultKind.CUT_IN_BODY, path=r"/\$value"))

    result = call("package", "download", key_file, PACKAGE, "--out", "orders.zip")

    assert result.exit_code == 1
    assert list(Path().iterdir()) == []


def test_invalid_zip_is_not_uploaded(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    Path("orders.zip").write_bytes(b"text")

    result = call("package", "upload", key_file, "orders.zip", "--yes")

    assert result.exit_code == 2
    assert "orders.zip: not a zip file" in result.stderr
    assert tenant.requests == []


def test_package_is_created_and_changed(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    created = call(
        *("package", "create", key_file, "It's new", "--name", "New", "--yes"),
        *("--description", "<p>New & old</p>", "--version", "1.0.0"),
    )
    changed = call("package", "update", key_file, "It's new", "--short-text", "Short", "--yes")

    assert (created.exit_code, changed.exit_code) == (0, 0), created.output + changed.output
    package = _find_package(tenant, "It's new")
    assert package is not None
    assert (package.name, package.short_text) == ("New", "Short")
    assert (package.description, package.version) == ("<p>New & old</p>", "1.0.0")


@pytest.mark.parametrize("option", ["--yes", "--dry-run"])
def test_package_id_with_underscore_is_usage_error(
    call: Call, key_file: str, tenant: SimulatedTenant, option: str
) -> None:
    result = call("package", "create", key_file, "My_Package", "--name", "New", option)

    assert result.exit_code == 2
    assert result.stderr == (
        "iflow-census: package id 'My_Package': SAP rejects ids with '_'; use letters and digits\n"
    )
    assert tenant.requests == []


def test_update_also_sends_unchanged_properties(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    """SAP does not document whether a PUT keeps properties that it does not contain."""
    call("package", "update", key_file, PACKAGE, "--description", "Long", "--version", "2", "-y")
    tenant.reset()

    result = call("package", "update", key_file, PACKAGE, "--vendor", "Acme", "--dry-run")

    assert result.exit_code == 0, result.output
    body = json.loads(result.stdout.partition("\n")[2])
    package = _find_package(tenant, PACKAGE)
    assert package is not None
    names = ("Name", "Description", "Version", "Vendor", "Mode")
    properties = {name: body.get(name) for name in names}
    assert properties == {
        "Name": package.name,
        "Description": "Long",
        "Version": "2",
        "Vendor": "Acme",
        "Mode": None,
    }
    assert {request.method for request in tenant.requests if "oauth" not in request.path} == {"GET"}


def test_update_without_changes_is_usage_error(call: Call, key_file: str) -> None:
    result = call("package", "update", key_file, PACKAGE, "--yes")

    assert result.exit_code == 2
    assert "nothing to change" in result.stderr


@pytest.mark.usefixtures("at_terminal")
def test_deletion_needs_confirmation(call: Call, key_file: str, tenant: SimulatedTenant) -> None:
    result = call("package", "delete", key_file, PACKAGE, input="n\n")

    assert result.exit_code == 1
    assert "Nothing was changed." in result.stderr
    assert PACKAGE in _ids(tenant)


def test_package_is_copied_with_suffix_or_overwritten(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    first = call("package", "copy", key_file, DISCOVER, "--yes")
    second = call("package", "copy", key_file, DISCOVER, "--yes")
    additional = call("package", "copy", key_file, DISCOVER, "--suffix", "QA", "--yes")
    replaced = call("package", "copy", key_file, DISCOVER, "--mode", "overwrite_merge", "--yes")

    assert [result.exit_code for result in (first, second, additional, replaced)] == [0, 1, 0, 0]
    assert "HTTP 409" in second.stderr
    assert "see --suffix and --mode" in second.stderr
    assert "'Discover_Editable.QA' is copied." in additional.stderr
    assert _ids(tenant)[-2:] == [DISCOVER, f"{DISCOVER}.QA"]
    assert "its changes are lost and its parameters are kept" in replaced.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--mode", "CREATE_COPY"), "an additional copy needs a suffix"),
        (("--mode", "OVERWRITE", "--suffix", "QA"), "--suffix makes an additional copy"),
    ],
)
def test_mode_and_suffix_conflict_is_usage_error(
    call: Call, key_file: str, tenant: SimulatedTenant, options: tuple[str, ...], message: str
) -> None:
    result = call("package", "copy", key_file, DISCOVER, *options, "--yes")

    assert result.exit_code == 2
    assert message in result.stderr
    assert tenant.requests == []


def test_package_unknown_to_discover_is_not_copied(call: Call, key_file: str) -> None:
    result = call("package", "copy", key_file, PACKAGE, "--yes")

    assert result.exit_code == 1
    assert "HTTP 404" in result.stderr


def test_package_in_sandbox_cannot_be_deleted(call: Call, start: Start, tmp_path: Path) -> None:
    sandbox = start(auth="apikey")
    key = tmp_path / "box.json"
    key.write_text(json.dumps(sandbox.service_key()), encoding="utf-8")

    delete = call("package", "delete", str(key), PACKAGE, "--yes")
    read = call("package", "list", str(key), "--json")

    assert delete.exit_code == 2
    assert "is read-only" in delete.stderr
    assert len(json.loads(read.stdout)) == len(sandbox.landscape.packages)
    assert {request.method for request in sandbox.requests} == {"GET"}
