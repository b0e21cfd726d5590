"""Credentials whose names are in no model: what a run reports of them, and what it costs."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.clock import FakeClock
from tests.functional.events import CHECKPOINT, SCHEDULE
from tests.functional.lambda_rig import Rig
from tests.functional.tenants import simulated, small
from tests.simulators.cloud_integration import (
    ALL_ROLES,
    Fault,
    FaultKind,
    Landscape,
    SimulatedTenant,
)
from tests.simulators.cloud_integration.models import ChannelSpec, model_document, model_zip

MakeRig = Callable[..., Rig]

SETS = ("UserCredentials", "OAuth2ClientCredentials")
LATER = "2026-11-02T00:30:00Z"
SCRIPT = 'service(SecureStoreService.class).getUserCredential("HR") // not geheim'
ALIAS = model_document(
    [ChannelSpec("SFTP", "Receiver", {"host": "a.example", "credential_name": "{{User}}"})]
)
CONTENTS = [
    model_zip(ALIAS, "User=SFTP_User\n"),
    model_zip(model_document(), scripts={"a.groovy": SCRIPT}),
    b"not a zip",
]


def landscape() -> Landscape:
    """A package with an alias, a script, and an iFlow that is damaged."""
    found = small(packages=1, iflows_per_package=3, orphans=0, messages_per_iflow=0)
    iflows = zip(found.iflows, CONTENTS, strict=True)
    return replace(
        found,
        packages=(replace(found.packages[0], mode="EDIT_ALLOWED"),),
        iflows=tuple(replace(iflow, content=content) for iflow, content in iflows),
    )


@pytest.fixture(autouse=True)
def _models_are_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IFLOW_CENSUS_MODELS", "true")


@pytest.fixture
def prod(clock: FakeClock) -> SimulatedTenant:
    return simulated(clock, landscape(), roles=ALL_ROLES)


def names(tenant: SimulatedTenant) -> set[str]:
    """The names of all credentials that the tenant has."""
    return {row["Name"] for name in SETS for row in tenant.content.rows(name)}


def requests(tenant: SimulatedTenant) -> list[str]:
    targets = [request.target.rpartition("/v1/")[2] for request in tenant.requests]
    return [target for target in targets if target.startswith(("Integration", *SETS))]


def unmentioned(aws: Rig) -> Any:
    return aws.report()["tenants"][0]["health"]["unmentioned_credentials"]


def listed(aws: Rig) -> set[str]:
    return {credential["name"] for credential in unmentioned(aws)["value"]["credentials"]}


def test_credentials_in_no_model_are_in_each_document(rig: MakeRig, prod: SimulatedTenant) -> None:
    aws = rig(prod=prod)

    aws.invoke({**SCHEDULE, "formats": ["json", "html", "xlsx"]})

    reading = unmentioned(aws)
    assert reading["reason"] is None
    assert listed(aws) == names(prod) - {"SFTP_User", "HR"} == {"back office's", "CRM & ERP"}
    figures = {key: reading["value"][key] for key in ("models", "unread", "computed", "not_judged")}
    assert figures == {"models": 2, "unread": 1, "computed": 1, "not_judged": 0}
    page = aws.read("reports/period=2026-10/report.html").decode()
    assert reading["value"]["note"] in page
    assert "CRM &amp; ERP" in page
    table = gzip.decompress(aws.read("tables/health/period=2026-10/report.jsonl.gz")).splitlines()
    rows = [row for row in map(json.loads, table) if row["part"] == "unmentioned_credentials"]
    assert {row["name"] for row in rows} == listed(aws)
    assert {(row["amount"], row["max_amount"]) for row in rows} == {(2, 3)}


def test_search_costs_no_request(rig: MakeRig, prod: SimulatedTenant) -> None:
    rig(prod=prod).invoke(SCHEDULE)

    sets = [target.partition("?")[0] for target in requests(prod)]
    assert [sets.count(name) for name in SETS] == [1, 1]
    assert not any("SecureParameters" in request.target for request in prod.requests)


def test_no_user_and_no_script_is_stored(rig: MakeRig, prod: SimulatedTenant) -> None:
    aws = rig(prod=prod)

    aws.invoke({**SCHEDULE, "formats": ["json", "html"]})

    for file in aws.files():
        body = aws.read(file)
        content = gzip.decompress(body) if file.endswith(".gz") else body
        for secret in (b"backoffice", b"first-secret", b"geheim", b"getUserCredential"):
            assert secret not in content, file


def test_missing_role_is_a_reason_and_fails_nothing(rig: MakeRig, prod: SimulatedTenant) -> None:
    prod.faults.add(Fault(FaultKind.FORBIDDEN, path="Credentials"))
    aws = rig(prod=prod)

    result = aws.invoke(SCHEDULE)

    assert result["status"] == "complete"
    assert unmentioned(aws)["value"] is None
    assert "2 of the lists of credentials could not be read: " in unmentioned(aws)["reason"]
    assert "HTTP 403" in unmentioned(aws)["reason"]


def test_one_refused_list_leaves_the_other(rig: MakeRig, prod: SimulatedTenant) -> None:
    prod.faults.add(Fault(FaultKind.FORBIDDEN, path="UserCredentials"))
    aws = rig(prod=prod)

    aws.invoke(SCHEDULE)

    assert listed(aws) == {"CRM & ERP"}
    assert "1 of the lists" in unmentioned(aws)["reason"]


@pytest.mark.parametrize("setting", ["MODELS", "HEALTH"])
def test_without_models_or_health_nothing_is_searched(
    rig: MakeRig, prod: SimulatedTenant, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv(f"IFLOW_CENSUS_{setting}", "false")
    aws = rig(prod=prod)

    aws.invoke(SCHEDULE)

    health = aws.report()["tenants"][0]["health"]
    assert health is None or health["unmentioned_credentials"] is None


def test_checkpoint_searches_the_models_that_it_reads(rig: MakeRig, prod: SimulatedTenant) -> None:
    aws = rig(prod=prod)
    aws.invoke(CHECKPOINT)
    downloads = sum("$value" in target for target in requests(prod))

    aws.invoke(SCHEDULE)

    assert listed(aws) == {"back office's", "CRM & ERP"}
    assert sum("$value" in target for target in requests(prod)) == downloads


def test_new_credential_is_judged_once_its_models_are_searched(
    rig: MakeRig, prod: SimulatedTenant
) -> None:
    aws = rig(prod=prod)
    aws.invoke(SCHEDULE)
    downloads = len(requests(prod))
    first = prod.content.rows("UserCredentials")[0]
    prod.content.rows("UserCredentials").append({**first, "Name": "New one"})

    aws.invoke({**SCHEDULE, "scheduled_time": LATER})

    assert "New one" in listed(aws)
    again = requests(prod)[downloads:]
    assert sum("$value" in target and "Designtime" in target for target in again) == 2
