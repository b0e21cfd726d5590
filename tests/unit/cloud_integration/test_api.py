"""Requests that `Api` sends, and how it parses the responses."""

import base64
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from iflow_census.cloud_integration import odata
from iflow_census.errors import (
    ConfigurationError,
    DataError,
    NotFound,
    RequestRejected,
    TransientError,
)
from tests.simulators.http_server import BEFORE_RESPONSE, Response
from tests.unit.cloud_integration.scripted_tenant import CONNECTION_LOST, ScriptedTenant, error


def entity(**properties: object) -> Response:
    return Response(200, json.dumps({"d": properties}).encode())


def page(*rows: object, **envelope: object) -> Response:
    return Response(200, json.dumps({"d": {"results": rows, **envelope}}).encode())


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive_file:
        archive_file.writestr("a.txt", "a")
    return file.getvalue()


def test_read_converts_values() -> None:
    answer = entity(
        __metadata={"uri": "x"},
        Id="a",
        DeployedOn="/Date(1521463557739)/",
        ErrorInformation={"__deferred": {"uri": "x"}},
    )
    with ScriptedTenant(answer) as tenant:
        package = tenant.api().read(odata.entity_path("IntegrationRuntimeArtifacts", "It's a/b"))

    assert package == {
        "Id": "a",
        "DeployedOn": datetime(2018, 3, 19, 12, 45, 57, 739000, tzinfo=UTC),
    }
    assert tenant.requests[0].path == "/api/v1/IntegrationRuntimeArtifacts('It''s%20a%2Fb')"


def test_list_with_one_entry_is_read_as_entity() -> None:
    with ScriptedTenant(page({"Id": "a"})) as tenant:
        assert tenant.api().read("ArchivingConfigurations('a')") == {"Id": "a"}


@pytest.mark.parametrize("answer", [page(), page({"Id": "a"}, {"Id": "b"}), Response(200, b"[]")])
def test_read_rejects_lists(answer: Response) -> None:
    with ScriptedTenant(answer) as tenant, pytest.raises(DataError):
        tenant.api().read("IntegrationPackages('a')")


@pytest.mark.parametrize("answer", [error(404, "no"), Response(204, content_type=None)])
def test_missing_entity_raises_not_found(answer: Response) -> None:
    with ScriptedTenant(answer) as tenant, pytest.raises(NotFound):
        tenant.api().read("IntegrationRuntimeArtifacts('a')")


def test_repeated_read_sends_a_new_request() -> None:
    with ScriptedTenant(entity(Status="DEPLOYING"), entity(Status="SUCCESS")) as tenant:
        api = tenant.api()
        statuses = [api.read("BuildAndDeployStatus(TaskId='a')")["Status"] for _ in range(2)]

    assert statuses == ["DEPLOYING", "SUCCESS"]


def test_pages_are_requested_lazily() -> None:
    first = page({"Id": "a"}, {"Id": "b"}, __next="Queues?$skiptoken=2")
    with ScriptedTenant(first, page({"Id": "c"})) as tenant:
        entries = tenant.api().read_all("Queues", key=["Id"])
        before = len(tenant.requests)
        next(entries)
        during = len(tenant.requests)
        rest = [entry["Id"] for entry in entries]

    assert (before, during, len(tenant.requests)) == (0, 1, 2)
    assert rest == ["b", "c"]


def test_incomplete_list_fails_after_its_last_entry() -> None:
    with ScriptedTenant(page({"Id": "a"}, __count="2")) as tenant:
        entries = tenant.api().read_all("Queues", key=["Id"], supports_inlinecount=True)

        assert next(entries) == {"Id": "a"}
        with pytest.raises(DataError, match="expected 2 entries, got 1"):
            next(entries)


def test_top_limits_the_pages_that_are_read() -> None:
    answer = page({"Id": "a"}, {"Id": "b"}, {"Id": "c"}, __count="9", __next="Queues?$skip=3")
    with ScriptedTenant(answer) as tenant:
        entries = list(
            tenant.api().read_all(
                "Queues", query={"$top": "2"}, key=["Id"], supports_inlinecount=True
            )
        )

    assert entries == [{"Id": "a"}, {"Id": "b"}]
    assert len(tenant.requests) == 1
    assert "inlinecount" not in tenant.requests[0].query


def test_duplicates_are_ignored_if_key_is_not_selected() -> None:
    with ScriptedTenant(page({"Name": "a"}, {"Name": "a"})) as tenant:
        entries = tenant.api().read_all("Queues", query={"$select": "Name"}, key=["Id"])

        assert len(list(entries)) == 2


