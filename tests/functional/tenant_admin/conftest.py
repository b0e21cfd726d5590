"""A simulated tenant with the whole API, its service key file, and a runner for the commands."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from iflow_census.cli.commands import app
from iflow_census.cloud_integration import odata
from tests.clock import FakeClock
from tests.simulators.cloud_integration import ALL_ROLES, SimulatedTenant
from tests.simulators.cloud_integration.examples import EXAMPLE_NOW, example_landscape

Start = Callable[..., SimulatedTenant]
Call = Callable[..., Result]


def writes(tenant: SimulatedTenant) -> list[str]:
    """Return the write requests that the tenant received, such as "DELETE Partners('x')"."""
    root = "/api/v1/"
    return [
        f"{request.method} {request.target.partition(root)[2]}"
        for request in tenant.requests
        if request.method != "GET" and root in request.path
    ]


@pytest.fixture
def clock() -> FakeClock:
    """A clock at the time of the simulator's example data."""
    return FakeClock(EXAMPLE_NOW)


@pytest.fixture
def start(clock: FakeClock) -> Iterator[Start]:
    """Start tenants with all roles: `start(auth="apikey")`."""
    with ExitStack() as stack:

        def start_tenant(**options: Any) -> SimulatedTenant:
            defaults: dict[str, Any] = {
                "clock": clock.now,
                "enforce_limits": False,
                "roles": ALL_ROLES,
            }
            landscape = options.pop("landscape", None) or example_landscape()
            tenant = SimulatedTenant(landscape, **(defaults | options))
            return stack.enter_context(tenant)

        yield start_tenant


@pytest.fixture
def tenant(start: Start) -> SimulatedTenant:
    """A tenant with all roles."""
    return start()


@pytest.fixture
def key_file(tenant: SimulatedTenant, tmp_path: Path) -> str:
    """The path of the tenant's service key, keys/prod.json."""
    path = tmp_path / "keys" / "prod.json"
    path.parent.mkdir()
    path.write_text(json.dumps(tenant.service_key()), encoding="utf-8")
    return str(path)


@pytest.fixture
def call(
    tenant: SimulatedTenant, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Call:
    r"""Run `iflow-census` in an empty folder, on the fake clock.

    `call("api", key_file, "GET", "Partners", input="y\n")` fails if a secret is printed.
    """
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def run(*arguments: str, input: str | bytes | None = None) -> Result:  # noqa: A002 - the runner's name
        result = CliRunner().invoke(app, list(arguments), input=input, obj=clock.clock)
        assert not any(secret in result.output for secret in tenant.secrets())
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def iflow(tenant: SimulatedTenant) -> str:
    """The path of an iFlow that can be downloaded: no draft, and in an editable package."""
    editable = {
        package.id for package in tenant.landscape.packages if package.mode == "EDIT_ALLOWED"
    }
    iflow = next(
        iflow
        for iflow in tenant.landscape.iflows
        if iflow.package_id in editable and not iflow.is_draft
    )
    return odata.entity_path(
        "IntegrationDesigntimeArtifacts", {"Id": iflow.id, "Version": "active"}
    )


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input is a terminal, so the command can ask for confirmation."""
    monkeypatch.setattr("iflow_census.cli.tenant_admin.confirmation.is_interactive", lambda: True)
