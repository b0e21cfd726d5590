"""Sending the inventory of a tenant to LeanIX."""

import json
from dataclasses import replace

import pytest

from iflow_census.errors import AccessError, ConfigurationError, DataError, DeadlineExceeded
from iflow_census.leanix.outcome import LeanixOutcome
from iflow_census.leanix.responses import StatsSummary
from iflow_census.leanix.settings import LeanixSettings, Mode
from iflow_census.scan.results import TenantResult, TenantStatus, Unreadable
from tests.clock import FakeClock
from tests.functional.leanix.conftest import (
    MemoryRecord,
    OpenSession,
    StartWorkspace,
    send,
    set_up,
)
from tests.simulators.leanix import Fault, FaultKind, Relation, SimulatedWorkspace
from tests.unit.leanix.rows import iflow, tenant_result

FULL = LeanixSettings(mode=Mode.FULL, tag_group="SAP Cloud Integration")
ERROR = {"status": "ERROR", "message": "Name is not unique", "content": "x", "detail": {"a": 1}}


def count_runs(leanix: SimulatedWorkspace, *, test: bool = False) -> int:
    return sum(run.test is test for run in leanix.runs.all())


def tenant_with(iflow_count: int) -> TenantResult:
    return tenant_result([iflow(f"Flow{number}") for number in range(iflow_count)])


