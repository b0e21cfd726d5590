"""What is sent to SAP to change something, and how often."""

import pytest

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.errors import (
    AccessError,
    CensusError,
    ConfigurationError,
    DataError,
    NotFound,
    RequestRejected,
    TransientError,
)
from tests.simulators.http_server import Answer
from tests.unit.cloud_integration.scripted_tenant import (
    CUT,
    REQUIRED,
    ScriptedTenant,
    error,
    token,
)

DONE = Answer(204, content_type=None)
CREATED = Answer(201, b'{"d": {"Name": "a"}}')


def test_a_token_is_fetched_once_and_sent_with_all_its_cookies() -> None:
    with ScriptedTenant(CREATED, tokens=(token("t1", "s=1; Path=/", "r=2"),)) as tenant:
        api = tenant.api()

        api.create("UserCredentials", {"Name": "a"})
        api.delete("UserCredentials('a')")

    assert tenant.fetched == 1
    for request in tenant.asked:
        assert request.headers["x-csrf-token"] == "t1"
        assert sorted(request.headers["cookie"].split("; ")) == ["r=2", "s=1"]


def test_reading_needs_no_token() -> None:
    with ScriptedTenant(CREATED) as tenant:
        tenant.api().read("UserCredentials('a')")

    assert tenant.fetched == 0
    assert "x-csrf-token" not in tenant.asked[0].headers


def test_a_token_that_has_ended_is_fetched_anew_and_the_write_sent_again() -> None:
    with ScriptedTenant(REQUIRED, CREATED, tokens=(token("t1"), token("t2"))) as tenant:
        answer = tenant.api().create("UserCredentials", {"Name": "a"})

    assert answer == {"Name": "a"}
    assert tenant.fetched == 2
    assert [request.headers["x-csrf-token"] for request in tenant.asked] == ["t1", "t2"]


def test_a_token_that_is_refused_as_soon_as_it_is_given_is_an_error() -> None:
    with ScriptedTenant(REQUIRED) as tenant, pytest.raises(AccessError, match="CSRF token"):
        tenant.api().create("UserCredentials", {"Name": "a"})

    assert (tenant.fetched, len(tenant.asked)) == (2, 2)


def test_a_tenant_that_gives_no_token_is_written_to_without() -> None:
    no_token = Answer(200, b'{"d": {}}')
    with ScriptedTenant(CREATED, tokens=(no_token,)) as tenant:
        tenant.api().create("UserCredentials", {"Name": "a"})

    assert "x-csrf-token" not in tenant.asked[0].headers
    assert "cookie" not in tenant.asked[0].headers


def test_a_missing_role_is_no_missing_token() -> None:
    with (
        ScriptedTenant(Answer(403, content_type=None)) as tenant,
        pytest.raises(AccessError, match="lacks the role CredentialsEdit"),
    ):
        tenant.api().create("UserCredentials", {"Name": "a"})

    assert (tenant.fetched, len(tenant.asked)) == (1, 1)


def post(api: Api) -> object:
    return api.create("UserCredentials", {"Name": "a"})


def call(api: Api) -> object:
    return api.call("DeployIntegrationDesigntimeArtifact", {"Id": "a", "Version": "active"})


def put(api: Api) -> object:
    return api.update("UserCredentials('a')", {"User": "b"})


def patch(api: Api) -> object:
    return api.update(f"AccessPolicies({odata.Int64(1)}L)", {"Description": "b"}, method="PATCH")


def rename(api: Api) -> object:
    return api.update("KeystoreEntries('61')", {"Status": None}, query={"renameAlias": "b"})


def delete(api: Api) -> object:
    return api.delete("UserCredentials('a')")


SERVER_ERROR = Answer(502, b"<html>", content_type="text/html")
GATEWAY_503 = Answer(503, b"<html>", content_type="text/html")


