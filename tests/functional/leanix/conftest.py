"""A simulated workspace, and sessions with it that never really wait."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from iflow_census.cli.leanix import app
from iflow_census.clock import Deadline
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.leanix.configuration import build_configuration
from iflow_census.leanix.inbound import DeliveryHooks, send_inventory
from iflow_census.leanix.outcome import LeanixOutcome
from iflow_census.leanix.past import Past
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.leanix.workspace import Workspace, workspace_opener
from iflow_census.scan.results import IflowRow, TenantResult, TenantStatus
from iflow_census.scan.systems import SystemRules
from tests.clock import FakeClock
from tests.simulators.leanix import SimulatedWorkspace
from tests.simulators.leanix.ldif import connector_key
from tests.unit.leanix.rows import OCTOBER, tenant_result
from tests.unit.report.examples import report, tenant
from tests.unit.report.rendering import render_json

Call = Callable[..., Result]


StartWorkspace = Callable[..., SimulatedWorkspace]
OpenSession = Callable[..., Workspace]

RUN_ID = "20261101T003000Z"


@pytest.fixture
def start_workspace(clock: FakeClock) -> Iterator[StartWorkspace]:
    """Start a workspace with the fake clock: `start_workspace(create_shape="array")`."""
    with ExitStack() as stack:

        def start(**options: Any) -> SimulatedWorkspace:
            times: dict[str, Any] = {"clock": clock.now, "monotonic": clock.monotonic}
            return stack.enter_context(SimulatedWorkspace(**(times | options)))

        yield start


@pytest.fixture
def leanix(start_workspace: StartWorkspace) -> SimulatedWorkspace:
    """A workspace with a tag group."""
    return start_workspace(tag_groups=("SAP Cloud Integration",))


@contextmanager
def open_workspace(
    secret: str, clock: FakeClock, *, seconds: float = 3600.0, read_timeout: float = 60.0
) -> Iterator[Workspace]:
    """Open a session with the workspace of a secret."""
    retry_policy = RetryPolicy(connect=5.0, read=read_timeout, retries=3)
    opener = workspace_opener(secret, "the secret", retry_policy=retry_policy)
    with opener(Deadline(clock.clock, seconds)) as workspace:
        yield workspace


@pytest.fixture
def open_session(clock: FakeClock) -> Iterator[OpenSession]:
    """Open a session with a simulated workspace: `open_session(leanix, seconds=60)`."""
    with ExitStack() as stack:

        def open_(
            leanix: SimulatedWorkspace, *, secret: str | None = None, **options: Any
        ) -> Workspace:
            return stack.enter_context(open_workspace(secret or leanix.secret(), clock, **options))

        yield open_


def set_up(
    leanix: SimulatedWorkspace, settings: LeanixSettings | None = None, *tenants: str
) -> None:
    """Put the processor configurations of tenants into a workspace, without a request."""
    for name in tenants or ("prod",):
        configuration = dict(build_configuration(name, settings or LeanixSettings()))
        leanix.api.configurations[connector_key(configuration)] = configuration


@dataclass
class MemoryRecord:
    """Keeps the ids of the runs that were started; `read` returns the newest one."""

    ids: list[str] = field(default_factory=list)

    def read(self) -> str | None:
        return self.ids[-1] if self.ids else None

    def claim(self) -> str | None:
        return self.read()

    def save(self, run_id: str) -> None:
        if run_id not in self.ids:
            self.ids.append(run_id)


def send(
    workspace: Workspace,
    tenant: TenantResult | None = None,
    settings: LeanixSettings | None = None,
    *,
    run_id: str = RUN_ID,
    test: bool = False,
    systems: SystemRules | None = None,
    past: Past | None = None,
    **hooks: Any,
) -> LeanixOutcome:
    """Send a tenant, by default with two iFlows, in a census run that is always the same."""
    return send_inventory(
        workspace,
        tenant or tenant_result(),
        OCTOBER,
        settings or LeanixSettings(),
        run_id=run_id,
        test=test,
        systems=systems,
        past=past,
        hooks=DeliveryHooks(**hooks),
    )


@pytest.fixture
def call(leanix: SimulatedWorkspace, clock: FakeClock, tmp_path: Path) -> Call:
    """Call a command with the workspace's secret, without real waiting."""
    secret = tmp_path / "leanix.json"
    secret.write_text(leanix.secret(), encoding="utf-8")

    def invoke(*arguments: str) -> Result:
        result = CliRunner().invoke(app, [*arguments, "--secret", str(secret)], obj=clock.clock)
        for secret_value in leanix.secrets():
            assert secret_value not in result.output
        return result

    return invoke


@pytest.fixture
def call_without_secret(clock: FakeClock) -> Call:
    """Call a command that does not use LeanIX."""
    return lambda *arguments: CliRunner().invoke(app, [*arguments], obj=clock.clock)


def write_report(folder: Path, *rows: IflowRow, tenants: Mapping[str, str] | None = None) -> str:
    tenants = {row.tenant: "complete" for row in rows} | dict(tenants or {})
    results = [
        replace(
            tenant(name, [row for row in rows if row.tenant == name]), status=TenantStatus(status)
        )
        for name, status in tenants.items()
    ]
    path = folder / "report.json"
    path.write_bytes(render_json(report(*results)))
    return str(path)
