"""What iFlows connect, through the real handler: read once, kept, and never a tenant's failure."""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.clock import FakeClock
from tests.functional.events import SCHEDULE
from tests.functional.lambda_rig import Rig
from tests.functional.tenants import simulated, small
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant
from tests.simulators.cloud_integration.models import (
    RUN_ONCE,
    ChannelSpec,
    model_document,
    model_zip,
    schedule_rows,
)

MakeRig = Callable[..., Rig]

CALLER = model_document(
    [
        ChannelSpec("HTTPS", "Sender", {"urlPath": "/in"}, "SHOP"),
        ChannelSpec("ProcessDirect", "Receiver", {"address": "/{{next}}"}, "Next"),
    ]
)
CALLEE = model_document([ChannelSpec("ProcessDirect", "Sender", {"address": "/next"}, "Previous")])
TIMER = model_document(timers=[schedule_rows(RUN_ONCE)])
CONTENTS = [model_zip(CALLER, "next=next\n"), model_zip(CALLEE), model_zip(TIMER), b"not a zip"]


@pytest.fixture
def prod(clock: FakeClock) -> SimulatedTenant:
    """A tenant whose package has a caller, a callee, a timer, and an iFlow that is damaged."""
    landscape = small(packages=1, iflows_per_package=4, orphans=0, messages_per_iflow=0)
    package = replace(landscape.packages[0], mode="EDIT_ALLOWED")
    iflows = tuple(
        replace(iflow, content=content)
        for iflow, content in zip(landscape.iflows, CONTENTS, strict=True)
    )
    return simulated(clock, replace(landscape, packages=(package,), iflows=iflows))


@pytest.fixture(autouse=True)
def _models_are_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IFLOW_CENSUS_MODELS", "true")


def read_rows(aws: Rig) -> Mapping[str, Mapping[str, Any]]:
    """The rows of the report by iFlow."""
    return {row["iflow_id"]: row for row in aws.report()["iflows"]}


def list_downloads(tenant: SimulatedTenant) -> list[str]:
    """What was downloaded."""
    targets = [request.target for request in tenant.requests if "/$value" in request.target]
    names = [target.partition("/v1/")[2].partition("(")[0] for target in targets]
    return [name for name in names if name != "IntegrationRuntimeArtifacts"]


def test_models_are_in_the_report_and_read_only_once(
    rig: MakeRig, prod: SimulatedTenant, clock: FakeClock
) -> None:
    aws = rig(prod=prod)
    aws.write("systems.csv", b"match,system\nSHOP,Web shop\nhost:a,Nothing\n(,Bad\n")

    event = {**SCHEDULE, "formats": ["json", "html"]}
    assert aws.invoke(event)["status"] == "complete"

    rows = read_rows(aws)
    caller, callee, timer, damaged = (rows[iflow.id] for iflow in prod.landscape.iflows)
    assert (caller["triggers"], caller["calls"]) == (["HTTPS /in"], [callee["iflow_id"]])
    assert (caller["senders"], caller["receivers"]) == (["SHOP"], ["Next"])
    assert (caller["systems"], callee["systems"]) == (["Web shop"], [])
    page = aws.read("reports/period=2026-10/report.html").decode()
    assert "<title>Web shop → SuccessFactors: 1 iFlow</title>" in page
    assert any("systems.csv" in warning for warning in aws.report()["warnings"])
    assert callee["called_by"] == [caller["iflow_id"]]
    assert timer["triggers"] == ["timer once at deployment"]
    assert damaged["model"] is False
    assert damaged["model_reason"] == "not a model: the zip file is damaged"
    downloads = ["IntegrationPackages", "IntegrationDesigntimeArtifacts"]
    assert list_downloads(prod) == downloads  # the second one for what is damaged
    table = gzip.decompress(
        aws.read("tables/connections/period=2026-10/prod.jsonl.gz")
    ).splitlines()
    assert [json.loads(line)["adapter"] for line in table] == [
        "HTTPS",
        "ProcessDirect",
        "ProcessDirect",
    ]

    clock.advance(60)
    aws.invoke({**event, "scheduled_time": "2026-11-01T09:00:00Z"})

    assert list_downloads(prod) == downloads
    assert {iflow_id: row["triggers"] for iflow_id, row in read_rows(aws).items()} == {
        iflow_id: row["triggers"] for iflow_id, row in rows.items()
    }


def test_draft_makes_a_package_be_read_one_by_one(rig: MakeRig, prod: SimulatedTenant) -> None:
    first, *others = prod.landscape.iflows
    prod.set_landscape(replace(prod.landscape, iflows=(replace(first, version="Active"), *others)))
    aws = rig(prod=prod)

    aws.invoke(SCHEDULE)

    assert list_downloads(prod) == ["IntegrationDesigntimeArtifacts"] * len(CONTENTS)
    assert [row["model"] for row in read_rows(aws).values()] == [True, True, True, False]


def test_models_that_cannot_be_read_fail_nothing(rig: MakeRig, prod: SimulatedTenant) -> None:
    aws = rig(prod=prod)
    path = r"(Packages|DesigntimeArtifacts)\(.*value"
    prod.faults.add(Fault(FaultKind.UNAVAILABLE, path=path))

    assert aws.invoke(SCHEDULE)["status"] == "complete"

    assert {row["model"] for row in read_rows(aws).values()} == {False}
    (missing,) = aws.report()["tenants"][0]["unreadable"]
    assert missing["part"] == "models"
    assert missing["reason"].startswith("read 0 of 4; the first reason: not yet read: ")
