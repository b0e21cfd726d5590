"""The verbs: what they send, and what they make of the answer."""

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
from tests.simulators.http_server import BEFORE_THE_ANSWER, Answer
from tests.unit.cloud_integration.scripted_tenant import CUT, ScriptedTenant, error


def entity(**properties: object) -> Answer:
    return Answer(200, json.dumps({"d": properties}).encode())


def page(*rows: object, **envelope: object) -> Answer:
    return Answer(200, json.dumps({"d": {"results": rows, **envelope}}).encode())


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        written.writestr("a.txt", "a")
    return file.getvalue()


def test_one_entity_is_read_with_its_values() -> None:
    answer = entity(
        __metadata={"uri": "x"},
        Id="a",
        DeployedOn="/Date(1521463557739)/",
        ErrorInformation={"__deferred": {"uri": "x"}},
    )
    with ScriptedTenant(answer) as tenant:
        found = tenant.api().read(odata.entity_path("IntegrationRuntimeArtifacts", "It's a/b"))

    assert found == {"Id": "a", "DeployedOn": datetime(2018, 3, 19, 12, 45, 57, 739000, tzinfo=UTC)}
    assert tenant.asked[0].path == "/api/v1/IntegrationRuntimeArtifacts('It''s%20a%2Fb')"


def test_a_list_of_one_is_that_entity() -> None:
    with ScriptedTenant(page({"Id": "a"})) as tenant:
        assert tenant.api().read("ArchivingConfigurations('a')") == {"Id": "a"}


@pytest.mark.parametrize("answer", [page(), page({"Id": "a"}, {"Id": "b"}), Answer(200, b"[]")])
def test_a_list_is_no_entity(answer: Answer) -> None:
    with ScriptedTenant(answer) as tenant, pytest.raises(DataError):
        tenant.api().read("IntegrationPackages('a')")


@pytest.mark.parametrize("answer", [error(404, "no"), Answer(204, content_type=None)])
def test_what_is_not_there_can_be_waited_for(answer: Answer) -> None:
    with ScriptedTenant(answer) as tenant, pytest.raises(NotFound):
        tenant.api().read("IntegrationRuntimeArtifacts('a')")


def test_the_same_question_is_asked_anew() -> None:
    with ScriptedTenant(entity(Status="DEPLOYING"), entity(Status="SUCCESS")) as tenant:
        api = tenant.api()
        found = [api.read("BuildAndDeployStatus(TaskId='a')")["Status"] for _ in range(2)]

    assert found == ["DEPLOYING", "SUCCESS"]


def test_a_page_is_asked_for_when_its_entries_are() -> None:
    first = page({"Id": "a"}, {"Id": "b"}, __next="Queues?$skiptoken=2")
    with ScriptedTenant(first, page({"Id": "c"})) as tenant:
        entries = tenant.api().read_all("Queues", key=["Id"])
        before = len(tenant.asked)
        next(entries)
        during = len(tenant.asked)
        rest = [one["Id"] for one in entries]

    assert (before, during, len(tenant.asked)) == (0, 1, 2)
    assert rest == ["b", "c"]


def test_a_list_that_contradicts_itself_is_an_error_where_it_does() -> None:
    with ScriptedTenant(page({"Id": "a"}, __count="2")) as tenant:
        entries = tenant.api().read_all("Queues", key=["Id"], supports_inlinecount=True)

        assert next(entries) == {"Id": "a"}
        with pytest.raises(DataError, match="2 entries were announced, 1 came"):
            next(entries)


def test_of_a_list_that_was_cut_on_purpose_no_more_is_read() -> None:
    answer = page({"Id": "a"}, {"Id": "b"}, {"Id": "c"}, __count="9", __next="Queues?$skip=3")
    with ScriptedTenant(answer) as tenant:
        entries = list(
            tenant.api().read_all(
                "Queues", query={"$top": "2"}, key=["Id"], supports_inlinecount=True
            )
        )

    assert entries == [{"Id": "a"}, {"Id": "b"}]
    assert len(tenant.asked) == 1
    assert "inlinecount" not in tenant.asked[0].query


