"""`make demo`: a company's tenants, AWS and LeanIX are simulated; handler and reports are real.

Time is moved through a year: checkpoints run on the 16th of each month, the census on the 1st of
the next, with the events that the schedules send. Earlier months are counted as fast as possible,
the last one at SAP's rate limits. It is sent to LeanIX; the simulated workspace keeps what it has
from one demo to the next, as a real one would.
"""

import argparse
import json
import os
import pickle
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.core.models import responses_mock
from rich.console import Console
from rich.table import Table

from iflow_census.cli.commands import app as command_line
from iflow_census.cli.progress import census_progress
from iflow_census.clock import Clock
from iflow_census.errors import CensusIncomplete
from iflow_census.lambda_app import observability, wiring
from iflow_census.report.annotations import ANNOTATIONS
from iflow_census.report.labels import CHANGE_LABELS
from iflow_census.scan.period import Month
from iflow_census.scan.systems import SYSTEMS_FILE
from iflow_census.store.report_writer import report_folder
from tests.aws_clients import direct_client
from tests.rehearsal.company.company import EDGE, MESSAGE_SHARES, company_tenant
from tests.rehearsal.demo_leanix import (
    SYSTEMS,
    demo_workspace,
    print_connections,
    print_runs,
)
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant
from tests.simulators.leanix import SimulatedWorkspace

ROOT = Path(__file__).parents[2]
OUT = ROOT / "demo-output"
DECISIONS = Path(__file__).parent / "company" / "annotations.csv"
WORKSPACE = OUT / ".leanix-workspace"
BUCKET = "iflow-census-demo"
YEAR = [*(Month(2025, month) for month in (11, 12)), *(Month(2026, n) for n in range(1, 11))]
MONTHS = (YEAR[-2], YEAR[-1])
"""The month whose report is also a page, and the one whose report is written in all formats."""
TENANTS = tuple(sorted(MESSAGE_SHARES))
ENVIRONMENTS = {"dev": "development", "test": "test", "prod": "production"}
FORMATS = "csv json jsonl html xlsx connections-csv classic-csv classic-json"
FASTER = {
    f"IFLOW_CENSUS_{family}_PER_SECOND": "1000"
    for family in ("DESIGN_TIME", "RUNTIME", "MESSAGE_LOGS")
}
"""Settings for the earlier months: a simulated tenant may have no rate limits."""


class MovedClock:
    """The real clock, moved to another day; it ticks on."""

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def move_to(self, moment: datetime) -> None:
        """Be at this moment now."""
        self._offset = moment - datetime.now(UTC)

    def now(self) -> datetime:
        """The moved moment."""
        return datetime.now(UTC) + self._offset


@dataclass
class Context:
    """What Lambda hands to a handler."""

    aws_request_id: str = "demo"
    function_name: str = "iflow-census-demo"
    memory_limit_in_mb: int = 1769
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:000000000000:function:demo"

    def get_remaining_time_in_millis(self) -> int:
        """Enough."""
        return 900_000


CHECKPOINT_HOUR = "2026-10-16T00:30:00Z"
"""The checkpoint's event has no time, because a person sends it for the present month."""


def main() -> int:
    """Run the demo. Returns 0 if it ends as it should: partial where a tenant is broken."""
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--fail", choices=TENANTS, help="break this tenant")
    fail = parser.parse_args().fail
    console = Console(highlight=False)
    clock = MovedClock()
    last = MONTHS[-1]
    with ExitStack() as stack:
        workspace = stack.enter_context(demo_workspace(WORKSPACE, TENANTS, clock.now))
        stack.enter_context(_simulated_aws(workspace))
        console.print(f"The {len(TENANTS)} tenants of a company are simulated.")
        _count_earlier_months(clock, console)
        with _tenants(clock, last, latency=0.03, broken=fail):
            result = _count(last, clock, console, {})
        out = OUT / f"without-{fail}" if fail else OUT
        _fetch_reports(out)
        if not fail:
            WORKSPACE.write_bytes(pickle.dumps(workspace.inventory))
    folder = out / report_folder(last)
    report_file = (folder / "report.json").read_bytes()
    report = json.loads(report_file)
    _print_changes(console, report)
    _print_table(console, report)
    print_runs(console, result)
    _print_commands(console, out)
    _print_worklist(out)
    print_connections(console, workspace, report_file)
    console.print(f"Report: {(folder / 'report.html').as_uri()}", soft_wrap=True)
    return 0 if result["status"] == ("partial" if fail else "complete") else 1


def _count_earlier_months(clock: MovedClock, console: Console) -> None:
    """Count the months before the last one as fast as possible."""
    earlier = YEAR[:-1]
    console.print(f"The months {earlier[0]} to {earlier[-1]} are counted.")
    os.environ.update(FASTER, IFLOW_CENSUS_FORMATS="json")
    quiet = Console(quiet=True)
    for month in earlier:
        if month in MONTHS:
            os.environ.update(IFLOW_CENSUS_FORMATS="json html", IFLOW_CENSUS_MODELS="true")
        with _tenants(clock, month, latency=0, enforce_limits=False):
            _count(month, clock, quiet, {"leanix": False})
    os.environ["IFLOW_CENSUS_FORMATS"] = FORMATS
    for name in FASTER:
        del os.environ[name]


