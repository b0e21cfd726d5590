"""Which iFlows call each other, from the first caller on, as report.html lists them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from iflow_census.scan.results import IflowRow, TenantResult

MAX_DEPTH = 12
"""Calls below each other; a longer chain goes on as a chain of its own."""


@dataclass(frozen=True, slots=True)
class Call:
    """An iFlow in a chain of calls.

    Attributes:
        name: its name; None if it has none.
        deployed: as in its row; None also for an iFlow that is not in the report.
        elsewhere: what it calls is listed at another place.
    """

    tenant: str
    iflow_id: str
    name: str | None
    deployed: bool | None
    calls: Sequence["Call"] = ()
    elsewhere: bool = False


def find_call_chains(tenant: TenantResult) -> Iterator[Call]:
    """Yield the iFlows that call others and are called by none, each with all that it calls.

    Of iFlows that call each other in a circle, the first one stands for the caller.
    """
    callers = {row.iflow_id: row for row in tenant.iflows if row.calls}
    if not callers:
        return
    called = {name for row in callers.values() for name in row.calls or ()}
    chains = _Chains(tenant.name, {row.iflow_id: row for row in tenant.iflows})
    for name in (*(name for name in callers if name not in called), *callers):
        if name not in chains.listed:
            yield chains.follow(name, 1)


class _Chains:
    """Follows calls; those of an iFlow are listed once, because several may call it."""

    def __init__(self, tenant: str, rows: Mapping[str, IflowRow]) -> None:
        self.listed: set[str] = set()
        self._tenant = tenant
        self._rows = rows

    def follow(self, iflow_id: str, depth: int) -> Call:
        row = self._rows.get(iflow_id)
        if row is None:
            return Call(self._tenant, iflow_id, None, None)
        calls: Sequence[Call] = ()
        elsewhere = bool(row.calls) and (iflow_id in self.listed or depth > MAX_DEPTH)
        if not elsewhere:
            self.listed.add(iflow_id)
            calls = [self.follow(called, depth + 1) for called in row.calls or ()]
        return Call(self._tenant, iflow_id, row.iflow_name, row.deployed, calls, elsewhere)