def test_entries_without_their_key_are_not_compared_where_it_was_left_out() -> None:
    with ScriptedTenant(page({"Name": "a"}, {"Name": "a"})) as tenant:
        entries = tenant.api().read_all("Queues", query={"$select": "Name"}, key=["Id"])

        assert len(list(entries)) == 2


def test_a_number_is_counted() -> None:
    with ScriptedTenant(Answer(200, b"42", "text/plain")) as tenant:
        assert tenant.api().count("ServiceEndpoints", query={"$filter": "Name eq 'a&b'"}) == 42

    assert tenant.asked[0].path == "/api/v1/ServiceEndpoints/$count"
    assert unquote(tenant.asked[0].query) == "$filter=Name eq 'a&b'"
    assert "%26" in tenant.asked[0].query


def test_an_entity_is_sent_as_json() -> None:
    with ScriptedTenant(Answer(204, content_type=None)) as tenant:
        tenant.api().create(
            "UserCredentials", {"Name": "ä", "On": datetime(1970, 1, 2, tzinfo=UTC)}
        )

    assert tenant.asked[0].method == "POST"
    assert tenant.asked[0].headers["content-type"] == "application/json"
    assert json.loads(tenant.asked[0].body) == {"Name": "ä", "On": "/Date(86400000)/"}


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        (entity(Name="a"), {"Name": "a"}),
        (page({"Name": "a"}), [{"Name": "a"}]),
        (Answer(202, b"a1b2-c3", "text/plain"), "a1b2-c3"),
        (Answer(202, b'"a1b2-c3"'), "a1b2-c3"),
        (entity(Deploy="a1b2-c3"), "a1b2-c3"),
        (entity(Deploy={"Name": "a"}), {"Name": "a"}),
        (Answer(200, b"[313233]"), "[313233]"),
        (Answer(200, b""), None),
        (Answer(200, b'{"d": null}'), None),
        (Answer(201, b"<entry/>", "application/atom+xml"), "<entry/>"),
    ],
)
def test_a_call_gives_what_sap_answers(answer: Answer, made: object) -> None:
    with ScriptedTenant(answer) as tenant:
        assert tenant.api().call("Deploy", {}) == made


def test_parameters_of_a_call_are_literals() -> None:
    with ScriptedTenant(Answer(202, content_type=None)) as tenant:
        tenant.api().call(
            "UpsertValMaps", {"Id": "It's", "IsConfigured": True, "Level": odata.Unquoted("NONE")}
        )

    assert tenant.asked[0].method == "POST"
    assert unquote(tenant.asked[0].query) == "Id='It''s'&IsConfigured=true&Level=NONE"
    assert tenant.asked[0].body == b""


def test_a_function_may_be_called_by_get() -> None:
    with ScriptedTenant(entity(OAuthTokenFromCode="a")) as tenant:
        assert tenant.api().call("OAuthTokenFromCode", {"Code": "x"}, method="GET") == "a"

    assert (tenant.asked[0].method, tenant.fetched) == ("GET", 0)


def test_a_file_is_sent_in_base64(tmp_path: Path) -> None:
    file = tmp_path / "flow.zip"
    file.write_bytes(archive())
    with ScriptedTenant(entity(Id="a")) as tenant:
        tenant.api().upload("IntegrationDesigntimeArtifacts", {"Id": "a"}, file)

    sent = json.loads(tenant.asked[0].body)
    assert sent["Id"] == "a"
    assert base64.b64decode(sent["ArtifactContent"]) == archive()


