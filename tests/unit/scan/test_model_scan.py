"""Reading models: what changed, in order of importance, within a time budget."""

from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime

import pytest

from iflow_census.clock import Deadline
from iflow_census.errors import DeadlineExceeded
from iflow_census.scan.anatomy.model import IflowModel, ModelResult
from iflow_census.scan.design_time import DesignTime
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.inventory import Inventory
from iflow_census.scan.locations import CLOUD_RUNTIME
from iflow_census.scan.model_scan import (
    CONFIGURE_ONLY,
    NOT_YET_READ,
    ModelReading,
    ModelScan,
    ModelVersion,
    StoredModel,
    TenantModels,
)
from iflow_census.scan.readings import Reading
from iflow_census.scan.runtime_scan import RuntimeContent
from iflow_census.scan.tenant_api import DesigntimeIflow, Package, RuntimeArtifact
from tests.clock import FakeClock

EARLIER = datetime(2026, 9, 1, tzinfo=UTC)
LATER = datetime(2026, 10, 1, tzinfo=UTC)
MODEL = Reading(ModelResult(IflowModel()))


class Models:
    """Serves models, each of which takes some seconds.

    Attributes:
        asked: the ids of the iFlows that were read, in order.
        answers: what is read of an iFlow instead of `MODEL`.
        packages: the iFlows that the download of a package has; others fail.
        downloads: the ids of the packages that were downloaded.
        names: the names of credentials that the last one was searched for.
        steps: the numbers of models read and to be read, in order.
    """

    def __init__(self, seconds: float = 1.0) -> None:
        self.clock = FakeClock(LATER)
        self.seconds = seconds
        self.asked: list[str] = []
        self.answers: dict[str, Reading[ModelResult] | Exception] = {}
        self.packages: dict[str, Sequence[str]] = {}
        self.downloads: list[str] = []
        self.names: Sequence[str] = ()
        self.steps: list[tuple[int, int]] = []

    def read(self, iflow_id: str, seconds: float, names: Sequence[str]) -> Reading[ModelResult]:
        assert 0 < seconds <= 30
        self.names = names
        self.asked.append(iflow_id)
        self.clock.advance(self.seconds)
        answer = self.answers.get(iflow_id, MODEL)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def read_package(
        self, package_id: str, seconds: float, names: Sequence[str]
    ) -> Reading[Mapping[str, ModelResult]]:
        assert 0 < seconds <= 30
        self.names = names
        self.downloads.append(package_id)
        if package_id not in self.packages:
            return Reading(reason="HTTP 500")
        self.clock.advance(self.seconds)
        return Reading(dict.fromkeys(self.packages[package_id], ModelResult(IflowModel())))

    def scan(
        self,
        inventory: Inventory,
        stored: Sequence[StoredModel] = (),
        used: Set[str] = frozenset(),
        budget: float = 1000.0,
        names: Sequence[str] = (),
    ) -> TenantModels:
        """Scan with a single thread, so that the order is that of the pool."""
        reading = ModelReading(
            self.read, self.read_package, stored, lambda: Deadline(self.clock.clock, budget)
        )
        with ScanExecutor(lambda: None) as executor:
            executor._design_time._max_workers = 1
            scan = ModelScan(reading, executor, lambda *step: self.steps.append(step), names)
            return scan.result(inventory, used)


def make_inventory(
    *iflows: DesigntimeIflow,
    deployed: Sequence[str] = (),
    deployed_at: datetime = EARLIER,
    unread: Sequence[str] = (),
) -> Inventory:
    """A tenant with an editable package and a configure-only one."""
    packages = [Package("P", mode="EDIT_ALLOWED"), Package("S", mode="READ_ONLY")]
    by_package = {
        package.id: [iflow for iflow in iflows if iflow.package_id == package.id]
        for package in packages
    }
    runtime = RuntimeContent(
        CLOUD_RUNTIME,
        {
            iflow_id: RuntimeArtifact(iflow_id, "INTEGRATION_FLOW", deployed_at=deployed_at)
            for iflow_id in deployed
        },
        {},
        Reading([]),
    )
    return Inventory(DesignTime(packages, by_package, dict.fromkeys(unread, "HTTP 500")), [runtime])


def iflow(
    iflow_id: str, version: str = "1.0.0", modified_at: datetime = EARLIER
) -> DesigntimeIflow:
    return DesigntimeIflow(iflow_id, "P", version=version, modified_at=modified_at)


def test_silent_deployed_iflows_are_read_first() -> None:
    models = Models()

    found = models.scan(
        make_inventory(iflow("new"), iflow("used"), iflow("silent"), deployed=["used", "silent"]),
        used={"used"},
    )

    assert models.asked == ["silent", "used", "new"]
    assert all(reading.value for reading in found.by_iflow.values())
    assert found.unreadable == []


def test_configure_only_iflows_are_never_requested() -> None:
    models = Models()

    found = models.scan(make_inventory(DesigntimeIflow("standard", "S"), iflow("own")))

    assert models.asked == ["own"]
    assert found.by_iflow["standard"].reason == CONFIGURE_ONLY
    assert found.unreadable == []
    assert [stored.iflow_id for stored in found.stored] == ["own"]


