"""Notices: problems, changes and links, with any names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.report.notice import (
    Notice,
    build_census_notice,
    build_checkpoint_notice,
)
from iflow_census.scan.results import Coverage, TenantResult, TenantStatus, TenantTotals
from iflow_census.scan.usage import Usage
from iflow_census.scan.web_ui import Environment, TenantProfile
from tests.simulators.cloud_integration.awkward_values import AWKWARD_NAMES
from tests.unit.report.earlier_month import earlier, october, of_tenants
from tests.unit.report.examples import (
    BARE,
    DESIGNED,
    FAILED,
    HEALTH,
    OCTOBER,
    report,
    tenant,
)

LINKS = ["report.csv  s3://reports/period=2026-10/report.csv"]
SNS_LIMIT = 256 * 1024
HOSTILE = (
    *AWKWARD_NAMES,
    "x" * 1000,
    "\N{GRINNING FACE}" * 1000,
    "a\r\nPROBLEMS\r\n- prod: nothing at all",
    "a\u2028b\u2029c\x85d\x0be\x1b[31mf\x00g",
    "\u202eevil\u202c \u2066x\u2069 \ufeff\u200bz",
    "log in at https://evil.example/now",
)


def lines(notice: Notice) -> list[str]:
    return notice.text.splitlines()


def leanix(**values: Any) -> Mapping[str, Any]:
    return {"tenant": "prod", "status": "FINISHED", "warnings": 0, "problem": None, **values}


def test_notice_of_a_complete_census_has_changes_and_links() -> None:
    row = replace(DESIGNED, iflow_version="1.0.4", deployed=False)

    notice = build_census_notice(october([row, BARE], earlier(DESIGNED)), [leanix()], LINKS)

    assert notice.subject == "iFlow census 2026-10: 1 tenant, complete"
    assert lines(notice) == [
        "The census of 2026-10 is complete.",
        "1 thing to do: 1 iFlow runs another version than its design (prod).",
        "",
        "TO DO",
        "- prod: 1 iFlow runs another version than its design. Deploy the version that should run: "
        "the design does not show what is running.",
        "  A flow: 1.0.2 is deployed, the design has 1.0.4",
        "",
        "CHANGES SINCE 2026-09",
        "prod: 2 iFlows (+1), 2 deployed, 1 edited, 1 unused, 9 messages, 11.1 % failed; 1 new, "
        "1 undeployed, 1 version changed",
        "",
        "REPORT",
        *LINKS,
    ]


def test_notice_names_failing_iflows_with_a_link_and_the_health() -> None:
    rows = [
        replace(
            DESIGNED,
            iflow_id=f"f{number}",
            iflow_name=f"Flow {number}",
            messages=100,
            messages_failed=10 + number,
            version_drift=False,
        )
        for number in range(5)
    ]
    profile = TenantProfile(Environment.PRODUCTION, "https://acme.example")
    prod = replace(tenant("prod", rows), profile=profile, health=HEALTH)

    notice = build_census_notice(report(prod, tenant("dev", [])), [], LINKS)

    todo = notice.text.split("TO DO\n")[1].split("\n\n")[0].splitlines()
    assert todo[0].startswith("- prod (production): 5 iFlows fail often. Open the failed messages")
    assert todo[1] == (
        "  Flow 4: 14 of 100 messages failed (14 %); Flow 3: 13 of 100 messages failed (13 %); "
        "Flow 2: 12 of 100 messages failed (12 %); and 2 more"
    )
    assert todo[2].startswith("  https://acme.example/shell/monitoring/Messages/%7B%22edge")
    assert (
        "prod: certificates that expire within 90 days: 2, JMS queues: 3 of 30, artifacts in "
        "error: 2, not read: Data stores"
    ) in lines(notice)


def test_newly_unused_iflows_come_with_what_to_check() -> None:
    idle = replace(DESIGNED, usage=Usage.UNUSED, messages=0)

    notice = build_census_notice(october([idle], earlier(DESIGNED)), [], LINKS)

    assert "iFlows at log level NONE write no log" in notice.text


def test_errors_of_messages_are_in_no_notice() -> None:
    failing = replace(DESIGNED, iflow_version="1.0.4", last_error="order 4711 of Jane Doe")

    notice = build_census_notice(october([failing], earlier(DESIGNED)), [], LINKS)

    assert "A flow" in notice.text
    assert "Jane Doe" not in notice.text


def test_notice_of_the_first_report_lists_the_tenants() -> None:
    notice = build_census_notice(october([DESIGNED]), [], LINKS)

    assert "TENANTS" in lines(notice)
    assert "prod: 1 iFlows, 2 deployed, 1 edited, 1 unused, 9 messages, 11.1 % failed" in lines(
        notice
    )
    assert "There is no complete report of an earlier month to compare with." in lines(notice)


def test_problems_come_before_changes() -> None:
    partly_counted = replace(
        tenant("dev", [DESIGNED]),
        coverage=Coverage(OCTOBER.start, None, complete=False, reason="logs were gone"),
    )
    census = replace(
        report(partly_counted, tenant("prod", []), FAILED), warnings=["September is damaged"]
    )
    failed = leanix(problem="LeanIX run 7 has 3 errors")

    notice = build_census_notice(census, [failed, leanix(tenant="dev", warnings=1234)], LINKS)

    assert notice.subject == "iFlow census 2026-10: INCOMPLETE: test"
    assert "The census of 2026-10 is NOT complete." in lines(notice)
    problems = notice.text.split("PROBLEMS\n")[1].split("\n\n")[0].splitlines()
    assert [problem.split("(")[0] for problem in problems] == [
        "- prod: LeanIX run 7 has 3 errors",
        "- dev: the message counts do not cover the full period ",
        "- test: the scan failed, so the report has no data of this tenant. packages: GET "
        "IntegrationPackages: HTTP 403",
        "- September is damaged.",
        "- dev: LeanIX accepted the inventory with 1,234 warnings; they are stored with the run's "
        "work state",
    ]
    assert notice.text.index("PROBLEMS") < notice.text.index("TENANTS")


def test_failed_leanix_run_is_in_the_subject() -> None:
    notice = build_census_notice(october([DESIGNED]), [leanix(problem="it is down")], LINKS)

    assert notice.subject == "iFlow census 2026-10: complete, but LeanIX failed: prod"
    assert "- prod: it is down" in lines(notice)


def test_notice_of_a_checkpoint_names_failed_tenants() -> None:
    tenants: list[Mapping[str, Any]] = [
        {"name": "dev", "status": TenantStatus.FAILED, "error": "packages: HTTP 503"},
        {"name": "prod", "status": TenantStatus.COMPLETE, "error": None},
    ]

    notice = build_checkpoint_notice("2026-10", tenants)

    assert notice.subject == "iFlow census 2026-10: checkpoint INCOMPLETE: dev"
    assert "- dev: packages: HTTP 503" in lines(notice)
    assert "prod" not in notice.text


def test_new_tenant_is_not_compared() -> None:
    census = replace(
        report(tenant("prod", []), tenant("new", [])), earlier=[of_tenants(tenant("prod", []))]
    )

    notice = build_census_notice(census, [], LINKS)

    assert "; not compared: not in the report of 2026-09" in notice.text


def test_partly_covered_month_is_noted() -> None:
    before = replace(
        tenant("prod", []),
        coverage=Coverage(OCTOBER.start, None, complete=False, reason="gone"),
        totals=TenantTotals(messages=1),
    )

    notice = build_census_notice(
        replace(report(tenant("prod", [])), earlier=[of_tenants(before)]), [], LINKS
    )

    assert any("is not fully covered" in line for line in lines(notice))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_name_is_one_short_line_without_a_url(name: str) -> None:
    row = replace(DESIGNED, iflow_id="1" + name, iflow_name=name, iflow_version=name)
    plain = build_census_notice(october([replace(DESIGNED, iflow_id="1x")], earlier()), [], LINKS)

    notice = build_census_notice(october([row], earlier()), [], LINKS)

    assert len(lines(notice)) == len(lines(plain))
    assert all(len(line) < 320 for line in lines(notice))
    assert not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069]", notice.text
    )
    assert "https://evil" not in notice.text


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_name_and_error_give_a_valid_notice(name: str, error: str) -> None:
    failed = replace(FAILED, name=name or "x", error=error)
    rows = [replace(DESIGNED, iflow_name=name, iflow_id="odd")]
    census = replace(report(failed, tenant("prod", rows)), earlier=[of_tenants(tenant("prod", []))])

    notice = build_census_notice(census, [leanix(tenant=name, problem=error or "down")], LINKS)

    assert re.fullmatch(r"[ -~]{1,99}", notice.subject)
    assert notice.subject == notice.subject.strip()
    assert notice.text.encode()
    assert lines(notice).count("PROBLEMS") == 1


@pytest.mark.slow
def test_longest_notice_has_at_most_sixty_lines() -> None:
    long = "\N{GRINNING FACE}" * 1000
    rows = [
        replace(DESIGNED, iflow_id=f"{number}{long}", iflow_name=long, iflow_version=long)
        for number in range(20)
    ]
    before = [replace(row, iflow_version=f"before {long}", deployed=False) for row in rows]
    names = [f"{'n' * 60}{number:03d}" for number in range(100)]
    gone = Coverage(OCTOBER.start, OCTOBER.end, complete=False, reason=long)
    tenants = [
        replace(
            tenant(name, rows),
            coverage=gone,
            status=TenantStatus.PARTIAL,
            error=long,
            health=HEALTH,
            profile=TenantProfile(Environment.PRODUCTION, f"https://{'w' * 200}.example"),
        )
        for name in names
    ]
    census = replace(
        report(*tenants),
        warnings=[long] * 100,
        earlier=[of_tenants(*(tenant(name, before) for name in names))],
    )

    notice = build_census_notice(
        census, [leanix(tenant=name, problem=long) for name in names], ["x" * 3000] * 8
    )

    assert len(notice.text.encode()) < SNS_LIMIT - 4096
    assert 50 < len(lines(notice)) <= 60
    assert "and 95 more tenants in the report" in lines(notice)
    assert len(notice.subject) == 99


def test_notice_counts_several_tenants() -> None:
    notice = build_census_notice(report(tenant("dev", []), tenant("prod", [])), [], LINKS)

    assert notice.subject == "iFlow census 2026-10: 2 tenants, complete"


@pytest.mark.parametrize(
    ("tenants", "outcomes", "announced"),
    [
        ([tenant("prod", [])], [], False),
        ([FAILED], [], True),
        ([tenant("prod", [])], [leanix(problem="it is down")], True),
    ],
)
def test_problem_announces_a_notice_after_the_retry(
    tenants: Sequence[TenantResult], outcomes: Sequence[Mapping[str, Any]], *, announced: bool
) -> None:
    notice = build_census_notice(report(*tenants), outcomes, LINKS)

    assert ("You will receive another notice if a retry succeeds." in lines(notice)) is announced


@pytest.mark.parametrize(("count", "more"), [(7, []), (14, ["and 7 more in the report"])])
def test_items_beyond_seven_are_counted(count: int, more: Sequence[str]) -> None:
    tenants = [tenant(f"t{number}", [DESIGNED]) for number in range(count)]

    notice = build_census_notice(report(*tenants), [], LINKS)

    assert [line for line in lines(notice) if "more in the report" in line] == more


@pytest.mark.parametrize(("count", "more"), [(5, []), (6, ["and 1 more tenants in the report"])])
def test_tenants_beyond_five_are_counted(count: int, more: Sequence[str]) -> None:
    tenants = [tenant(f"t{number}", []) for number in range(count)]

    notice = build_census_notice(report(*tenants), [], LINKS)

    assert [line for line in lines(notice) if "more tenants" in line] == more


@pytest.mark.parametrize(("count", "more"), [(6, []), (7, ["and 1 more in the report"])])
def test_problems_beyond_six_are_counted(count: int, more: Sequence[str]) -> None:
    census = replace(report(tenant("prod", [])), warnings=["damaged"] * count)

    notice = build_census_notice(census, [], LINKS)

    assert lines(notice).count("- damaged.") == 6
    assert [line for line in lines(notice) if "more in the report" in line] == more


@pytest.mark.parametrize(
    ("name", "shown"),
    [("x" * 60, "x" * 60), ("x" * 61, "x" * 59 + "…"), ("x" * 58 + " yy", "x" * 58 + "…")],
)
def test_long_name_ends_in_an_ellipsis(name: str, shown: str) -> None:
    row = replace(DESIGNED, iflow_name=name)

    notice = build_census_notice(october([row], earlier()), [], LINKS)

    assert f"  {shown}: 1.0.2 is deployed, the design has 1.0.3" in lines(notice)


def test_unknown_figure_before_has_no_difference() -> None:
    before = tenant("prod", [])
    before = replace(before, totals=replace(before.totals, messages=None))

    notice = build_census_notice(
        replace(report(tenant("prod", [DESIGNED])), earlier=[of_tenants(before)]), [], LINKS
    )

    assert (
        "prod: 1 iFlows (+1), 2 deployed, 1 edited, 1 unused, 9 messages, 11.1 % failed; 1 new"
        in lines(notice)
    )
