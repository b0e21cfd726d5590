"""How many iFlows are used, and whether that can be trusted."""

from dataclasses import replace

from iflow_census.report.verdict import find_verdict
from iflow_census.scan.results import TenantResult, TenantStatus, Unreadable
from iflow_census.scan.usage import Usage
from iflow_census.scan.web_ui import Environment, TenantProfile
from tests.unit.report.examples import BARE, DESIGNED, FAILED, ORPHAN, tenant


def test_verdict_adds_up_the_usage_of_all_tenants() -> None:
    unused = replace(DESIGNED, iflow_id="Unused", usage=Usage.UNUSED)
    idle = replace(DESIGNED, iflow_id="Idle", usage=Usage.NOT_DEPLOYED)
    dev = [replace(DESIGNED, usage=Usage.USED), unused]

    verdict = find_verdict([tenant("dev", dev), tenant("prod", [idle, BARE, ORPHAN])])

    assert verdict.iflows == 5
    assert verdict.usage == {
        Usage.USED: 1,
        Usage.UNUSED: 1,
        Usage.NOT_DEPLOYED: 1,
        Usage.UNKNOWN: 2,
    }
    assert verdict.trusted


def test_verdict_without_iflows_is_trusted() -> None:
    verdict = find_verdict([tenant("prod", [])])

    assert (verdict.iflows, set(verdict.usage.values()), verdict.doubts) == (0, {0}, [])


def doubts(*tenants: TenantResult) -> list[str]:
    return list(find_verdict(tenants).doubts)


def test_doubts_name_what_is_missing() -> None:
    prod = tenant("prod", [DESIGNED])
    covered = replace(prod.coverage, complete=False, percent=21)
    unreadable = [
        Unreadable("package Secret", "HTTP 403", package_id="Secret"),
        Unreadable("package Other", "HTTP 403", package_id="Other"),
        Unreadable("location edge", "HTTP 503", location="edge"),
        Unreadable("error texts", "HTTP 503"),
    ]

    assert doubts(FAILED) == ["test: not scanned"]
    assert doubts(replace(prod, status=TenantStatus.PARTIAL, error="HTTP 500")) == [
        "prod: the last scan is not complete"
    ]
    assert doubts(replace(prod, coverage=covered)) == ["prod: 21 % of the period is counted"]
    assert doubts(replace(prod, unreadable=unreadable)) == [
        "prod: 2 packages could not be read, location edge could not be read"
    ]


def test_doubts_start_with_production() -> None:
    prod = replace(FAILED, name="z-prod", profile=TenantProfile(Environment.PRODUCTION))

    assert doubts(FAILED, prod) == ["z-prod: not scanned", "test: not scanned"]
