"""The LeanIX workspace of the demo, and the fact sheets and relations in it."""

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from iflow_census.clock import Clock, Deadline
from iflow_census.leanix.configuration import build_configuration
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.leanix.workspace import workspace_opener
from iflow_census.report.reader import read_report
from iflow_census.scan.systems import parse_systems
from tests.simulators.leanix import SimulatedWorkspace

SYSTEMS = Path(__file__).parent / "company" / "systems.csv"
MAX_UNMATCHED = 5


@contextmanager
def demo_workspace(
    kept_in: Path, tenants: Sequence[str], now: Callable[[], datetime]
) -> Iterator[SimulatedWorkspace]:
    """A workspace with applications, set up as `iflow-census leanix setup` does it."""
    with SimulatedWorkspace(clock=now) as workspace:
        if kept_in.exists():
            # Written by the demo before.
            kept = pickle.loads(kept_in.read_bytes())  # noqa: S301
            for field in fields(kept):
                if hasattr(kept, field.name):
                    setattr(workspace.inventory, field.name, getattr(kept, field.name))
        for rule in parse_systems(SYSTEMS.read_bytes()).rules:
            if rule.application and workspace.inventory.find(rule.application) is None:
                workspace.inventory.add("Application", rule.application, name=rule.system)
        deadline = Deadline(Clock(), 60)
        with workspace_opener(workspace.secret(), "the demo's secret")(deadline) as session:
            for name in tenants:
                session.put_configuration(build_configuration(name, LeanixSettings()))
        yield workspace


def print_runs(console: Console, result: Mapping[str, Any]) -> None:
    """Print the LeanIX run of each tenant."""
    table = Table(title="LeanIX (simulated workspace)")
    for column in ("tenant", "run"):
        table.add_column(column)
    columns = ("created", "updated", "unchanged", "warnings")
    for column in columns:
        table.add_column(column, justify="right")
    for run in result["leanix"]:
        table.add_row(
            run["tenant"], run["status"], *(str(run.get(column, "-")) for column in columns)
        )
    console.print(table)


def print_connections(console: Console, workspace: SimulatedWorkspace, report: bytes) -> None:
    """Print how many interfaces are connected to applications, and systems without a rule."""
    interfaces = {sheet.id for sheet in workspace.inventory.active("Interface")}
    connected = {
        relation.source
        for relation in workspace.inventory.relations
        if relation.type.endswith("Application")
    }
    console.print(
        f"{len(connected & interfaces)} of {len(interfaces)} interfaces in LeanIX are connected to "
        "applications."
    )
    rows = [row for tenant in read_report("report.json", report).tenants for row in tenant.iflows]
    unmatched = parse_systems(SYSTEMS.read_bytes()).unmatched(rows)
    names = [f"{name} ({count})" for (_, name), count in unmatched.items()]
    more = f" and {len(names) - MAX_UNMATCHED} more" if len(names) > MAX_UNMATCHED else ""
    console.print(
        f"No rule in systems.csv applies to {', '.join(names[:MAX_UNMATCHED])}{more}; list them "
        "with `iflow-census leanix unmatched`."
    )
