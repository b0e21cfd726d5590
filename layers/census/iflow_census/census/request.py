"""The event that starts a run, and what is asked by it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
)

from iflow_census.errors import ConfigurationError
from iflow_census.report.formats import known_formats
from iflow_census.scan.period import Month

RUN_ID = "%Y%m%dT%H%M%SZ"

EARLY = timedelta(days=1)
"""How far a schedule's clock may be ahead of the Lambda's; far more than it ever is."""


class Action(StrEnum):
    """What a run does."""

    CENSUS = "census"
    CHECKPOINT = "checkpoint"
    VERIFY = "verify"


class Step(StrEnum):
    """A part of a run that a state machine drives (docs/decisions/0004-fan-out.md)."""

    PLAN = "plan"
    SCAN = "scan"
    PUBLISH = "publish"
    LEANIX = "leanix"


def _written(value: object) -> object:
    """A number would be read as seconds since 1970, and nobody writes an event so on purpose."""
    if value is not None and not (isinstance(value, str) and value[4:5] == "-"):
        raise ValueError("write it as 2026-11-01T00:30:00Z")
    return value


class _Event(BaseModel, extra="forbid", defer_build=True):
    action: Action = Action.CENSUS
    step: Step | None = None
    period: str | None = None
    tenants: Annotated[list[str], Field(min_length=1)] | None = None
    formats: Annotated[list[str], Field(min_length=1)] | None = None
    leanix: StrictBool | Literal["test"] | None = None
    scheduled_time: Annotated[AwareDatetime | None, BeforeValidator(_written)] = None
    execution_id: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None


@dataclass(frozen=True, slots=True)
class CensusRequest:
    """A run, as asked for.

    Attributes:
        action: what to do.
        step: the part of it that is done now; None: all of it.
        month: the month to count.
        run_id: the same for every delivery of the same event.
        tenants: their names; None: all.
        formats: names of formats; None: those of the settings.
        leanix: whether to tell LeanIX; None: where it is configured; "test": as a dry run.
        execution_id: the schedule's own id of this invocation, for the log.
    """

    action: Action
    month: Month
    run_id: str
    tenants: Sequence[str] | None = None
    formats: Sequence[str] | None = None
    leanix: bool | Literal["test"] | None = None
    execution_id: str | None = None
    step: Step | None = None

    @property
    def is_planned(self) -> bool:
        """Whether a plan has pinned what is asked for: nothing is to be looked up again."""
        return self.step not in (None, Step.PLAN)

    def wanted(self, known: Collection[str]) -> Sequence[str]:
        """The tenants to be scanned. Raises `ConfigurationError` for one that is not known.

        One that a plan has named and that was removed since costs the others nothing: its own scan
        fails.
        """
        for name in self.tenants or ():
            if name not in known and not self.is_planned:
                raise ConfigurationError(
                    f"tenant {name!r} is unknown: there are {', '.join(sorted(known))}"
                )
        return sorted(set(self.tenants) if self.tenants else known)

    def tells_leanix(self, secret: str, *, configured: bool) -> bool:
        """Whether LeanIX is told; `ConfigurationError` where that is asked for but not set up.

        Args:
            secret: the name of the LeanIX secret, for the message.
            configured: it is stored.
        """
        if self.leanix and not configured:
            raise ConfigurationError(f"LeanIX is not configured: store secret {secret!r}")
        return configured and self.leanix is not False

    def steps(self, tenants: Sequence[str], *, leanix: bool) -> Mapping[str, Any]:
        """The events of the steps that do this run: one for each scan, and those that follow.

        Args:
            tenants: to be scanned.
            leanix: whether LeanIX is told.

        Returns:
            `scans`, a list; `publish`; and `leanix`, where it is told.
        """
        scheduled = datetime.strptime(self.run_id, RUN_ID).replace(tzinfo=UTC)
        pinned: dict[str, Any] = {
            "action": str(self.action),
            "period": str(self.month),
            "scheduled_time": f"{scheduled:%Y-%m-%dT%H:%M:%SZ}",
        }
        if self.execution_id is not None:
            pinned["execution_id"] = self.execution_id
        after: dict[str, Any] = {
            **pinned,
            "tenants": list(tenants),
            "leanix": leanix and (self.leanix or True),
        }
        if self.formats is not None:
            after["formats"] = list(self.formats)
        events: dict[str, Any] = {
            "scans": [{**pinned, "step": str(Step.SCAN), "tenants": [name]} for name in tenants],
            "publish": {**after, "step": str(Step.PUBLISH)},
        }
        if leanix:
            events["leanix"] = {**after, "step": str(Step.LEANIX)}
        return events


def parse_event(event: Mapping[str, Any], now: datetime) -> CensusRequest:
    """Read an event strictly.

    Args:
        event: as the Lambda was given it.
        now: the moment of the invocation, used where the event names none.

    Raises:
        ConfigurationError: an unknown key, a value of the wrong kind, an unknown format, a period
            that is no month or has not begun, a step without what a plan pins; the message names
            the key.
    """
    try:
        parsed = _Event.model_validate(event)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"] or ["event"])
        if first["type"] == "extra_forbidden":
            known = ", ".join(_Event.model_fields)
            raise ConfigurationError(f"event: key {key!r} is unknown: there are {known}") from error
        raise ConfigurationError(f"event: {key}: {first['msg']}") from error
    _check_step(parsed)
    try:
        scheduled = (parsed.scheduled_time or now).astimezone(UTC)
        given = parsed.period
        month = _month(parsed.action, scheduled) if given is None else Month.parse(given)
    except OverflowError as error:
        raise ConfigurationError("event: scheduled_time: no month lies before it") from error
    if month.start > now:
        raise ConfigurationError(f"period {month} lies in the future")
    if scheduled > now + EARLY:
        # Its run id would stand in front of every later run of the month.
        raise ConfigurationError(f"event: scheduled_time: {scheduled} lies in the future")
    return CensusRequest(
        action=parsed.action,
        month=month,
        run_id=scheduled.strftime(RUN_ID),
        tenants=parsed.tenants,
        formats=known_formats(parsed.formats) if parsed.formats else None,
        leanix=parsed.leanix,
        execution_id=parsed.execution_id,
        step=parsed.step,
    )


def _check_step(event: _Event) -> None:
    """A step that had to look something up itself could belong to another run than its plan."""
    if event.step is None:
        return
    if event.action is Action.VERIFY:
        raise ConfigurationError("event: step: verify has no steps, leave it out")
    if event.step is Step.LEANIX and (event.action is not Action.CENSUS or not event.leanix):
        raise ConfigurationError("event: step: leanix belongs to a census that tells LeanIX")
    if event.step is not Step.PLAN:
        for key in ("period", "tenants", "scheduled_time"):
            if getattr(event, key) is None:
                raise ConfigurationError(
                    f"event: {key} is missing: step {event.step} needs what step plan answered"
                )
    if event.step is Step.SCAN and len(event.tenants or ()) != 1:
        raise ConfigurationError("event: tenants: step scan takes one tenant")


def _month(action: Action, scheduled: datetime) -> Month:
    """A checkpoint counts the month it lies in; the others look at the month before."""
    own = Month.containing(scheduled)
    return own if action is Action.CHECKPOINT else own.previous()
