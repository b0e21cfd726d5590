"""A value that a scan can do without, or the reason why it has none."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Reading(Generic[T]):
    """A value, or the reason why there is none; a value with a reason is incomplete."""

    value: T | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` if there is neither a value nor a reason."""
        if self.value is None and self.reason is None:
            raise ValueError("a reading needs a value or a reason")
