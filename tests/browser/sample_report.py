"""A report of any size with plausible names and numbers, for screenshots and timings."""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from iflow_census.report.census_report import CensusReport
from iflow_census.report.earlier import EarlierReport
from iflow_census.report.reader import read_earlier_report
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.locations import RuntimeLocation
from iflow_census.scan.period import Month
from iflow_census.scan.results import (
    ApiUsage,
    Coverage,
    IflowRow,
    TenantResult,
    TenantStatus,
    TenantTotals,
)
from iflow_census.scan.systems import Part
from iflow_census.scan.tenant_api import RuntimeArtifact
from iflow_census.scan.usage import Deployment, Usage, UsageEvidence, determine_usage
from iflow_census.scan.web_ui import Environment, TenantProfile
from tests.unit.report.examples import HEALTH, OTHER_ARTIFACTS, UNHEALTHY
from tests.unit.report.rendering import render_json

OCTOBER = Month(2026, 10)
DAMAGED = (
    "reports/period=2026-07/report.json: not a report.json; "
    "this report is left out of all comparisons"
)
_TENANTS = ("dev", "test", "prod")
_SUBJECTS = (
    ("Sales Order", "Order to cash"),
    ("Purchase Order", "Procure to pay"),
    ("Supplier Invoice", "Procure to pay"),
    ("Customer", "Master data"),
    ("Material", "Master data"),
    ("Business Partner", "Master data"),
    ("Employee", "Hire to retire"),
    ("Cost Center", "Finance"),
    ("Journal Entry", "Finance"),
    ("Bank Statement", "Finance"),
    ("Delivery", "Logistics"),
    ("Goods Receipt", "Logistics"),
    ("Shipment Status", "Logistics"),
    ("Production Order", "Manufacturing"),
    ("Time Sheet", "Hire to retire"),
)
_VERBS = ("Replicate", "Confirm", "Query", "Notify", "Archive")
_TARGETS = (
    "from S4HANA",
    "to SuccessFactors",
    "to Ariba",
    "from EWM",
    "to the data lake",
    "to EDI",
)
_USERS = ("P0000000042", "P0000000117", "sb-deployer|it-rt-integration!b42")
_ERROR = (
    '{"message":{"messageId":"CONTENT_DEPLOY_ERROR"},"parameter":["receiver is not configured"]}'
)


PROFILES = {
    "dev": TenantProfile(Environment.DEVELOPMENT),
    "test": TenantProfile(Environment.TEST, "https://test.example"),
    "prod": TenantProfile(Environment.PRODUCTION, "https://prod.example/itspaces"),
}


@functools.cache
def sample_report(iflows: int = 180, month: Month = OCTOBER, months: int = 7) -> CensusReport:
    """Return a report of three tenants; the same arguments give the same report.

    Args:
        iflows: the number of rows.
        month: the month of the report.
        months: the number of earlier months; the third has no report.
    """
    earlier: list[EarlierReport] = []
    past = month
    for age in range(1, months + 1):
        past = past.previous()
        if age != 3:
            body = render_json(_report(iflows - 3 * age, past, age))
            earlier.append(read_earlier_report(f"reports/period={past}/report.json", body))
    report = _report(iflows, month, 0)
    rng = random.Random(f"{month}")  # noqa: S311 - repeatable, not secret
    days = (month.end - month.start).days
    return replace(
        report,
        earlier=earlier,
        warnings=[DAMAGED] if months > 2 else [],
        flows={("S/4HANA", "Bank"): 12, (None, "Archive"): 2, ("Shop", "S/4HANA"): 1},
        unmatched={(Part.PARTICIPANT, "Receiver1"): 3},
        tenants=[
            replace(
                tenant,
                profile=PROFILES[tenant.name],
                iflows=[_calling(tenant.iflows[0], tenant.iflows[1:3]), *tenant.iflows[1:]],
                health={"prod": HEALTH, "test": UNHEALTHY}.get(tenant.name),
                other_artifacts={"prod": OTHER_ARTIFACTS, "test": []}.get(tenant.name),
                messages_per_day=[
                    None
                    if tenant.name == "dev" and day == 0
                    else int(
                        (tenant.totals.messages or 0)
                        / days
                        * (0.35 if (day + 3) % 7 in (5, 6) else 1.2)
                        * rng.uniform(0.8, 1.25)
                    )
                    for day in range(days)
                ],
            )
            for tenant in report.tenants
        ],
    )


def _calling(caller: IflowRow, called: Sequence[IflowRow]) -> IflowRow:
    return replace(caller, calls=tuple(row.iflow_id for row in called))


def _report(iflows: int, month: Month, age: int) -> CensusReport:
    share = {"dev": 0.25, "test": 0.33, "prod": 0.42}
    tenants = [_tenant(name, int(iflows * share[name]), month, age) for name in _TENANTS]
    started = month.end + timedelta(minutes=30)
    return CensusReport(
        period=month,
        run_id=f"{started:%Y%m%dT%H%M%SZ}",
        started_at=started,
        finished_at=started + timedelta(seconds=94),
        version="0.1.0",
        tenants=tenants,
    )


