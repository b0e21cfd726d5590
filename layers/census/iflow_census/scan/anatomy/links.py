"""Calls between the iFlows of a tenant.

An iFlow calls another one by ProcessDirect, whose addresses are unique on a tenant (SAP Help,
"ProcessDirect Adapter"), or by the URL of one of its endpoints. An address may be an expression,
whose value only exists at run time: such calls are possible, not certain.
"""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from iflow_census.scan.anatomy.adapters import DATA_STORE, JMS, PROCESS_DIRECT
from iflow_census.scan.anatomy.addresses import address_kind, strip_secrets
from iflow_census.scan.anatomy.model import AddressKind, Channel, Direction, IflowModel

_EXPRESSION = re.compile(r"(?:\$\{[^{}]*\}|\{\{[^{}]*\}\})+")

_WRITE = "put"
"""SAP's `operation` of a step that writes to a data store; the others read or delete."""

MAX_CIRCLE = 500
"""If more iFlows than this call each other, no circles are shown: nobody has drawn that."""


@dataclass(frozen=True, slots=True)
class IflowLinks:
    """The links of an iFlow; ids of iFlows are sorted.

    Attributes:
        calls: the iFlows that it calls.
        called_by: the iFlows that call it.
        may_be_called_by: iFlows with an expression that may result in its address.
        cycle: the iFlows of a cycle of calls that it is in, which SAP advises against.
        dangling: the addresses that it calls and no iFlow of the tenant has.
        filled_by: the iFlows that send to each queue that it reads, by queue.
        stored_by: the iFlows that write to each shared data store that it reads, by data store.
    """

    calls: Sequence[str] = ()
    called_by: Sequence[str] = ()
    may_be_called_by: Sequence[str] = ()
    dangling: Sequence[str] = ()
    filled_by: Mapping[str, Sequence[str]] = field(default_factory=dict)
    cycle: Sequence[str] = ()
    stored_by: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TenantLinks:
    """The links of all iFlows.

    Attributes:
        of: by iFlow; those without a model are only called.
        unknown_callers: the iFlows that call an address of which nothing is known.
    """

    of: Mapping[str, IflowLinks]
    unknown_callers: Sequence[str]


def find_links(
    models: Mapping[str, IflowModel], endpoints: Mapping[str, Iterable[str]]
) -> TenantLinks:
    """Find the links between iFlows.

    Args:
        models: the model of each iFlow that has one.
        endpoints: the URLs of each deployed iFlow.
    """
    builder = _LinkBuilder(models, endpoints)
    for iflow_id, model in models.items():
        for channel in model.channels:
            if channel.direction is Direction.RECEIVER:
                builder.add(iflow_id, channel)
    return builder.result()


class _LinkBuilder:
    def __init__(
        self, models: Mapping[str, IflowModel], endpoints: Mapping[str, Iterable[str]]
    ) -> None:
        self._models = models
        self._served = _by_address(models, PROCESS_DIRECT, Direction.SENDER)
        self._urls = {
            strip_secrets(url): iflow_id for iflow_id, urls in endpoints.items() for url in urls
        }
        self._calls: dict[str, set[str]] = {}
        self._called_by: dict[str, set[str]] = {}
        self._possible: dict[str, set[str]] = {}
        self._dangling: dict[str, set[str]] = {}
        self._unknown: set[str] = set()

    def add(self, caller: str, channel: Channel) -> None:
        """Add the calls of a receiver channel."""
        if channel.adapter != PROCESS_DIRECT:
            if channel.address in self._urls:
                self._add_call(caller, self._urls[channel.address])
        elif channel.address_kind is AddressKind.LITERAL:
            for callee in self._served.get(channel.address, ()):
                self._add_call(caller, callee)
            if channel.address not in self._served:
                self._dangling.setdefault(caller, set()).add(channel.address)
        elif channel.address_kind is not AddressKind.EMPTY:
            self._add_possible(caller, _EXPRESSION.split(channel.address))

    def _add_call(self, caller: str, callee: str) -> None:
        self._calls.setdefault(caller, set()).add(callee)
        self._called_by.setdefault(callee, set()).add(caller)

    def _add_possible(self, caller: str, parts: Sequence[str]) -> None:
        if not any(part.strip("/") for part in parts):
            self._unknown.add(caller)
            return
        for address, callees in self._served.items():
            if _may_be(parts, address):
                for callee in callees:
                    self._possible.setdefault(callee, set()).add(caller)

    def result(self) -> TenantLinks:
        """Return all links."""
        sent = _by_address(self._models, JMS, Direction.RECEIVER)
        stored = _store_writers(self._models)
        cycles = _find_cycles(self._calls)
        return TenantLinks(
            {
                iflow_id: IflowLinks(
                    sorted(self._calls.get(iflow_id, ())),
                    sorted(self._called_by.get(iflow_id, ())),
                    sorted(
                        self._possible.get(iflow_id, set()) - self._called_by.get(iflow_id, set())
                    ),
                    sorted(self._dangling.get(iflow_id, ())),
                    _producers(self._models.get(iflow_id), sent),
                    cycles.get(iflow_id, ()),
                    _writers(iflow_id, self._models.get(iflow_id), stored),
                )
                for iflow_id in {*self._models, *self._called_by}
            },
            sorted(self._unknown),
        )


