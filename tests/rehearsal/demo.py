"""`make demo`: three simulated tenants, simulated AWS and LeanIX, the real handler and report.

Time is moved: the checkpoint runs on the 16th of October 2026 and the census on the 1st of
November, with the events that the schedules send. The simulated LeanIX workspace keeps what it has
from one demo to the next, as a real one would.
"""

import argparse
import json
import logging
import os
import pickle
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from moto.server import ThreadedMotoServer
from rich.console import Console
from rich.table import Table

from iflow_census import observability
from iflow_census.cli.progress import census_progress
from iflow_census.clock import Clock, Deadline
from iflow_census.errors import CensusIncomplete
from iflow_census.leanix.configuration import configuration
from iflow_census.leanix.opening import workspace_opener
from iflow_census.leanix.settings import LeanixSettings
from tests.simulators.cloud_integration import (
    Fault,
    FaultKind,
    SimulatedTenant,
    generate_landscape,
)
from tests.simulators.leanix import SimulatedWorkspace

ROOT = Path(__file__).parents[2]
OUT = ROOT / "demo-output"
WORKSPACE = OUT / ".leanix-workspace"
BUCKET = "iflow-census-demo"
SIZES = {"dev": (20, 4), "test": (40, 4), "prod": (60, 5)}
"""Packages and iFlows per package of each tenant."""


class MovedClock:
    """The real clock, moved to another day; it ticks on."""

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def move_to(self, moment: str) -> None:
        """Be at this moment now."""
        self._offset = datetime.fromisoformat(moment) - datetime.now(UTC)

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


def main() -> int:
    """Run the demo. Returns 0 if it ends as it should: partial where a tenant is broken."""
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--fail", choices=sorted(SIZES), help="break this tenant")
    fail = parser.parse_args().fail
    console = Console(highlight=False)
    clock = MovedClock()
    with ExitStack() as stack:
        tenants = {
            name: stack.enter_context(_tenant(name, clock, broken=name == fail)) for name in SIZES
        }
        workspace = stack.enter_context(_workspace(clock))
        stack.enter_context(_simulated_aws(tenants, workspace))
        console.print(
            "Three tenants are simulated; the 16th of October: the month so far is counted."
        )
        _invoke("checkpoint.json", clock, console)
        console.print("The 1st of November: the census.")
        result = _invoke("schedule.json", clock, console)
        _fetch_report(result)
        WORKSPACE.write_bytes(pickle.dumps(workspace.inventory))
    _print_table(console, result)
    _print_leanix(console, result)
    return 0 if result["status"] == ("partial" if fail else "complete") else 1


def _tenant(name: str, clock: MovedClock, *, broken: bool) -> SimulatedTenant:
    packages, iflows = SIZES[name]
    landscape = generate_landscape(
        seed=7,
        name=name,
        variant=name,
        packages=packages,
        iflows_per_package=iflows,
        months=((2026, 10),),
    )
    tenant = SimulatedTenant(landscape, clock=clock.now, latency=0.03)
    if broken:
        tenant.faults.add(Fault(FaultKind.SERVER_ERROR, family="runtime"))
    return tenant


@contextmanager
def _workspace(clock: MovedClock) -> Iterator[SimulatedWorkspace]:
    """A LeanIX workspace, set up as `iflow-census leanix setup` does it."""
    with SimulatedWorkspace(clock=clock.now) as workspace:
        if WORKSPACE.exists():
            # Written by the demo before.
            kept = pickle.loads(WORKSPACE.read_bytes())  # noqa: S301
            for field in fields(kept):
                setattr(workspace.inventory, field.name, getattr(kept, field.name))
        deadline = Deadline(Clock(), 60)
        with workspace_opener(workspace.secret(), "the demo's secret")(deadline) as session:
            for name in SIZES:
                session.put_configuration(configuration(name, LeanixSettings()))
        yield workspace