def _tenant(name: str, count: int, month: Month, age: int) -> TenantResult:
    covered = name != "dev" or age > 0
    coverage = Coverage(month.start, month.end, complete=True, percent=100)
    if not covered:
        coverage = Coverage(
            month.start + timedelta(hours=13),
            month.end,
            complete=False,
            percent=98,
            reason="SAP keeps message logs for 30 days and had deleted those of 2026-10-01 "
            "00:00 UTC to 2026-10-01 13:00 UTC",
        )
    rows = [_row(name, number, month, covered=covered) for number in range(count)]
    messages = sum(row.messages or 0 for row in rows)
    return TenantResult(
        name=name,
        status=TenantStatus.COMPLETE,
        error=None,
        scanned_at=month.end + timedelta(seconds=2094),
        coverage=coverage,
        totals=TenantTotals(
            packages=len({row.package_id for row in rows if row.package_id}),
            iflows=len(rows),
            deployed=sum(row.deployed is True for row in rows),
            edited=sum(row.edit_status is EditStatus.EDITED for row in rows),
            unused=sum(row.usage is Usage.UNUSED for row in rows),
            orphans=sum(row.orphan for row in rows),
            messages=messages + 25,
            messages_failed=sum(row.messages_failed or 0 for row in rows) + 3,
            messages_unattributed=25,
        ),
        api=ApiUsage(1200, 3, 0, 94.2),
        iflows=rows,
    )


def _row(tenant: str, number: int, month: Month, *, covered: bool) -> IflowRow:
    rng = random.Random(f"{tenant}/{number}")  # noqa: S311
    drift = random.Random(f"{tenant}/{number}/{month}")  # noqa: S311
    subject, area = _SUBJECTS[number % len(_SUBJECTS)]
    verb = _VERBS[number // len(_SUBJECTS) % len(_VERBS)]
    target = _TARGETS[number // 7 % len(_TARGETS)]
    series = number // (len(_SUBJECTS) * len(_VERBS) * 2)
    title = f"{verb} {subject} {target}" + (f" {series + 1}" if series else "")
    stem = f"{verb}_{subject}_{target}_{number}".replace(" ", "_")
    block = series // 2
    orphan = number % 61 == 17
    package = area + (f" {block + 1}" if block else "")
    vendor = "SAP" if area in ("Procure to pay", "Hire to retire") else None
    created = datetime(2024, 1, 8, 9, tzinfo=UTC) + timedelta(hours=rng.randrange(12_000))
    edited = rng.random() < 0.3
    modified = created + timedelta(hours=rng.randrange(2, 9000)) if edited else created
    release = 0
    past = Month(2026, 1)
    while past <= month:
        hour = random.Random(f"{tenant}/{number}/{past}/edit").randrange(24_000)  # noqa: S311
        if hour < 700:
            edited, modified, release = True, past.start + timedelta(hours=hour), release + 1
        past = Month.containing(past.end)
    deployed = orphan or (number % 6 != 3) != (drift.random() < 0.015)
    ahead = tenant == "dev" and number % 4 == 1
    version = f"1.{number % 5}.{number % 3 + release + ahead}"
    broken = deployed and number % 47 == 5
    idle = rng.random() < 0.13 or drift.random() < 0.02 or not deployed
    base = int(2 ** rng.uniform(1, 15 if tenant == "prod" else 9))
    count = 0 if idle else int(base * drift.uniform(0.8, 1.3) * (3 if drift.random() < 0.02 else 1))
    failed = int(count * rng.uniform(0.01, 0.2)) if number % 6 == 1 else 0
    other = int(count * 0.04) if number % 5 == 2 else 0
    url = f"https://{tenant}.example.com/http/{stem.lower()}"
    deployed_at = modified + timedelta(days=2) if deployed else None
    status = ("ERROR" if broken else "STARTED") if deployed else None
    runtime = RuntimeArtifact(stem, "INTEGRATION_FLOW", status=status, deployed_at=deployed_at)
    usage, reason = determine_usage(
        UsageEvidence(
            period=month.window,
            messages=count,
            doubt=None if covered else "only 98 % of the period is covered",
            deployments=[Deployment(RuntimeLocation(), runtime)] if deployed else [],
        )
    )
    return IflowRow(
        tenant=tenant,
        package_id=None if orphan else package.replace(" ", ""),
        package_name=None if orphan else package,
        package_vendor=None if orphan else vendor,
        package_version=None if orphan or not vendor else "2.4.0",
        package_mode=None if orphan else "EDIT_ALLOWED",
        iflow_id=stem,
        iflow_name=title,
        iflow_version=None if orphan else version,
        edit_status=EditStatus.UNKNOWN
        if orphan
        else EditStatus.EDITED
        if edited
        else EditStatus.NOT_EDITED,
        edit_reason="no design-time artifact"
        if orphan
        else "modified after it was created"
        if edited
        else "not modified since it was created",
        draft=None if orphan else False,
        created_at=None if orphan else created,
        created_by=None if orphan else _USERS[number % 3],
        modified_at=None if orphan else modified,
        modified_by=None if orphan else _USERS[(number + edited) % 3],
        deployed=deployed,
        runtime_status=status,
        runtime_version=(version if number % 9 else "1.0.0") if deployed else None,
        version_drift=number % 9 == 0 and version != "1.0.0" if deployed and not orphan else None,
        deployed_at=deployed_at,
        deployed_by=_USERS[2] if deployed else None,
        runtime_error=_ERROR if broken else None,
        orphan=orphan,
        messages=count,
        messages_completed=count - failed - other,
        messages_failed=failed,
        messages_other=other,
        messages_discarded=0,
        triggers=("timer at 0 0/15 6-20 ? * MON-FRI * (Europe/Berlin)",) if number % 2 else None,
        undeploy_impact="queue Orders would fill: Order_In sends to it" if number % 2 else None,
        usage=usage,
        usage_reason=reason,
        package_update_available=None if orphan else area == "Procure to pay",
        package_modified_at=None if orphan else created,
        package_modified_by=None if orphan else _USERS[0],
        endpoints=(url,) if deployed and number % 3 else (),
    )
