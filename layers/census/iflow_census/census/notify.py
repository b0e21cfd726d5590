"""Notify people after a run of what changed and what is wrong, once for each outcome."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from iflow_census.census.result import CLAIMED_BY_OTHER, CensusResult
from iflow_census.census.run_context import Notifier, RunContext
from iflow_census.errors import CensusError
from iflow_census.report.census_report import CensusReport
from iflow_census.report.formats import FORMATS
from iflow_census.report.notice import Notice, build_census_notice, build_checkpoint_notice
from iflow_census.scan.results import TenantStatus
from iflow_census.store.notice_state import NoticeState


def notify_census(
    run: RunContext, result: CensusResult, load_report: Callable[[], CensusReport]
) -> CensusResult:
    """Send the notice of a published report, unless it was sent already.

    A retry with the same outcome sends nothing; a retry with another outcome sends another notice.
    If it cannot be sent, the result says why, and the report is not affected.
    `load_report` makes the report again where the result has none, because an earlier attempt
    published it.
    """
    if any(entry["problem"] == CLAIMED_BY_OTHER for entry in result.leanix):
        # The delivery that sends the inventory also sends the notice.
        return result

    def write(notifier: Notifier) -> Notice:
        return build_census_notice(
            result.report or load_report(),
            result.leanix,
            _links(run, notifier, run.plan.folder(result.status)),
        )

    return _send_notice(run, result, write)


def notify_checkpoint(run: RunContext, result: CensusResult) -> CensusResult:
    """Send a notice if a tenant could not be counted, as `notify_census` does."""
    if result.complete:
        return result
    return _send_notice(
        run, result, lambda _: build_checkpoint_notice(result.period, result.tenants)
    )


def _send_notice(
    run: RunContext, result: CensusResult, write: Callable[[Notifier], Notice]
) -> CensusResult:
    if run.notifier is None:
        return result
    notifier = run.notifier
    state = NoticeState(run.services.state, run.plan.period, run.plan.run_id, _outcome(result))

    def send() -> None:
        notice = write(notifier)
        notifier.send(notice.subject, notice.text)

    try:
        send_once(run, state, send)
    except CensusError as error:
        return replace(result, notice_problem=str(error))
    return result


def send_once(run: RunContext, state: NoticeState, send: Callable[[], None]) -> None:
    """Send a notice or an event, unless it was sent or another delivery is sending it.

    Raises:
        CensusError: it could not be sent, or the store failed.
    """
    lease = run.make_lease(state.lease_key)
    try:
        if lease.try_acquire() and not state.was_sent():
            send()
            state.mark_sent(run.clock.now())
    finally:
        lease.release()


def _outcome(result: CensusResult) -> Mapping[str, Any]:
    """What distinguishes one notice of a run from another: where something is wrong."""
    complete = TenantStatus.COMPLETE
    return {
        "lacking": sorted(
            str(tenant["name"]) for tenant in result.tenants if tenant["status"] != complete
        ),
        "leanix": sorted(str(entry["tenant"]) for entry in result.leanix if entry["problem"]),
    }


FOR_PEOPLE = ("html", "xlsx", "csv", "json")
"""The formats that a notice links to, those for people first."""


def _links(run: RunContext, notifier: Notifier, folder: str) -> Sequence[str]:
    files = [FORMATS[name].file for name in FOR_PEOPLE if name in run.plan.formats]
    return [
        *(f"{file:<11}  {notifier.link(folder + file)}" for file in files),
        f"{'all files':<11}  {notifier.folder(folder)}",
    ]