@contextmanager
def _simulated_aws(
    tenants: Mapping[str, SimulatedTenant], workspace: SimulatedWorkspace
) -> Iterator[None]:
    """A server that answers as S3 and Secrets Manager do, with a bucket and the tenants' keys."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    os.environ.update(
        AWS_ENDPOINT_URL=f"http://{host}:{port}",
        AWS_ACCESS_KEY_ID="demo",
        AWS_SECRET_ACCESS_KEY="demo",
        AWS_DEFAULT_REGION="eu-central-1",
        IFLOW_CENSUS_BUCKET=BUCKET,
        IFLOW_CENSUS_FORMATS="csv json jsonl html xlsx classic-csv classic-json",
        POWERTOOLS_SERVICE_NAME="iflow-census-demo",
        POWERTOOLS_TRACE_DISABLED="true",
        POWERTOOLS_METRICS_DISABLED="true",
        POWERTOOLS_LOG_LEVEL="CRITICAL",
    )
    s3 = boto3.client("s3")
    s3.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    secrets = boto3.client("secretsmanager")
    for name, tenant in tenants.items():
        secrets.create_secret(
            Name=f"iflow-census/tenants/{name}", SecretString=json.dumps(tenant.service_key())
        )
    secrets.create_secret(Name="iflow-census/leanix", SecretString=workspace.secret())
    try:
        yield
    finally:
        server.stop()


def _invoke(name: str, clock: MovedClock, console: Console) -> Mapping[str, Any]:
    sys.path.insert(0, str(ROOT / "functions" / "census"))
    import app  # noqa: PLC0415 - found by the line above

    event = json.loads((ROOT / "events" / name).read_text())
    clock.move_to(event["scheduled_time"])
    app.CLOCK = replace(Clock(), now=clock.now)
    with census_progress(console) as progress:
        setattr(observability, "tell_progress", progress)  # noqa: B010 - the demo shows it
        try:
            return app.handler(event, Context())  # type: ignore[arg-type]
        except CensusIncomplete as incomplete:
            result: Mapping[str, Any] = json.loads(str(incomplete))
            return result


def _fetch_report(result: Mapping[str, Any]) -> None:
    """Copy the published files into a folder where a person can open them."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    s3 = boto3.client("s3")
    folder = f"reports/period={result['period']}/"
    for file in s3.list_objects_v2(Bucket=BUCKET, Prefix=folder)["Contents"]:
        target = OUT / file["Key"].removeprefix(folder)
        target.write_bytes(s3.get_object(Bucket=BUCKET, Key=file["Key"])["Body"].read())


def _print_table(console: Console, result: Mapping[str, Any]) -> None:
    report = json.loads((OUT / "report.json").read_text(encoding="utf-8"))
    table = Table(title=f"iFlow census of {result['period']} ({result['status']})")
    table.add_column("tenant")
    columns = ("iflows", "edited", "deployed", "unused", "messages")
    for column in columns:
        table.add_column(column, justify="right")
    table.add_column("status")
    for tenant in report["tenants"]:
        figures = ["-" if tenant["error"] else str(tenant["totals"][one]) for one in columns]
        table.add_row(tenant["name"], *figures, tenant["status"])
    console.print(table)
    for tenant in report["tenants"]:
        note = tenant["error"] or tenant["coverage"]["reason"]
        if note:
            console.print(f"{tenant['name']}: {note}", soft_wrap=True)
    console.print(f"The report lies in {OUT}:", soft_wrap=True)
    for file in sorted(OUT.glob("[!.]*")):
        console.print(f"  {file.name} ({file.stat().st_size:,} bytes)")


def _print_leanix(console: Console, result: Mapping[str, Any]) -> None:
    """What became of the inventory in the simulated workspace."""
    table = Table(title="LeanIX (simulated workspace)")
    for column in ("tenant", "run"):
        table.add_column(column)
    columns = ("created", "updated", "unchanged", "warnings")
    for column in columns:
        table.add_column(column, justify="right")
    for run in result["leanix"]:
        table.add_row(run["tenant"], run["status"], *(str(run[one]) for one in columns))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
