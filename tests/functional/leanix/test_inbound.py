"""Bringing an inventory into LeanIX: once, whole, and with all that LeanIX says of it."""

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from iflow_census.errors import (
    AccessError,
    ConfigurationError,
    DataError,
    DeadlineExceeded,
    TransientError,
)
from iflow_census.leanix.inbound import send_inventory
from iflow_census.leanix.outcome import LeanixOutcome
from iflow_census.leanix.responses import StatsSummary
from iflow_census.leanix.settings import LeanixSettings, Mode
from iflow_census.leanix.workspace import Workspace
from iflow_census.scan.results import TenantResult, TenantStatus
from tests.functional.leanix.conftest import Session, Start, set_up
from tests.simulators.leanix import Fault, FaultKind, Relation, SimulatedWorkspace
from tests.unit.leanix.rows import OCTOBER, census, iflow

SETTINGS = LeanixSettings()
FULL = LeanixSettings(mode=Mode.FULL, tag_group="SAP Cloud Integration")
RUN = "20261101T003000Z"
ERROR = {"status": "ERROR", "message": "Name is not unique", "content": "x", "detail": {"a": 1}}


def send(
    workspace: Workspace,
    tenant: TenantResult | None = None,
    settings: LeanixSettings = SETTINGS,
    **options: Any,
) -> LeanixOutcome:
    return send_inventory(
        workspace, tenant or census(), OCTOBER, settings, **({"run_id": RUN} | options)
    )


def on_create(kind: FaultKind, times: int | None = 1) -> Fault:
    return Fault(kind, method="POST", path=r"synchronizationRuns\?start", times=times)


def created_runs(leanix: SimulatedWorkspace, *, test: bool = False) -> int:
    return sum(run.test is test for run in leanix.runs.all())


