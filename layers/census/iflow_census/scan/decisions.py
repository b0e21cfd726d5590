"""What people have decided about an iFlow, in words."""

from typing import Protocol


class _Decided(Protocol):
    """An iFlow with a decision; the fields are those of `IflowRow`."""

    @property
    def decision(self) -> str | None: ...
    @property
    def decision_due(self) -> str | None: ...
    @property
    def decision_owner(self) -> str | None: ...


def describe_decision(iflow: _Decided) -> str:
    """Describe a decision: "retire by 2026-11 (Purchasing)"."""
    due = f" by {iflow.decision_due}" if iflow.decision_due else ""
    owner = f" ({iflow.decision_owner})" if iflow.decision_owner else ""
    return f"{iflow.decision}{due}{owner}"
