"""What people have decided about an iFlow, in words."""

from typing import Protocol


class _Decided(Protocol):
    """An iFlow with a decision; the fields are those of `IflowRow`."""

    @property
    def decision(self) -> str | None: ...
    @property
    def decision_due(self) -> str | None: ...
    @property
    def owner(self) -> str | None: ...


def describe_decision(iflow: _Decided) -> str | None:
    """Describe a decision, or who could make one; None if neither is known.

    For example "retire by 2026-11 (Purchasing)", or "owner: Purchasing".
    """
    if iflow.decision is None:
        return f"owner: {iflow.owner}" if iflow.owner else None
    due = f" by {iflow.decision_due}" if iflow.decision_due else ""
    owner = f" ({iflow.owner})" if iflow.owner else ""
    return f"{iflow.decision}{due}{owner}"
