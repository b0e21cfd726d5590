"""Two months of three simulated tenants, scanned by the real census, for the docs' examples."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from iflow_census.census.checkpoint import run_checkpoint
from iflow_census.census.plan import CensusPlan
from iflow_census.census.run import run_census
from iflow_census.census.run_context import RunContext, Services
from iflow_census.clock import Deadline
from iflow_census.cloud_integration.families import RateLimits
from iflow_census.cloud_integration.tenant import tenant_opener
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.report.census_report import CensusReport
from iflow_census.report.changes import Thresholds
from iflow_census.report.earlier import EarlierReport
from iflow_census.report.query_tables import (
    REPORT_FILE,
    render_report_tables,
    render_tenant_tables,
    table_key,
)
from iflow_census.report.reader import read_earlier_report
from iflow_census.scan.period import Month
from tests.clock import FakeClock
from tests.memory_store import MemoryStore
from tests.simulators.cloud_integration import SimulatedTenant, generate_landscape
from tests.unit.report.rendering import render_json

SIZES = {"dev": 4, "test": 6, "prod": 8}
MONTHS = (Month(2026, 9), Month(2026, 10))


def two_months() -> list[CensusReport]:
    """Return the reports of September and October 2026; the second is compared with the first."""
    clock = FakeClock(datetime(2026, 9, 1, tzinfo=UTC))
    services = Services(MemoryStore(), MemoryStore(), clock.clock)
    with ExitStack() as stack:
        tenants = {
            name: stack.enter_context(
                SimulatedTenant(
                    generate_landscape(
                        seed=7,
                        name=name,
                        variant=name,
                        packages=packages,
                        iflows_per_package=4,
                        months=[(month.year, month.month) for month in MONTHS],
                        busy_messages=400,
                        orphans=1,
                        awkward=False,
                    ),
                    clock=clock.now,
                    enforce_limits=False,
                )
            )
            for name, packages in SIZES.items()
        }
        reports: list[CensusReport] = []
        earlier: list[EarlierReport] = []
        for month in MONTHS:
            _move(clock, month.start + timedelta(days=15, minutes=30))
            run_checkpoint(_run(services, _plan(month, clock, tenants)))
            _move(clock, month.end + timedelta(minutes=30))
            result = run_census(_run(services, _plan(month, clock, tenants)))
            assert result.report is not None
            reports.append(replace(result.report, earlier=list(earlier)))
            earlier.append(read_earlier_report(str(month), render_json(result.report)))
        return reports


def write_tables(folder: Path, report: CensusReport) -> None:
    """Write the tables of a report under their keys in the bucket."""
    assert isinstance(report.period, Month)
    tables = [(name, REPORT_FILE, body) for name, body in render_report_tables(report)]
    for tenant in report.tenants_with_rows():
        for name, body in render_tenant_tables(report, tenant, connections=True):
            tables.append((name, tenant.name, body))
    for name, owner, body in tables:
        file = folder / table_key(name, report.period, owner)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)


def _move(clock: FakeClock, moment: datetime) -> None:
    clock.advance((moment - clock.now()).total_seconds())


def _plan(month: Month, clock: FakeClock, tenants: Mapping[str, SimulatedTenant]) -> CensusPlan:
    return CensusPlan(
        period=month,
        run_id=f"{clock.now():%Y%m%dT%H%M%SZ}",
        tenants={
            name: tenant_opener(
                partial(json.dumps, tenant.service_key()),
                name,
                limits=RateLimits(),
                retry_policy=RetryPolicy(),
            )
            for name, tenant in tenants.items()
        },
        other_tenants=[],
        formats=["json"],
        edit_tolerance=timedelta(seconds=1),
        tenants_at_once=1,
        thresholds=Thresholds(message_floor=50),
        health=True,
    )


def _run(services: Services, plan: CensusPlan) -> RunContext:
    return RunContext(plan, services, lambda *_: None, Deadline(services.clock, 3600))
