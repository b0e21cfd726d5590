"""The outcome of a LeanIX run: its problem, its entry and its files."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from iflow_census.leanix.outcome import MAX_NOTES, LeanixOutcome, shorten
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


@pytest.mark.parametrize("status", ["FAILED", "STOPPED"])
def test_run_that_did_not_finish_names_its_status(status: str) -> None:
    outcome = replace(outcome_with(blocked="too many deletions"), status=status)

    assert str(outcome.problem).startswith(f"LeanIX run r1 ended with status {status}; see its log")


def test_entry_has_the_counts_and_the_dry_run_before_it() -> None:
    warnings = [{"status": "WARNING"}, {"status": "WARNING"}, {"status": "ERROR"}]
    dry_run = replace(outcome_with(), run_id="r0", test=True, notes=["names may differ"])
    entry = {"tenant": "prod", "status": "FINISHED", "errors": 0, "warnings": 0, "problem": None}

    run = replace(outcome_with(warnings), dry_run=dry_run)

    assert run.to_dict() == {
        **entry,
        "run_id": "r1",
        "test": False,
        "errors": 1,
        "warnings": 2,
        "problem": run.problem,
        "dry_run": {**entry, "run_id": "r0", "test": True, "notes": ["names may differ"]},
    }


def test_evidence_is_what_leanix_reported() -> None:
    warnings = [{"status": "WARNING", "message": "Aufträge"}]
    outcome = replace(outcome_with(warnings), stats={"processed": 1})

    files = replace(outcome, results=b"{}").evidence()

    assert outcome.evidence().keys() == {"stats.json", "warnings.json"}
    assert json.loads(files["stats.json"]) == {"processed": 1}
    assert json.loads(files["warnings.json"]) == warnings
    assert "Aufträge" in files["warnings.json"].decode()
    assert files["results.json"] == b"{}"


@pytest.mark.parametrize(("number", "last"), [(20, "note 19"), (21, "… and 1 more")])
def test_only_the_first_notes_are_shown(number: int, last: str) -> None:
    notes = [f"note {index}" for index in range(number)]

    shown = shorten(notes)

    assert shown[:MAX_NOTES] == notes[:MAX_NOTES]
    assert (len(shown), shown[-1]) == (number, last)
