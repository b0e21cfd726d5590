"""Faults that make a page inconsistent although it looks valid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.simulators.cloud_integration.faults import Fault, FaultKind
from tests.simulators.cloud_integration.query_options import OptionError, Options, Page, page
from tests.simulators.cloud_integration.responses import Entity

FOREIGN_HOST = "https://elsewhere.invalid"


@dataclass(frozen=True, slots=True)
class PageFaults:
    """The inconsistencies of one response."""

    faults: tuple[Fault, ...] = ()

    def has(self, kind: FaultKind) -> bool:
        """Return whether a kind of inconsistency is active."""
        return any(fault.kind is kind for fault in self.faults)

    def check_options(self, options: Options) -> None:
        """Raise `OptionError` for an option that the tenant does not support for now."""
        if self.has(FaultKind.NO_INLINECOUNT) and "$inlinecount" in options.values:
            raise OptionError(501, "$inlinecount is not supported.")

    def count(self, actual: int) -> int | None:
        """Return the count in the response."""
        if self.has(FaultKind.IGNORED_INLINECOUNT):
            return None
        if any(fault.kind is FaultKind.EMPTY_LIST and fault.amount for fault in self.faults):
            return 0
        return actual + sum(
            fault.amount for fault in self.faults if fault.kind is FaultKind.WRONG_COUNT
        )

    def page(self, rows: Sequence[Any], options: Options, size: int) -> Page:
        """Return the rows of the page in the response."""
        if self.has(FaultKind.EMPTY_LIST):
            return Page([], None)
        correct = page(rows, options, size)
        page_rows = list(correct.rows)
        if self.has(FaultKind.IGNORED_SKIP):
            page_rows = list(page(rows, replace(options, skip=0, skiptoken=0), size).rows)
        if self.has(FaultKind.DUPLICATE_IDS) and page_rows:
            first = options.skip + options.skiptoken
            if first > 0:
                page_rows[0] = rows[first - 1]
            elif len(page_rows) > 1:
                page_rows[1] = page_rows[0]
        return Page(page_rows, correct.next_link)

    def link(self, next_link: str | None, own_link: str) -> str | None:
        """Return the link in the response; ``own_link`` is that of the page itself."""
        if self.has(FaultKind.REPEATED_NEXT):
            return own_link
        if self.has(FaultKind.FOREIGN_NEXT):
            return f"{FOREIGN_HOST}/api/v1/{next_link or own_link}"
        return next_link

    def rows(self, entities: list[Entity], key_name: str) -> list[Entity]:
        """Return the entities in the response, possibly the first one without its key."""
        if self.has(FaultKind.ROWS_WITHOUT_KEY) and entities:
            first = entities[0]
            return [replace(first, values=first.values | {key_name: None}), *entities[1:]]
        return entities
