"""A tenant with everything that SAP's API has, its key file, and the commands that speak to it."""

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


@pytest.fixture
def clock() -> FakeClock:
    """The moment at which the examples of the simulator hold."""
    return FakeClock(EXAMPLE_NOW)


@pytest.fixture
def start(clock: FakeClock) -> Iterator[Start]:
    """Starts a tenant with all roles: `start(auth="apikey")`."""
    with ExitStack() as stack:

        def begin(**options: Any) -> SimulatedTenant:
            given: dict[str, Any] = {"clock": clock.now, "enforce_limits": False}
            begun = SimulatedTenant(example_landscape(), **(given | {"roles": ALL_ROLES} | options))
            return stack.enter_context(begun)

        yield begin


@pytest.fixture
def tenant(start: Start) -> SimulatedTenant:
    """A tenant with all roles."""
    return start()


@pytest.fixture
def key_file(tenant: SimulatedTenant, tmp_path: Path) -> str:
    """The tenant's service key: keys/prod.json."""
    path = tmp_path / "keys" / "prod.json"
    path.parent.mkdir()
    path.write_text(json.dumps(tenant.service_key()), encoding="utf-8")
    return str(path)


@pytest.fixture
def call(
    tenant: SimulatedTenant, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Call:
    r"""Calls `iflow-census` in a folder of its own, on the fake clock.

    `call("api", key_file, "GET", "Partners", input="y\n")`; nothing secret may be said.
    """
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def run(*arguments: str, input: str | bytes | None = None) -> Result:  # noqa: A002 - as the runner has it
        result = CliRunner().invoke(app, list(arguments), input=input, obj=clock.clock)
        assert not any(secret in result.output for secret in tenant.secrets())
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def iflow(tenant: SimulatedTenant) -> str:
    """The path of an iFlow whose content may be had: neither a draft nor of SAP's own packages."""
    editable = {one.id for one in tenant.landscape.packages if one.mode == "EDIT_ALLOWED"}
    found = next(
        one
        for one in tenant.landscape.iflows
        if one.package_id in editable and one.version != "Active"
    )
    return odata.entity_path(
        "IntegrationDesigntimeArtifacts", {"Id": found.id, "Version": "active"}
    )


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person sits at the terminal, and can be asked."""
    monkeypatch.setattr("iflow_census.cli.tenant_admin.session.is_interactive", lambda: True)
