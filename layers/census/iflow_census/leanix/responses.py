"""The Integration API's answers, read leniently: much of it is not documented.

Source: swagger of the Integration API 1.0.0 and SAP Help; where both are silent, what is there is
kept and nothing is made of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

FINAL = frozenset({"FINISHED", "STOPPED", "FAILED"})
"""Statuses that a run keeps. Any other, known or not, means that it is not finished yet."""


@dataclass(frozen=True, slots=True)
class RunState:
    """How far a run is; `description` is the one that its LDIF carried."""

    id: str
    status: str
    description: str = ""

    @property
    def final(self) -> bool:
        """Whether the status stays."""
        return self.status in FINAL


@dataclass(frozen=True, slots=True)
class StatsSummary:
    """A run in figures.

    `created`, `updated` and `unchanged` are fact sheets; None where LeanIX does not tell: the
    published example of statistics does not have them. `deleted` is what full mode archived or
    removed.
    """

    processed: int = 0
    errors: int = 0
    deleted: int = 0
    created: int | None = None
    updated: int | None = None
    unchanged: int | None = None


class _Lenient(BaseModel, defer_build=True):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _StatusRow(_Lenient):
    id: str = Field(min_length=1)
    status: str | None = None
    description: str | None = None

    def state(self) -> RunState:
        return RunState(self.id, (self.status or "CREATED").upper(), self.description or "")


class _ProcessorRow(_Lenient):
    # The names in capitals and lower case are LeanIX's; the last three are not documented.
    processedContentCount: int = 0  # noqa: N815
    errorCount: int = 0  # noqa: N815
    createdCount: int | None = None  # noqa: N815
    updatedCount: int | None = None  # noqa: N815
    unchangedCount: int | None = None  # noqa: N815


class _Stats(_Lenient):
    processorStatistics: list[_ProcessorRow] | None = None  # noqa: N815
    deletedObjects: list[Any] | None = None  # noqa: N815


class _Url(_Lenient):
    url: str | None = None


# Made when they are first needed: the Lambda starts sooner.
_LATER = ConfigDict(defer_build=True)
_STATUS_ROWS = TypeAdapter(list[_StatusRow], config=_LATER)
_OBJECT = TypeAdapter(dict[str, Any], config=_LATER)
_OBJECTS = TypeAdapter(list[dict[str, Any]], config=_LATER)


def created_run(body: bytes) -> str | None:
    """The id in the answer to a creation; None where it holds none.

    The swagger shows a list of runs, SAP Help and every client a single one. A garbled answer
    raises nothing here: the run was created, and can be looked up.
    """
    try:
        content = from_json(body)
        row = content[0] if isinstance(content, list) else content
        return _StatusRow.model_validate(row).id
    except (ValueError, IndexError):
        return None


def run_state(body: bytes) -> RunState:
    """The answer about one run."""
    return _StatusRow.model_validate_json(body).state()


def run_states(body: bytes) -> Sequence[RunState]:
    """The list of all runs."""
    return [row.state() for row in _STATUS_ROWS.validate_json(body)]


def json_object(body: bytes) -> Mapping[str, Any]:
    """An answer that is kept as it is."""
    return _OBJECT.validate_json(body)


def json_objects(body: bytes) -> Sequence[Mapping[str, Any]]:
    """A list that is kept as it is."""
    return _OBJECTS.validate_json(body)


def configurations(body: bytes) -> Sequence[Mapping[str, Any]]:
    """Processor configurations: a list, or a single one (the swagger says both)."""
    content = from_json(body)
    return _OBJECTS.validate_python(content if isinstance(content, list) else [content])


def results_url(body: bytes) -> str | None:
    """The link to the results; None while there is none."""
    return _Url.model_validate_json(body).url


def summary(stats: Mapping[str, Any]) -> StatsSummary:
    """The figures in a run's statistics; those that are not there count as nothing."""
    try:
        read = _Stats.model_validate(stats)
    except ValidationError:
        return StatsSummary()
    rows = read.processorStatistics or []
    return StatsSummary(
        processed=sum(row.processedContentCount for row in rows),
        errors=sum(row.errorCount for row in rows),
        deleted=len(read.deletedObjects or []),
        created=_sum([row.createdCount for row in rows]),
        updated=_sum([row.updatedCount for row in rows]),
        unchanged=_sum([row.unchangedCount for row in rows]),
    )


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
