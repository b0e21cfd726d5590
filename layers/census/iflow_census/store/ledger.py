"""The ledger of a tenant and month: windows whose messages were counted while SAP had the logs."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, NonNegativeInt, StringConstraints, ValidationError

from iflow_census.scan.month_counts import MonthCounts, WindowCounts, joined, missing
from iflow_census.scan.period import Month, Window
from iflow_census.store.protocol import Store, update

SCHEMA = "iflow-census/ledger/v1"
_JSON = "application/json"
_log = logging.getLogger(__name__)

_Counts = dict[Annotated[str, StringConstraints(min_length=1)], NonNegativeInt]


class _Window(BaseModel, extra="forbid", defer_build=True):
    start: AwareDatetime
    end: AwareDatetime
    exhaustive: bool
    total: _Counts
    iflows: dict[str, _Counts]
    days: dict[date, NonNegativeInt] | None = None

    def domain(self) -> WindowCounts:
        window = Window(self.start.astimezone(UTC), self.end.astimezone(UTC))
        if self.days is not None and set(self.days) != {one.start.date() for one in window.days()}:
            raise ValueError("it has counts of days outside of their window")
        return WindowCounts(
            window, self.total, self.iflows, exhaustive=self.exhaustive, by_day=self.days
        )


class _File(BaseModel, extra="forbid", defer_build=True):
    schema_name: str
    tenant: str
    period: str
    windows: list[_Window]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was counted so far; `note` tells a reader of the counts what is wrong with it."""

    counts: MonthCounts
    note: str | None = None


class LedgerFile:
    """The file of one ledger.

    Args:
        store: where it is kept.
        month: the month.
        tenant: the tenant's name.
    """

    def __init__(self, store: Store, month: Month, tenant: str) -> None:
        self._store = store
        self._month = month
        self._tenant = tenant
        self._folder = f"ledger/period={month}/"

    def read(self) -> Ledger:
        """What was counted so far.

        A file that is no ledger of this tenant and month is reported, and kept aside under a name
        made of its content, so that a person can look at it; counting then starts anew.
        """
        found = self._store.read(self._key)
        if found is None:
            return Ledger(MonthCounts(()))
        try:
            return Ledger(self._parse(found.body))
        except ValueError as error:
            aside = f"{self._folder}{self._tenant}.unreadable-{found.tag.strip(chr(34))[:16]}.json"
            self._store.write(aside, found.body, content_type=_JSON)
            note = f"the ledger could not be read ({_why(error)}) and was set aside as {aside}"
            _log.warning("%s: %s", self._tenant, note)
            return Ledger(MonthCounts(()), note)

    def add(self, counted: Sequence[WindowCounts]) -> None:
        """Add windows, unless another has counted their time meanwhile."""

        def change(present: bytes | None) -> bytes | None:
            try:
                known = self._parse(present).windows if present else ()
            except ValueError:
                known = ()
            new = [one for one in counted if _free(one.window, known)]
            return self._dump(joined(known, new)) if new else None

        if counted:
            update(self._store, self._key, _JSON, change)

    @property
    def _key(self) -> str:
        return f"{self._folder}{self._tenant}.json"

    def _parse(self, body: bytes) -> MonthCounts:
        content = json.loads(body)
        if isinstance(content, dict):
            content["schema_name"] = content.pop("schema", None)
        file = _File.model_validate(content)
        expected = (SCHEMA, self._tenant, str(self._month))
        if (file.schema_name, file.tenant, file.period) != expected:
            raise ValueError("it is of another schema, tenant or month")
        counts = joined(window.domain() for window in file.windows)
        if missing(self._hull(counts), [self._month.window]):
            raise ValueError("it has windows outside of its month")
        return counts

    @staticmethod
    def _hull(counts: MonthCounts) -> Window | None:
        """From the first moment counted to the last; None where nothing is."""
        windows = [one.window for one in counts.windows]
        return Window(windows[0].start, windows[-1].end) if windows else None

    def _dump(self, counts: MonthCounts) -> bytes:
        windows: list[dict[str, Any]] = [
            {
                "start": one.window.start.isoformat(),
                "end": one.window.end.isoformat(),
                "exhaustive": one.exhaustive,
                "total": dict(one.total),
                "iflows": {iflow_id: dict(found) for iflow_id, found in one.by_iflow.items()},
                "days": _days(one.by_day),
            }
            for one in counts.windows
        ]
        content = {
            "schema": SCHEMA,
            "tenant": self._tenant,
            "period": str(self._month),
            "windows": windows,
        }
        return json.dumps(content, ensure_ascii=False).encode()


def _free(window: Window, known: Sequence[WindowCounts]) -> bool:
    return list(missing(window, [one.window for one in known])) == [window]


def _days(by_day: Mapping[date, int] | None) -> Mapping[str, int] | None:
    if by_day is None:
        return None
    return {day.isoformat(): number for day, number in sorted(by_day.items())}


def _why(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return "it is no JSON"
    if isinstance(error, ValidationError):
        return "it is of another schema"
    return str(error)
