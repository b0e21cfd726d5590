"""The ledger of a tenant and month: windows counted while SAP still had their message logs.

Each window is of a runtime location, the cloud or an Edge Integration Cell.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, NonNegativeInt, StringConstraints

from iflow_census.scan.locations import CLOUD
from iflow_census.scan.month_counts import (
    LastMessage,
    MonthCounts,
    WindowCounts,
    find_gaps,
    merge_windows,
)
from iflow_census.scan.period import Month, Window
from iflow_census.store.protocol import Store
from iflow_census.store.state_file import State, StateFile, StateFormat, type_adapter

SCHEMA = "iflow-census/ledger/v1"

_Counts = dict[Annotated[str, StringConstraints(min_length=1)], NonNegativeInt]


class _Window(BaseModel, extra="forbid", defer_build=True):
    start: AwareDatetime
    end: AwareDatetime
    exhaustive: bool
    total: _Counts
    iflows: dict[str, _Counts]
    days: dict[date, NonNegativeInt] | None = None
    deployed: dict[str, AwareDatetime] = {}
    confirmed: bool = False
    last_messages: dict[str, LastMessage] = {}
    location: Annotated[str, StringConstraints(min_length=1)] = CLOUD

    def to_counts(self) -> WindowCounts:
        window = Window(self.start.astimezone(UTC), self.end.astimezone(UTC))
        if self.days is not None and set(self.days) != {day.start.date() for day in window.days()}:
            raise ValueError("the counts per day do not match the window")
        return WindowCounts(
            window,
            self.total,
            self.iflows,
            exhaustive=self.exhaustive,
            by_day=self.days,
            deployed=self.deployed,
            confirmed=self.confirmed,
            last_messages=self.last_messages,
            location=self.location,
        )


class _File(BaseModel, extra="forbid", defer_build=True):
    schema_name: str
    tenant: str
    period: str
    windows: list[_Window]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """The windows counted so far; `note` says if a damaged file has lost earlier ones."""

    counts: MonthCounts
    note: str | None = None


class Ledgers:
    """The ledgers of a tenant for the months that a period touches."""

    def __init__(self, store: Store, months: Sequence[Month], tenant: str) -> None:
        self._files = {month: LedgerFile(store, month, tenant) for month in months}

    def read(self) -> Ledger:
        """Read the windows counted so far, as `LedgerFile.read`."""
        ledgers = [file.read() for file in self._files.values()]
        notes = [ledger.note for ledger in ledgers if ledger.note]
        windows = merge_windows(*(ledger.counts.windows for ledger in ledgers))
        return Ledger(windows, "; ".join(notes) or None)

    def add(self, counted: Sequence[WindowCounts]) -> None:
        """Add each window to the ledger of its month, as `LedgerFile.add`."""
        for month, file in self._files.items():
            file.add([part for part in counted if not find_gaps(part.window, [month.window])])


class LedgerFile:
    """The file of one ledger."""

    def __init__(self, store: Store, month: Month, tenant: str) -> None:
        self._store = store
        self._month = month
        self._tenant = tenant

    def read(self) -> Ledger:
        """Read the windows counted so far.

        A file that is not a ledger of this tenant and month is copied aside; counting then starts
        again from nothing, and the ledger has a note about it until the end of the month.
        """
        return _or_empty(self._file.read())

    def add(self, counted: Sequence[WindowCounts]) -> None:
        """Add windows, except those that overlap what another process added in the meantime."""

        def change(current: State[Ledger]) -> Ledger | None:
            known = _or_empty(current)
            new = [counts for counts in counted if not known.counts.overlaps(counts)]
            merged = merge_windows(known.counts.windows, new)
            return Ledger(merged, known.note) if new else None

        if counted:
            self._file.update(change)

    @property
    def _file(self) -> StateFile[Ledger]:
        key = f"ledger/period={self._month}/{self._tenant}.json"
        return StateFile(self._store, key, StateFormat(SCHEMA, self._parse, self._dump))

    def _parse(self, body: bytes) -> Ledger:
        content = json.loads(body)
        if isinstance(content, dict):
            content["schema_name"] = content.pop("schema", None)
        file = _File.model_validate(content)
        expected = (SCHEMA, self._tenant, str(self._month))
        if (file.schema_name, file.tenant, file.period) != expected:
            raise ValueError("not a ledger of this schema, tenant and month")
        # A zero that was not confirmed may be wrong: the window is counted again, if it still can.
        windows = [window.to_counts() for window in file.windows]
        counts = merge_windows(
            part for part in windows if part.confirmed or any(part.total.values())
        )
        if find_gaps(_span(counts), [self._month.window]):
            raise ValueError("windows outside the month")
        return Ledger(counts, file.note)

    def _dump(self, ledger: Ledger) -> bytes:
        windows: list[dict[str, Any]] = [
            {
                "location": part.location,
                "start": part.window.start.isoformat(),
                "end": part.window.end.isoformat(),
                "exhaustive": part.exhaustive,
                "total": dict(part.total),
                "iflows": {
                    iflow_id: dict(by_status) for iflow_id, by_status in part.by_iflow.items()
                },
                "days": _dump_days(part.by_day),
                "confirmed": part.confirmed,
                "deployed": {
                    iflow_id: deployed_at.isoformat()
                    for iflow_id, deployed_at in part.deployed.items()
                },
                "last_messages": type_adapter(Mapping[str, LastMessage]).dump_python(
                    part.last_messages, mode="json"
                ),
            }
            for part in ledger.counts.windows
        ]
        content: dict[str, Any] = {
            "schema": SCHEMA,
            "tenant": self._tenant,
            "period": str(self._month),
            "windows": windows,
        }
        if ledger.note is not None:
            content["note"] = ledger.note
        return json.dumps(content, ensure_ascii=False).encode()


def _or_empty(state: State[Ledger]) -> Ledger:
    if state.value is not None:
        return state.value
    return Ledger(MonthCounts(()), f"the ledger {state.damage}" if state.damage else None)


def _span(counts: MonthCounts) -> Window | None:
    """From the earliest start of a window to the latest end; None without windows."""
    windows = [part.window for part in counts.windows]
    if not windows:
        return None
    return Window(windows[0].start, max(window.end for window in windows))


def _dump_days(by_day: Mapping[date, int] | None) -> Mapping[str, int] | None:
    if by_day is None:
        return None
    return {day.isoformat(): number for day, number in sorted(by_day.items())}
