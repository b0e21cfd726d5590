"""Tokens, the four kinds of key, roles and rate limits."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import requests

from tests.simulators.cloud_integration.rate_limits import Limit, RateLimits
from tests.unit.simulators.conftest import ManualClock, StartTenant


def test_token_endpoint_accepts_get_and_post(start: StartTenant) -> None:
    client = start()
    key = client.tenant.service_key()["oauth"]
    credentials = (key["clientid"], key["clientsecret"])
    url = f"{key['tokenurl']}?grant_type=client_credentials"

    posted = requests.post(url, auth=credentials, timeout=10).json()
    fetched = requests.get(url, auth=credentials, timeout=10).json()

    assert posted["token_type"] == "bearer"
    assert posted["expires_in"] == 43199
    assert posted["access_token"] != fetched["access_token"]
    assert posted["access_token"] in client.tenant.secrets()
    assert key["clientsecret"] not in posted["access_token"]


def test_wrong_secret_is_rejected_with_a_description(start: StartTenant) -> None:
    key = start().tenant.service_key()["oauth"]

    response = requests.post(
        f"{key['tokenurl']}?grant_type=client_credentials",
        auth=(key["clientid"], "wrong"),
        timeout=10,
    )

    assert response.status_code == 401
    assert response.json() == {"error": "unauthorized", "error_description": "Bad credentials"}


def test_token_expires_by_the_clock(start: StartTenant, clock: ManualClock) -> None:
    client = start(token_lifetime=3600)
    statuses = [client.get("IntegrationPackages").status_code]

    for _ in range(2):
        clock.move(timedelta(seconds=3599 if len(statuses) == 1 else 1))
        statuses.append(client.get("IntegrationPackages").status_code)
    client.fetch_token()
    statuses.append(client.get("IntegrationPackages").status_code)

    assert statuses == [200, 200, 401, 200]


def test_missing_role_results_in_an_empty_403(start: StartTenant) -> None:
    client = start(roles={"WorkspacePackagesRead"})

    forbidden = client.get("MessageProcessingLogs/$count")

    assert client.get("IntegrationPackages").status_code == 200
    assert (forbidden.status_code, forbidden.content) == (403, b"")


def test_basic_and_apikey_tenants_only_accept_their_kind(start: StartTenant) -> None:
    basic = start(auth="basic")
    sandbox = start(auth="apikey")
    key, apikey = basic.tenant.service_key(), sandbox.tenant.service_key()

    basic.session.auth = (key["username"], key["password"])
    sandbox.session.headers["APIKey"] = apikey["apikey"]

    assert basic.get("IntegrationPackages").status_code == 200
    basic.session.auth = (key["username"], "wrong")
    assert basic.get("IntegrationPackages").status_code == 401
    assert apikey["url"].endswith("/cpi")
    path = f"{apikey['url']}/api/v1/IntegrationPackages"
    assert sandbox.session.get(path, timeout=10).status_code == 200
    assert sandbox.get("IntegrationPackages").status_code == 404


def test_token_requires_the_client_certificate(start: StartTenant, tmp_path: Path) -> None:
    client = start(auth="certificate")
    key = client.tenant.service_key()["oauth"]
    pem = tmp_path / "client.pem"
    pem.write_text(key["certificate"] + key["key"])
    form = {"grant_type": "client_credentials", "client_id": key["clientid"]}

    without_certificate = client.session.post(key["tokenurl"], data=form, timeout=10)
    with_certificate = requests.post(
        key["tokenurl"], data=form, cert=str(pem), verify=str(client.tenant.ca_file), timeout=10
    )
    client.session.headers["Authorization"] = f"Bearer {with_certificate.json()['access_token']}"

    assert without_certificate.status_code == 401
    assert client.get("IntegrationPackages").status_code == 200
    assert key["key"] in client.tenant.secrets()


def test_limit_applies_to_a_sliding_second(clock: ManualClock) -> None:
    limits = RateLimits(clock.monotonic, {"design-time": Limit(10, 15)})
    admitted = []

    for at in [0.6] * 10 + [1.0] * 5 + [1.59, 1.6, 1.61]:
        clock.seconds = at
        admitted.append(limits.admit("design-time", "me"))

    assert admitted == [True] * 10 + [False] * 6 + [True] * 2


def test_tenant_has_a_limit_for_all_users(clock: ManualClock) -> None:
    limits = RateLimits(clock.monotonic, {"design-time": Limit(10, 15)})

    admitted = [limits.admit("design-time", f"user {n % 2}") for n in range(20)]

    assert admitted == [True] * 15 + [False] * 5


def test_latency_does_not_affect_rate_limits(start: StartTenant, clock: ManualClock) -> None:
    client = start(enforce_limits=True, limits={"design-time": Limit(1, 1)}, latency=(0.0, 0.01))
    statuses = []

    for _ in range(5):
        statuses.append(client.get("IntegrationPackages?$top=1").status_code)
        clock.move(timedelta(seconds=1))

    assert statuses == [200] * 5


@pytest.mark.parametrize("form", [None, "seconds"])
def test_too_many_requests_result_in_429(start: StartTenant, form: str | None) -> None:
    client = start(enforce_limits=True, retry_after=form)

    responses = [client.get("IntegrationPackages?$top=1") for _ in range(11)]

    assert [response.status_code for response in responses] == [200] * 10 + [429]
    assert responses[-1].headers.get("Retry-After") == (None if form is None else "1")
    assert client.tenant.stats()["answered_429"] == 1
    assert client.get("MessageProcessingLogs/$count").status_code == 200