@pytest.mark.parametrize("query", [{}, {"$select": "Id"}, {"$select": "Name,Id"}])
def test_duplicates_are_refused_if_key_is_selected(query: dict[str, str]) -> None:
    with ScriptedTenant(page({"Id": "a"}, {"Id": "a"})) as tenant:
        entries = tenant.api().read_all("Queues", query=query, key=["Id"])

        with pytest.raises(DataError, match="duplicate entry: Id 'a'"):
            list(entries)


@pytest.mark.parametrize(
    ("query", "supports_skip", "number"),
    [({}, True, 2), ({}, False, 1), ({"$skip": "5"}, True, 1)],
)
def test_full_page_is_the_last_unless_skip_is_supported(
    query: dict[str, str], supports_skip: bool, number: int
) -> None:
    full = page(*({"Id": str(entry)} for entry in range(1000)))
    with ScriptedTenant(full, page()) as tenant:
        entries = list(tenant.api().read_all("Queues", query=query, supports_skip=supports_skip))

    assert len(entries) == 1000
    assert len(tenant.requests) == number


def test_count_returns_the_number() -> None:
    with ScriptedTenant(Response(200, b"42", "text/plain")) as tenant:
        assert tenant.api().count("ServiceEndpoints", query={"$filter": "Name eq 'a&b'"}) == 42

    assert tenant.requests[0].path == "/api/v1/ServiceEndpoints/$count"
    assert unquote(tenant.requests[0].query) == "$filter=Name eq 'a&b'"
    assert "%26" in tenant.requests[0].query


def test_create_sends_json() -> None:
    with ScriptedTenant(Response(204, content_type=None)) as tenant:
        tenant.api().create(
            "UserCredentials", {"Name": "ä", "On": datetime(1970, 1, 2, tzinfo=UTC)}
        )

    assert tenant.requests[0].method == "POST"
    assert tenant.requests[0].headers["content-type"] == "application/json"
    assert json.loads(tenant.requests[0].body) == {"Name": "ä", "On": "/Date(86400000)/"}


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (entity(Name="a"), {"Name": "a"}),
        (page({"Name": "a"}), [{"Name": "a"}]),
        (Response(202, b"a1b2-c3", "text/plain"), "a1b2-c3"),
        (Response(202, b'"a1b2-c3"'), "a1b2-c3"),
        (entity(Deploy="a1b2-c3"), "a1b2-c3"),
        (entity(Deploy={"Name": "a"}), {"Name": "a"}),
        (Response(200, b"[313233]"), "[313233]"),
        (Response(200, b'{"Name": "a"}'), '{"Name": "a"}'),
        (Response(200, b""), None),
        (Response(200, b'{"d": null}'), None),
        (Response(201, b"<entry/>", "application/atom+xml"), "<entry/>"),
    ],
)
def test_call_parses_any_result(answer: Response, result: object) -> None:
    with ScriptedTenant(answer) as tenant:
        assert tenant.api().call("Deploy", {}) == result


def test_update_and_delete_return_the_response() -> None:
    with ScriptedTenant(entity(Name="a"), Response(202, b"a1b2-c3", "text/plain")) as tenant:
        api = tenant.api()

        assert api.update("Queues('a')", {"Name": "a"}) == {"Name": "a"}
        assert api.delete("Queues('a')") == "a1b2-c3"


def test_call_sends_parameters_as_literals() -> None:
    with ScriptedTenant(Response(202, content_type=None)) as tenant:
        tenant.api().call(
            "UpsertValMaps", {"Id": "It's", "IsConfigured": True, "Level": odata.Unquoted("NONE")}
        )

    assert tenant.requests[0].method == "POST"
    assert unquote(tenant.requests[0].query) == "Id='It''s'&IsConfigured=true&Level=NONE"
    assert tenant.requests[0].body == b""


def test_function_can_be_called_with_get() -> None:
    with ScriptedTenant(entity(OAuthTokenFromCode="a")) as tenant:
        assert tenant.api().call("OAuthTokenFromCode", {"Code": "x"}, method="GET") == "a"

    assert (tenant.requests[0].method, tenant.token_requests) == ("GET", 0)


def test_upload_sends_base64(tmp_path: Path) -> None:
    file = tmp_path / "flow.zip"
    file.write_bytes(archive())
    with ScriptedTenant(entity(Id="a")) as tenant:
        tenant.api().upload("IntegrationDesigntimeArtifacts", {"Id": "a"}, file)

    sent = json.loads(tenant.requests[0].body)
    assert sent["Id"] == "a"
    assert base64.b64decode(sent["ArtifactContent"]) == archive()


