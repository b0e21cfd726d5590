"""The worklist of a report: what to do next, the most important first, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Any

from iflow_census.report.changes import Changes
from iflow_census.report.findings import BlockedUpdates, Unused
from iflow_census.report.work_evidence import (
    CERTIFICATE_DAYS,
    FAILING_PERCENT,
    JMS_PERCENT,
    UNUSED_MONTHS,
    WorkEntry,
    find_blocked,
    find_certificates,
    find_failing,
    find_jms_limits,
    find_long_unused,
    find_not_covered,
    find_not_scanned,
    find_not_started,
    find_overdue,
    find_stopped,
    find_version_drift,
)
from iflow_census.scan.results import TenantResult
from iflow_census.scan.web_ui import Environment, TenantProfile

MAX_ITEMS = 12
"""Items of a report: a list of everything is no worklist."""

MAX_ENTRIES = 5
"""Entries that an item shows."""


class WorkKind(StrEnum):
    """Kinds of problems, the most urgent first."""

    NOT_SCANNED = "not_scanned"
    NOT_STARTED = "not_started"
    FAILING = "failing"
    CERTIFICATES = "certificates"
    JMS = "jms"
    STOPPED = "stopped"
    NOT_COVERED = "not_covered"
    OVERDUE = "overdue"
    UNUSED = "unused"
    UPDATES_BLOCKED = "updates_blocked"
    VERSION_DRIFT = "version_drift"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Something to do in a tenant.

    Attributes:
        rank: 1 is the most important.
        environment: what the tenant is for; None if its key does not say so.
        title: what is wrong, with the total.
        action: what to do, and why.
        total: the number of iFlows or other things.
        entries: the most important of them.
    """

    rank: int
    kind: WorkKind
    tenant: str
    environment: Environment | None
    title: str
    action: str
    total: int
    entries: Sequence[WorkEntry]


@dataclass(frozen=True, slots=True)
class Worklist:
    """What to do next.

    Attributes:
        items: the most important first.
        omitted: the number of less important items that are left out.
    """

    items: Sequence[WorkItem]
    omitted: int

    @property
    def summary(self) -> str:
        """How much there is to do, and what is most urgent, in a sentence."""
        if not self.items:
            return "Nothing to do: nothing fails, expires, is missing or unused for long."
        first, total = self.items[0], len(self.items) + self.omitted
        title = f"{first.title[0].lower()}{first.title[1:]} ({first.tenant})"
        return (
            f"1 thing to do: {title}."
            if total == 1
            else (f"{total:,} things to do; most urgent: {title}.")
        )


@dataclass(frozen=True, slots=True)
class _Words:
    """What a kind of problem is called, for one and for many, and what to do about it."""

    one: str
    many: str
    action: str

    def title(self, total: int) -> str:
        return self.one if total == 1 else f"{total:,} {self.many}"


_WORDS: Mapping[WorkKind, _Words] = {
    WorkKind.NOT_SCANNED: _Words(
        "The tenant was not scanned",
        "scans failed",
        "Fix the cause, then run the census again for this period.",
    ),
    WorkKind.NOT_STARTED: _Words(
        "1 deployed iFlow is not started",
        "deployed iFlows are not started",
        "Fix the cause and deploy again, or undeploy: what is not started processes no message.",
    ),
    WorkKind.FAILING: _Words(
        "1 iFlow fails often",
        "iFlows fail often",
        f"Open the failed messages and fix the cause: {FAILING_PERCENT} % or more of the messages "
        "failed.",
    ),
    WorkKind.CERTIFICATES: _Words(
        "1 certificate has expired or soon will",
        "certificates have expired or soon will",
        f"Renew what expires within {CERTIFICATE_DAYS} days, together with the owners of the "
        "connected systems: after that, every connection that uses it fails.",
    ),
    WorkKind.JMS: _Words(
        "1 limit or queue of the JMS message broker is critical",
        "limits or queues of the JMS message broker are critical",
        f"Empty queues that nobody reads, or order more capacity: {JMS_PERCENT} % or more of a "
        "limit is used, and at the limit iFlows with JMS queues fail.",
    ),
    WorkKind.STOPPED: _Words(
        "1 iFlow has no messages anymore",
        "iFlows have no messages anymore",
        "Ask the owners of the sending systems whether that is intended.",
    ),
    WorkKind.NOT_COVERED: _Words(
        "A part of the tenant is not known",
        "parts of the tenant are not known",
        "Give the census the missing role, or run it before SAP deletes message logs: an iFlow of "
        "which not everything is known is never called unused.",
    ),
    WorkKind.OVERDUE: _Words(
        "1 decision is overdue",
        "decisions are overdue",
        "Carry it out, or write a new date into annotations.csv.",
    ),
    WorkKind.UNUSED: _Words(
        "1 deployed iFlow is unused for long",
        "deployed iFlows are unused for long",
        f"Decide with the owners what to undeploy: there was no message for {UNUSED_MONTHS} months "
        "or more. Check the log level first; at level NONE an iFlow writes no log. Write what you "
        "decide into annotations.csv.",
    ),
    WorkKind.UPDATES_BLOCKED: _Words(
        "1 edited iFlow gets no updates",
        "edited iFlows get no updates",
        "Copy the package again and repeat the changes there, or decide to maintain your own "
        "version: updates of a package leave out what was edited.",
    ),
    WorkKind.VERSION_DRIFT: _Words(
        "1 iFlow runs another version than its design",
        "iFlows run another version than their design",
        "Deploy the version that should run: the design does not show what is running.",
    ),
}


