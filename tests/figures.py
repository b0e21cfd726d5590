"""Figures that tests report, summed up at the end of pytest's output.

They travel with the reports of the tests, so the sums cover all worker processes of pytest-xdist.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

import pytest

RecordFigures = Callable[[str, Mapping[str, int]], None]

_PROPERTY = "figures"


@pytest.fixture
def record_figures(request: pytest.FixtureRequest) -> RecordFigures:
    """Adds figures to a line of the summary: `record_figures("storm", {"requests": 12})`."""

    def record(line: str, figures: Mapping[str, int]) -> None:
        request.node.user_properties.append((_PROPERTY, [line, dict(figures)]))

    return record


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write a line per name, with the sums of its figures."""
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                if name == _PROPERTY:
                    line, figures = value
                    sums[line].update(figures)
    for line, counter in sums.items():
        text = ", ".join(f"{name}: {counter[name]}" for name in sorted(counter))
        terminalreporter.write_line(f"{line}: {text}")
