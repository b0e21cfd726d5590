"""Notices of a run: one for each outcome, and never a reason for a run to fail."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from iflow_census.census.checkpoint import run_checkpoint
from iflow_census.census.notify import notify_census
from iflow_census.census.result import CLAIMED_BY_OTHER, CensusResult, leanix_problem
from iflow_census.census.run import run_census
from iflow_census.census.run_context import RunContext
from iflow_census.errors import AccessError, TransientError
from iflow_census.report.census_report import CensusReport
from iflow_census.scan.period import Month
from tests.clock import FakeClock
from tests.memory_store import MemoryStore
from tests.unit.census.fake_tenant import FakeTenant, make_run

OCTOBER = Month(2026, 10)


class Mailbox:
    """Keeps the notices, or refuses them."""

    def __init__(self) -> None:
        self.refuses = False
        self.notices: list[tuple[str, str]] = []

    def send(self, subject: str, text: str) -> None:
        if self.refuses:
            raise AccessError("topic: access denied")
        self.notices.append((subject, text))

    def link(self, key: str) -> str:
        return f"link:{key}"

    def folder(self, prefix: str) -> str:
        return f"folder:{prefix}"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def tenant() -> FakeTenant:
    return FakeTenant(FakeClock(datetime(2026, 11, 1, 0, 30, tzinfo=UTC)))


@pytest.fixture
def run(tenant: FakeTenant, mailbox: Mailbox) -> RunContext:
    return make_run(tenant.clock, MemoryStore(), {"prod": tenant}, month=OCTOBER, notifier=mailbox)


def test_notice_links_the_formats_of_the_plan_for_people_first(
    run: RunContext, mailbox: Mailbox
) -> None:
    run_census(replace(run, plan=replace(run.plan, formats=["jsonl", "json", "html"])))

    ((_, text),) = mailbox.notices
    folder = "reports/period=2026-10/"
    assert (
        f"report.html  link:{folder}report.html\n"
        f"report.json  link:{folder}report.json\n"
        f"all files    folder:{folder}\n"
    ) in text + "\n"


def test_each_outcome_is_sent_once(run: RunContext, tenant: FakeTenant, mailbox: Mailbox) -> None:
    for error in (TransientError("down"), TransientError("down"), None, None):
        tenant.error = error
        result = run_census(run)

    assert result.notice_problem is None
    assert len(mailbox.notices) == 2


def test_notice_that_cannot_be_sent_is_tried_again(run: RunContext, mailbox: Mailbox) -> None:
    mailbox.refuses = True
    failed = run_census(run)
    mailbox.refuses = False
    sent = run_census(replace(run, owner="other"))

    assert (failed.status, failed.notice_problem) == ("complete", "topic: access denied")
    assert sent.notice_problem is None
    assert len(mailbox.notices) == 1


def test_problem_of_leanix_is_an_outcome_of_its_own(run: RunContext, mailbox: Mailbox) -> None:
    result = run_census(run)
    problem = leanix_problem("prod", "LeanIX is down", test=False)

    for entries in ([problem], [problem], [{**problem, "problem": None}]):
        notify_census(run, replace(result, leanix=entries), no_report)

    assert len(mailbox.notices) == 2
    assert "LeanIX is down" in mailbox.notices[1][1]


def no_report() -> CensusReport:
    raise AssertionError("the result has the report")


def test_delivery_that_sends_the_inventory_sends_the_notice(
    run: RunContext, mailbox: Mailbox
) -> None:
    entry = leanix_problem("prod", CLAIMED_BY_OTHER, test=False)
    result = CensusResult("complete", "r1", "2026-10", "m", [], True, [entry])

    assert notify_census(run, result, no_report) is result
    assert mailbox.notices == []


def test_checkpoint_is_only_mentioned_if_a_tenant_failed(
    run: RunContext, tenant: FakeTenant, mailbox: Mailbox
) -> None:
    tenant.error = TransientError("down")
    failed = run_checkpoint(run)
    tenant.error = None
    complete = run_checkpoint(run)

    assert (failed.status, complete.status) == ("partial", "complete")
    ((_, text),) = mailbox.notices
    assert "down" in text