def test_package_without_drafts_is_downloaded_as_a_whole() -> None:
    models = Models()
    models.packages = {"P": ["A", "B", "gone meanwhile"]}
    inventory = make_inventory(iflow("A"), iflow("B"), iflow("C"))

    found = models.scan(inventory)

    assert (models.downloads, models.asked) == (["P"], ["C"])
    assert models.steps == [(0, 3), (2, 3), (3, 3)]
    assert sorted(stored.iflow_id for stored in found.stored) == ["A", "B", "C"]
    assert models.scan(inventory, found.stored).by_iflow == found.by_iflow
    assert models.downloads == ["P"]


@pytest.mark.parametrize(
    "iflows",
    [
        [iflow("A"), iflow("draft", "Active")],
        [iflow("alone")],
        [iflow("known"), iflow("A"), iflow("B")],
    ],
)
def test_package_is_not_downloaded_for_drafts_one_iflow_or_a_change(
    iflows: Sequence[DesigntimeIflow],
) -> None:
    models = Models()
    known = [StoredModel("known", ModelVersion("1.0.0", EARLIER, None), ModelResult(IflowModel()))]

    found = models.scan(make_inventory(*iflows), known)

    assert models.downloads == []
    assert found.unreadable == []


def test_iflows_of_a_package_that_is_refused_are_read_one_by_one() -> None:
    models = Models()

    found = models.scan(make_inventory(iflow("used"), iflow("silent"), deployed=["silent"]))

    assert (models.downloads, models.asked) == (["P"], ["silent", "used"])
    assert found.unreadable == []


def test_only_what_changed_is_read_again() -> None:
    models = Models()
    before = models.scan(
        make_inventory(iflow("same"), iflow("edited"), iflow("draft", "Active"), iflow("gone"))
    )
    models.asked.clear()

    found = models.scan(
        make_inventory(iflow("same"), iflow("edited", "1.0.1"), iflow("draft", "Active", LATER)),
        before.stored,
    )

    assert sorted(models.asked) == ["draft", "edited"]
    assert sorted(stored.iflow_id for stored in found.stored) == ["draft", "edited", "same"]


def test_deployment_is_a_change_as_it_applies_parameters() -> None:
    models = Models()
    before = models.scan(make_inventory(iflow("A"), deployed=["A"]))
    models.asked.clear()

    models.scan(make_inventory(iflow("A"), deployed=["A"], deployed_at=LATER), before.stored)

    assert models.asked == ["A"]


def test_budget_ends_reading_and_the_next_scan_continues() -> None:
    models = Models(seconds=10.0)
    inventory = make_inventory(*(iflow(f"{number}") for number in range(5)))

    first = models.scan(inventory, budget=15.0)
    second = models.scan(inventory, first.stored)

    assert models.asked == ["0", "1", "2", "3", "4"]
    assert first.by_iflow["4"].reason == NOT_YET_READ
    assert [part.reason for part in first.unreadable] == [
        f"read 2 of 5; the first reason: {NOT_YET_READ}"
    ]
    assert second.unreadable == []


def test_content_that_is_no_model_is_not_requested_again() -> None:
    models = Models()
    models.answers["bad"] = Reading(ModelResult(problem="too large: x"))
    before = models.scan(make_inventory(iflow("bad")))

    found = models.scan(make_inventory(iflow("bad")), before.stored)

    assert models.asked == ["bad"]
    assert found.by_iflow["bad"].reason == "too large: x"


@pytest.mark.parametrize("answer", [Reading[ModelResult](reason="HTTP 403"), KeyError("bug")])
def test_failures_give_up_and_are_not_kept(answer: Reading[ModelResult] | Exception) -> None:
    reason = "HTTP 403" if isinstance(answer, Reading) else "not yet read: KeyError"
    models = Models()
    models.answers = {f"{number}": answer for number in range(6)}

    found = models.scan(make_inventory(*map(iflow, models.answers)))

    assert len(models.asked) == 3
    assert {reading.reason for reading in found.by_iflow.values()} == {reason}
    assert found.stored == []


def test_no_error_of_a_model_reaches_the_scan() -> None:
    models = Models()
    models.answers = {"A": DeadlineExceeded("time is up"), "B": KeyError("bug")}

    found = models.scan(make_inventory(iflow("A"), iflow("B"), iflow("C")))

    assert found.by_iflow["A"].reason == "not yet read: DeadlineExceeded"
    assert found.by_iflow["B"].reason == "not yet read: KeyError"
    assert found.by_iflow["C"].value == IflowModel()


def test_models_of_a_package_that_could_not_be_read_are_kept() -> None:
    models = Models()
    before = models.scan(make_inventory(iflow("A"), iflow("B")))

    found = models.scan(make_inventory(iflow("A"), unread=["Q"]), before.stored)

    assert sorted(stored.iflow_id for stored in found.stored) == ["A", "B"]