@pytest.mark.parametrize("write", [post, call, patch, rename])
@pytest.mark.parametrize(
    "failure", [CUT, SERVER_ERROR, GATEWAY_503, error(500, "Internal Server Error")]
)
def test_what_may_have_been_carried_out_is_not_sent_again(write: object, failure: Answer) -> None:
    with ScriptedTenant(failure, DONE) as tenant, pytest.raises(TransientError):
        write(tenant.api())  # type: ignore[operator]

    assert len(tenant.asked) == 1


@pytest.mark.parametrize("write", [put, delete])
@pytest.mark.parametrize(
    "failure", [CUT, SERVER_ERROR, GATEWAY_503, error(500, "Internal Server Error")]
)
def test_what_may_come_twice_is_sent_again(write: object, failure: Answer) -> None:
    with ScriptedTenant(failure, DONE) as tenant:
        write(tenant.api())  # type: ignore[operator]

    assert len(tenant.asked) == 2


@pytest.mark.parametrize("write", [post, call, put, patch, rename, delete])
@pytest.mark.parametrize(
    "failure", [Answer(429, content_type=None), error(503, "keystore is locked by another user")]
)
def test_what_was_not_taken_is_sent_again(write: object, failure: Answer) -> None:
    with ScriptedTenant(failure, DONE) as tenant:
        write(tenant.api())  # type: ignore[operator]

    assert len(tenant.asked) == 2


@pytest.mark.parametrize("lost", [CUT, SERVER_ERROR])
def test_what_an_earlier_try_deleted_need_not_be_found(lost: Answer) -> None:
    with ScriptedTenant(lost, error(404, "not there")) as tenant:
        assert delete(tenant.api()) is None

    assert len(tenant.asked) == 2


@pytest.mark.parametrize("before", [[], [Answer(429, content_type=None)], [REQUIRED]])
def test_what_was_never_there_is_not_found(before: list[Answer]) -> None:
    with (
        ScriptedTenant(*before, error(404, "not there")) as tenant,
        pytest.raises(NotFound, match="not there: check the name"),
    ):
        delete(tenant.api())


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (error(400, "Oh no"), RequestRejected, "HTTP 400: Oh no"),
        (error(409, "Exists"), RequestRejected, "HTTP 409: Exists"),
        (error(500, "Attempt to insert a duplicate"), RequestRejected, "HTTP 500: Attempt"),
        (Answer(415, content_type=None), RequestRejected, "HTTP 415"),
        (Answer(302, content_type=None, headers=(("Location", "/"),)), AccessError, "log-in page"),
        (Answer(200, b"<!DOCTYPE html>", "text/html"), AccessError, "HTML page"),
        (Answer(200, b'{"error": {"message": "Oh no"}}'), DataError, "Oh no"),
    ],
)
def test_a_write_that_is_refused_is_sent_once(
    answer: Answer, kind: type[CensusError], words: str
) -> None:
    with ScriptedTenant(answer) as tenant, pytest.raises(kind, match=words):
        post(tenant.api())

    assert len(tenant.asked) == 1


@pytest.mark.parametrize("write", [post, call, put, patch, rename, delete])
def test_the_sandbox_is_sent_no_write(write: object) -> None:
    with (
        ScriptedTenant(DONE) as tenant,
        pytest.raises(ConfigurationError, match="can only be read; nothing was sent"),
    ):
        write(tenant.api(sandbox=True))  # type: ignore[operator]

    assert tenant.asked == []
    assert tenant.fetched == 0


def test_a_connection_that_was_never_made_is_tried_again() -> None:
    with ScriptedTenant(DONE) as tenant:
        api = tenant.api()
        put(api)

    with pytest.raises(TransientError, match="connection failed"):
        post(api)

    assert api.use().retries == 2


def test_nothing_of_the_session_is_in_an_error() -> None:
    secret = token("geheim1", "s=geheim2")
    with (
        ScriptedTenant(error(400, "Oh no"), tokens=(secret,)) as tenant,
        pytest.raises(RequestRejected) as caught,
    ):
        post(tenant.api())

    assert "geheim" not in repr(caught.value)
