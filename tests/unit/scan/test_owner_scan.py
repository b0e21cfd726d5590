"""Reading owners of packages: which packages, until when, and the reasons for the others."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from iflow_census.clock import Deadline
from iflow_census.errors import DeadlineExceeded
from iflow_census.scan.bounded_reads import MAX_FAILURES
from iflow_census.scan.design_time import DesignTime
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.owner_scan import (
    NOT_READ,
    CustomTags,
    OwnerReading,
    OwnerScan,
    PackageOwners,
)
from iflow_census.scan.readings import Reading
from iflow_census.scan.tenant_api import DesigntimeIflow, Package
from tests.clock import FakeClock


class Tags:
    """Serves the custom tags of packages, each of which takes a second.

    Attributes:
        requested: the ids of the packages that were read, in order.
        progress: the numbers of packages read and known, as they were reported.
    """

    def __init__(self, tags: Mapping[str, Reading[CustomTags] | Exception]) -> None:
        self.tags = tags
        self.clock = FakeClock(datetime(2026, 11, 1, tzinfo=UTC))
        self.requested: list[str] = []
        self.progress: list[tuple[int, int]] = []

    def read(self, package_id: str, seconds: float) -> Reading[CustomTags]:
        assert seconds > 0
        self.requested.append(package_id)
        self.clock.advance(1)
        found = self.tags[package_id]
        if isinstance(found, Exception):
            raise found
        return found

    def scan(
        self, *, empty: Sequence[str] = (), deployed: Sequence[str] = (), budget: float = 100
    ) -> PackageOwners:
        """Scan with a single thread; the only iFlow of a package has the package's id."""
        reading = OwnerReading("Team", self.read, lambda: Deadline(self.clock.clock, budget))
        content = DesignTime(
            [Package(package_id) for package_id in self.tags],
            {
                package_id: [] if package_id in empty else [DesigntimeIflow(package_id, package_id)]
                for package_id in self.tags
            },
        )
        with ScanExecutor(lambda: None) as executor:
            executor._design_time._max_workers = 1
            scan = OwnerScan(reading, executor, content, {*deployed})
            return scan.result(lambda done, known: self.progress.append((done, known)))


def team(value: str) -> Reading[CustomTags]:
    return Reading({"Author": "Jane", "Team": value})


def reasons(owners: PackageOwners) -> Sequence[str]:
    assert {part.part for part in owners.unreadable} <= {"owners of packages"}
    return [part.reason for part in owners.unreadable]


def test_owner_is_the_value_of_the_named_tag() -> None:
    tags = Tags({"A": team("Sales"), "B": team(""), "C": Reading({}), "D": team(" Fred| John |")})

    owners = tags.scan()

    assert owners.by_package == {"A": "Sales", "D": "Fred, John"}
    assert reasons(owners) == []
    assert tags.progress == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_packages_with_deployed_iflows_are_first_and_empty_ones_are_not_read() -> None:
    tags = Tags(dict.fromkeys("ABCD", team("Sales")))

    tags.scan(empty=["B"], deployed=["C"])

    assert tags.requested == ["C", "A", "D"]


def test_what_there_is_no_time_for_is_named() -> None:
    tags = Tags(dict.fromkeys("ABCD", team("Sales")))

    owners = tags.scan(budget=2)

    assert set(owners.by_package) == {"A", "B"}
    assert reasons(owners) == [f"read 2 of 4; the first reason: {NOT_READ}"]


def test_several_failures_in_a_row_end_the_reading() -> None:
    tags = Tags(dict.fromkeys("ABCDEFG", Reading[CustomTags](reason="HTTP 403")))

    owners = tags.scan()

    assert len(tags.requested) == MAX_FAILURES
    assert reasons(owners) == ["read 0 of 7; the first reason: HTTP 403"]


@pytest.mark.parametrize("error", [DeadlineExceeded("late"), ValueError("odd")])
def test_no_error_of_a_reading_fails_the_scan(error: Exception) -> None:
    owners = Tags({"A": error, "B": team("Sales")}).scan()

    assert owners.by_package == {"B": "Sales"}
    assert reasons(owners) == [f"read 1 of 2; the first reason: {NOT_READ}: {type(error).__name__}"]


@pytest.mark.parametrize(
    ("names", "named"), [(("LoB", "Author"), "Author, LoB"), ((), "none")], ids=["other", "none"]
)
def test_name_that_no_package_has_is_reported(names: Sequence[str], named: str) -> None:
    owners = Tags({"A": Reading(dict.fromkeys(names, "x"))}).scan()

    assert owners.by_package == {}
    assert reasons(owners) == [f"no package has a custom tag 'Team'; there are: {named}"]


def test_tenant_without_iflows_has_no_owners() -> None:
    assert Tags({}).scan() == PackageOwners()