def test_iflows_become_interfaces_on_the_tenant_with_a_link(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    settings = LeanixSettings(link="https://ci.example/{package_id}/{iflow_id}")
    set_up(leanix, settings)

    outcome = send(session(leanix), settings=settings)

    (tenant,) = leanix.inventory.active("ITComponent")
    orders = leanix.inventory.find("sap-ci:prod:Orders")
    assert orders is not None
    assert orders.type == "Interface"
    assert orders.fields["name"] == "prod: Orders to ERP"
    assert orders.fields["lifecycle.active"] == "2025-03-01"
    assert "Usage: USED in 2026-10" in orders.fields["description"]
    assert tenant.external_id == "sap-ci:prod"
    assert leanix.inventory.relations >= {
        Relation("relInterfaceToITComponent", orders.id, tenant.id)
    }
    (link,) = leanix.inventory.documents_of(orders)
    assert link.fields == {"url": "https://ci.example/Sales/Orders"}
    assert outcome.problem is None
    assert outcome.status == "FINISHED"
    assert outcome.summary == StatsSummary(processed=7, created=3, updated=0, unchanged=0)
    assert outcome.results is None
    assert outcome.warnings == []


def test_the_next_month_updates_what_changed_and_creates_nothing(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix)
    workspace = session(leanix)
    send(workspace)

    later = send(
        workspace, census([iflow("Orders", messages=99), iflow("Invoices")]), run_id="next"
    )

    assert (later.summary.created, later.summary.updated, later.summary.unchanged) == (0, 1, 2)
    assert len(leanix.inventory.active("Interface")) == 2


def test_the_same_scan_is_sent_once(leanix: SimulatedWorkspace, session: Session) -> None:
    set_up(leanix)

    first, second = send(session(leanix)), send(session(leanix))

    assert first.run_id == second.run_id
    assert len(leanix.runs.all()) == 1


def test_a_started_run_is_told_of_before_it_is_waited_for(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix)
    leanix.runs.script = ["PENDING"]
    started: list[str] = []

    with pytest.raises(DeadlineExceeded, match=r"is still PENDING.*leanix status"):
        send(session(leanix, seconds=60), on_started=started.append)

    assert started == [run.id for run in leanix.runs.all()]


@pytest.mark.parametrize("remembered", [True, False])
def test_a_run_that_is_still_going_is_taken_up(
    leanix: SimulatedWorkspace, session: Session, remembered: bool
) -> None:
    set_up(leanix)
    leanix.runs.script = ["PENDING"] * 200 + ["FINISHED"]
    started: list[str] = []
    with pytest.raises(DeadlineExceeded):
        send(session(leanix, seconds=60), on_started=started.append)

    outcome = send(session(leanix, seconds=90_000), known_run=started[0] if remembered else None)

    assert outcome.problem is None
    assert outcome.run_id == started[0]
    assert len(leanix.runs.all()) == 1


def test_a_remembered_run_that_leanix_forgot_is_sent_anew(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix)
    workspace = session(leanix)
    first = send(workspace)
    leanix.runs.forget(leanix.runs.all()[0])

    second = send(workspace, known_run=first.run_id)

    assert second.run_id != first.run_id
    assert second.summary.unchanged == 3


def test_a_run_that_was_created_and_never_started_is_started(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix)
    workspace = session(leanix)
    send(workspace)
    (run,) = leanix.runs.all()
    leanix.runs.forget(run)
    left = leanix.runs.create(run.ldif, run.configuration)

    outcome = send(workspace)

    assert outcome.run_id == left.id
    assert outcome.problem is None


def test_the_pauses_grow_and_end(leanix: SimulatedWorkspace, session: Session) -> None:
    set_up(leanix)
    leanix.runs.script = ["PENDING"] * 60 + ["FINISHED"]

    send(session(leanix))

    polls = [one.at for one in leanix.requests if one.path.endswith("/status")]
    pauses = [later - earlier for earlier, later in pairwise(polls)]
    assert len(polls) == 61
    assert pauses[0] < 2
    assert max(pauses) < 31


@pytest.mark.parametrize("status", ["FAILED", "STOPPED"])
def test_a_run_that_ends_badly_says_so(
    leanix: SimulatedWorkspace, session: Session, status: str
) -> None:
    set_up(leanix)
    leanix.runs.script = ["PENDING", status]

    outcome = send(session(leanix))

    assert outcome.status == status
    assert outcome.problem is not None
    assert f"ended as {status}; its log is in LeanIX" in outcome.problem
    assert leanix.inventory.active() == []
    assert outcome.stats["statusChanges"][-1]["status"] == status


@pytest.mark.parametrize("status", ["ARCHIVING", "SEQUENTIALIZED", "finished?"])
def test_an_unknown_status_is_not_finished_yet(
    leanix: SimulatedWorkspace, session: Session, status: str
) -> None:
    set_up(leanix)
    leanix.runs.script = [status] * 5 + ["FINISHED"]

    assert send(session(leanix)).status == "FINISHED"


def test_all_warnings_are_kept_and_those_of_status_error_make_a_problem(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix)
    leanix.runs.planted_warnings = [{"status": "WARNING", "message": "m"}] * 230 + [ERROR]

    outcome = send(session(leanix))

    assert outcome.status == "FINISHED"
    assert len(outcome.warnings) == 231
    assert outcome.warnings[-1] == ERROR
    assert outcome.problem is not None
    assert "1 errors (Name is not unique)" in outcome.problem
    assert outcome.plain() == {
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


def test_what_leanix_does_not_count_is_not_known(start: Start, session: Session) -> None:
    leanix = start(counts_in_stats=False)
    set_up(leanix)

    plain = send(session(leanix)).plain()

    assert (plain["created"], plain["updated"], plain["unchanged"]) == (None, None, None)


def test_both_shapes_of_the_answer_to_a_creation_will_do(start: Start, session: Session) -> None:
    leanix = start(create_shape="array")
    set_up(leanix)

    assert send(session(leanix)).problem is None


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.LOST_ANSWER,
        FaultKind.LATE_ERROR,
        FaultKind.CUT_IN_BODY,
        FaultKind.TRUNCATED_JSON,
        FaultKind.SERVER_ERROR,
        FaultKind.BAD_GATEWAY,
        FaultKind.UNAVAILABLE,
        FaultKind.CUT_BEFORE_ANSWER,
        FaultKind.LOGIN_PAGE,
        FaultKind.THROTTLED,
        FaultKind.UNAUTHORIZED,
    ],
)
def test_a_creation_that_fails_or_whose_answer_is_lost_makes_exactly_one_run(
    leanix: SimulatedWorkspace, session: Session, kind: FaultKind
) -> None:
    set_up(leanix)
    leanix.faults.add(on_create(kind))

    outcome = send(session(leanix))

    assert outcome.problem is None
    assert [run.id for run in leanix.runs.all()] == [outcome.run_id]


