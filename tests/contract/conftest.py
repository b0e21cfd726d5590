"""Shared hooks of the contract tests."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report how much of SAP's API was called; `-rP` shows each operation."""
    from tests.contract.test_operations import CALLED_OPERATIONS  # noqa: PLC0415

    for area, operations in CALLED_OPERATIONS.items():
        terminalreporter.write_line(f"{area}: {len(operations)} operations called")