@dataclass(frozen=True, slots=True)
class _Found:
    """The entries of a kind in a tenant, and how many there are."""

    profile: TenantProfile
    tenant: str
    kind: WorkKind
    total: int
    entries: Sequence[WorkEntry]


def make_worklist(
    tenants: Iterable[TenantResult],
    changes: Changes,
    unused: Unused,
    blocked_updates: BlockedUpdates,
    *,
    max_items: int | None = MAX_ITEMS,
    max_entries: int | None = MAX_ENTRIES,
) -> Worklist:
    """Make the worklist of a report: one item per tenant and kind of problem.

    Tenants in production come first, then those without an environment. In an environment, the
    items are in the order of `WorkKind`, and within a kind the tenant with the most to do is first.
    The tenants have their rows, of which none are kept. None as a maximum is all.
    """
    changes_by_tenant = _by_tenant(changes.iflows)
    unused_by_tenant = _by_tenant(unused.iflows)
    blocked_by_tenant = _by_tenant(blocked_updates.iflows)
    found: list[_Found] = []
    for tenant in tenants:
        entries: Mapping[WorkKind, Iterable[WorkEntry]] = {
            WorkKind.NOT_SCANNED: find_not_scanned(tenant),
            WorkKind.NOT_STARTED: find_not_started(tenant),
            WorkKind.FAILING: find_failing(tenant),
            WorkKind.CERTIFICATES: find_certificates(tenant),
            WorkKind.JMS: find_jms_limits(tenant),
            WorkKind.STOPPED: find_stopped(tenant, changes_by_tenant.get(tenant.name, ())),
            WorkKind.NOT_COVERED: find_not_covered(tenant),
            WorkKind.OVERDUE: find_overdue(tenant),
            WorkKind.UNUSED: find_long_unused(tenant, unused_by_tenant.get(tenant.name, ())),
            WorkKind.UPDATES_BLOCKED: find_blocked(tenant, blocked_by_tenant.get(tenant.name, ())),
            WorkKind.VERSION_DRIFT: find_version_drift(tenant),
        }
        for kind, iterator in entries.items():
            some = list(iterator)
            if some:
                found.append(
                    _Found(tenant.profile, tenant.name, kind, len(some), some[:max_entries])
                )
    urgency = {kind: position for position, kind in enumerate(WorkKind)}
    found.sort(
        key=lambda item: (item.profile.priority, urgency[item.kind], -item.total, item.tenant)
    )
    items = [
        WorkItem(
            rank=rank,
            kind=item.kind,
            tenant=item.tenant,
            environment=item.profile.environment,
            title=_WORDS[item.kind].title(item.total),
            action=_WORDS[item.kind].action,
            total=item.total,
            entries=item.entries,
        )
        for rank, item in enumerate(found[:max_items], start=1)
    ]
    return Worklist(items, len(found) - len(items))


def _by_tenant(iflows: Iterable[Any]) -> Mapping[str, Sequence[Any]]:
    """Group changes or findings by their tenant; each group keeps its order."""
    tenant = attrgetter("tenant")
    return {name: list(group) for name, group in groupby(sorted(iflows, key=tenant), tenant)}