def test_a_creation_that_is_answered_too_late_makes_exactly_one_run(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix)
    leanix.faults.add(on_create(FaultKind.HANG))

    outcome = send(session(leanix, read=0.2))
    leanix.faults.clear()

    assert [run.id for run in leanix.runs.all()] == [outcome.run_id]


def test_a_leanix_that_takes_no_run_is_a_failure_that_a_later_try_may_mend(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix)
    leanix.faults.add(on_create(FaultKind.UNAVAILABLE, times=None))

    with pytest.raises(TransientError, match="HTTP 503"):
        send(session(leanix))

    assert leanix.runs.all() == []


@pytest.mark.parametrize(
    "kind", [FaultKind.THROTTLED, FaultKind.UNAVAILABLE, FaultKind.UNAUTHORIZED]
)
@pytest.mark.parametrize("path", ["status", "stats", "warnings", "results", "configurations"])
def test_a_failure_in_the_middle_is_overcome(
    leanix: SimulatedWorkspace, session: Session, kind: FaultKind, path: str
) -> None:
    set_up(leanix)
    leanix.faults.add(Fault(kind, method="GET", path=path, times=1))

    assert send(session(leanix)).problem is None
    assert len(leanix.runs.all()) == 1


def test_a_token_that_ends_while_a_run_is_waited_for_is_renewed(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix)
    leanix.runs.script = ["PENDING"] * 300 + ["FINISHED"]

    outcome = send(session(leanix, seconds=20_000))

    assert outcome.problem is None
    assert sum(one.path.endswith("token") for one in leanix.requests) > 2
    assert not [one for one in leanix.requests if one.status == 401]


