"""`iflow-census iflow` and `endpoints`: iFlows listed, downloaded, created, changed, deleted."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.functional.tenant_admin.conftest import Call
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
def zipped() -> Path:
    """A zip file in the folder of the command."""
    path = Path("flow.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Bundle-Name: Send orders\n")
    return path


def _iflow(tenant: SimulatedTenant, iflow: str) -> DesigntimeIflow | None:
    return next((one for one in tenant.landscape.iflows if one.id == iflow), None)


def _stored(tenant: SimulatedTenant, iflow: str) -> bytes | None:
    found = [one["bytes"] for one in tenant.content.rows("@content") if one["Id"] == iflow]
    return found[0] if found else None


def _writes(tenant: SimulatedTenant) -> list[str]:
    root = "/api/v1/"
    return [
        f"{one.method} {one.target.partition(root)[2]}"
        for one in tenant.requests
        if one.method != "GET" and root in one.path
    ]


def test_the_iflows_of_all_packages_are_listed(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    table = call("iflow", "list", key_file)
    listed = call("iflow", "list", key_file, "--json")

    title, *lines = table.stdout.splitlines()
    assert title.split() == ["Id", "Name", "PackageId", "Version", "ModifiedAt", "ModifiedBy"]
    assert [line.split()[0] for line in lines] == [one.id for one in tenant.landscape.iflows]
    assert [(one["Id"], one["PackageId"], one["Version"]) for one in json.loads(listed.stdout)] == [
        (one.id, one.package_id, one.version) for one in tenant.landscape.iflows
    ]


def test_the_iflows_of_one_package_are_listed_whatever_its_name(call: Call, key_file: str) -> None:
    result = call("iflow", "list", key_file, "--package", PACKAGE, "--json")
    unknown = call("iflow", "list", key_file, "--package", "Orders")

    assert [one["Id"] for one in json.loads(result.stdout)] == [IFLOW]
    assert unknown.exit_code == 1
    assert "HTTP 404" in unknown.stderr


def test_an_iflow_is_downloaded_to_the_file_that_is_named(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    Path("folder").mkdir()

    by_default = call("iflow", "download", key_file, IFLOW)
    into_folder = call("iflow", "download", key_file, IFLOW, "--out", "folder")
    named = call("iflow", "download", key_file, IFLOW, "--version", "1.0.3", "--out", "a.zip")

    assert [one.exit_code for one in (by_default, into_folder, named)] == [0, 0, 0]
    paths = [Path("Send_Orders.zip"), Path("folder/Send_Orders.zip"), Path("a.zip")]
    assert len({path.read_bytes() for path in paths}) == 1
    with zipfile.ZipFile(paths[0]) as archive:
        assert "META-INF/MANIFEST.MF" in archive.namelist()
    assert f"'Send_Orders': {paths[2].stat().st_size} bytes in a.zip" in named.stderr
    assert "Version='1.0.3')/$value" in tenant.requests[-1].path


def test_a_file_is_named_after_an_id_without_leaving_its_folder(
    call: Call, key_file: str, zipped: Path
) -> None:
    iflow = "../../It's/gone"
    made = call(
        "iflow", "create", key_file, iflow, str(zipped), "--name", "x", "--package", PACKAGE, "-y"
    )

    result = call("iflow", "download", key_file, iflow)

    assert (made.exit_code, result.exit_code) == (0, 0), made.output + result.output
    assert {path.name for path in Path().iterdir()} == {zipped.name, "_.._It's_gone.zip"}
    assert Path("_.._It's_gone.zip").read_bytes() == zipped.read_bytes()


def test_a_download_that_breaks_off_leaves_no_half_file(
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


def test_a_configure_only_package_gives_and_takes_no_content(
    call: Call, key_file: str, zipped: Path
) -> None:
    given = call("iflow", "download", key_file, CONFIGURE_ONLY)
    taken = call("iflow", "update", key_file, CONFIGURE_ONLY, str(zipped), "--yes")

    assert (given.exit_code, taken.exit_code) == (1, 1)
    for result in (given, taken):
        assert "HTTP 400: The artifact consists in a configure only package" in result.stderr
    assert "drafts and configure-only packages cannot be downloaded" in given.stderr
    assert "artifacts of such a package can be configured, but not changed" in taken.stderr
    assert [path.name for path in Path().iterdir()] == [zipped.name]


def test_an_iflow_is_created_from_a_zip_and_an_empty_one_without(
    call: Call, key_file: str, tenant: SimulatedTenant, zipped: Path
) -> None:
    options = ("--name", "It's new", "--package", PACKAGE, "--yes")

    full = call("iflow", "create", key_file, "Full", str(zipped), *options)
    empty = call("iflow", "create", key_file, "Empty", *options)

    assert (full.exit_code, empty.exit_code) == (0, 0), full.output + empty.output
    made = _iflow(tenant, "Full")
    assert made is not None
    assert (made.name, made.package_id) == ("It's new", PACKAGE)
    assert _stored(tenant, "Full") == zipped.read_bytes()
    assert _iflow(tenant, "Empty") is not None
    assert _stored(tenant, "Empty") is None


def test_an_id_that_is_taken_is_said_in_sap_s_words(call: Call, key_file: str) -> None:
    result = call("iflow", "create", key_file, IFLOW, "--name", "x", "--package", PACKAGE, "-y")

    assert result.exit_code == 1
    assert "HTTP 500: An integration flow with the ID Send_Orders already exists" in result.stderr


def test_an_update_replaces_the_content_and_saves_a_version(
    call: Call, key_file: str, tenant: SimulatedTenant, zipped: Path
) -> None:
    result = call(
        "iflow", "update", key_file, IFLOW, str(zipped), "--save-as-version", "1.0.4", "--yes"
    )

    assert result.exit_code == 0, result.output
    changed = _iflow(tenant, IFLOW)
    assert changed is not None
    assert (changed.version, changed.name) == ("1.0.4", "Send orders")
    assert _stored(tenant, IFLOW) == zipped.read_bytes()
    assert _writes(tenant) == [
        "PUT IntegrationDesigntimeArtifacts(Id='Send_Orders',Version='active')",
        "POST IntegrationDesigntimeArtifactSaveAsVersion?Id='Send_Orders'&SaveAsVersion='1.0.4'",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("text.zip", "text.zip is no zip file"),
        ("empty.zip", "empty.zip is no zip file"),
        ("gone.zip", "gone.zip cannot be read: No such file or directory"),
        (".", ". is a folder: name a zip file"),
    ],
)
def test_what_is_no_zip_is_refused_before_anybody_is_asked(
    call: Call, key_file: str, tenant: SimulatedTenant, name: str, said: str
) -> None:
    Path("text.zip").write_text("no zip", encoding="utf-8")
    Path("empty.zip").touch()

    result = call("iflow", "update", key_file, IFLOW, name, "--dry-run")

    assert result.exit_code == 2
    assert result.stderr == f"iflow-census: {said}\n"
    assert tenant.requests == []


def test_a_dry_run_shows_what_would_be_sent_without_the_content(
    call: Call, key_file: str, tenant: SimulatedTenant, zipped: Path
) -> None:
    result = call(
        *("iflow", "create", key_file, "It's", str(zipped), "--name", "x"),
        *("--package", PACKAGE, "--dry-run"),
    )

    assert result.exit_code == 0, result.output
    first, _, body = result.stdout.partition("\n")
    assert first == f"POST {tenant.url}/api/v1/IntegrationDesigntimeArtifacts"
    assert json.loads(body) == {
        "Id": "It's",
        "Name": "x",
        "PackageId": PACKAGE,
        "ArtifactContent": f"(flow.zip, {zipped.stat().st_size} bytes, in base64)",
    }
    assert tenant.requests == []


def test_an_iflow_is_deleted_once_somebody_agrees(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    silent = call("iflow", "delete", key_file, IFLOW)
    assert silent.exit_code == 2
    assert _iflow(tenant, IFLOW) is not None

    agreed = call("iflow", "delete", key_file, IFLOW, "--yes")
    assert agreed.exit_code == 0, agreed.output
    assert _iflow(tenant, IFLOW) is None
    assert "what is deployed stays so" in agreed.stderr


def test_the_addresses_of_deployed_iflows_are_listed(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    url = tenant.landscape.endpoints[0].entry_points[0].url

    table = call("endpoints", key_file)
    one = call("endpoints", key_file, "--iflow", IFLOW, "--json")
    none = call("endpoints", key_file, "--iflow", "It's", "--json")

    assert table.stdout.splitlines()[1].split() == [IFLOW, "REST", url, "PROD"]
    assert [(row["Name"], row["Url"]) for row in json.loads(one.stdout)] == [(IFLOW, url)]
    assert json.loads(none.stdout) == []
