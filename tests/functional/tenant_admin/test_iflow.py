"""`iflow-census iflow` and `endpoints`: list, download, create, update, delete."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.functional.tenant_admin.conftest import Call, writes
from tests.simulators.cloud_integration import (
    DesigntimeIflow,
    Fault,
    FaultKind,
    SimulatedTenant,
)

IFLOW = "Send_Orders"
PACKAGE = "Orders/Nord's ä"
CONFIGURE_ONLY = "Standard_Flow"


@pytest.fixture
def zip_file() -> Path:
    """A zip file in the working directory of the command."""
    path = Path("flow.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Bundle-Name: Send orders\n")
    return path


def _find_iflow(tenant: SimulatedTenant, iflow: str) -> DesigntimeIflow | None:
    return next((row for row in tenant.landscape.iflows if row.id == iflow), None)


def _stored_content(tenant: SimulatedTenant, iflow: str) -> bytes | None:
    contents = {row["Id"]: row["bytes"] for row in tenant.content.rows("@content")}
    return contents.get(iflow)


def test_iflows_of_all_packages_are_listed(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    table = call("iflow", "list", key_file)
    listed = call("iflow", "list", key_file, "--json")

    title, *lines = table.stdout.splitlines()
    assert title.split() == ["Id", "Name", "PackageId", "Version", "ModifiedAt", "ModifiedBy"]
    assert [line.split()[0] for line in lines] == [iflow.id for iflow in tenant.landscape.iflows]
    assert [(row["Id"], row["PackageId"], row["Version"]) for row in json.loads(listed.stdout)] == [
        (iflow.id, iflow.package_id, iflow.version) for iflow in tenant.landscape.iflows
    ]


def test_iflows_of_one_package_are_listed(call: Call, key_file: str) -> None:
    result = call("iflow", "list", key_file, "--package", PACKAGE, "--json")
    unknown = call("iflow", "list", key_file, "--package", "Orders")

    assert [row["Id"] for row in json.loads(result.stdout)] == [IFLOW]
    assert unknown.exit_code == 1
    assert "HTTP 404" in unknown.stderr


def test_iflow_is_downloaded_to_file_or_folder(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    Path("folder").mkdir()

    by_default = call("iflow", "download", key_file, IFLOW)
    into_folder = call("iflow", "download", key_file, IFLOW, "--out", "folder")
    named = call("iflow", "download", key_file, IFLOW, "--version", "1.0.3", "--out", "a.zip")

    assert [result.exit_code for result in (by_default, into_folder, named)] == [0, 0, 0]
    paths = [Path("Send_Orders.zip"), Path("folder/Send_Orders.zip"), Path("a.zip")]
    assert len({path.read_bytes() for path in paths}) == 1
    with zipfile.ZipFile(paths[0]) as archive:
        assert "META-INF/MANIFEST.MF" in archive.namelist()
    assert f"a.zip: {paths[2].stat().st_size} bytes" in named.stderr
    assert "Version='1.0.3')/$value" in tenant.requests[-1].path


def test_downloaded_file_name_is_safe(call: Call, key_file: str, zip_file: Path) -> None:
    iflow = "../../It's/gone"
    created = call(
        "iflow", "create", key_file, iflow, str(zip_file), "--name", "x", "--package", PACKAGE, "-y"
    )

    result = call("iflow", "download", key_file, iflow)

    assert (created.exit_code, result.exit_code) == (0, 0), created.output + result.output
    assert {path.name for path in Path().iterdir()} == {zip_file.name, "_.._It's_gone.zip"}
    assert Path("_.._It's_gone.zip").read_bytes() == zip_file.read_bytes()


def test_aborted_download_leaves_no_partial_file(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    Path("Send_Orders.zip").write_bytes(b"earlier")
    tenant.faults.add(Fault(FaultKind.CUT_IN_BODY, path=r"/\$value"))

    result = call("iflow", "download", key_file, IFLOW)

    assert result.exit_code == 1
    assert "incomplete response" in result.stderr
    assert [(path.name, path.read_bytes()) for path in Path().iterdir()] == [
        ("Send_Orders.zip", b"earlier")
    ]


def test_configure_only_iflow_cannot_be_downloaded_or_updated(
    call: Call, key_file: str, zip_file: Path
) -> None:
    download = call("iflow", "download", key_file, CONFIGURE_ONLY)
    update = call("iflow", "update", key_file, CONFIGURE_ONLY, str(zip_file), "--yes")

    assert (download.exit_code, update.exit_code) == (1, 1)
    for result in (download, update):
        assert "HTTP 400: The artifact consists in a configure only package" in result.stderr
    assert "artifacts of configure-only packages cannot be downloaded" in download.stderr
    assert "artifacts of such a package can be configured, but not changed" in update.stderr
    assert [path.name for path in Path().iterdir()] == [zip_file.name]


def test_iflow_is_created_from_zip_or_empty(
    call: Call, key_file: str, tenant: SimulatedTenant, zip_file: Path
) -> None:
    options = ("--name", "It's new", "--package", PACKAGE, "--yes")

    full = call("iflow", "create", key_file, "Full", str(zip_file), *options)
    empty = call("iflow", "create", key_file, "Empty", *options)

    assert (full.exit_code, empty.exit_code) == (0, 0), full.output + empty.output
    created = _find_iflow(tenant, "Full")
    assert created is not None
    assert (created.name, created.package_id) == ("It's new", PACKAGE)
    assert _stored_content(tenant, "Full") == zip_file.read_bytes()
    assert _find_iflow(tenant, "Empty") is not None
    assert _stored_content(tenant, "Empty") is None


def test_duplicate_iflow_id_prints_sap_error(call: Call, key_file: str) -> None:
    result = call("iflow", "create", key_file, IFLOW, "--name", "x", "--package", PACKAGE, "-y")

    assert result.exit_code == 1
    assert "HTTP 500: An integration flow with the ID Send_Orders already exists" in result.stderr


def test_update_replaces_content_and_saves_version(
    call: Call, key_file: str, tenant: SimulatedTenant, zip_file: Path
) -> None:
    result = call(
        "iflow", "update", key_file, IFLOW, str(zip_file), "--save-as-version", "1.0.4", "--yes"
    )

    assert result.exit_code == 0, result.output
    changed = _find_iflow(tenant, IFLOW)
    assert changed is not None
    assert (changed.version, changed.name) == ("1.0.4", "Send orders")
    assert _stored_content(tenant, IFLOW) == zip_file.read_bytes()
    assert writes(tenant) == [
        "PUT IntegrationDesigntimeArtifacts(Id='Send_Orders',Version='active')",
        "POST IntegrationDesigntimeArtifactSaveAsVersion?Id='Send_Orders'&SaveAsVersion='1.0.4'",
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("text.zip", "text.zip: not a zip file"),
        ("empty.zip", "empty.zip: not a zip file"),
        ("gone.zip", "gone.zip: cannot be read: No such file or directory"),
        (".", ". is a folder; name a zip file"),
    ],
)
def test_invalid_zip_is_rejected_before_any_request(
    call: Call, key_file: str, tenant: SimulatedTenant, name: str, message: str
) -> None:
    Path("text.zip").write_text("text", encoding="utf-8")
    Path("empty.zip").touch()

    result = call("iflow", "update", key_file, IFLOW, name, "--dry-run")

    assert result.exit_code == 2
    assert result.stderr == f"iflow-census: {message}\n"
    assert tenant.requests == []


def test_dry_run_prints_request_without_content(
    call: Call, key_file: str, tenant: SimulatedTenant, zip_file: Path
) -> None:
    result = call(
        *("iflow", "create", key_file, "It's", str(zip_file), "--name", "x"),
        *("--package", PACKAGE, "--dry-run"),
    )

    assert result.exit_code == 0, result.output
    first, _, body = result.stdout.partition("\n")
    assert first == f"POST {tenant.url}/api/v1/IntegrationDesigntimeArtifacts"
    assert json.loads(body) == {
        "Id": "It's",
        "Name": "x",
        "PackageId": PACKAGE,
        "ArtifactContent": f"(flow.zip, {zip_file.stat().st_size} bytes, in base64)",
    }
    assert tenant.requests == []


def test_iflow_is_deleted_after_confirmation(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    unconfirmed = call("iflow", "delete", key_file, IFLOW)
    assert unconfirmed.exit_code == 2
    assert _find_iflow(tenant, IFLOW) is not None

    confirmed = call("iflow", "delete", key_file, IFLOW, "--yes")
    assert confirmed.exit_code == 0, confirmed.output
    assert _find_iflow(tenant, IFLOW) is None
    assert "If it is deployed, it keeps running." in confirmed.stderr


def test_endpoints_of_deployed_iflows_are_listed(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    url = tenant.landscape.endpoints[0].entry_points[0].url

    table = call("endpoints", key_file)
    filtered = call("endpoints", key_file, "--iflow", IFLOW, "--json")
    unknown = call("endpoints", key_file, "--iflow", "It's", "--json")

    assert table.stdout.splitlines()[1].split() == [IFLOW, "REST", url, "PROD"]
    assert [(row["Name"], row["Url"]) for row in json.loads(filtered.stdout)] == [(IFLOW, url)]
    assert json.loads(unknown.stdout) == []


def test_anatomy_of_an_iflow_and_of_its_zip_file_are_the_same(call: Call, key_file: str) -> None:
    of_tenant = call("iflow", "anatomy", key_file, IFLOW, "--json")
    call("iflow", "download", key_file, IFLOW)
    of_file = call("anatomy", f"{IFLOW}.zip", "--json")

    assert of_tenant.exit_code == 0, of_tenant.output
    assert of_file.stdout == of_tenant.stdout
    document = json.loads(of_file.stdout)
    assert [channel["adapter"] for channel in document["channels"]] == ["HTTPS", "HTTP"]
    assert document["aliases"] == ["back office's"]
    assert [trigger["address"] for trigger in document["triggers"]] == ["/orders/in"]


def test_anatomy_of_a_configure_only_iflow_is_refused(call: Call, key_file: str) -> None:
    result = call("iflow", "anatomy", key_file, CONFIGURE_ONLY)

    assert result.exit_code == 1
    assert "configure only" in result.stderr
