"""Parses responses of the Integration API, leniently: large parts of it are not documented.

Source: swagger of the Integration API 1.0.0 and SAP Help. Fields that neither describes are kept
but not interpreted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

FINAL_STATUSES = frozenset({"FINISHED", "STOPPED", "FAILED"})
"""Any other status, documented or not, means that the run has not ended yet."""


@dataclass(frozen=True, slots=True)
class RunState:
    """The state of a synchronization run; `description` is copied from its LDIF."""

    id: str
    status: str
    description: str = ""

    @property
    def is_final(self) -> bool:
        """Whether the run has ended."""
        return self.status in FINAL_STATUSES


@dataclass(frozen=True, slots=True)
class StatsSummary:
    """The totals of a run's statistics.

    `created`, `updated` and `unchanged` count fact sheets; None if LeanIX does not report them
    (the published example of statistics does not). `deleted` counts the objects that full mode
    archived or deleted; None if the statistics do not list them.
    """

    processed: int = 0
    errors: int = 0
    deleted: int | None = None
    created: int | None = None
    updated: int | None = None
    unchanged: int | None = None

    @property
    def fact_sheet_counts(self) -> Mapping[str, int]:
        """The counts of fact sheets that LeanIX reports, by name."""
        counts = {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "deleted": self.deleted,
        }
        return {name: count for name, count in counts.items() if count is not None}


class _LenientModel(BaseModel, defer_build=True):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _StatusRow(_LenientModel):
    id: str = Field(min_length=1)
    status: str | None = None
    description: str | None = None

    def to_state(self) -> RunState:
        return RunState(self.id, (self.status or "CREATED").upper(), self.description or "")


class _ProcessorRow(_LenientModel):
    # The camelCase names are LeanIX's; the last three are not documented.
    processedContentCount: int = 0  # noqa: N815
    errorCount: int = 0  # noqa: N815
    createdCount: int | None = None  # noqa: N815
    updatedCount: int | None = None  # noqa: N815
    unchangedCount: int | None = None  # noqa: N815


class _Stats(_LenientModel):
    processorStatistics: list[_ProcessorRow] | None = None  # noqa: N815
    deletedObjects: list[Any] | None = None  # noqa: N815


class _StatusChange(_LenientModel):
    status: str
    timestamp: AwareDatetime


class _History(_LenientModel):
    statusChanges: list[_StatusChange] = Field(default_factory=list)  # noqa: N815


class _ResultsUrl(_LenientModel):
    url: str | None = None


# Built on first use, to shorten the Lambda's cold start.
_DEFERRED = ConfigDict(defer_build=True)
_STATUS_ROWS = TypeAdapter(list[_StatusRow], config=_DEFERRED)
_OBJECT = TypeAdapter(dict[str, Any], config=_DEFERRED)
_OBJECTS = TypeAdapter(list[dict[str, Any]], config=_DEFERRED)


def parse_created_run_id(body: bytes) -> str | None:
    """Parse the response to the creation of a run; None if it has no id.

    The swagger documents a list of runs, SAP Help and all published clients a single run. A
    malformed response does not raise: the run was created, and can be looked up.
    """
    try:
        content = from_json(body)
        row = content[0] if isinstance(content, list) else content
        return _StatusRow.model_validate(row).id
    except (ValueError, IndexError):
        return None


def parse_run_state(body: bytes) -> RunState:
    """Parse the status of one run."""
    return _StatusRow.model_validate_json(body).to_state()


def parse_run_states(body: bytes) -> Sequence[RunState]:
    """Parse the list of all runs."""
    return [row.to_state() for row in _STATUS_ROWS.validate_json(body)]


def parse_object(body: bytes) -> Mapping[str, Any]:
    """Parse a JSON object without interpreting it."""
    return _OBJECT.validate_json(body)


def parse_stats(body: bytes) -> Mapping[str, Any]:
    """Parse the statistics of a run; none (status 204) are empty."""
    return parse_object(body) if body else {}


def parse_objects(body: bytes) -> Sequence[Mapping[str, Any]]:
    """Parse a list of JSON objects without interpreting them."""
    return _OBJECTS.validate_json(body)


def parse_configurations(body: bytes) -> Sequence[Mapping[str, Any]]:
    """Parse processor configurations: a list or a single one (the swagger documents both)."""
    content = from_json(body)
    return _OBJECTS.validate_python(content if isinstance(content, list) else [content])


def parse_results_url(body: bytes) -> str | None:
    """Parse the link to a run's results; None if there is none yet."""
    return _ResultsUrl.model_validate_json(body).url


def summarize_stats(stats: Mapping[str, Any]) -> StatsSummary:
    """Add up a run's statistics; counts that are missing or malformed are treated as absent."""
    try:
        parsed = _Stats.model_validate(stats)
    except ValidationError:
        return StatsSummary()
    rows = parsed.processorStatistics or []
    return StatsSummary(
        processed=sum(row.processedContentCount for row in rows),
        errors=sum(row.errorCount for row in rows),
        deleted=None if parsed.deletedObjects is None else len(parsed.deletedObjects),
        created=_sum([row.createdCount for row in rows]),
        updated=_sum([row.updatedCount for row in rows]),
        unchanged=_sum([row.unchangedCount for row in rows]),
    )


def parse_end(stats: Mapping[str, Any]) -> datetime | None:
    """Return when a run ended, by its statistics; None if they do not say it."""
    try:
        changes = _History.model_validate(stats).statusChanges
    except ValidationError:
        return None
    ends = [change.timestamp for change in changes if change.status.upper() in FINAL_STATUSES]
    return max(ends, default=None)


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