def test_a_workspace_without_our_configuration_is_told_to_be_set_up(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    with pytest.raises(ConfigurationError, match="`iflow-census leanix setup prod`"):
        send(session(leanix))

    assert leanix.runs.all() == []


def test_a_configuration_that_goes_between_two_requests_makes_the_run_fail(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix)
    leanix.runs.script = ["FAILED"]

    assert send(session(leanix)).problem is not None


def test_a_workspace_id_that_differs_is_told_to_be_checked(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix)
    other = "6f2f0f5e-7f5e-4f0c-9d7c-2b8f4c1b6a11"
    secret = json.dumps(json.loads(leanix.secret()) | {"workspace_id": other})

    with pytest.raises(ConfigurationError, match="check 'workspace_id' in the secret"):
        send(session(leanix, secret=secret))


def test_a_role_that_is_lost_is_told(leanix: SimulatedWorkspace, session: Session) -> None:
    set_up(leanix)
    workspace = session(leanix)
    workspace.runs()
    leanix.role = "MEMBER"

    with pytest.raises(AccessError, match="role Admin"):
        send(workspace)


@pytest.mark.parametrize("status", [TenantStatus.PARTIAL, TenantStatus.FAILED])
@pytest.mark.parametrize("settings", [SETTINGS, FULL])
def test_a_tenant_that_was_not_scanned_completely_is_not_sent(
    leanix: SimulatedWorkspace, session: Session, status: TenantStatus, settings: LeanixSettings
) -> None:
    set_up(leanix, settings)

    with pytest.raises(DataError, match="was not scanned completely"):
        send(session(leanix), census(status=status), settings)

    assert leanix.requests == []


def test_a_dry_run_changes_nothing_and_does_not_keep_the_real_one_from_running(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix)
    workspace = session(leanix)

    dry = send(workspace, test=True)
    before = leanix.inventory.active()
    real = send(workspace)

    assert dry.test
    assert dry.summary.created == 3
    assert before == []
    assert real.summary.created == 3
    assert (created_runs(leanix, test=True), created_runs(leanix)) == (1, 1)


def ten(count: int = 10, **changes: Any) -> TenantResult:
    return census([iflow(f"Flow{number}", **changes) for number in range(count)])


def test_full_mode_archives_what_is_gone_after_a_clean_dry_run(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix, FULL)
    workspace = session(leanix)
    send(workspace, ten(), FULL)

    outcome = send(workspace, ten(9), FULL, run_id="next")

    assert outcome.problem is None
    assert outcome.summary.deleted == 1
    assert len(leanix.inventory.active("Interface")) == 9
    assert len(leanix.inventory.active("ITComponent")) == 1
    assert (created_runs(leanix, test=True), created_runs(leanix)) == (2, 2)


def test_full_mode_leaves_other_tenants_and_other_interfaces_alone(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix, FULL, "prod", "test")
    leanix.inventory.add("Interface", "by-hand", name="Drawn by an architect")
    workspace = session(leanix)
    other = [iflow(f"Other{number}", tenant="test") for number in range(5)]
    send(workspace, replace(census(other), name="test"), FULL)
    send(workspace, ten(), FULL)

    send(workspace, ten(9), FULL, run_id="next")

    assert leanix.inventory.find("by-hand") is not None
    assert all(leanix.inventory.find(f"sap-ci:test:Other{number}") for number in range(5))
    assert len(leanix.inventory.active("Interface")) == 9 + 5 + 1


def test_full_mode_sends_nothing_after_a_dry_run_with_errors(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix, FULL)
    leanix.runs.planted_warnings = [ERROR]
    started: list[str] = []

    outcome = send(session(leanix), settings=FULL, on_started=started.append)

    assert outcome.test
    assert outcome.problem is not None
    assert "dry run" in outcome.problem
    assert started == []
    assert created_runs(leanix) == 0
    assert leanix.inventory.active() == []


@pytest.mark.parametrize("status", ["FAILED", "STOPPED"])
def test_full_mode_sends_nothing_after_a_dry_run_that_did_not_finish(
    leanix: SimulatedWorkspace, session: Session, status: str
) -> None:
    set_up(leanix, FULL)
    leanix.runs.script = [status]

    send(session(leanix), settings=FULL)

    assert created_runs(leanix) == 0


def test_full_mode_sends_nothing_where_the_dry_run_would_archive_too_much(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix, FULL)
    workspace = session(leanix)
    send(workspace, ten(), FULL)
    for made in leanix.api.configurations.values():
        made["deletionScope"]["maximumDeletionRatio"] = {"factSheets": 101}

    outcome = send(workspace, ten(5), FULL, run_id="next")

    assert outcome.test
    assert outcome.problem is not None
    assert "would archive 5 fact sheets of tenant prod, more than 1" in outcome.problem
    assert len(leanix.inventory.active("Interface")) == 10


def test_full_mode_never_sends_an_empty_inventory(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix, FULL)

    with pytest.raises(DataError, match="has no iFlows"):
        send(session(leanix), replace(census(), iflows=[]), FULL)


def test_a_retry_of_full_mode_takes_up_the_dry_run_and_the_run(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix, FULL)
    leanix.runs.script = ["PENDING"] * 20 + ["FINISHED"]
    tries = 0

    outcome = None
    while outcome is None and tries < 20:
        tries += 1
        try:
            outcome = send(session(leanix, seconds=60), settings=FULL)
        except DeadlineExceeded:
            continue

    assert outcome is not None
    assert outcome.problem is None
    assert not outcome.test
    assert tries > 2
    assert (created_runs(leanix, test=True), created_runs(leanix)) == (1, 1)


def test_ten_thousand_iflows_arrive_with_a_handful_of_requests(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    set_up(leanix)

    outcome = send(session(leanix), ten(10_000))

    assert outcome.summary.created == 10_001
    assert len(leanix.requests) < 15
