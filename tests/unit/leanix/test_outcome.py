"""The problem of a LeanIX run."""

from collections.abc import Mapping, Sequence
from typing import Any

from iflow_census.leanix.outcome import LeanixOutcome
from iflow_census.leanix.responses import StatsSummary


def outcome_with(
    warnings: Sequence[Mapping[str, Any]] = (), *, errors: int = 0, blocked: str | None = None
) -> LeanixOutcome:
    return LeanixOutcome(
        tenant="prod",
        run_id="r1",
        status="FINISHED",
        test=False,
        summary=StatsSummary(errors=errors),
        stats={},
        warnings=warnings,
        blocked=blocked,
    )


def test_finished_run_without_errors_has_no_problem() -> None:
    assert outcome_with([{"status": "WARNING", "message": "m"}]).problem is None


def test_error_without_message_is_counted_but_not_quoted() -> None:
    outcome = outcome_with([{"status": "error"}])

    assert outcome.errors == 1
    assert str(outcome.problem).startswith("LeanIX run r1 has 1 errors; see its log in LeanIX")


def test_first_error_with_a_message_is_quoted() -> None:
    warnings = [
        {"status": "WARNING", "message": "minor"},
        {"status": "ERROR"},
        {"status": "ERROR", "message": "first"},
        {"status": "ERROR", "message": "second"},
    ]

    assert "has 3 errors (first); see" in str(outcome_with(warnings).problem)


def test_errors_of_statistics_and_warnings_are_not_added_up() -> None:
    assert outcome_with([{"status": "ERROR"}], errors=4).errors == 4


def test_blocked_dry_run_has_its_reason_as_problem() -> None:
    assert outcome_with(blocked="too many deletions").problem == "too many deletions"
