"""After a run: people are told what changed and what is wrong, once for each outcome."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from iflow_census.census.leanix import BEING_SENT
from iflow_census.census.result import CensusResult
from iflow_census.census.tenant_census import Run
from iflow_census.errors import CensusError
from iflow_census.report.census_report import CensusReport
from iflow_census.report.formats import FORMATS
from iflow_census.report.notice import Notice, census_notice, checkpoint_notice
from iflow_census.scan.results import TenantStatus
from iflow_census.store.notice_state import NoticeState
from iflow_census.store.report_writer import MANIFEST


class Notices(Protocol):
    """Where notices go."""

    def send(self, subject: str, text: str) -> None:
        """Send a notice. Raises `CensusError` where it was not taken."""
        ...

    def link(self, key: str) -> str:
        """Where a person finds a file of the report."""
        ...

    def folder(self, prefix: str) -> str:
        """Where a person finds all files whose keys begin so."""
        ...


def tell_census(
    run: Run, notices: Notices | None, result: CensusResult, report: Callable[[], CensusReport]
) -> CensusResult:
    """Send the notice of a published report, unless it was sent already.

    A retry that brings the same sends nothing; one that brings more sends another.

    Args:
        run: the run.
        notices: where notices go; None: nowhere.
        result: of the run.
        report: makes the report again, where the result has none because it was finished before.

    Returns:
        The result, with what kept the notice from being sent: that costs no report.
    """
    if any(one["problem"] == BEING_SENT for one in result.leanix):
        # Whoever sends it also tells what became of it.
        return result

    def made(notices: Notices) -> Notice:
        return census_notice(result.report or report(), result.leanix, _links(run, notices))

    return _told(run, notices, result, made)


def tell_checkpoint(run: Run, notices: Notices | None, result: CensusResult) -> CensusResult:
    """Send a notice of a checkpoint, if a tenant could not be counted; as `tell_census` does."""
    if result.complete:
        return result
    return _told(run, notices, result, lambda _: checkpoint_notice(result.period, result.tenants))


def _told(
    run: Run, notices: Notices | None, result: CensusResult, made: Callable[[Notices], Notice]
) -> CensusResult:
    if notices is None:
        return result
    now = run.world.clock.now
    state = NoticeState(run.world.state, run.plan.month, run.plan.run_id, _outcome(result))
    try:
        if state.claim(now()):
            try:
                notice = made(notices)
                notices.send(notice.subject, notice.text)
            except CensusError:
                state.release(now())
                raise
            state.mark_sent(now())
    except CensusError as error:
        return replace(result, notice_problem=str(error))
    return result


def _outcome(result: CensusResult) -> Mapping[str, Any]:
    """What tells one notice of a run from another: not how, but where something is wrong."""
    complete = TenantStatus.COMPLETE
    return {
        "lacking": sorted(str(one["name"]) for one in result.tenants if one["status"] != complete),
        "leanix": sorted(str(one["tenant"]) for one in result.leanix if one["problem"]),
    }


def _links(run: Run, notices: Notices) -> Sequence[str]:
    files = [*(FORMATS[name].file for name in run.plan.formats), MANIFEST]
    width = max(len(file) for file in files)
    return [
        *(f"{file:<{width}}  {notices.link(run.plan.folder + file)}" for file in files),
        f"{'in AWS':<{width}}  {notices.folder(run.plan.folder)}",
    ]
