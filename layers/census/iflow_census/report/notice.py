"""The notice after a run: a plain-text email with problems and changes.

Names are chosen by people, and error messages come from other systems. Each is limited to one
line, so that it cannot imitate a line of the notice, and its URLs are broken up, because mail
programs turn them into links.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from iflow_census.report.census_report import CensusReport
from iflow_census.report.changes import Change, ChangeKind, Changes, TenantChanges, TotalChange
from iflow_census.report.chart_data import failed_share
from iflow_census.report.findings import UNUSED_NOTE
from iflow_census.report.labels import (
    CHANGE_LABELS,
    describe_change,
    format_count,
    list_warnings,
)
from iflow_census.scan.period import Month
from iflow_census.scan.results import TenantResult, TenantStatus, TenantTotals

MAX_SUBJECT_LENGTH = 99
"""SNS accepts fewer than 100 characters."""

MAX_TENANTS = 25
"""Tenants whose changes are listed. With the limits below, a notice stays below SNS's 256 KB."""

MAX_CHANGES = 5
"""Changes that are listed for each tenant."""

MAX_PROBLEMS = 25
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

    Args:
        report: the report.
        leanix: the outcomes of its LeanIX runs, as in the result of the run.
        links: lines that say where the report is.
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
    head = [f"The census of {article}{report.period.label} is {state}."]
    if incomplete or failed_leanix:
        head.append("You will receive another notice if a retry succeeds.")
    return _build_notice(
        f"iFlow census {report.period.label}: {status}",
        [
            head,
            _section("Problems", _list_items(_problems(report, leanix), MAX_PROBLEMS)),
            _changes_section(report),
            _section("Report", links),
        ],
    )


def _problems(report: CensusReport, leanix: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    problems = [_text(warning) for warning in list_warnings(report)]
    problems += [
        _text(f"{outcome['tenant']}: {outcome['problem']}")
        for outcome in leanix
        if outcome["problem"]
    ]
    problems += [
        f"{_name(outcome['tenant'])}: LeanIX accepted the inventory with "
        f"{format_count(outcome['warnings'])} warnings; they are stored with the run's work state"
        for outcome in leanix
        if not outcome["problem"] and outcome["warnings"]
    ]
    return problems


def build_checkpoint_notice(period: str, tenants: Sequence[Mapping[str, Any]]) -> Notice:
    """Build the notice of a checkpoint that could not count every tenant.

    Args:
        period: the month, "YYYY-MM".
        tenants: as in the result of the run.
    """
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


def _changes_section(report: CensusReport) -> Sequence[str]:
    changes = report.changes()
    lines = _tenant_list(report, changes)
    if changes.compared_with is None:
        return [*_section("Tenants", lines), changes.note or ""]
    note = [UNUSED_NOTE] if changes.has_newly_unused else []
    return _section(f"Changes since {changes.compared_with.month}", [*lines, *note])


def _tenant_list(report: CensusReport, changes: Changes) -> Iterator[str]:
    tenant_changes = {tenant.name: tenant for tenant in changes.tenants}
    iflow_changes = {
        name: list(group) for name, group in groupby(changes.iflows, lambda change: change.tenant)
    }
    scanned = [tenant for tenant in report.tenants if tenant.scanned]
    for tenant in scanned[:MAX_TENANTS]:
        name = tenant.name
        yield from _tenant_lines(tenant, tenant_changes.get(name), iflow_changes.get(name, []))
    if len(scanned) > MAX_TENANTS:
        yield f"and {format_count(len(scanned) - MAX_TENANTS)} more tenants in the report"


def _tenant_lines(
    tenant: TenantResult, changes: TenantChanges | None, iflow_changes: Sequence[Change]
) -> Iterator[str]:
    deltas = changes.totals if changes else {}
    yield f"{_name(tenant.name)}: {', '.join(_figures(tenant.totals, deltas))}"
    if changes is not None and not changes.compared:
        yield f"  not compared: {_text(changes.reason or '')}"
    if changes is not None and changes.compared and not changes.whole:
        yield (
            "  one of the months is not fully covered: differences in messages and unused iFlows "
            "may come from that"
        )
    counts = changes.counts if changes else {}
    kinds = [f"{format_count(count)} {_label(kind)}" for kind, count in counts.items() if count]
    if kinds:
        yield f"  {', '.join(kinds)}"
    for change in iflow_changes[:MAX_CHANGES]:
        name = _name(change.iflow_name or change.iflow_id)
        yield f"  - {name}: {_line(describe_change(change), MAX_VALUE_LENGTH)}"
    if len(iflow_changes) > MAX_CHANGES:
        yield f"  and {format_count(len(iflow_changes) - MAX_CHANGES)} more in the report"


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
