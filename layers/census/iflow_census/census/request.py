"""The event that starts a run, parsed strictly."""

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
from iflow_census.report.formats import LEGACY_FORMATS, check_formats
from iflow_census.scan.period import (
    FIRST_YEAR,
    LAST_30_DAYS,
    LAST_MONTH,
    Month,
    Period,
    RollingWindow,
)
from iflow_census.scan.retention import rolling_window

RUN_ID = "%Y%m%dT%H%M%SZ"

MAX_CLOCK_SKEW = timedelta(days=1)
"""How far a schedule's clock may be ahead of the Lambda's."""


class Action(StrEnum):
    """The use case that an event requests."""

    CENSUS = "census"
    CHECKPOINT = "checkpoint"
    VERIFY = "verify"


class Step(StrEnum):
    """A step of a run in a state machine (docs/decisions/0004-fan-out.md)."""

    PLAN = "plan"
    SCAN = "scan"
    PUBLISH = "publish"
    LEANIX = "leanix"
    FINISH = "finish"


def _require_iso_date(value: object) -> object:
    """Reject numbers, which Pydantic would read as seconds since 1970."""
    if value is not None and not (isinstance(value, str) and value[4:5] == "-"):
        raise ValueError("expected a time like 2026-11-01T00:30:00Z")
    return value


class _Event(BaseModel, extra="forbid", defer_build=True):
    action: Action = Action.CENSUS
    step: Step | None = None
    period: str | None = None
    tenants: Annotated[list[str], Field(min_length=1)] | None = None
    formats: Annotated[list[str], Field(min_length=1)] | None = None
    leanix: StrictBool | Literal["test"] | None = None
    scheduled_time: Annotated[AwareDatetime | None, BeforeValidator(_require_iso_date)] = None
    execution_id: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    execution: Annotated[str, StringConstraints(min_length=1, max_length=2048)] | None = None


@dataclass(frozen=True, slots=True)
class CensusRequest:
    """A parsed event.

    Attributes:
        run_id: the same for every delivery of the same event.
        tenants: names of the tenants to scan; None: all.
        formats: names of formats; None: those of the settings.
        leanix: whether to send inventories to LeanIX; None: if it is configured; "test": as a dry
            run.
        execution_id: the schedule's id of this invocation, for the log.
        step: the step of the run to execute; None: the whole run.
        execution: the ARN of the execution of the state machine; only of step plan.
    """

    action: Action
    period: Period
    run_id: str
    tenants: Sequence[str] | None = None
    formats: Sequence[str] | None = None
    leanix: bool | Literal["test"] | None = None
    execution_id: str | None = None
    step: Step | None = None
    execution: str | None = None

    @property
    def is_planned(self) -> bool:
        """Whether the event comes from a plan step, which fixed period, tenants and run id."""
        return self.step not in (None, Step.PLAN)

    @property
    def may_send_to_leanix(self) -> bool:
        """Whether this run or step is one that sends inventories to LeanIX if configured.

        That of a rolling window is only sent on request.
        """
        steps = (None, Step.PLAN, Step.LEANIX)
        is_allowed = self.leanix is not None or isinstance(self.period, Month)
        return self.action is Action.CENSUS and self.step in steps and is_allowed

    def select_tenants(self, known: Collection[str]) -> Sequence[str]:
        """The names of the tenants to scan, sorted.

        Raises:
            ConfigurationError: an unknown tenant was requested.
        """
        for name in self.tenants or ():
            if name not in known:
                raise ConfigurationError(
                    f"unknown tenant {name!r}; known tenants: {', '.join(sorted(known))}"
                )
        return sorted(set(self.tenants) if self.tenants else known)

    def sends_to_leanix(self, secret: str, *, configured: bool) -> bool:
        """Whether inventories are sent to LeanIX.

        Args:
            secret: the name of the LeanIX secret, for the message.
            configured: whether that secret exists.

        Raises:
            ConfigurationError: the event requests it, but LeanIX is not configured.
        """
        if self.leanix and not configured:
            raise ConfigurationError(f"LeanIX is not configured; store the secret {secret!r}")
        if self.leanix is None:
            return configured and isinstance(self.period, Month)
        return configured and self.leanix is not False

    def steps(self, *, leanix: bool) -> Mapping[str, Any]:
        """The events of the steps of this run; none grows with the number of tenants.

        Returns:
            The events `scan`, to which the state machine adds a tenant, and `publish`; and, if
            `leanix`, the events `leanix`, to which it adds a tenant, and `finish`. All of them
            have a value or null for each key that the state machine reads.
        """
        scheduled = datetime.strptime(self.run_id, RUN_ID).replace(tzinfo=UTC)
        run: dict[str, Any] = {
            "action": str(self.action),
            "period": str(self.period),
            "scheduled_time": f"{scheduled:%Y-%m-%dT%H:%M:%SZ}",
            "execution_id": self.execution_id,
        }
        formats = None if self.formats is None else list(self.formats)
        events = {
            "scan": {**run, "step": str(Step.SCAN)},
            "publish": {**run, "step": str(Step.PUBLISH), "formats": formats},
        }
        if leanix:
            sends = {**run, "leanix": self.leanix or True}
            events["leanix"] = {**sends, "step": str(Step.LEANIX)}
            events["finish"] = {**sends, "step": str(Step.FINISH), "formats": formats}
        return events