@pytest.mark.parametrize("name", ["missing.zip", "text.zip"])
def test_a_file_that_is_no_good_is_not_sent(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.zip").write_text("no zip")
    with ScriptedTenant(entity()) as tenant, pytest.raises(RequestRejected, match="nothing was"):
        tenant.api().upload("IntegrationPackages", {}, tmp_path / name, into="PackageContent")

    assert tenant.asked == []


def test_a_resource_may_be_any_file(tmp_path: Path) -> None:
    file = tmp_path / "a.groovy"
    file.write_text("x")
    with ScriptedTenant(entity(Name="a")) as tenant:
        tenant.api().upload("Resources", {}, file, into="ResourceContent", method="PUT")

    assert tenant.asked[0].method == "PUT"
    assert json.loads(tenant.asked[0].body) == {"ResourceContent": "eA=="}


def test_content_is_put_as_it_is() -> None:
    with ScriptedTenant(Answer(204, content_type=None)) as tenant:
        tenant.api().put_content(
            "CertificateResources('61')/$value", b"\x30", "application/pkix-cert"
        )

    assert tenant.asked[0].headers["content-type"] == "application/pkix-cert"
    assert tenant.asked[0].body == b"\x30"


def test_a_stream_is_written_to_a_file_and_its_progress_told(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    file = tmp_path / "flow.zip"
    file.write_text("an earlier one")
    with ScriptedTenant(Answer(200, archive(), "application/zip")) as tenant:
        done = tenant.api().download(
            "X('a')/$value", file, expect_zip=True, progress=lambda *seen: told.append(seen)
        )

    assert file.read_bytes() == archive()
    assert (done.size, done.content_type) == (len(archive()), "application/zip")
    assert told == [(len(archive()), len(archive()))]
    assert list(tmp_path.iterdir()) == [file]


def test_a_stream_that_breaks_off_is_begun_anew(tmp_path: Path) -> None:
    broken = Answer(200, b"abcdef", cut_after=3)
    with ScriptedTenant(broken, Answer(200, b"abcdef")) as tenant:
        tenant.api().download("X('a')/$value", tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == b"abcdef"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"abcdef", cut_after=3),
        Answer(200, b"abcdef", cut_after=BEFORE_THE_ANSWER),
        error(404, "no"),
        error(500, "The artifacts are in draft state"),
        Answer(200, b"<html>", "text/html"),
    ],
)
def test_a_download_that_fails_leaves_no_file(tmp_path: Path, answer: Answer) -> None:
    with (
        ScriptedTenant(answer) as tenant,
        pytest.raises((DataError, TransientError, RequestRejected)),
    ):
        tenant.api().download("X('a')/$value", tmp_path / "a.zip", expect_zip=True)

    assert list(tmp_path.iterdir()) == []


def test_a_download_that_fails_leaves_an_earlier_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("earlier")
    with ScriptedTenant(CUT) as tenant, pytest.raises(TransientError):
        tenant.api().download("X('a')/$value", file)

    assert file.read_text() == "earlier"


def test_a_draft_is_asked_for_once(tmp_path: Path) -> None:
    with (
        ScriptedTenant(error(500, "The artifacts are in draft state")) as tenant,
        pytest.raises(RequestRejected, match="save the artifact as a version"),
    ):
        tenant.api().download("IntegrationPackages('a')/$value", tmp_path / "a.zip")

    assert len(tenant.asked) == 1


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        ScriptedTenant(Answer(200, b"a")) as tenant,
        pytest.raises(ConfigurationError, match="nowhere"),
    ):
        tenant.api().download("X('a')/$value", tmp_path / "nowhere" / "a")


def test_the_text_of_an_error_is_read() -> None:
    with ScriptedTenant(Answer(200, b' {"parameter": ["x"]} \n')) as tenant:
        text = tenant.api().read_value("X('a')/ErrorInformation/$value")

    assert text == '{"parameter": ["x"]}'
    assert tenant.asked[0].headers["accept"] == "*/*"


def test_an_address_holds_no_credentials() -> None:
    with ScriptedTenant(entity()) as tenant:
        url = tenant.api().url("Queues", {"$filter": "Name eq 'a b'"})

    assert url.endswith("/api/v1/Queues?$filter=Name%20eq%20'a%20b'")
    assert "geheim" not in url
