"""Decisions about iFlows that people write into annotations.csv, beside the reports.

The file is read by every run, so that a decision stays until its line is removed. A line that
cannot be used is named and left out; the others count.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum

from iflow_census.errors import one_line
from iflow_census.scan.results import IflowRow, TenantResult
from iflow_census.scan.user_csv import UserRow, limit_problems, read_user_csv

ANNOTATIONS = "annotations.csv"
"""The key of the file, in the bucket or the folder."""

REQUIRED = ("tenant", "iflow_id", "decision")
OPTIONAL = ("owner", "due", "note")

_DUE = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)(-(?P<day>\d\d))?")
_GERMAN_DUE = re.compile(r"(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>\d{4})")
"""What Excel makes of a date in German."""


class Decision(StrEnum):
    """What to do with an iFlow."""

    KEEP = "keep"
    RETIRE = "retire"
    WATCH = "watch"


@dataclass(frozen=True, slots=True)
class Annotation:
    """A decision about an iFlow.

    Attributes:
        place: its file and line, for messages.
        due: until when, "2026-11" or "2026-11-15".
        due_date: the last day of that.
    """

    place: str
    decision: Decision
    owner: str | None = None
    due: str | None = None
    due_date: date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Annotations:
    """The usable lines of the file.

    Attributes:
        by_iflow: by tenant and iFlow id.
        problems: why lines are left out, for readers of the report.
    """

    by_iflow: Mapping[tuple[str, str], Annotation] = field(default_factory=dict)
    problems: Sequence[str] = ()


def parse_annotations(body: bytes, source: str = ANNOTATIONS) -> Annotations:
    """Parse annotations.csv; lines that cannot be used are `problems`, and the others count."""
    table = read_user_csv(body, source, REQUIRED, OPTIONAL)
    by_iflow: dict[tuple[str, str], Annotation] = {}
    problems = list(table.problems)
    for row in table.rows:
        try:
            annotation = _parse_annotation(row)
        except ValueError as error:
            problems.append(f"{row.place}: {error}")
            continue
        first = by_iflow.setdefault((row.values["tenant"], row.values["iflow_id"]), annotation)
        if first is not annotation:
            problems.append(
                f"{row.place}: the iFlow has a decision in {first.place}; remove one of them"
            )
    return Annotations(by_iflow, limit_problems(source, problems))


def _parse_annotation(row: UserRow) -> Annotation:
    values = row.values
    for name in REQUIRED:
        if not values[name]:
            raise ValueError(f"no {name}; fill it in")
    decision = values["decision"].lower()
    if decision not in [*Decision]:
        raise ValueError(
            f"unknown decision {one_line(decision)!r}; write one of {', '.join(Decision)}"
        )
    due, due_date = _parse_due(values.get("due", ""))
    return Annotation(
        place=row.place,
        decision=Decision(decision),
        owner=values.get("owner") or None,
        due=due,
        due_date=due_date,
        note=values.get("note") or None,
    )


def _parse_due(text: str) -> tuple[str | None, date | None]:
    """Return the normalized text and its last day."""
    if not text:
        return None, None
    match = _DUE.fullmatch(text) or _GERMAN_DUE.fullmatch(text)
    if match:
        year, month, day = (int(match[name] or 0) for name in ("year", "month", "day"))
        try:
            last = date(year, month, day or monthrange(year, month)[1])
        except ValueError:
            pass
        else:
            return last.isoformat() if day else f"{last:%Y-%m}", last
    raise ValueError(f"due {one_line(text)!r} is no date; write it as 2026-11 or 2026-11-15")


class Annotator:
    """Adds the decisions to the tenants of a report, one tenant after the other."""

    def __init__(self, annotations: Annotations) -> None:
        self._annotations = annotations
        self._tenants: dict[str, TenantResult] = {}
        self._found: set[tuple[str, str]] = set()

    def annotate(self, tenant: TenantResult) -> TenantResult:
        """Return a tenant with the decisions about its iFlows."""
        by_iflow = self._annotations.by_iflow
        if not by_iflow:
            return tenant
        self._tenants[tenant.name] = tenant.without_rows()
        keys = ((row.tenant, row.iflow_id) for row in tenant.iflows)
        self._found.update(key for key in keys if key in by_iflow)
        rows = [_annotate(tenant, row, self._annotations) for row in tenant.iflows]
        return replace(tenant, iflows=rows)

    def problems(self) -> Sequence[str]:
        """Return the unusable lines, and those that belong to no iFlow of these tenants.

        A retired iFlow may be gone.
        """
        return [*self._annotations.problems, *limit_problems(ANNOTATIONS, list(self._unmatched()))]

    def _unmatched(self) -> Iterator[str]:
        """Name lines of unknown tenants, and those that were to stay but are not there."""
        for key, annotation in self._annotations.by_iflow.items():
            name, iflow_id = key
            where = annotation.place
            tenant = self._tenants.get(name)
            if tenant is None:
                yield f"{where}: unknown tenant {one_line(name)!r}; correct or remove the line"
            elif (
                key not in self._found
                and annotation.decision is not Decision.RETIRE
                and tenant.scanned
                and not tenant.unread_packages
                and not tenant.unread_locations
            ):
                missing = f"no iFlow {one_line(iflow_id)!r} in {name}"
                yield f"{where}: {missing}; correct or remove the line"


def _annotate(tenant: TenantResult, row: IflowRow, annotations: Annotations) -> IflowRow:
    annotation = annotations.by_iflow.get((row.tenant, row.iflow_id))
    if annotation is None:
        return row
    return replace(
        row,
        decision=annotation.decision,
        owner=annotation.owner or row.owner,
        decision_due=annotation.due,
        decision_note=annotation.note,
        decision_overdue=_is_overdue(annotation, row, tenant.scanned_at),
    )


def _is_overdue(annotation: Annotation, row: IflowRow, now: datetime | None) -> bool:
    if annotation.due_date is None or now is None or not row.deployed:
        return False
    return now.astimezone(UTC).date() > annotation.due_date
