"""What the contract tests share."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much of SAP's API was called; `-rP` shows each operation."""
    from tests.contract.test_operations import COVERED  # noqa: PLC0415

    for area, operations in COVERED.items():
        terminalreporter.write_line(f"{area}: {len(operations)} operations were called")
