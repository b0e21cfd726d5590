"""The notice after a run: a plain-text email that says what to do, and what changed.

Names are chosen by people, and error messages come from other systems. Each is limited to one
line, so that it cannot imitate a line of the notice, and its URLs are broken up, because mail
programs turn them into links. Only links to the report and to a tenant's web UI stay whole: they
are made of settings, and ids in them are encoded.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iflow_census.report.census_report import CensusReport
from iflow_census.report.changes import ChangeKind, Changes, TenantChanges, TotalChange
from iflow_census.report.chart_data import failed_share
from iflow_census.report.findings import UNUSED_NOTE
from iflow_census.report.labels import (
    CHANGE_LABELS,
    HEALTH_LABELS,
    format_count,
    list_warnings,
)
from iflow_census.report.worklist import WorkItem, WorkKind, Worklist
from iflow_census.scan.health import TenantHealth
from iflow_census.scan.period import Month
from iflow_census.scan.results import TenantResult, TenantStatus, TenantTotals

MAX_SUBJECT_LENGTH = 99
"""SNS accepts fewer than 100 characters."""

# The following limits add up to fewer than 60 lines.
MAX_PROBLEMS = 6
MAX_ITEMS = 7
MAX_NAMED = 3
"""Entries of an item of the worklist that are named."""

MAX_TENANTS = 5
"""Tenants whose figures are listed, production first; also those whose health is."""

MAX_LINKS = 5
MAX_NAME_LENGTH = 60
MAX_VALUE_LENGTH = 120
MAX_TEXT_LENGTH = 300

_FIGURES = (
    ("iflows", "iFlows"),
    ("deployed", "deployed"),
    ("edited", "edited"),
    ("unused", "unused"),
    ("messages", "messages"),
)
_INVISIBLE = re.compile(
    r"[^\S ]|[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
"""Line breaks, control characters, direction marks and characters without width."""


@dataclass(frozen=True, slots=True)
class Notice:
    """An email: a subject in one line of printable ASCII, and a text."""

    subject: str
    text: str


def build_census_notice(
    report: CensusReport, leanix: Sequence[Mapping[str, Any]], links: Sequence[str]
) -> Notice:
    """Build the notice of a published report.

    `links` are lines that say where the report is.
    """
    incomplete = [
        tenant.name for tenant in report.tenants if tenant.status is not TenantStatus.COMPLETE
    ]
    failed_leanix = [str(outcome["tenant"]) for outcome in leanix if outcome["problem"] is not None]
    count = len(report.tenants)
    status = f"{count} {'tenant' if count == 1 else 'tenants'}, complete"
    if incomplete:
        status = f"INCOMPLETE: {', '.join(incomplete)}"
    elif failed_leanix:
        status = f"complete, but LeanIX failed: {', '.join(failed_leanix)}"
    state = "NOT complete" if incomplete else "complete"
    article = "" if isinstance(report.period, Month) else "the "
    worklist = report.worklist(max_items=None)
    head = [
        f"The census of {article}{report.period.label} is {state}.",
        _text(worklist.summary),
    ]
    if incomplete or failed_leanix:
        head.append("You will receive another notice if a retry succeeds.")
    tenants = report.production_first
    return _build_notice(
        f"iFlow census {report.period.label}: {status}",
        [
            head,
            _section("Problems", _list_items(_problems(report, leanix), MAX_PROBLEMS)),
            _section("To do", _worklist_lines(worklist)),
            _section("Health", _limit(_health_lines(tenants), "tenants")),
            _changes_section(report, tenants),
            _section("Report", links[:MAX_LINKS]),
        ],
    )


def _problems(report: CensusReport, leanix: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    problems = [
        _text(f"{outcome['tenant']}: {outcome['problem']}")
        for outcome in leanix
        if outcome["problem"]
    ]
    problems += [_text(warning) for warning in list_warnings(report)]
    problems += [
        f"{_name(outcome['tenant'])}: LeanIX accepted the inventory with "
        f"{format_count(outcome['warnings'])} warnings; they are stored with the run's work state"
        for outcome in leanix
        if not outcome["problem"] and outcome["warnings"]
    ]
    return problems


def build_checkpoint_notice(period: str, tenants: Sequence[Mapping[str, Any]]) -> Notice:
    """Build the notice of a checkpoint that could not count every tenant."""
    failed = [tenant for tenant in tenants if tenant["status"] != TenantStatus.COMPLETE]
    names = ", ".join(str(tenant["name"]) for tenant in failed)
    problems = [_text(f"{tenant['name']}: {tenant['error']}") for tenant in failed]
    return _build_notice(
        f"iFlow census {period}: checkpoint INCOMPLETE: {names}",
        [
            [
                f"The checkpoint could not count the messages of {period} for every tenant.",
                "SAP keeps message logs for 30 days: without a checkpoint, the first hours of a "
                "month with 31 days cannot be counted.",
                "You will receive another notice if a retry fails for other reasons, and none if "
                "it counts every tenant.",
            ],
            _section("Problems", _list_items(problems, MAX_PROBLEMS)),
        ],
    )


def _worklist_lines(worklist: Worklist) -> Iterator[str]:
    """Each item in at most three lines; what is listed as a problem is not repeated."""
    items = [item for item in worklist.items if item.kind not in _PROBLEMS]
    for item in items[:MAX_ITEMS]:
        yield from _item_lines(item)
    if len(items) > MAX_ITEMS:
        yield f"and {format_count(len(items) - MAX_ITEMS)} more in the report"


_PROBLEMS = (WorkKind.NOT_SCANNED, WorkKind.NOT_COVERED)


def _item_lines(item: WorkItem) -> Iterator[str]:
    where = f"{_name(item.tenant)} ({item.environment})" if item.environment else _name(item.tenant)
    yield f"- {where}: {item.title}. {item.action}"
    named = [
        f"{_name(entry.name)}: {_line(entry.evidence, MAX_VALUE_LENGTH)}"
        for entry in item.entries[:MAX_NAMED]
    ]
    if item.total > len(named):
        named.append(f"and {format_count(item.total - len(named))} more")
    yield f"  {'; '.join(named)}"
    url = item.entries[0].url
    if url:
        yield f"  {url}"


def _health_lines(tenants: Iterable[TenantResult]) -> Iterator[str]:
    for tenant in tenants:
        if tenant.health is not None:
            yield f"{_name(tenant.name)}: {', '.join(_health_figures(tenant.health))}"


def _health_figures(health: TenantHealth) -> Iterator[str]:
    if health.certificates.value is not None:
        yield f"certificates that expire within 90 days: {len(health.certificates.value)}"
    jms = health.jms.value
    if jms is not None and jms.queues_used is not None:
        yield f"JMS queues: {format_count(jms.queues_used)} of {format_count(jms.max_queues)}"
    if health.artifacts_in_error.value is not None:
        yield f"artifacts in error: {len(health.artifacts_in_error.value)}"
    unread = [
        label.partition(" that ")[0]
        for name, label in HEALTH_LABELS.items()
        if getattr(health, name).value is None
    ]
    if unread:
        yield f"not read: {', '.join(unread)}"


def _changes_section(report: CensusReport, tenants: Sequence[TenantResult]) -> Sequence[str]:
    changes = report.changes()
    lines = list(_limit(_tenant_lines(tenants, changes), "tenants"))
    if changes.compared_with is None:
        return [*_section("Tenants", lines), changes.note or ""]
    note = [UNUSED_NOTE] if changes.has_newly_unused else []
    return _section(f"Changes since {changes.compared_with.month}", [*lines, *note])


def _tenant_lines(tenants: Iterable[TenantResult], changes: Changes) -> Iterator[str]:
    compared = {tenant.name: tenant for tenant in changes.tenants}
    for tenant in tenants:
        if tenant.scanned:
            found = compared.get(tenant.name)
            figures = ", ".join(_figures(tenant.totals, found.totals if found else {}))
            yield f"{_name(tenant.name)}: {figures}{_describe_changes(found)}"


def _describe_changes(changes: TenantChanges | None) -> str:
    if changes is None:
        return ""
    if not changes.compared:
        return f"; not compared: {_text(changes.reason or '')}"
    kinds = [
        f"{format_count(count)} {_label(kind)}" for kind, count in changes.counts.items() if count
    ]
    note = "" if changes.whole else "; one of the months is not fully covered"
    return f"; {', '.join(kinds) or 'nothing changed'}{note}"


def _limit(lines: Iterable[str], what: str) -> Sequence[str]:
    listed = list(lines)
    more = len(listed) - MAX_TENANTS
    return [
        *listed[:MAX_TENANTS],
        *([f"and {format_count(more)} more {what} in the report"] if more > 0 else []),
    ]


def _figures(totals: TenantTotals, deltas: Mapping[str, TotalChange]) -> Iterator[str]:
    for name, label in _FIGURES:
        yield f"{format_count(getattr(totals, name))} {label}{_delta(deltas.get(name))}"
    share = failed_share(totals.messages, totals.messages_failed)
    if share is not None:
        yield f"{100 * share:.1f} % failed"


def _delta(total: TotalChange | None) -> str:
    if total is None or total.before is None or total.after is None:
        return ""
    difference = total.after - total.before
    return f" ({difference:+,})" if difference else ""


def _label(kind: str) -> str:
    return CHANGE_LABELS[ChangeKind(kind)].lower()


def _section(title: str, lines: Iterable[str]) -> Sequence[str]:
    content = list(lines)
    return [title.upper(), *content] if content else []


def _list_items(lines: Sequence[str], limit: int) -> Sequence[str]:
    items = [f"- {line}" for line in lines[:limit]]
    if len(lines) > limit:
        items.append(f"and {format_count(len(lines) - limit)} more in the report")
    return items


def _build_notice(subject: str, sections: Sequence[Sequence[str]]) -> Notice:
    text = "\n\n".join("\n".join(section) for section in sections if section)
    ascii_subject = _line(subject, len(subject)).encode("ascii", "replace").decode()
    return Notice(_truncate(ascii_subject, MAX_SUBJECT_LENGTH, "..."), text + "\n")


def _name(value: str) -> str:
    return _line(value, MAX_NAME_LENGTH)


def _text(value: str) -> str:
    return _line(value, MAX_TEXT_LENGTH)


def _line(value: str, length: int) -> str:
    visible = _INVISIBLE.sub(" ", value).encode("utf-8", "replace").decode()
    line = " ".join(visible.replace("://", ": //").split())
    return _truncate(line, length, "\N{HORIZONTAL ELLIPSIS}")


def _truncate(value: str, length: int, ending: str) -> str:
    return value if len(value) <= length else value[: length - len(ending)].rstrip() + ending
