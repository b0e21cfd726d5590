"""CSRF tokens are fetched, sent and replaced."""

import pytest

from iflow_census.errors import AccessError, RequestRejected
from tests.simulators.http_server import Response
from tests.unit.cloud_integration.scripted_tenant import (
    TOKEN_REQUIRED,
    ScriptedTenant,
    error,
    token,
)

CREATED = Response(201, b'{"d": {"Name": "a"}}')


def test_token_is_fetched_once_and_sent_with_cookies() -> None:
    with ScriptedTenant(CREATED, tokens=(token("t1", "s=1; Path=/", "r=2"),)) as tenant:
        api = tenant.api()

        api.create("UserCredentials", {"Name": "a"})
        api.delete("UserCredentials('a')")

    assert tenant.token_requests == 1
    for request in tenant.requests:
        assert request.headers["x-csrf-token"] == "t1"
        assert sorted(request.headers["cookie"].split("; ")) == ["r=2", "s=1"]


def test_reading_needs_no_token() -> None:
    with ScriptedTenant(CREATED) as tenant:
        tenant.api().read("UserCredentials('a')")

    assert tenant.token_requests == 0
    assert "x-csrf-token" not in tenant.requests[0].headers


def test_expired_token_is_replaced_and_the_write_repeated() -> None:
    with ScriptedTenant(TOKEN_REQUIRED, CREATED, tokens=(token("t1"), token("t2"))) as tenant:
        answer = tenant.api().create("UserCredentials", {"Name": "a"})

    assert answer == {"Name": "a"}
    assert tenant.token_requests == 2
    assert [request.headers["x-csrf-token"] for request in tenant.requests] == ["t1", "t2"]


def test_rejected_new_token_is_an_error() -> None:
    with ScriptedTenant(TOKEN_REQUIRED) as tenant, pytest.raises(AccessError, match="CSRF token"):
        tenant.api().create("UserCredentials", {"Name": "a"})

    assert (tenant.token_requests, len(tenant.requests)) == (2, 2)


def test_write_without_token_if_tenant_sends_none() -> None:
    no_token = Response(200, b'{"d": {}}')
    with ScriptedTenant(CREATED, tokens=(no_token,)) as tenant:
        tenant.api().create("UserCredentials", {"Name": "a"})

    assert "x-csrf-token" not in tenant.requests[0].headers
    assert "cookie" not in tenant.requests[0].headers


def test_missing_role_is_not_a_missing_token() -> None:
    with (
        ScriptedTenant(Response(403, content_type=None)) as tenant,
        pytest.raises(AccessError, match="lacks the role CredentialsEdit"),
    ):
        tenant.api().create("UserCredentials", {"Name": "a"})

    assert (tenant.token_requests, len(tenant.requests)) == (1, 1)


def test_error_contains_no_session_data() -> None:
    secret = token("geheim1", "s=geheim2")
    with (
        ScriptedTenant(error(400, "Oh no"), tokens=(secret,)) as tenant,
        pytest.raises(RequestRejected) as caught,
    ):
        tenant.api().create("UserCredentials", {"Name": "a"})

    assert "geheim" not in repr(caught.value)