@pytest.mark.parametrize("name", ["missing.zip", "text.zip"])
def test_upload_rejects_missing_and_invalid_files(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.zip").write_text("no zip")
    with (
        ScriptedTenant(entity()) as tenant,
        pytest.raises(RequestRejected, match="nothing was"),
    ):
        tenant.api().upload(
            "IntegrationPackages", {}, tmp_path / name, content_property="PackageContent"
        )

    assert tenant.requests == []


def test_resource_can_be_any_file(tmp_path: Path) -> None:
    file = tmp_path / "a.groovy"
    file.write_text("x")
    with ScriptedTenant(entity(Name="a")) as tenant:
        tenant.api().upload("Resources", {}, file, content_property="ResourceContent", method="PUT")

    assert tenant.requests[0].method == "PUT"
    assert json.loads(tenant.requests[0].body) == {"ResourceContent": "eA=="}


def test_put_content_sends_bytes_unchanged() -> None:
    with ScriptedTenant(Response(204, content_type=None)) as tenant:
        tenant.api().put_content(
            "CertificateResources('61')/$value", b"\x30", "application/pkix-cert"
        )

    assert tenant.requests[0].headers["content-type"] == "application/pkix-cert"
    assert tenant.requests[0].body == b"\x30"


def test_download_writes_file_and_reports_progress(tmp_path: Path) -> None:
    progress: list[tuple[int, int | None]] = []
    file = tmp_path / "flow.zip"
    file.write_text("existing content")
    with ScriptedTenant(Response(200, archive(), "application/zip")) as tenant:
        download = tenant.api().download(
            "X('a')/$value",
            file,
            expect_zip=True,
            progress=lambda *sizes: progress.append(sizes),
        )

    assert file.read_bytes() == archive()
    assert (download.size, download.content_type) == (len(archive()), "application/zip")
    assert progress == [(len(archive()), len(archive()))]
    assert list(tmp_path.iterdir()) == [file]


def test_interrupted_download_starts_again(tmp_path: Path) -> None:
    broken = Response(200, b"abcdef", cut_after=3)
    with ScriptedTenant(broken, Response(200, b"abcdef")) as tenant:
        tenant.api().download("X('a')/$value", tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == b"abcdef"


@pytest.mark.parametrize(
    "answer",
    [
        Response(200, b"abcdef", cut_after=3),
        Response(200, b"abcdef", cut_after=BEFORE_RESPONSE),
        error(404, "no"),
        error(500, "The artifacts are in draft state"),
        Response(200, b"<html>", "text/html"),
    ],
)
def test_failed_download_leaves_no_file(tmp_path: Path, answer: Response) -> None:
    with (
        ScriptedTenant(answer) as tenant,
        pytest.raises((DataError, TransientError, RequestRejected)),
    ):
        tenant.api().download("X('a')/$value", tmp_path / "a.zip", expect_zip=True)

    assert list(tmp_path.iterdir()) == []


def test_failed_download_keeps_existing_file(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("existing content")
    with ScriptedTenant(CONNECTION_LOST) as tenant, pytest.raises(TransientError):
        tenant.api().download("X('a')/$value", file)

    assert file.read_text() == "existing content"


def test_download_of_a_draft_is_not_retried(tmp_path: Path) -> None:
    with (
        ScriptedTenant(error(500, "The artifacts are in draft state")) as tenant,
        pytest.raises(RequestRejected, match="save each draft as a version"),
    ):
        tenant.api().download("IntegrationPackages('a')/$value", tmp_path / "a.zip")

    assert len(tenant.requests) == 1


def test_download_to_missing_folder_names_it(tmp_path: Path) -> None:
    with (
        ScriptedTenant(Response(200, b"a")) as tenant,
        pytest.raises(ConfigurationError, match="missing"),
    ):
        tenant.api().download("X('a')/$value", tmp_path / "missing" / "a")


def test_read_value_accepts_any_media_type() -> None:
    with ScriptedTenant(Response(200, b' {"parameter": ["x"]} \n')) as tenant:
        text = tenant.api().read_value("X('a')/ErrorInformation/$value")

    assert text == '{"parameter": ["x"]}'
    assert tenant.requests[0].headers["accept"] == "*/*"


def test_url_contains_no_credentials() -> None:
    with ScriptedTenant(entity()) as tenant:
        url = tenant.api().url("Queues", {"$filter": "Name eq 'a b'"})

    assert url.endswith("/api/v1/Queues?$filter=Name%20eq%20'a%20b'")
    assert "geheim" not in url