def _by_address(
    models: Mapping[str, IflowModel], adapter: str, direction: Direction
) -> Mapping[str, Sequence[str]]:
    """The iFlows with a channel of an adapter, by its literal address."""
    found: dict[str, list[str]] = {}
    for iflow_id in sorted(models):
        for channel in models[iflow_id].channels_of(adapter, direction):
            if channel.address_kind is AddressKind.LITERAL:
                found.setdefault(channel.address, []).append(iflow_id)
    return found


def _find_cycles(calls: Mapping[str, Set[str]]) -> Mapping[str, Sequence[str]]:
    """The iFlows that call each other in a circle, for each of them.

    They are what is left when iFlows that nothing calls, or that call nothing, are removed again
    and again; each is in the circle of those that it reaches and that reach it.
    """
    left: Mapping[str, Set[str]] = calls
    while True:
        called = set().union(*left.values())
        kept = {
            caller: calling
            for caller, callees in left.items()
            if caller in called and (calling := {callee for callee in callees if callee in left})
        }
        if kept == left:
            break
        left = kept
    if len(left) > MAX_CIRCLE:
        return {}
    reached = {caller: _reach(left, caller) for caller in left}
    return {
        caller: sorted(callee for callee in reached[caller] if caller in reached.get(callee, ()))
        for caller in left
        if caller in reached[caller]
    }


def _reach(calls: Mapping[str, Set[str]], start: str) -> Set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        for callee in calls.get(waiting.pop(), ()):
            if callee not in reached:
                reached.add(callee)
                waiting.append(callee)
    return reached


def _producers(
    model: IflowModel | None, sent: Mapping[str, Sequence[str]]
) -> Mapping[str, Sequence[str]]:
    if model is None:
        return {}
    queues = model.addresses(JMS, Direction.SENDER)
    return {queue: sorted(set(sent[queue])) for queue in queues if queue in sent}


def _store_writers(models: Mapping[str, IflowModel]) -> Mapping[str, Sequence[str]]:
    """The iFlows that write to a data store that all iFlows share, by its name."""
    found: dict[str, list[str]] = {}
    for iflow_id in sorted(models):
        for name in dict.fromkeys(
            store.name
            for store in models[iflow_id].stores
            if store.shared and store.operation.lower() == _WRITE
        ):
            if address_kind(name) is AddressKind.LITERAL:
                found.setdefault(name, []).append(iflow_id)
    return found


def _writers(
    reader: str, model: IflowModel | None, stored: Mapping[str, Sequence[str]]
) -> Mapping[str, Sequence[str]]:
    """The other iFlows that write to the shared data stores that an iFlow reads."""
    if model is None:
        return {}
    read = [
        store.name for store in model.stores if store.shared and store.operation.lower() != _WRITE
    ]
    writers = {
        name: [writer for writer in stored.get(name, ()) if writer != reader]
        for name in (*model.addresses(DATA_STORE, Direction.SENDER), *read)
    }
    return {name: found for name, found in writers.items() if found}


def _may_be(parts: Sequence[str], address: str) -> bool:
    """Whether an address begins and ends as an expression does, with the other parts between."""
    first, *middle, last = parts
    if len(address) < len(first) + len(last) or not (
        address.startswith(first) and address.endswith(last)
    ):
        return False
    rest = address[len(first) : len(address) - len(last)]
    for part in middle:
        _, found, rest = rest.partition(part)
        if part and not found:
            return False
    return True