@contextmanager
def _tenants(
    clock: MovedClock,
    month: Month,
    *,
    latency: float,
    enforce_limits: bool = True,
    broken: str | None = None,
) -> Iterator[None]:
    """The tenants as they are in a month; their keys are where the handler looks for them."""
    with ExitStack() as stack:
        secrets = boto3.client("secretsmanager")
        for name in TENANTS:
            tenant = SimulatedTenant(
                company_tenant(name, month.year, month.month),
                clock=clock.now,
                latency=latency,
                enforce_limits=enforce_limits,
            )
            if name == broken:
                tenant.faults.add(Fault(FaultKind.SERVER_ERROR, family="runtime"))
            key = stack.enter_context(tenant).service_key()
            key["environment"] = ENVIRONMENTS[name]
            key["web_url"] = f"https://{name}.integrationsuite.example.com"
            if name == "prod":
                key["locations"] = [{"id": EDGE}]
            secrets.put_secret_value(
                SecretId=f"iflow-census/tenants/{name}", SecretString=json.dumps(key)
            )
        yield


def _count(
    month: Month, clock: MovedClock, console: Console, wishes: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Send the events of a month as the schedules do: its checkpoint, and the census after it."""
    console.print(f"The 16th of {month}: the month so far is counted.")
    _invoke("checkpoint.json", month.start + timedelta(days=15), clock, console, {})
    console.print(f"The 1st after {month}: the census.")
    return _invoke("schedule.json", month.end, clock, console, wishes)


@contextmanager
def _simulated_aws(workspace: SimulatedWorkspace) -> Iterator[None]:
    """S3 and Secrets Manager in this process, with a bucket and room for the keys."""
    os.environ.update(
        AWS_ACCESS_KEY_ID="demo",
        AWS_SECRET_ACCESS_KEY="demo",
        AWS_DEFAULT_REGION="eu-central-1",
        IFLOW_CENSUS_BUCKET=BUCKET,
        IFLOW_CENSUS_FORMATS=FORMATS,
        POWERTOOLS_METRICS_DISABLED="true",
    )
    observability.logger.setLevel("CRITICAL")
    with mock_aws(), patch.object(boto3, "client", direct_client):
        # boto3 is mocked without it; it would compare each request to a tenant with all of AWS.
        responses_mock.stop()
        _create_resources(workspace)
        yield


def _create_resources(workspace: SimulatedWorkspace) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    s3.put_object(Bucket=BUCKET, Key=SYSTEMS_FILE, Body=SYSTEMS.read_bytes())
    s3.put_object(Bucket=BUCKET, Key=ANNOTATIONS, Body=DECISIONS.read_bytes())
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    secrets = boto3.client("secretsmanager")
    for name in TENANTS:
        secrets.create_secret(Name=f"iflow-census/tenants/{name}", SecretString="{}")
    secrets.create_secret(Name="iflow-census/leanix", SecretString=workspace.secret())


def _invoke(
    name: str, day: datetime, clock: MovedClock, console: Console, wishes: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Call the handler with an event of a schedule, on a day, at the hour of the event."""
    sys.path.insert(0, str(ROOT / "functions" / "census"))
    import app  # noqa: PLC0415 - found by the line above

    event = json.loads((ROOT / "events" / name).read_text()) | wishes
    hour = datetime.fromisoformat(event.get("scheduled_time", CHECKPOINT_HOUR)).timetz()
    moment = datetime.combine(day, hour)
    clock.move_to(moment)
    event["scheduled_time"] = moment.isoformat().replace("+00:00", "Z")
    app.CLOCK = replace(Clock(), now=clock.now)
    with census_progress(console) as progress:
        setattr(wiring, "log_progress", progress)  # noqa: B010 - the demo shows it
        try:
            result: Mapping[str, Any] = app.handler(event, Context())
        except CensusIncomplete as incomplete:
            result = json.loads(str(incomplete))
        return result


def _fetch_reports(out: Path) -> None:
    """Copy what was published into a folder where a person can open it."""
    shutil.rmtree(out, ignore_errors=True)
    s3 = boto3.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for file in page["Contents"]:
            if not file["Key"].startswith("work/"):
                target = out / file["Key"]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(s3.get_object(Bucket=BUCKET, Key=file["Key"])["Body"].read())


def _print_commands(console: Console, out: Path) -> None:
    first, last = MONTHS
    console.print("Read the reports, for instance:")
    for command in (f"open {last}", f"diff {first} {last}", f"unused {last}"):
        folder = out.relative_to(ROOT)
        console.print(f"  .venv/bin/iflow-census report {command} --folder {folder}")


def _print_worklist(out: Path) -> None:
    command = [
        "report",
        "todo",
        str(MONTHS[-1]),
        "--folder",
        str(out.relative_to(ROOT)),
        "--limit",
        "5",
    ]
    command_line(command, standalone_mode=False)


def _print_changes(console: Console, report: Mapping[str, Any]) -> None:
    changes = report["changes"]
    table = Table(title=f"Changes since {changes['compared_with']['month']}")
    table.add_column("what happened")
    for tenant in changes["tenants"]:
        table.add_column(tenant["name"], justify="right")
    for kind, label in CHANGE_LABELS.items():
        counts = [str(tenant["counts"].get(kind, "-")) for tenant in changes["tenants"]]
        table.add_row(label.lower(), *counts)
    console.print(table)


def _print_table(console: Console, report: Mapping[str, Any]) -> None:
    table = Table(title=f"iFlow census of {report['period']['month']} ({report['run']['status']})")
    table.add_column("tenant")
    columns = ("iflows", "edited", "deployed", "unused", "messages")
    for column in columns:
        table.add_column(column, justify="right")
    table.add_column("status")
    for tenant in report["tenants"]:
        figures = ["-" if tenant["error"] else str(tenant["totals"][column]) for column in columns]
        table.add_row(tenant["name"], *figures, tenant["status"])
    console.print(table)
    for tenant in report["tenants"]:
        note = tenant["error"] or tenant["coverage"]["reason"]
        if note:
            console.print(f"{tenant['name']}: {note}", soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
