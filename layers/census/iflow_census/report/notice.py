"""The notice after a run: plain text for a mail, of what changed and what is wrong.

Names come from people, and error texts from other systems: each is one line of bounded length, so
that neither can pass itself off as a line of the notice. A mail program makes links of addresses by
itself; those in foreign text are broken up.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from iflow_census.report.census_report import CensusReport
from iflow_census.report.changes import Change, ChangeKind, Changes, Moved, TenantChanges
from iflow_census.report.chart_data import failed_share
from iflow_census.report.labels import CHANGE_LABELS, change_text, number, warnings
from iflow_census.scan.results import TenantResult, TenantStatus, TenantTotals

SUBJECT_LENGTH = 99
"""SNS takes fewer than 100 characters."""

TENANTS = 25
"""Tenants whose changes are told; with the bounds below a notice stays under SNS's 256 KB."""

CHANGES = 5
"""Changes told one by one, of each tenant."""

WARNINGS = 25
NAME_LENGTH = 60
VALUE_LENGTH = 120
TEXT_LENGTH = 300

_FIGURES = (
    ("iflows", "iFlows"),
    ("deployed", "deployed"),
    ("edited", "edited"),
    ("unused", "unused"),
    ("messages", "messages"),
)
_NO_TEXT = re.compile(
    r"[^\S ]|[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
"""Line ends, control characters, direction marks, and what has no width."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message: a subject of printable ASCII in one line, and a text."""

    subject: str
    text: str


def census_notice(
    report: CensusReport, leanix: Sequence[Mapping[str, Any]], links: Sequence[str]
) -> Notice:
    """The notice of a report that was published.

    Args:
        report: the report.
        leanix: what became of its LeanIX runs, as it stands in the result.
        links: where the report is, a line each.
    """
    lacking = [one.name for one in report.tenants if one.status is not TenantStatus.COMPLETE]
    troubled = [str(one["tenant"]) for one in leanix if one["problem"] is not None]
    wrong = [_text(one) for one in warnings(report)]
    wrong += [_text(f"{one['tenant']}: {one['problem']}") for one in leanix if one["problem"]]
    wrong += [
        f"{_name(one['tenant'])}: LeanIX took the inventory with {number(one['warnings'])} "
        "warnings; they are kept with the run's work state"
        for one in leanix
        if not one["problem"] and one["warnings"]
    ]
    count = len(report.tenants)
    status = f"{count} {'tenant' if count == 1 else 'tenants'}, complete"
    if lacking:
        status = f"INCOMPLETE: {', '.join(lacking)}"
    elif troubled:
        status = f"complete, but LeanIX: {', '.join(troubled)}"
    head = [f"The census of {report.month} is {'NOT complete' if lacking else 'complete'}."]
    if lacking or troubled:
        head.append("Another notice follows if a retry does better.")
    return _notice(
        f"iFlow census {report.month}: {status}",
        [
            head,
            _section("What is wrong", _bounded(wrong, WARNINGS)),
            _changes(report),
            _section("The report", links),
        ],
    )


def checkpoint_notice(period: str, tenants: Sequence[Mapping[str, Any]]) -> Notice:
    """The notice of a checkpoint that could not count every tenant.

    Args:
        period: the month, "YYYY-MM".
        tenants: as they stand in the result.
    """
    lacking = [one for one in tenants if one["status"] != TenantStatus.COMPLETE]
    names = ", ".join(str(one["name"]) for one in lacking)
    wrong = [_text(f"{one['name']}: {one['error']}") for one in lacking]
    return _notice(
        f"iFlow census {period}: checkpoint INCOMPLETE: {names}",
        [
            [
                f"The messages of {period} so far could not be counted for every tenant. SAP keeps "
                "message logs for 30 days:",
                "without a checkpoint the first hours of a month of 31 days cannot be counted.",
                "Another notice follows if a retry fails otherwise; none if all could be counted.",
            ],
            _section("What is wrong", _bounded(wrong, WARNINGS)),
        ],
    )


def _changes(report: CensusReport) -> Sequence[str]:
    changes = report.changes()
    if changes.compared_with is None:
        return [*_section("What there is", _bounded_tenants(report, changes)), changes.note or ""]
    title = f"What changed since {changes.compared_with.month}"
    return _section(title, _bounded_tenants(report, changes))


def _bounded_tenants(report: CensusReport, changes: Changes) -> Iterator[str]:
    told = {one.name: one for one in changes.tenants}
    found = {name: list(items) for name, items in groupby(changes.iflows, lambda one: one.tenant)}
    scanned = [one for one in report.tenants if one.scanned_at is not None]
    for tenant in scanned[:TENANTS]:
        yield from _tenant(tenant, told.get(tenant.name), found.get(tenant.name, []))
    if len(scanned) > TENANTS:
        yield f"and {number(len(scanned) - TENANTS)} more tenants, in the report"


def _tenant(
    tenant: TenantResult, told: TenantChanges | None, items: Sequence[Change]
) -> Iterator[str]:
    totals = told.totals if told else {}
    yield f"{_name(tenant.name)}: {', '.join(_figures(tenant.totals, totals))}"
    if told is not None and not told.compared:
        yield f"  not compared: {_text(told.reason or '')}"
    if told is not None and told.compared and not told.whole:
        yield "  one of both months was not wholly counted: messages and unused may differ by that"
    counts = told.counts if told else {}
    happened = [f"{number(count)} {_label(kind)}" for kind, count in counts.items() if count]
    if happened:
        yield f"  {', '.join(happened)}"
    for item in items[:CHANGES]:
        name = _name(item.iflow_name or item.iflow_id)
        yield f"  - {name}: {_line(change_text(item), VALUE_LENGTH)}"
    if len(items) > CHANGES:
        yield f"  and {number(len(items) - CHANGES)} more, in the report"


def _figures(totals: TenantTotals, moved: Mapping[str, Moved]) -> Iterator[str]:
    for column, label in _FIGURES:
        yield f"{number(getattr(totals, column))} {label}{_delta(moved.get(column))}"
    share = failed_share(totals.messages, totals.messages_failed)
    if share is not None:
        yield f"{100 * share:.1f} % failed"


def _delta(moved: Moved | None) -> str:
    if moved is None or moved.before is None or moved.after is None:
        return ""
    difference = moved.after - moved.before
    return f" ({difference:+,})" if difference else ""


def _label(kind: str) -> str:
    return CHANGE_LABELS[ChangeKind(kind)].lower()


def _section(title: str, lines: Sequence[str] | Iterator[str]) -> Sequence[str]:
    told = list(lines)
    return [title.upper(), *told] if told else []


def _bounded(lines: Sequence[str], most: int) -> Sequence[str]:
    told = [f"- {one}" for one in lines[:most]]
    if len(lines) > most:
        told.append(f"and {number(len(lines) - most)} more, in the report")
    return told


def _notice(subject: str, sections: Sequence[Sequence[str]]) -> Notice:
    text = "\n\n".join("\n".join(section) for section in sections if section)
    plain = _line(subject, len(subject)).encode("ascii", "replace").decode()
    return Notice(_cut(plain, SUBJECT_LENGTH, "..."), text + "\n")


def _name(value: str) -> str:
    return _line(value, NAME_LENGTH)


def _text(value: str) -> str:
    return _line(value, TEXT_LENGTH)


def _line(value: str, length: int) -> str:
    shown = _NO_TEXT.sub(" ", value[: 4 * length]).encode("utf-8", "replace").decode()
    return _cut(" ".join(shown.replace("://", ": //").split()), length, "\N{HORIZONTAL ELLIPSIS}")


def _cut(value: str, length: int, sign: str) -> str:
    return value if len(value) <= length else value[: length - len(sign)].rstrip() + sign
