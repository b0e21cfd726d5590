"""Completion of option values by the shell."""

from collections.abc import Callable, Iterable


def complete(values: Iterable[str]) -> Callable[[str], list[str]]:
    """Return a callback for an option that takes one of some values."""
    names = list(values)

    def matching(incomplete: str) -> list[str]:
        return [name for name in names if name.startswith(incomplete)]

    return matching


def complete_list(values: Iterable[str]) -> Callable[[str], list[str]]:
    """Return a callback for an option that takes some values, separated by commas."""
    names = list(values)

    def matching(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        chosen = before.split(",")
        return [
            f"{before}{comma}{name}"
            for name in names
            if name.startswith(last) and name not in chosen
        ]

    return matching
