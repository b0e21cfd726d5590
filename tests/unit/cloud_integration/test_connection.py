"""Writes are sent again only if that cannot repeat them."""

from collections.abc import Callable

import pytest
import requests

from iflow_census.clock import Deadline
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.service_key import ClientSecret, ServiceKey
from iflow_census.errors import (
    AccessError,
    CensusError,
    ConfigurationError,
    DataError,
    NotFound,
    RequestRejected,
    TransientError,
)
from iflow_census.http.session import Session
from tests.clock import FakeClock
from tests.simulators.http_server import Response
from tests.unit.cloud_integration.scripted_tenant import (
    CONNECTION_LOST,
    TOKEN_REQUIRED,
    ScriptedTenant,
    error,
)

Write = Callable[[Api], object]

NO_CONTENT = Response(204, content_type=None)


def post(api: Api) -> object:
    return api.create("UserCredentials", {"Name": "a"})


def call(api: Api) -> object:
    return api.call("DeployIntegrationDesigntimeArtifact", {"Id": "a", "Version": "active"})


def put(api: Api) -> object:
    return api.update("UserCredentials('a')", {"User": "b"})


def patch(api: Api) -> object:
    return api.update("AccessPolicies(1L)", {"Description": "b"}, method="PATCH")


def rename(api: Api) -> object:
    return api.update("KeystoreEntries('61')", {"Status": None}, query={"renameAlias": "b"})


def delete(api: Api) -> object:
    return api.delete("UserCredentials('a')")


SERVER_ERROR = Response(502, b"<html>", content_type="text/html")
GATEWAY_503 = Response(503, b"<html>", content_type="text/html")


@pytest.mark.parametrize("write", [post, call, patch, rename])
@pytest.mark.parametrize(
    "failure", [CONNECTION_LOST, SERVER_ERROR, GATEWAY_503, error(500, "Internal Server Error")]
)
def test_unsafe_write_is_not_repeated_after_a_failure(write: Write, failure: Response) -> None:
    with ScriptedTenant(failure, NO_CONTENT) as tenant, pytest.raises(TransientError):
        write(tenant.api())

    assert len(tenant.requests) == 1


@pytest.mark.parametrize("write", [put, delete])
@pytest.mark.parametrize(
    "failure", [CONNECTION_LOST, SERVER_ERROR, GATEWAY_503, error(500, "Internal Server Error")]
)
def test_idempotent_write_is_repeated_after_a_failure(write: Write, failure: Response) -> None:
    with ScriptedTenant(failure, NO_CONTENT) as tenant:
        write(tenant.api())

    assert len(tenant.requests) == 2


@pytest.mark.parametrize("write", [post, call, put, patch, rename, delete])
@pytest.mark.parametrize(
    "failure", [Response(429, content_type=None), error(503, "keystore is locked by another user")]
)
def test_write_that_was_not_accepted_is_repeated(write: Write, failure: Response) -> None:
    with ScriptedTenant(failure, NO_CONTENT) as tenant:
        write(tenant.api())

    assert len(tenant.requests) == 2


@pytest.mark.parametrize(
    "failure", [CONNECTION_LOST, SERVER_ERROR, error(500, "Internal Server Error")]
)
def test_delete_succeeds_if_an_earlier_attempt_did(failure: Response) -> None:
    with ScriptedTenant(failure, error(404, "not there")) as tenant:
        assert delete(tenant.api()) is None

    assert len(tenant.requests) == 2


@pytest.mark.parametrize("earlier", [[], [Response(429, content_type=None)], [TOKEN_REQUIRED]])
def test_delete_of_missing_entity_raises_not_found(earlier: list[Response]) -> None:
    with (
        ScriptedTenant(*earlier, error(404, "not there")) as tenant,
        pytest.raises(NotFound, match="not there; check the name"),
    ):
        delete(tenant.api())


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (error(400, "Oh no"), RequestRejected, "HTTP 400: Oh no"),
        (error(409, "Exists"), RequestRejected, "HTTP 409: Exists"),
        (error(500, "Attempt to insert a duplicate"), RequestRejected, "HTTP 500: Attempt"),
        (Response(415, content_type=None), RequestRejected, "HTTP 415"),
        (
            Response(302, content_type=None, headers=(("Location", "/"),)),
            AccessError,
            "redirected to a login page",
        ),
        (Response(200, b"<!DOCTYPE html>", "text/html"), AccessError, "HTML page"),
        (Response(200, b'{"error": {"message": "Oh no"}}'), DataError, "Oh no"),
    ],
)
def test_rejected_write_is_sent_once(answer: Response, kind: type[CensusError], words: str) -> None:
    with ScriptedTenant(answer) as tenant, pytest.raises(kind, match=words):
        post(tenant.api())

    assert len(tenant.requests) == 1


@pytest.mark.parametrize("write", [post, call, put, patch, rename, delete])
def test_sandbox_rejects_writes(write: Write) -> None:
    with (
        ScriptedTenant(NO_CONTENT) as tenant,
        pytest.raises(ConfigurationError, match="can only be read; nothing was sent"),
    ):
        write(tenant.api(sandbox=True))

    assert tenant.requests == []
    assert tenant.token_requests == 0


def test_refused_connection_is_retried() -> None:
    with ScriptedTenant(NO_CONTENT) as tenant:
        api = tenant.api()
        put(api)

    with pytest.raises(TransientError, match="connection refused"):
        post(api)

    assert api.usage().retries == 2


def test_timeout_of_the_token_request_is_not_one_of_the_resource(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def time_out(*_: object, **__: object) -> None:
        raise requests.exceptions.ReadTimeout

    credentials = ClientSecret("sb-1", "geheim", "https://auth.example/token")
    key = ServiceKey("https://tenant.example", credentials)
    deadline = Deadline(FakeClock().clock, 3600)
    monkeypatch.setattr(Session, "open", time_out)

    with SapConnection(key, deadline) as connection, pytest.raises(TransientError) as caught:
        connection.get("MessageProcessingLogs/$count", bytes)

    # A smaller window, which `ResponseTimeout` asks for, needs the same token.
    assert type(caught.value) is TransientError
    assert "access token: no response in time" in str(caught.value)