def test_iflows_become_interfaces_related_to_the_tenant(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    settings = LeanixSettings(link="https://ci.example/{package_id}/{iflow_id}")
    set_up(leanix, settings)

    outcome = send(open_session(leanix), settings=settings)

    (tenant,) = leanix.inventory.active("ITComponent")
    orders = leanix.inventory.find("sap-ci:prod:Orders")
    assert orders is not None
    assert orders.type == "Interface"
    assert orders.fields["name"] == "prod: Orders to ERP"
    assert orders.fields["lifecycle.active"] == "2025-03-01"
    assert "Usage: USED" in orders.fields["description"]
    assert tenant.external_id == "sap-ci:prod"
    assert leanix.inventory.relations >= {
        Relation("relInterfaceToITComponent", orders.id, tenant.id)
    }
    (link,) = leanix.inventory.documents_of(orders)
    assert link.fields == {"url": "https://ci.example/Sales/Orders"}
    assert outcome.problem is None
    assert outcome.status == "FINISHED"
    assert outcome.summary == StatsSummary(
        processed=15, deleted=0, created=3, updated=0, unchanged=0
    )
    assert outcome.warnings == []


def test_results_of_a_finished_run_are_fetched(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    (configuration,) = leanix.api.configurations.values()
    configuration["processors"].append({"processorType": "writeToLdif"})

    outcome = send(open_session(leanix))

    assert outcome.results is not None
    assert len(json.loads(outcome.results)["content"]) == 3


def test_most_runs_have_no_results(leanix: SimulatedWorkspace, open_session: OpenSession) -> None:
    set_up(leanix)

    assert send(open_session(leanix)).results is None


def test_next_month_updates_only_what_changed(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    workspace = open_session(leanix)
    send(workspace)

    next_month = tenant_result([iflow("Orders", iflow_version="1.0.4"), iflow("Invoices")])
    outcome = send(workspace, next_month, run_id="next")

    summary = outcome.summary
    assert (summary.created, summary.updated, summary.unchanged) == (0, 1, 2)
    assert len(leanix.inventory.active("Interface")) == 2


@pytest.mark.parametrize("status", ["FAILED", "STOPPED"])
def test_run_that_did_not_finish_is_a_problem(
    leanix: SimulatedWorkspace, open_session: OpenSession, status: str
) -> None:
    set_up(leanix)
    leanix.runs.script = ["PENDING", status]

    outcome = send(open_session(leanix))

    assert outcome.status == status
    assert outcome.problem is not None
    assert f"ended with status {status}; see its log in LeanIX" in outcome.problem
    assert leanix.inventory.active() == []
    assert outcome.stats["statusChanges"][-1]["status"] == status
    assert not [request for request in leanix.requests if request.path.endswith("/results")]


def test_warnings_are_kept_and_error_warnings_are_a_problem(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    leanix.runs.extra_warnings = [{"status": "WARNING", "message": "m"}] * 230 + [ERROR]

    outcome = send(open_session(leanix))

    assert outcome.status == "FINISHED"
    assert len(outcome.warnings) == 231
    assert outcome.warnings[-1] == ERROR
    assert outcome.problem is not None
    assert "1 errors (Name is not unique)" in outcome.problem
    assert outcome.to_dict() == {
        "tenant": "prod",
        "run_id": outcome.run_id,
        "status": "FINISHED",
        "test": False,
        "created": 3,
        "updated": 0,
        "unchanged": 0,
        "deleted": 0,
        "errors": 1,
        "warnings": 230,
        "problem": outcome.problem,
    }


def test_counts_missing_in_the_statistics_are_left_out(
    start_workspace: StartWorkspace, open_session: OpenSession
) -> None:
    leanix = start_workspace(counts_in_stats=False)
    set_up(leanix)

    entry = send(open_session(leanix)).to_dict()

    assert not {"created", "updated", "unchanged"} & entry.keys()


@pytest.mark.parametrize("kind", [FaultKind.MISSING, FaultKind.EMPTY])
@pytest.mark.parametrize("path", ["stats", "results"])
def test_run_without_statistics_or_results_is_no_problem(
    leanix: SimulatedWorkspace, open_session: OpenSession, kind: FaultKind, path: str
) -> None:
    set_up(leanix)
    leanix.faults.add(Fault(kind, method="GET", path=f"/{path}"))

    outcome = send(open_session(leanix))

    assert outcome.problem is None
    assert len(outcome.notes) == (path == "stats")
    assert not any("no statistics" not in note for note in outcome.notes)


@pytest.mark.parametrize(
    "kind", [FaultKind.THROTTLED, FaultKind.UNAVAILABLE, FaultKind.UNAUTHORIZED]
)
@pytest.mark.parametrize("path", ["status", "stats", "warnings", "results", "configurations"])
def test_transient_failure_of_any_request_is_retried(
    leanix: SimulatedWorkspace, open_session: OpenSession, kind: FaultKind, path: str
) -> None:
    set_up(leanix)
    leanix.faults.add(Fault(kind, method="GET", path=path, times=1))

    assert send(open_session(leanix)).problem is None
    assert len(leanix.runs.all()) == 1


def test_missing_configuration_is_reported_with_the_setup_command(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    with pytest.raises(ConfigurationError, match="`iflow-census leanix setup prod`"):
        send(open_session(leanix))

    assert leanix.runs.all() == []


def test_configuration_deleted_before_the_run_is_a_problem(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    leanix.runs.script = ["FAILED"]

    assert send(open_session(leanix)).problem is not None


def test_wrong_workspace_id_is_reported(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    wrong_id = "6f2f0f5e-7f5e-4f0c-9d7c-2b8f4c1b6a11"
    secret = json.dumps(json.loads(leanix.secret()) | {"workspace_id": wrong_id})

    with pytest.raises(ConfigurationError, match="compare 'workspace_id' in the secret"):
        send(open_session(leanix, secret=secret))


def test_revoked_role_is_reported(leanix: SimulatedWorkspace, open_session: OpenSession) -> None:
    set_up(leanix)
    workspace = open_session(leanix)
    workspace.runs()
    leanix.role = "MEMBER"

    with pytest.raises(AccessError, match="role Admin"):
        send(workspace)


@pytest.mark.parametrize("status", [TenantStatus.PARTIAL, TenantStatus.FAILED])
@pytest.mark.parametrize("settings", [LeanixSettings(), FULL])
def test_incomplete_tenant_is_not_sent(
    leanix: SimulatedWorkspace,
    open_session: OpenSession,
    status: TenantStatus,
    settings: LeanixSettings,
) -> None:
    set_up(leanix, settings)

    with pytest.raises(DataError, match="was not scanned completely"):
        send(open_session(leanix), tenant_result(status=status), settings)

    assert leanix.requests == []


def test_dry_run_changes_nothing_and_does_not_replace_the_real_run(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    workspace = open_session(leanix)

    dry_run = send(workspace, test=True)
    after_dry_run = leanix.inventory.active()
    real_run = send(workspace)

    assert dry_run.test
    assert dry_run.summary.created == 3
    assert after_dry_run == []
    assert real_run.summary.created == 3
    assert (count_runs(leanix, test=True), count_runs(leanix)) == (1, 1)


def test_full_mode_archives_missing_iflows_after_a_clean_dry_run(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix, FULL)
    workspace = open_session(leanix)
    send(workspace, tenant_with(10), FULL)

    outcome = send(workspace, tenant_with(9), FULL, run_id="next")

    assert outcome.problem is None
    assert outcome.summary.deleted == 1
    assert len(leanix.inventory.active("Interface")) == 9
    assert len(leanix.inventory.active("ITComponent")) == 1
    assert (count_runs(leanix, test=True), count_runs(leanix)) == (2, 2)


def test_full_mode_keeps_other_tenants_and_other_interfaces(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix, FULL, "prod", "test")
    leanix.inventory.add("Interface", "by-hand", name="Drawn by an architect")
    workspace = open_session(leanix)
    other_iflows = [iflow(f"Other{number}", tenant="test") for number in range(5)]
    send(workspace, tenant_result(other_iflows, name="test"), FULL)
    send(workspace, tenant_with(10), FULL)

    send(workspace, tenant_with(9), FULL, run_id="next")

    assert leanix.inventory.find("by-hand") is not None
    assert all(leanix.inventory.find(f"sap-ci:test:Other{number}") for number in range(5))
    assert len(leanix.inventory.active("Interface")) == 9 + 5 + 1


def test_full_mode_sends_nothing_after_a_dry_run_with_errors(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix, FULL)
    leanix.runs.extra_warnings = [ERROR]
    record = MemoryRecord()

    outcome = send(open_session(leanix), settings=FULL, record=record)

    assert outcome.test
    assert outcome.problem is not None
    assert "dry run" in outcome.problem
    assert record.ids == []
    assert count_runs(leanix) == 0
    assert leanix.inventory.active() == []


@pytest.mark.parametrize("status", ["FAILED", "STOPPED"])
def test_full_mode_sends_nothing_after_a_failed_dry_run(
    leanix: SimulatedWorkspace, open_session: OpenSession, status: str
) -> None:
    set_up(leanix, FULL)
    leanix.runs.script = [status]

    send(open_session(leanix), settings=FULL)

    assert count_runs(leanix) == 0


@pytest.mark.parametrize(
    ("ratio", "before", "after", "limit", "is_sent"),
    [
        (20, 10, 9, 1, True),
        (20, 11, 9, 1, False),
        (20, 120, 100, 20, True),
        (20, 121, 100, 20, False),
        (50, 150, 100, 50, True),
        (50, 151, 100, 50, False),
    ],
)
def test_full_mode_archives_at_most_the_percentage(
    leanix: SimulatedWorkspace,
    open_session: OpenSession,
    *,
    ratio: int,
    before: int,
    after: int,
    limit: int,
    is_sent: bool,
) -> None:
    settings = FULL.model_copy(update={"maximum_deletion_ratio": ratio})
    set_up(leanix, settings)
    workspace = open_session(leanix)
    send(workspace, tenant_with(before), settings)
    leanix.allow_any_deletion()

    outcome = send(workspace, tenant_with(after), settings, run_id="next")

    assert outcome.test is not is_sent
    assert len(leanix.inventory.active("Interface")) == (after if is_sent else before)
    problem = f"would archive {before - after} fact sheets of tenant prod, more than the limit of"
    assert (outcome.problem is None) is is_sent
    assert is_sent or f"{problem} {limit}; nothing was sent" in str(outcome.problem)


def test_full_mode_never_sends_an_empty_inventory(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix, FULL)

    with pytest.raises(DataError, match="has no iFlows"):
        send(open_session(leanix), replace(tenant_result(), iflows=[]), FULL)


@pytest.mark.parametrize(
    "part",
    [
        Unreadable("package Hidden", "HTTP 403", package_id="Hidden"),
        Unreadable("location edge-1", "HTTP 503", location="edge-1"),
        Unreadable("iFlow Moved", "HTTP 503", iflow_id="Moved"),
    ],
)
def test_full_mode_sends_nothing_if_iflows_may_be_missing(
    leanix: SimulatedWorkspace, open_session: OpenSession, part: Unreadable
) -> None:
    set_up(leanix, FULL)

    with pytest.raises(DataError, match=rf"could not be read \({part.part}\); nothing is sent"):
        send(open_session(leanix), replace(tenant_result(), unreadable=[part]), FULL)


def test_full_mode_resumes_both_runs_after_a_deadline(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix, FULL)
    leanix.runs.script = ["PENDING"] * 20 + ["FINISHED"]
    attempts = 0
    record, dry_run_record = MemoryRecord(), MemoryRecord()

    outcome = None
    while outcome is None and attempts < 20:
        attempts += 1
        try:
            session = open_session(leanix, seconds=60)
            outcome = send(session, settings=FULL, record=record, dry_run_record=dry_run_record)
        except DeadlineExceeded:
            continue

    assert outcome is not None
    assert outcome.problem is None
    assert not outcome.test
    assert attempts > 2
    assert (count_runs(leanix, test=True), count_runs(leanix)) == (1, 1)


def test_thousands_of_iflows_need_few_requests(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)

    outcome = send(open_session(leanix), tenant_with(2_000))

    assert outcome.summary.created == 2_001
    assert len(leanix.requests) < 15


def test_each_full_run_follows_a_dry_run_of_its_own(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix, FULL)
    workspace = open_session(leanix)
    by_hand = send(workspace, settings=FULL, test=True)

    first = send(workspace, settings=FULL)
    leanix.runs.all()[-1].status = "FAILED"
    second = send(workspace, settings=FULL)

    dry_runs = [outcome.dry_run for outcome in (first, second)]
    gates = [dry_run.run_id for dry_run in dry_runs if dry_run]
    assert len({by_hand.run_id, *gates}) == 3
    assert [run.id for run in leanix.runs.all()] == [
        by_hand.run_id,
        gates[0],
        first.run_id,
        gates[1],
        second.run_id,
    ]
    *_, dry_ldif, ldif = (run.ldif for run in leanix.runs.all())
    assert dry_ldif["content"] == ldif["content"]


def test_dry_run_is_reported_before_the_run_starts(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix, FULL)
    seen: list[tuple[str, int]] = []

    outcome = send(
        open_session(leanix),
        settings=FULL,
        on_dry_run=lambda dry_run: seen.append((dry_run.run_id, count_runs(leanix))),
    )

    entry = outcome.to_dict()["dry_run"]
    assert seen == [(entry["run_id"], 0)]
    assert (entry["test"], entry["deleted"], entry["problem"]) == (True, 0, None)


@pytest.mark.parametrize(("minutes", "dry_runs"), [(10, 1), (16, 2)])
def test_earlier_dry_run_counts_for_fifteen_minutes(
    leanix: SimulatedWorkspace,
    open_session: OpenSession,
    clock: FakeClock,
    minutes: int,
    dry_runs: int,
) -> None:
    set_up(leanix, FULL)
    leanix.runs.script = ["PENDING"] * 20 + ["FINISHED"]
    record = MemoryRecord()
    with pytest.raises(DeadlineExceeded):
        send(open_session(leanix, seconds=60), settings=FULL, dry_run_record=record)
    (dry_run,) = leanix.runs.all()
    while dry_run.status != "FINISHED":
        leanix.runs.advance(dry_run)
    clock.advance(minutes * 60)

    leanix.runs.script = ["FINISHED"]
    outcome = send(open_session(leanix), settings=FULL, dry_run_record=record)

    assert outcome.problem is None
    assert count_runs(leanix, test=True) == dry_runs


def test_full_mode_needs_a_dry_run_that_lists_deletions(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    trusting = FULL.model_copy(update={"trust_own_ratio": True})
    set_up(leanix, FULL)
    leanix.runs.lists_deletions_of_dry_runs = False

    refused = send(open_session(leanix), settings=FULL)
    runs_before = count_runs(leanix)
    sent = send(open_session(leanix), settings=trusting)

    assert "does not say what it would archive" in str(refused.problem)
    assert "'trust_own_ratio'" in str(refused.problem)
    assert (runs_before, sent.problem) == (0, None)
    assert count_runs(leanix) == 1


@pytest.mark.parametrize(("announced", "is_problem"), [(0, True), (1, False), (None, False)])
def test_resumed_run_is_compared_with_the_dry_run_of_an_earlier_call(
    leanix: SimulatedWorkspace,
    open_session: OpenSession,
    announced: int | None,
    *,
    is_problem: bool,
) -> None:
    set_up(leanix, FULL)
    workspace = open_session(leanix)
    send(workspace, tenant_with(10), FULL)
    record = MemoryRecord()
    send(workspace, tenant_with(9), FULL, run_id="next", record=record)

    outcome = send(
        workspace,
        tenant_with(9),
        FULL,
        run_id="next",
        record=record,
        announced_deletions=announced,
    )

    assert ("archived 1 fact sheets" in str(outcome.problem)) is is_problem


def test_archiving_more_than_announced_is_a_problem(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix, FULL)
    workspace = open_session(leanix)
    send(workspace, tenant_with(10), FULL)

    def drop_another(_: LeanixOutcome) -> None:
        stray = leanix.inventory.add("Interface", "sap-ci:prod:Stray", name="Stray")
        stray.tags.add(("SAP Cloud Integration", "prod"))

    outcome = send(workspace, tenant_with(9), FULL, run_id="next", on_dry_run=drop_another)

    assert "archived 2 fact sheets, but its dry run listed 1" in str(outcome.problem)
