"""`iflow-census leanix inbound` and `unmatched`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.console import Console

from iflow_census.census.leanix import MAX_CONCURRENCY
from iflow_census.cli.files import read_text, writing
from iflow_census.cli.leanix_input import (
    DryRun,
    SettingsFile,
    SystemsFile,
    load_settings,
    load_systems,
    open_workspace,
)
from iflow_census.cli.leanix_output import print_outcomes, print_warnings, show_run_status
from iflow_census.cli.leanix_secret import LeanixSecretSource, reads_leanix_secret
from iflow_census.cli.terminal import (
    ExitCode,
    JsonResult,
    as_usage_error,
    get_clock,
    handle_errors,
    print_error,
    stderr_console,
)
from iflow_census.errors import AccessError, CensusError, one_line
from iflow_census.leanix.inbound import DeliveryHooks, send_inventory
from iflow_census.leanix.outcome import LeanixOutcome, shorten
from iflow_census.leanix.past import Past, read_past
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.run import OnState
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.leanix.workspace import Workspace
from iflow_census.report.census_report import CensusReport
from iflow_census.report.reader import read_report
from iflow_census.scan.anatomy.connection import Connection
from iflow_census.scan.anatomy.connections import find_connections
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import IflowRow, TenantResult, TenantStatus
from iflow_census.scan.systems import SystemRules
from iflow_census.scan.thread_pool import DaemonThreadPool
from iflow_census.store.folder import FolderStore
from iflow_census.store.lease import Lease
from iflow_census.store.model_store import ModelFile
from iflow_census.store.report_writer import REPORTS

ReportFile = Annotated[Path, typer.Argument(metavar="REPORT.json", help="The report.json to read.")]


@reads_leanix_secret
def inbound(
    secret: LeanixSecretSource,
    ctx: typer.Context,
    report: ReportFile,
    *,
    settings: SettingsFile = None,
    systems: SystemsFile = None,
    test: DryRun = False,
    again: Annotated[
        bool, typer.Option("--again", help="Send the report even if it was sent successfully.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Save everything that LeanIX reports, in a folder per tenant.",
            show_default=False,
        ),
    ] = None,
    json_result: JsonResult = False,
) -> None:
    """Send an existing report to LeanIX.

    Each completely scanned tenant is sent in a LeanIX run of its own, four at a time.

    Exit codes: 0 success, 1 failed, 2 usage error, 3 partial success, 130 interrupted.
    """
    clock, folder = get_clock(ctx), _folder_of(report)
    with as_usage_error():
        loaded_settings = load_settings(settings)
        rules = load_systems(systems, folder)
        census = _read(report)
        census = replace(census, tenants=_with_connections(census.tenants, folder))
    # LeanIX runs of an earlier call are found by the run id, so a different one sends again.
    run_id = f"{census.run_id}+{clock.now().isoformat()}" if again else census.run_id
    with open_workspace(secret, clock) as workspace:
        delivery = _ReportDelivery(
            workspace, census, loaded_settings, rules, run_id, test, out, folder
        )
        outcomes = delivery.send(stderr_console())
    if json_result:
        typer.echo(json.dumps([outcome.to_dict() for outcome in outcomes]))
    else:
        print_outcomes(outcomes)
    succeeded = sum(outcome.problem is None for outcome in outcomes)
    if succeeded < len(census.tenants):
        raise typer.Exit(ExitCode.PARTIAL if succeeded else ExitCode.FAILED)


def unmatched(
    report: ReportFile, *, systems: SystemsFile = None, json_result: JsonResult = False
) -> None:
    """List the systems of a report that no rule applies to, by number of iFlows."""
    with handle_errors(), as_usage_error():
        folder = _folder_of(report)
        rules = load_systems(systems, folder)
        tenants = _with_connections(_read(report).tenants, folder)
        counts = rules.unmatched(
            (row for tenant in tenants for row in tenant.iflows),
            (connection for tenant in tenants for connection in tenant.connections),
        )
    if json_result:
        entries = [
            {"part": part, "name": name, "iflows": count} for (part, name), count in counts.items()
        ]
        typer.echo(json.dumps(entries))
        return
    for (part, name), count in counts.items():
        typer.echo(one_line(f"{count:>6}  {part:<11}  {name}"))
    if not counts:
        print_error("a rule applies to every system that the iFlows name")


def _with_connections(
    tenants: Sequence[TenantResult], folder: Path | None
) -> Sequence[TenantResult]:
    """Add the channels of the iFlows, from the models in the folder: report.json has no hosts."""
    if folder is None:
        return tenants
    store = FolderStore(folder)
    return [
        replace(tenant, connections=_read_connections(tenant.iflows, ModelFile(store, tenant.name)))
        for tenant in tenants
    ]


def _read_connections(rows: Sequence[IflowRow], models: ModelFile) -> Sequence[Connection]:
    versions = {row.iflow_id: (row.iflow_version, row.modified_at) for row in rows}
    current = {
        stored.iflow_id: Reading(stored.result.model)
        for stored in models.read()
        if versions.get(stored.iflow_id) == (stored.version.version, stored.version.modified_at)
    }
    return find_connections(rows, current)


def _folder_of(report_file: Path) -> Path | None:
    """The folder of the census that wrote the report to reports/period=…/report.json."""
    period = report_file.resolve().parent
    if f"{period.parent.name}/" != REPORTS:
        return None
    return period.parent.parent


def _read(report_file: Path) -> CensusReport:
    return read_report(str(report_file), read_text(report_file).encode())


@dataclass(frozen=True, slots=True)
class _ReportDelivery:
    """The delivery of a report: several tenants at a time, as in the Lambda."""

    workspace: Workspace
    report: CensusReport
    settings: LeanixSettings
    systems: SystemRules
    run_id: str
    test: bool
    out: Path | None
    folder: Path | None

    def send(self, console: Console) -> Sequence[LeanixOutcome]:
        """Send the complete tenants. Returns the outcomes of those that LeanIX has processed."""
        complete = []
        for tenant in self.report.tenants:
            if tenant.status is TenantStatus.COMPLETE:
                complete.append(tenant)
            else:
                print_error(f"{tenant.name}: not sent, because its scan is {tenant.status}")
        pool = DaemonThreadPool(MAX_CONCURRENCY, "leanix")
        outcomes = []
        try:
            with show_run_status(console, "LeanIX") as on_state:
                futures = {
                    tenant.name: pool.submit(self._send, tenant, on_state) for tenant in complete
                }
                for name, future in futures.items():
                    try:
                        outcomes.append(future.result())
                    except CensusError as error:
                        print_error(f"{name}: {error}")
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        for outcome in outcomes:
            _print_remarks(outcome)
        return outcomes

    def _send(self, tenant: TenantResult, on_state: OnState) -> LeanixOutcome:
        def save_dry_run(outcome: LeanixOutcome) -> None:
            self._save(outcome, tenant.name, "dry-run")

        with self._sending_alone(tenant.name, on_state) as on_state_of_run:
            outcome = self._deliver(
                tenant, DeliveryHooks(on_state=on_state_of_run, on_dry_run=save_dry_run)
            )
        self._save(outcome, tenant.name)
        return outcome

    @contextmanager
    def _sending_alone(self, tenant: str, on_state: OnState) -> Iterator[OnState]:
        """Keep other commands from sending the tenant; yields what to call with each state."""
        lease = self._acquire_lease(tenant)
        if lease is None:
            yield on_state
            return

        def renew(state: RunState) -> None:
            lease.renew()
            on_state(state)

        try:
            yield renew
        finally:
            lease.release()

    def _acquire_lease(self, tenant: str) -> Lease | None:
        """Acquire the lease of the tenant; None if the folder is not known or cannot be written."""
        if self.folder is None:
            return None
        deadline = self.workspace.deadline
        key = f"work/leases/leanix/{tenant}.json"
        lease = Lease(FolderStore(self.folder), key, uuid4().hex, deadline.clock)
        try:
            lease.acquire(
                deadline, lambda: print_error(f"{tenant}: another command sends it; waiting")
            )
        except AccessError:
            return None
        return lease

    def _deliver(self, tenant: TenantResult, hooks: DeliveryHooks) -> LeanixOutcome:
        return send_inventory(
            self.workspace,
            tenant,
            self.report.period,
            self.settings,
            run_id=self.run_id,
            test=self.test,
            systems=self.systems,
            past=self._read_past(tenant),
            hooks=hooks,
        )

    def _read_past(self, tenant: TenantResult) -> Past:
        """Read the history beside a report that is where the census has written it."""
        if self.folder is None:
            return Past()
        return read_past(FolderStore(self.folder), self.report.period, tenant)

    def _save(self, outcome: LeanixOutcome, *folders: str) -> None:
        """Save everything that LeanIX reported, in a folder per tenant."""
        if self.out is None:
            return
        folder = self.out.joinpath(*folders)
        files = {**outcome.evidence(), "outcome.json": _to_json(outcome.to_dict())}
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            for name, body in files.items():
                (folder / name).write_bytes(body)


def _to_json(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, indent=1).encode()


def _print_remarks(outcome: LeanixOutcome) -> None:
    if outcome.problem:
        print_error(f"{outcome.tenant}: {outcome.problem}")
    print_warnings(outcome.warnings)
    for note in shorten(outcome.notes):
        print_error(one_line(f"{outcome.tenant}: {note}"))
