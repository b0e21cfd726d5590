"""Packages that cannot be read, iFlows that move meanwhile, and orphans."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from iflow_census.errors import (
    AccessError,
    CensusError,
    DataError,
    NotFound,
    OptionRejected,
    TransientError,
)
from iflow_census.scan.design_time import MAX_FAILED_PACKAGES, MAX_LISTS, DesignTime, DesignTimeScan
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.tenant_api import DesigntimeIflow, Package
from tests.unit.scan.fake_tenant import OCTOBER
from tests.unit.scan.test_tenant_scan import DeployedTenant

FORBIDDEN = AccessError("HTTP 403")
UNAVAILABLE = TransientError("HTTP 503")
GONE = NotFound("HTTP 404")


@dataclass
class Workspace(DeployedTenant):
    """A design workspace that may change while it is read.

    Like a real session, it repeats what was read of a package unless `fresh`.

    Attributes:
        contents: what each package's list has, or the error that reading it raises.
        places: where an iFlow is found by its id, or the error; not found if it is missing.
        events: what happens before the packages are listed again, each time.
        modified: when a package was changed.
        unlisted: packages that exist, but are missing when the packages are listed again.
    """

    contents: dict[str, Sequence[str] | CensusError] = field(default_factory=dict)
    places: dict[str, str | CensusError] = field(default_factory=dict)
    events: list[Callable[[], None]] = field(default_factory=list)
    modified: dict[str, datetime] = field(default_factory=dict)
    unlisted: Set[str] = frozenset()
    _recorded: dict[str, Sequence[str]] = field(default_factory=dict)

    def packages(self, *, fresh: bool = False) -> Sequence[Package]:
        if fresh and self.events:
            self.events.pop(0)()
        return [
            Package(package_id, modified_at=self.modified.get(package_id))
            for package_id in self.contents
            if not (fresh and package_id in self.unlisted)
        ]

    def iflows(self, package_id: str, *, fresh: bool = False) -> Sequence[DesigntimeIflow]:
        content = self.contents.get(package_id, GONE)
        if not fresh:
            content = self._recorded.get(package_id, content)
        if isinstance(content, CensusError):
            raise content
        self._recorded[package_id] = content
        return [DesigntimeIflow(iflow_id, package_id) for iflow_id in content]

    def find_iflow(self, iflow_id: str) -> DesigntimeIflow | None:
        place = self.places.get(iflow_id)
        if isinstance(place, CensusError):
            raise place
        return None if place is None else DesigntimeIflow(iflow_id, place)

    def move(self, iflow_id: str, source: str, target: str) -> Callable[[], None]:
        """Return what moves an iFlow, and changes the dates of both packages."""

        def run() -> None:
            for package_id in (source, target):
                content = self.contents[package_id]
                assert not isinstance(content, CensusError)
                kept = [other for other in content if other != iflow_id]
                self.contents[package_id] = kept if package_id == source else [*kept, iflow_id]
                before = self.modified.get(package_id, OCTOBER.start)
                self.modified[package_id] = before + timedelta(seconds=1)
            self.places[iflow_id] = target

        return run


def read(workspace: Workspace, *expected: str) -> DesignTime:
    with ScanExecutor(lambda: None) as executor:
        scan = DesignTimeScan(workspace, executor, workspace.packages())
        return scan.result(lambda: expected, lambda _: None, lambda *_: None)


def ids(found: DesignTime) -> Mapping[str, list[str]]:
    return {package: [iflow.id for iflow in iflows] for package, iflows in found.iflows.items()}


def ids_of(workspace: Workspace, package_id: str) -> Sequence[str]:
    return [iflow.id for iflow in workspace.iflows(package_id)]


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

    found = read(workspace, "A", "B")

    assert ids(found) == {"P": ["A"], "Q": ["B"]}
    assert found.unread_iflows == {}


@pytest.mark.parametrize("error", [FORBIDDEN, UNAVAILABLE])
def test_iflow_that_may_be_in_an_unread_package_is_no_orphan(error: CensusError) -> None:
    found = read(Workspace([], contents={"P": ["A"], "Q": error}), "A", "B")

    assert "package 'Q' could not be read" in found.unread_iflows["B"]


@pytest.mark.parametrize("error", [FORBIDDEN, UNAVAILABLE, OptionRejected("HTTP 400")])
def test_iflow_that_cannot_be_requested_is_not_called_an_orphan(error: CensusError) -> None:
    workspace = Workspace([], contents={"P": ["A"]}, places={"B": error})

    assert read(workspace, "B").unread_iflows == {"B": str(error)}


@pytest.mark.parametrize("error", [FORBIDDEN, UNAVAILABLE])
def test_workspace_of_which_nothing_can_be_read_is_an_error(error: CensusError) -> None:
    workspace = Workspace([], contents={"P": error, "Q": error}, events=[lambda: None])

    with pytest.raises(type(error)):
        read(workspace)

    assert len(workspace.events) == 1, "the packages are not listed again"


def test_many_failed_packages_are_an_error() -> None:
    failing = {f"P{number}": UNAVAILABLE for number in range(MAX_FAILED_PACKAGES)}

    found = read(Workspace([], contents={"P": ["A"], **failing}))

    assert found.unread_packages == dict.fromkeys(failing, "HTTP 503")
    with pytest.raises(TransientError):
        read(Workspace([], contents={"P": ["A"], "Q": UNAVAILABLE, **failing}))


def test_workspace_that_breaks_while_it_is_read_again_is_an_error() -> None:
    workspace = Workspace([], contents={"P": ["A"], **{f"P{number}": [] for number in range(9)}})

    def break_down() -> None:
        workspace.contents = dict.fromkeys(workspace.contents, UNAVAILABLE)
        workspace.modified = dict.fromkeys(workspace.contents, OCTOBER.end)

    workspace.events = [break_down]

    with pytest.raises(TransientError):
        read(workspace)


def test_failed_package_that_is_read_after_a_change_is_complete() -> None:
    workspace = Workspace([], contents={"P": ["A"], "Q": UNAVAILABLE})

    def change() -> None:
        workspace.contents["Q"] = ["B"]
        workspace.modified["Q"] = OCTOBER.end

    workspace.events = [change]

    found = read(workspace)

    assert (ids(found), found.unread_packages) == ({"P": ["A"], "Q": ["B"]}, {})


def test_deleted_package_is_left_out() -> None:
    workspace = Workspace([], contents={"P": ["A"], "Q": GONE}, unlisted={"Q"})

    found = read(workspace)

    assert [package.id for package in found.packages] == ["P"]
    assert found.unread_packages == {}


def test_package_that_took_the_place_of_another_is_read() -> None:
    workspace = Workspace([], contents={"P": ["A"], "Q": GONE}, unlisted={"Q"})
    workspace.events = [lambda: workspace.contents.update(R=["B"])]

    assert ids(read(workspace)) == {"P": ["A"], "R": ["B"]}


def test_package_that_stays_listed_but_is_not_found_is_named() -> None:
    found = read(Workspace([], contents={"P": ["A"], "Q": GONE}))

    assert found.unread_packages == {"Q": "HTTP 404"}
    assert found.retryable


def test_iflow_in_two_packages_stays_where_it_is_found() -> None:
    workspace = Workspace([], contents={"P": ["A", "B"], "Q": ["A"]}, places={"A": "Q"})

    assert ids(read(workspace)) == {"P": ["B"], "Q": ["A"]}


def test_iflow_that_moved_past_the_scan_is_found_by_its_id() -> None:
    workspace = Workspace([], contents={"P": [], "Q": ["B"]}, places={"A": "P"})
    workspace.events = [lambda: workspace.contents.update(P=["A", "C"])]

    found = read(workspace, "A", "B")

    assert ids(found) == {"P": ["A", "C"], "Q": ["B"]}
    assert found.unread_packages == {}


def test_package_whose_list_lacks_an_iflow_contradicts_itself() -> None:
    workspace = Workspace([], contents={"P": [], "Q": ["B"]}, places={"A": "P"})

    found = read(workspace, "A", "B")

    assert ids(found) == {"P": ["A"], "Q": ["B"]}
    assert "its list of iFlows does not have 'A', but iFlow 'A'" in found.unread_packages["P"]
    assert found.retryable


def test_iflow_of_a_new_package_is_found_by_its_id() -> None:
    workspace = Workspace([], contents={"P": ["B"]}, places={"A": "New"})
    workspace.events = [lambda: None, lambda: workspace.contents.update(New=["A", "C"])]

    found = read(workspace, "A")

    assert ids(found) == {"P": ["B"], "New": ["A", "C"]}
    assert [package.id for package in found.packages] == ["P", "New"]


def test_iflow_in_two_packages_may_have_moved_to_a_new_one() -> None:
    workspace = Workspace([], contents={"P": ["A", "B"], "Q": ["A"]}, places={"A": "New"})
    workspace.events = [lambda: None, lambda: workspace.contents.update(New=["A", "C"])]

    assert ids(read(workspace)) == {"P": ["B"], "Q": [], "New": ["A", "C"]}


def test_iflow_of_a_package_that_is_not_listed_is_an_error() -> None:
    workspace = Workspace([], contents={"P": ["B"]}, places={"A": "Unlisted"})

    with pytest.raises(DataError, match="iFlow 'A' is in package 'Unlisted', but the list"):
        read(workspace, "A")


def test_iflow_that_is_found_nowhere_is_in_no_package() -> None:
    found = read(Workspace([], contents={"P": ["B"]}), "orphan")

    assert ids(found) == {"P": ["B"]}
    assert found.unread_iflows == {}


@pytest.mark.parametrize(("source", "target"), [("P", "Q"), ("Q", "P")])
def test_iflow_that_is_not_deployed_is_found_after_it_moved(source: str, target: str) -> None:
    workspace = Workspace([], contents={"P": ["B"], "Q": ["C"]})
    workspace.contents[source] = [*ids_of(workspace, source), "A"]
    move = workspace.move("A", source, target)
    read_iflows = workspace.iflows
    moves = iter([move])

    def iflows_then_move(package_id: str, *, fresh: bool = False) -> Sequence[DesigntimeIflow]:
        """Move it after its new package is read, and before its old one is."""
        if package_id == source and not fresh:
            next(moves)()
        return read_iflows(package_id, fresh=fresh)

    workspace.iflows = iflows_then_move  # type: ignore[method-assign]

    found = read(workspace)

    assert sum(iflow_id == "A" for iflow_id in found.iflow_ids) == 1
    assert "A" in ids(found)[target]


def test_iflow_that_moves_again_and_again_is_found_once() -> None:
    workspace = Workspace([], contents={"P": ["A"], "Q": []})
    workspace.events = [workspace.move("A", "P", "Q"), workspace.move("A", "Q", "P")]

    assert ids(read(workspace)) == {"P": ["A"], "Q": []}


def test_packages_that_never_stop_changing_are_named() -> None:
    workspace = Workspace([], contents={"P": ["A"], "Q": [], "R": ["B"]})
    workspace.events = [workspace.move("A", *places) for places in ("PQ", "QP") * MAX_LISTS]

    moves = len(workspace.events)

    found = read(workspace)

    assert set(found.unread_packages) == {"P", "Q"}
    assert found.retryable
    assert moves - len(workspace.events) == MAX_LISTS - 1, "the first list is read before"


def test_package_missing_in_a_later_list_stays_if_it_can_be_read() -> None:
    workspace = Workspace([], contents={"P": ["A"], "Q": ["B"]}, unlisted={"Q"})

    found = read(workspace)

    assert ids(found) == {"P": ["A"], "Q": ["B"]}
    assert list(found.unread_packages) == ["Q"]


def test_iflow_that_was_there_last_month_is_requested_by_its_id() -> None:
    workspace = Workspace([], contents={"P": [], "Q": []}, places={"A": "Q", "B": FORBIDDEN})

    found = read(workspace, "A", "B", "removed")

    assert ids(found) == {"P": [], "Q": ["A"]}
    assert found.unread_iflows == {"B": "HTTP 403"}


def test_counting_starts_with_each_package() -> None:
    seen: list[str] = []
    steps: list[tuple[int, int]] = []
    with ScanExecutor(lambda: None) as executor:
        workspace = Workspace([], contents={"P": ["A"], "Q": ["B", "C"]})
        scan = DesignTimeScan(workspace, executor, workspace.packages())
        scan.result(list, seen.extend, lambda *step: steps.append(step))

    assert sorted(seen) == ["A", "B", "C"]
    assert steps == [(0, 2), (1, 2), (2, 2)]
