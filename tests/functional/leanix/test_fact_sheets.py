"""What becomes of fact sheets from month to month, beside what people do to them."""

from typing import Any

import pytest

from iflow_census.leanix.outcome import LeanixOutcome
from iflow_census.leanix.past import Past, RemovedIflow
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.leanix.workspace import Workspace
from iflow_census.scan.results import IflowRow
from iflow_census.scan.usage import Usage
from tests.functional.leanix.conftest import OpenSession, send, set_up
from tests.simulators.leanix import FactSheet, SimulatedWorkspace
from tests.unit.leanix.rows import iflow, tenant_result


def send_month(
    workspace: Workspace, month: str, *rows: IflowRow, tenant: str = "prod", **settings: Any
) -> LeanixOutcome:
    result = tenant_result(rows, name=tenant)
    return send(workspace, result, LeanixSettings(**settings), run_id=month)


def find(leanix: SimulatedWorkspace, iflow_id: str, tenant: str = "prod") -> FactSheet:
    fact_sheet = leanix.inventory.find(f"sap-ci:{tenant}:{iflow_id}")
    assert fact_sheet is not None
    return fact_sheet


def test_two_iflows_of_one_name_are_two_fact_sheets_each_month(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    workspace = open_session(leanix)
    rows = [iflow("A", iflow_name="Orders"), iflow("B", iflow_name="Orders", package_name="P")]

    outcomes = [send_month(workspace, month, *rows) for month in ("first", "second")]

    assert [outcome.problem for outcome in outcomes] == [None, None]
    names = [find(leanix, iflow_id).name for iflow_id in ("A", "B")]
    assert names == ["prod: Orders (Sales processes)", "prod: Orders (P)"]
    assert len(outcomes[0].to_dict()["notes"]) == 2


def test_names_of_architects_and_of_other_tenants_are_not_taken(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix, LeanixSettings(prefix=""), "prod", "test")
    leanix.inventory.add("Interface", "by-hand", name="Orders")
    workspace = open_session(leanix)
    outcomes = [
        send_month(
            workspace,
            tenant,
            iflow("A", iflow_name="Orders", tenant=tenant),
            tenant=tenant,
            prefix="",
        )
        for tenant in ("prod", "test")
    ]

    assert [outcome.problem for outcome in outcomes] == [None, None]
    assert find(leanix, "A").name == "Orders (Sales processes)"
    assert find(leanix, "A", "test").name == "Orders (Sales processes, A)"


@pytest.mark.parametrize(
    ("policy", "name"), [("create", "My orders"), ("always", "prod: Orders to ERP")]
)
def test_changed_name_stays_unless_it_is_always_written(
    leanix: SimulatedWorkspace, open_session: OpenSession, policy: str, name: str
) -> None:
    set_up(leanix, LeanixSettings(name=policy))
    workspace = open_session(leanix)
    send_month(workspace, "first", iflow(), name=policy)
    fields = find(leanix, "Orders").fields
    fields |= {"name": "My orders", "lifecycle.active": "2020-01-01"}

    outcome = send_month(workspace, "second", iflow(), name=policy)

    assert outcome.problem is None
    assert find(leanix, "Orders").name == name
    assert find(leanix, "Orders").fields["lifecycle.active"] == "2020-01-01"


def test_without_names_only_fact_sheets_that_exist_are_updated(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix, LeanixSettings(name="never"))
    leanix.inventory.add("Interface", "sap-ci:prod:A", name="Drawn by an architect")

    outcome = send_month(open_session(leanix), "first", iflow("A"), iflow("B"), name="never")

    (fact_sheet,) = leanix.inventory.active()
    assert outcome.problem is None
    assert fact_sheet.name == "Drawn by an architect"
    assert "iFlow: A" in fact_sheet.fields["description"]


def test_month_with_another_count_updates_no_fact_sheet(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    workspace = open_session(leanix)
    send_month(workspace, "first", iflow(messages=12))

    summary = send_month(workspace, "second", iflow(messages=99)).summary

    assert (summary.created, summary.updated, summary.unchanged) == (0, 0, 2)


def test_fields_tags_and_metric_follow_the_status(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    group = "SAP Cloud Integration"
    settings: dict[str, Any] = {
        "status_tag_group": group,
        "metric": "Messages",
        "fields": {"usage": "ciUsage"},
    }
    set_up(leanix, LeanixSettings(**settings))
    workspace = open_session(leanix)

    send_month(workspace, "first", iflow(usage=Usage.UNUSED, messages=0), **settings)
    unused = find(leanix, "Orders").fields["ciUsage"], set(find(leanix, "Orders").tags)
    send_month(workspace, "second", iflow(), **settings)

    assert unused == ("UNUSED", {(group, "Unused"), (group, "Edited")})
    assert find(leanix, "Orders").fields["ciUsage"] == "USED"
    assert find(leanix, "Orders").tags == {(group, "Edited")}
    assert [point["fieldValueNumber"] for point in leanix.inventory.points] == ["0", "12"]


@pytest.mark.parametrize("phase", ["phaseOut", "endOfLife"])
def test_lifecycle_of_a_removed_iflow_ends_once(
    leanix: SimulatedWorkspace, open_session: OpenSession, phase: str
) -> None:
    settings = LeanixSettings(end_of_life=phase)
    set_up(leanix, settings)
    workspace = open_session(leanix)
    send_month(workspace, "first", iflow("A"), iflow("B"), end_of_life=phase)
    past = Past(removed=[RemovedIflow("B", "2026-09-01"), RemovedIflow("Never sent", "2026-09-01")])

    outcome = send(workspace, tenant_result([iflow("A")]), settings, run_id="second", past=past)
    ended = find(leanix, "B").fields[f"lifecycle.{phase}"]
    find(leanix, "B").fields[f"lifecycle.{phase}"] = "2026-12-31"
    send(workspace, tenant_result([iflow("A")]), settings, run_id="third", past=past)

    assert (outcome.problem, ended) == (None, "2026-09-01")
    assert find(leanix, "B").fields[f"lifecycle.{phase}"] == "2026-12-31"
    assert f"lifecycle.{phase}" not in find(leanix, "A").fields
    assert len(leanix.inventory.active("Interface")) == 2


def test_lifecycle_does_not_end_by_default(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    past = Past(removed=[RemovedIflow("B", "2026-09-01")])

    send(open_session(leanix), tenant_result([iflow("A")]), past=past)

    (run,) = leanix.runs.all()
    assert {item["type"] for item in run.ldif["content"]} == {
        "IntegrationTenant",
        "IntegrationFlow",
    }
