"""Owners from the custom tags of packages, through the real handler: an extra that costs no row."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.clock import FakeClock
from tests.functional.events import CHECKPOINT, SCHEDULE
from tests.functional.lambda_rig import Rig
from tests.functional.tenants import covered_truth, differences, simulated, small
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant

MakeRig = Callable[..., Rig]


@pytest.fixture
def prod(clock: FakeClock) -> SimulatedTenant:
    """A tenant with custom tags in its last editable package, Author and LoB."""
    return simulated(clock, small(empty_packages=0))


@pytest.fixture(autouse=True)
def _owner_tag_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IFLOW_CENSUS_OWNER_TAG", "Author")


def tagged_package(tenant: SimulatedTenant) -> str:
    """The only package with custom tags."""
    return [item.id for item in tenant.landscape.packages if item.mode == "EDIT_ALLOWED"][-1]


def owners_by_package(report: Mapping[str, Any]) -> dict[str, set[str | None]]:
    owners: dict[str, set[str | None]] = {}
    for row in report["iflows"]:
        owners.setdefault(row["package_id"], set()).add(row["owner"])
    return owners


def count_tag_requests(tenant: SimulatedTenant) -> int:
    return sum("/CustomTags" in request.target for request in tenant.requests)


def test_owner_is_the_custom_tag_of_the_package(rig: MakeRig, prod: SimulatedTenant) -> None:
    aws = rig(prod=prod)

    assert aws.invoke(SCHEDULE)["status"] == "complete"

    report = aws.report()
    owners = owners_by_package(report)
    assert owners.pop(tagged_package(prod)) == {"Anna, Bob"}
    assert set.union(*owners.values()) == {None}
    assert report["tenants"][0]["unreadable"] == []
    assert count_tag_requests(prod) == len({iflow.package_id for iflow in prod.landscape.iflows})


def test_annotations_win_over_the_custom_tag(rig: MakeRig, prod: SimulatedTenant) -> None:
    aws = rig(prod=prod)
    package = tagged_package(prod)
    first, second, *_ = [item.id for item in prod.landscape.iflows if item.package_id == package]
    lines = ("tenant,iflow_id,decision,owner", f"prod,{first},keep,Jane", f"prod,{second},keep,")
    aws.write("annotations.csv", "\n".join(lines).encode())

    aws.invoke(SCHEDULE)

    rows = {row["iflow_id"]: row for row in aws.report()["iflows"]}
    assert (rows[first]["owner"], rows[second]["owner"]) == ("Jane", "Anna, Bob")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (FaultKind.FORBIDDEN, "HTTP 403"),
        (FaultKind.NOT_FOUND, "HTTP 404"),
        (FaultKind.SERVER_ERROR, "HTTP 500"),
        (FaultKind.TRUNCATED_JSON, "CustomTags"),
    ],
)
def test_refused_tags_cost_an_owner_and_no_row(
    rig: MakeRig, prod: SimulatedTenant, kind: FaultKind, reason: str
) -> None:
    prod.faults.add(Fault(kind, path="/CustomTags"))
    aws = rig(prod=prod)

    assert aws.invoke(SCHEDULE)["status"] == "complete"

    report = aws.report()
    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []
    assert {row["owner"] for row in report["iflows"]} == {None}
    (part,) = report["tenants"][0]["unreadable"]
    assert part["part"] == "owners of packages"
    assert reason in part["reason"]


def test_unknown_tag_is_reported(
    rig: MakeRig, prod: SimulatedTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IFLOW_CENSUS_OWNER_TAG", "author")
    aws = rig(prod=prod)

    aws.invoke(SCHEDULE)

    (part,) = aws.report()["tenants"][0]["unreadable"]
    assert part["reason"] == "no package has a custom tag 'author'; there are: Author, LoB"


@pytest.mark.parametrize("event", [SCHEDULE, CHECKPOINT], ids=["off", "checkpoint"])
def test_tags_are_not_requested_where_nothing_shows_them(
    rig: MakeRig,
    prod: SimulatedTenant,
    monkeypatch: pytest.MonkeyPatch,
    event: Mapping[str, Any],
) -> None:
    if event is SCHEDULE:
        monkeypatch.setenv("IFLOW_CENSUS_OWNER_TAG", "")

    rig(prod=prod).invoke(event)

    assert count_tag_requests(prod) == 0
