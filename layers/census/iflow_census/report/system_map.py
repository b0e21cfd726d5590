"""The picture of the systems in report.html: who sends data to whom, and by how many iFlows."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from iflow_census.scan.systems import Flow

MAX_SYSTEMS = 19
"""Systems on each side, those with the most iFlows; the others are summed, if they are several.

So the picture has 40 rows with names at most.
"""

ROW_HEIGHT = 26
MAX_LINE = 14.0
"""Width of the line with the most iFlows; widths grow with the square root of the number."""

_OTHERS = ""
"""Stands for all other systems of a side; no system has this name."""


@dataclass(frozen=True, slots=True)
class SystemNode:
    """A row on one side of the picture.

    Attributes:
        label: its text.
        iflows: the number of iFlows.
        name: of the system; None if it stands for other systems, or for none.
        y: the middle of the row.
    """

    label: str
    iflows: int
    name: str | None
    y: int


@dataclass(frozen=True, slots=True)
class FlowLine:
    """A line from a sender to a receiver, which some iFlows are on."""

    sender: SystemNode
    receiver: SystemNode
    iflows: int
    width: float


@dataclass(frozen=True, slots=True)
class SystemMap:
    """The picture.

    Attributes:
        senders: the left side, the system with the most iFlows first.
        receivers: the right side, in the order of their senders, so that few lines cross.
        lines: the one with the most iFlows first.
        height: of the picture.
    """

    senders: Sequence[SystemNode]
    receivers: Sequence[SystemNode]
    lines: Sequence[FlowLine]
    height: int


def draw_system_map(flows: Mapping[Flow, int]) -> SystemMap | None:
    """Draw the flows between systems; None if there are none."""
    if not flows:
        return None
    all_senders, all_receivers = _sums(flows)
    shown_senders, shown_receivers = _largest(all_senders), _largest(all_receivers)
    shown: Counter[Flow] = Counter()
    for (sender, receiver), iflows in flows.items():
        shown[_fold(sender, shown_senders), _fold(receiver, shown_receivers)] += iflows
    senders, receivers = _sums(shown)
    left = sorted(senders, key=lambda name: (not name, -senders[name], name or ""))
    weights: Counter[str | None] = Counter()
    for (sender, receiver), iflows in shown.items():
        weights[receiver] += iflows * left.index(sender)
    right = sorted(
        receivers,
        key=lambda name: (name is None, weights[name] / receivers[name], name or ""),
    )
    starts = _nodes(left, senders, "sender", len(all_senders))
    ends = _nodes(right, receivers, "receiver", len(all_receivers))
    most = max(shown.values())
    return SystemMap(
        list(starts.values()),
        list(ends.values()),
        [
            FlowLine(
                starts[sender], ends[receiver], iflows, max(1.0, MAX_LINE * sqrt(iflows / most))
            )
            for (sender, receiver), iflows in sorted(
                shown.items(), key=lambda item: (-item[1], left.index(item[0][0]))
            )
        ],
        ROW_HEIGHT * max(len(left), len(right)),
    )


def _sums(flows: Mapping[Flow, int]) -> tuple[Counter[str | None], Counter[str | None]]:
    """Sum up the iFlows of each sender and of each receiver."""
    senders: Counter[str | None] = Counter()
    receivers: Counter[str | None] = Counter()
    for (sender, receiver), iflows in flows.items():
        senders[sender] += iflows
        receivers[receiver] += iflows
    return senders, receivers


def _largest(iflows: Mapping[str | None, int]) -> Collection[str]:
    names = sorted((name for name in iflows if name), key=lambda name: (-iflows[name], name))
    # The sum of a single system needs no less space than the system.
    return set(names if len(names) <= MAX_SYSTEMS + 1 else names[:MAX_SYSTEMS])


def _fold(name: str | None, shown: Collection[str]) -> str | None:
    return name if name is None or name in shown else _OTHERS


def _nodes(
    names: Sequence[str | None], iflows: Mapping[str | None, int], role: str, total: int
) -> Mapping[str | None, SystemNode]:
    """Arrange one side of the picture, which has `total` systems if none are summed."""
    others = total - len(names) + 1
    labels = {None: f"no {role} known", _OTHERS: f"{others:,} other {role}s"}
    return {
        name: SystemNode(
            labels.get(name, name or ""),
            iflows[name],
            name or None,
            ROW_HEIGHT * position + ROW_HEIGHT // 2,
        )
        for position, name in enumerate(names)
    }
