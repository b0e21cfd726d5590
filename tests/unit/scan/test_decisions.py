"""Decisions are described in words."""

from dataclasses import replace

from iflow_census.scan.decisions import describe_decision
from tests.unit.report.examples import DESIGNED


def test_decision_has_its_date_and_owner() -> None:
    decided = replace(DESIGNED, decision="retire")

    assert describe_decision(decided) == "retire"
    assert (
        describe_decision(replace(decided, decision_due="2026-11", owner="Purchasing"))
        == "retire by 2026-11 (Purchasing)"
    )


def test_owner_without_a_decision_is_named() -> None:
    assert describe_decision(DESIGNED) is None
    assert describe_decision(replace(DESIGNED, owner="Purchasing")) == "owner: Purchasing"
