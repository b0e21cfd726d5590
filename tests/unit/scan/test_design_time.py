"""Packages that cannot be read, iFlows that move meanwhile, and orphans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from iflow_census.errors import AccessError, CensusError, DataError, NotFound, TransientError
from iflow_census.scan.design_time import MAX_FAILED_PACKAGES, DesignTime, DesignTimeScan
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.tenant_api import DesigntimeIflow, Package
from tests.unit.scan.test_tenant_scan import DeployedTenant

FORBIDDEN = AccessError("HTTP 403")
UNAVAILABLE = TransientError("HTTP 503")
GONE = NotFound("HTTP 404")


@dataclass
class Workspace(DeployedTenant):
    """A design workspace that may change while it is read.

    Attributes:
        contents: what each package's list has, or the error that reading it raises.
        places: where an iFlow is found by its id, or the error; not found if it is missing.
        later: the ids of the packages when they are listed again.
    """

    contents: dict[str, Sequence[str] | CensusError] = field(default_factory=dict)
    places: dict[str, str | CensusError] = field(default_factory=dict)
    later: Sequence[str] = ()

    def packages(self, *, fresh: bool = False) -> Sequence[Package]:
        return [Package(package_id) for package_id in (self.later if fresh else self.contents)]

    def iflows(self, package_id: str) -> Sequence[DesigntimeIflow]:
        content = self.contents[package_id]
        if isinstance(content, CensusError):
            raise content
        return [DesigntimeIflow(iflow_id, package_id) for iflow_id in content]

    def find_iflow(self, iflow_id: str) -> DesigntimeIflow | None:
        place = self.places.get(iflow_id)
        if isinstance(place, CensusError):
            raise place
        return None if place is None else DesigntimeIflow(iflow_id, place)


def read(workspace: Workspace, *deployed: str) -> DesignTime:
    with ScanExecutor(lambda: None) as executor:
        scan = DesignTimeScan(
            workspace, executor, [Package(package_id) for package_id in workspace.contents]
        )
        return scan.result(lambda: deployed, lambda _: None, lambda *_: None)


def ids(found: DesignTime) -> Mapping[str, list[str]]:
    return {package: [iflow.id for iflow in iflows] for package, iflows in found.iflows.items()}


def test_refused_package_is_named_and_the_others_are_read() -> None:
    found = read(Workspace([], contents={"P": ["A"], "Q": FORBIDDEN}))

    assert ids(found) == {"P": ["A"]}
    assert found.unread_packages == {"Q": "HTTP 403"}
    assert [package.id for package in found.packages] == ["P", "Q"]
    assert not found.retryable


def test_failed_package_can_be_read_by_the_next_attempt() -> None:
    found = read(Workspace([], contents={"P": ["A"], "Q": UNAVAILABLE}))

    assert found.unread_packages == {"Q": "HTTP 503"}
    assert found.retryable


def test_deployed_iflow_of_an_unread_package_is_no_orphan() -> None:
    workspace = Workspace([], contents={"P": ["A"], "Q": FORBIDDEN}, places={"B": "Q"})

    found = read(workspace, "A", "B", "C")

    assert ids(found) == {"P": ["A"], "Q": ["B"]}
    assert found.unread_iflows == {}


def test_iflow_that_cannot_be_requested_is_not_called_an_orphan() -> None:
    workspace = Workspace([], contents={"P": ["A"]}, places={"B": FORBIDDEN})

    assert read(workspace, "B").unread_iflows == {"B": "HTTP 403"}


@pytest.mark.parametrize("error", [FORBIDDEN, UNAVAILABLE])
def test_workspace_of_which_nothing_can_be_read_is_an_error(error: CensusError) -> None:
    with pytest.raises(type(error)):
        read(Workspace([], contents={"P": error, "Q": error}))


def test_many_failed_packages_are_an_error() -> None:
    failing = {f"P{number}": UNAVAILABLE for number in range(MAX_FAILED_PACKAGES + 1)}

    with pytest.raises(TransientError):
        read(Workspace([], contents={"P": ["A"], **failing}))


def test_deleted_package_is_left_out() -> None:
    found = read(Workspace([], contents={"P": ["A"], "Q": GONE}, later=["P"]))

    assert [package.id for package in found.packages] == ["P"]
    assert found.unread_packages == {}


def test_package_that_took_the_place_of_another_is_read() -> None:
    workspace = Workspace([], contents={"P": ["A"], "Q": GONE}, later=["P", "R"])
    with ScanExecutor(lambda: None) as executor:
        scan = DesignTimeScan(workspace, executor, [Package("P"), Package("Q")])
        workspace.contents["R"] = ["B"]
        found = scan.result(list, lambda _: None, lambda *_: None)

    assert ids(found) == {"P": ["A"], "R": ["B"]}


def test_package_that_stays_listed_but_is_not_found_is_named() -> None:
    found = read(Workspace([], contents={"P": ["A"], "Q": GONE}, later=["P", "Q"]))

    assert found.unread_packages == {"Q": "HTTP 404"}
    assert found.retryable


def test_iflow_in_two_packages_stays_where_it_is_found() -> None:
    workspace = Workspace([], contents={"P": ["A", "B"], "Q": ["A"]}, places={"A": "Q"})

    assert ids(read(workspace)) == {"P": ["B"], "Q": ["A"]}


def test_iflow_that_moved_past_the_scan_is_found_by_its_id() -> None:
    workspace = Workspace([], contents={"P": [], "Q": ["B"]}, places={"A": "P"})

    found = read(workspace, "A", "B")

    assert ids(found) == {"P": ["A"], "Q": ["B"]}


def test_iflow_of_a_new_package_is_found_by_its_id() -> None:
    workspace = Workspace([], contents={"P": ["B"]}, places={"A": "New"}, later=["P", "New"])
    with ScanExecutor(lambda: None) as executor:
        scan = DesignTimeScan(workspace, executor, [Package("P")])
        workspace.contents["New"] = ["A", "C"]
        found = scan.result(lambda: ["A"], lambda _: None, lambda *_: None)

    assert ids(found) == {"P": ["B"], "New": ["A", "C"]}
    assert [package.id for package in found.packages] == ["P", "New"]


def test_iflow_of_a_package_that_is_not_listed_is_an_error() -> None:
    workspace = Workspace([], contents={"P": ["B"]}, places={"A": "Unlisted"}, later=["P"])

    with pytest.raises(DataError, match="iFlow 'A' is in package 'Unlisted', but the list"):
        read(workspace, "A")


def test_iflow_that_is_found_nowhere_is_in_no_package() -> None:
    found = read(Workspace([], contents={"P": ["B"]}), "orphan")

    assert ids(found) == {"P": ["B"]}
    assert found.unread_iflows == {}


def test_counting_starts_with_each_package() -> None:
    seen: list[str] = []
    with ScanExecutor(lambda: None) as executor:
        workspace = Workspace([], contents={"P": ["A"], "Q": ["B", "C"]})
        scan = DesignTimeScan(workspace, executor, workspace.packages())
        scan.result(list, seen.extend, lambda *_: None)

    assert sorted(seen) == ["A", "B", "C"]
