"""Full mode: what keeps an inventory from being sent, and what does not."""

from dataclasses import replace
from typing import BinaryIO

import pytest

from iflow_census.clock import Deadline
from iflow_census.errors import DeadlineExceeded
from iflow_census.leanix.inbound import send_inventory
from iflow_census.leanix.outcome import LeanixOutcome
from iflow_census.leanix.settings import LeanixSettings, Mode
from iflow_census.scan.results import TenantResult, Unreadable
from tests.clock import FakeClock
from tests.unit.leanix.fake_workspace import FakeWorkspace
from tests.unit.leanix.rows import OCTOBER, tenant_result

FULL = LeanixSettings(mode=Mode.FULL, tag_group="SAP Cloud Integration")


def send(workspace: FakeWorkspace, tenant: TenantResult) -> LeanixOutcome:
    with workspace.open(Deadline(FakeClock().clock, 900)) as session:
        return send_inventory(session, tenant, OCTOBER, FULL, run_id="20261101T003000Z")


def test_unread_part_without_iflows_holds_up_nothing() -> None:
    workspace = FakeWorkspace()
    health = Unreadable("health: keystore", "HTTP 403")

    outcome = send(workspace, replace(tenant_result(), unreadable=[health]))

    assert outcome.problem is None
    assert workspace.created == ["test", "real"]


class InterruptedWorkspace(FakeWorkspace):
    """Creates the first run, but the process ends before it is started."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[str] = []

    def create_run(self, ldif: BinaryIO, *, test: bool) -> str:
        run_id = super().create_run(ldif, test=test)
        if len(self.created) == 1:
            self._runs[run_id] = replace(self._runs[run_id], status="CREATED")
            raise DeadlineExceeded("the time is used up")
        return run_id

    def start_run(self, run_id: str, *, test: bool) -> None:
        self.started.append(f"{run_id} {'test' if test else 'real'}")


def test_dry_run_that_was_created_only_is_started_as_a_dry_run() -> None:
    workspace = InterruptedWorkspace()
    with pytest.raises(DeadlineExceeded):
        send(workspace, tenant_result())

    outcome = send(workspace, tenant_result())

    assert outcome.problem is None
    assert workspace.started == ["run-1 test"]
    assert workspace.created == ["test", "real"]
