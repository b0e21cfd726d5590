"""Pages that look right and are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.simulators.cloud_integration.answers import Entity
from tests.simulators.cloud_integration.faults import Fault, FaultKind
from tests.simulators.cloud_integration.query_options import Options, Page, page

FOREIGN_HOST = "https://elsewhere.invalid"


@dataclass(frozen=True, slots=True)
class Lies:
    """What is to be made wrong in one answer."""

    faults: tuple[Fault, ...] = ()

    def tells(self, kind: FaultKind) -> bool:
        """Return whether this lie is to be told."""
        return any(fault.kind is kind for fault in self.faults)

    def count(self, true: int) -> int:
        """Return the count to be shown."""
        return true + sum(
            fault.amount for fault in self.faults if fault.kind is FaultKind.WRONG_COUNT
        )

    def page(self, rows: Sequence[Any], options: Options, size: int) -> Page:
        """Cut the page, or what is passed off as it."""
        true = page(rows, options, size)
        cut = list(true.rows)
        if self.tells(FaultKind.IGNORED_SKIP):
            cut = list(page(rows, replace(options, skip=0, skiptoken=0), size).rows)
        if self.tells(FaultKind.DUPLICATE_IDS) and cut:
            first = options.skip + options.skiptoken
            if first > 0:
                cut[0] = rows[first - 1]
            elif len(cut) > 1:
                cut[1] = cut[0]
        return Page(cut, true.following)

    def link(self, following: str | None, itself: str) -> str | None:
        """Return the link to be shown. Both are relative, ``itself`` is the request's own."""
        if self.tells(FaultKind.REPEATED_NEXT):
            return itself
        if self.tells(FaultKind.FOREIGN_NEXT):
            return f"{FOREIGN_HOST}/api/v1/{following or itself}"
        return following

    def rows(self, entities: list[Entity], key_name: str) -> list[Entity]:
        """Return the rows, the first of them without its key if that is the lie."""
        if self.tells(FaultKind.ROWS_WITHOUT_KEY) and entities:
            first = entities[0]
            return [replace(first, values=first.values | {key_name: None}), *entities[1:]]
        return entities
