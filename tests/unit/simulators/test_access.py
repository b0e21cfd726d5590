"""Tokens, the four kinds of key, roles and rate limits."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import requests

from tests.simulators.cloud_integration.rate_limits import Limit, RateLimits
from tests.unit.simulators.conftest import MovedClock, Starter


def test_a_token_is_given_for_query_or_form_and_post_or_get(start: Starter) -> None:
    caller = start()
    key = caller.tenant.service_key()["oauth"]
    client = (key["clientid"], key["clientsecret"])
    url = f"{key['tokenurl']}?grant_type=client_credentials"

    posted = requests.post(url, auth=client, timeout=10).json()
    got = requests.get(url, auth=client, timeout=10).json()

    assert posted["token_type"] == "bearer"
    assert posted["expires_in"] == 43199
    assert posted["access_token"] != got["access_token"]
    assert posted["access_token"] in caller.tenant.secrets()
    assert key["clientsecret"] not in posted["access_token"]


def test_a_bad_secret_is_refused_with_a_description(start: Starter) -> None:
    key = start().tenant.service_key()["oauth"]

    answer = requests.post(
        f"{key['tokenurl']}?grant_type=client_credentials",
        auth=(key["clientid"], "wrong"),
        timeout=10,
    )

    assert answer.status_code == 401
    assert answer.json() == {"error": "unauthorized", "error_description": "Bad credentials"}


def test_a_token_expires_by_the_clock(start: Starter, clock: MovedClock) -> None:
    caller = start(token_lifetime=3600)
    statuses = [caller.get("IntegrationPackages").status_code]

    for _ in range(2):
        clock.move(timedelta(seconds=3599 if len(statuses) == 1 else 1))
        statuses.append(caller.get("IntegrationPackages").status_code)
    caller.fetch_token()
    statuses.append(caller.get("IntegrationPackages").status_code)

    assert statuses == [200, 200, 401, 200]


def test_a_missing_role_is_a_403_without_a_body(start: Starter) -> None:
    caller = start(roles={"WorkspacePackagesRead"})

    refused = caller.get("MessageProcessingLogs/$count")

    assert caller.get("IntegrationPackages").status_code == 200
    assert (refused.status_code, refused.content) == (403, b"")


def test_basic_and_apikey_tenants_know_their_own_kind_alone(start: Starter) -> None:
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


def test_the_certificate_kind_gives_a_token_to_the_certificate_alone(
    start: Starter, tmp_path: Path
) -> None:
    caller = start(auth="certificate")
    key = caller.tenant.service_key()["oauth"]
    pem = tmp_path / "client.pem"
    pem.write_text(key["certificate"] + key["key"])
    form = {"grant_type": "client_credentials", "client_id": key["clientid"]}

    without = caller.session.post(key["tokenurl"], data=form, timeout=10)
    shown = requests.post(
        key["tokenurl"], data=form, cert=str(pem), verify=str(caller.tenant.ca_file), timeout=10
    )
    caller.session.headers["Authorization"] = f"Bearer {shown.json()['access_token']}"

    assert without.status_code == 401
    assert caller.get("IntegrationPackages").status_code == 200
    assert key["key"] in caller.tenant.secrets()


def test_the_limit_holds_in_any_second_not_in_each_second_of_the_clock(clock: MovedClock) -> None:
    limits = RateLimits(clock.monotonic, {"design-time": Limit(10, 15)})
    admitted = []

    for at in [0.6] * 10 + [1.0] * 5 + [1.59, 1.6, 1.61]:
        clock.seconds = at
        admitted.append(limits.admit("design-time", "me"))

    assert admitted == [True] * 10 + [False] * 6 + [True] * 2


def test_the_tenant_has_a_limit_above_that_of_its_users(clock: MovedClock) -> None:
    limits = RateLimits(clock.monotonic, {"design-time": Limit(10, 15)})

    admitted = [limits.admit("design-time", f"user {n % 2}") for n in range(20)]

    assert admitted == [True] * 15 + [False] * 5


def test_requests_that_come_in_apart_are_not_crowded_by_latency(
    start: Starter, clock: MovedClock
) -> None:
    caller = start(enforce_limits=True, limits={"design-time": Limit(1, 1)}, latency=(0.0, 0.01))
    statuses = []

    for _ in range(5):
        statuses.append(caller.get("IntegrationPackages?$top=1").status_code)
        clock.move(timedelta(seconds=1))

    assert statuses == [200] * 5


@pytest.mark.parametrize("form", [None, "seconds"])
def test_too_many_requests_are_answered_429(start: Starter, form: str | None) -> None:
    caller = start(enforce_limits=True, retry_after=form)

    answers = [caller.get("IntegrationPackages?$top=1") for _ in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[-1].headers.get("Retry-After") == (None if form is None else "1")
    assert caller.tenant.stats()["answered_429"] == 1
    assert caller.get("MessageProcessingLogs/$count").status_code == 200