def parse_event(event: Mapping[str, Any], now: datetime) -> CensusRequest:
    """Parse an event strictly.

    `now` is used if the event has no `scheduled_time`.

    Raises:
        ConfigurationError: an unknown key, a value of the wrong type, an unknown format, an
            invalid or future period, or a step without the keys that the plan step fixes; the
            message names the key.
    """
    try:
        parsed = _Event.model_validate(event)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"] or ["event"])
        if first["type"] == "extra_forbidden":
            known = ", ".join(_Event.model_fields)
            raise ConfigurationError(f"event: unknown key {key!r}; known keys: {known}") from error
        raise ConfigurationError(f"event: {key}: {first['msg']}") from error
    _check_step(parsed)
    try:
        scheduled = (parsed.scheduled_time or now).astimezone(UTC)
        period = _parse_period(parsed, scheduled)
    except OverflowError as error:
        raise ConfigurationError("event: scheduled_time: there is no month before it") from error
    if period.start.year < FIRST_YEAR:
        raise ConfigurationError(f"event: scheduled_time: {scheduled} is before {FIRST_YEAR}")
    if isinstance(period, Month) and period.start > now:
        raise ConfigurationError(f"period {period}: it is in the future; choose an earlier month")
    if scheduled > now + MAX_CLOCK_SKEW:
        # Its run id would be newer than that of every later run of the month.
        raise ConfigurationError(f"event: scheduled_time: {scheduled} is in the future")
    return CensusRequest(
        action=parsed.action,
        period=period,
        run_id=scheduled.strftime(RUN_ID),
        tenants=parsed.tenants,
        formats=check_formats(parsed.formats) if parsed.formats else None,
        leanix=parsed.leanix,
        execution_id=parsed.execution_id,
        step=parsed.step,
        execution=parsed.execution,
    )


def _check_step(event: _Event) -> None:
    """Require what the plan step fixes: a step must not choose another run than its plan."""
    if (event.execution is not None) is not (event.step is Step.PLAN):
        raise ConfigurationError("event: execution: step plan needs it, and nothing else takes it")
    if event.step is None:
        return
    if event.action is Action.VERIFY:
        raise ConfigurationError("event: step: verify has no steps; leave the key out")
    if event.step in (Step.LEANIX, Step.FINISH) and (
        event.action is not Action.CENSUS or not event.leanix
    ):
        raise ConfigurationError(
            f"event: step: {event.step} needs a census with leanix true or test"
        )
    if event.step is not Step.PLAN:
        for key in ("period", "scheduled_time"):
            if getattr(event, key) is None:
                raise ConfigurationError(
                    f"event: {key} is missing; step {event.step} takes an event of step plan"
                )
    if event.step in (Step.SCAN, Step.LEANIX) and len(event.tenants or ()) != 1:
        raise ConfigurationError(f"event: tenants: step {event.step} takes exactly one tenant")
    if event.step in (Step.PUBLISH, Step.FINISH) and event.tenants is not None:
        raise ConfigurationError(
            f"event: tenants: step {event.step} takes those of the plan; leave the key out"
        )


def _parse_period(event: _Event, scheduled: datetime) -> Period:
    current = Month.containing(scheduled)
    if event.period is None and event.action is Action.CHECKPOINT:
        return current
    if event.period in (None, LAST_MONTH):
        return current.previous()
    if event.period == LAST_30_DAYS:
        return _rolling_window(event, scheduled)
    return Month.parse(event.period)


def _rolling_window(event: _Event, scheduled: datetime) -> RollingWindow:
    if event.action is not Action.CENSUS:
        raise ConfigurationError(
            f"event: period: a {event.action} is of a month; write it as YYYY-MM"
        )
    for name in event.formats or ():
        if name in LEGACY_FORMATS:
            raise ConfigurationError(f"event: formats: {name} is only written for a month")
    return rolling_window(scheduled)
