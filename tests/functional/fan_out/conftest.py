"""Rigs whose function is driven by the state machine of the template."""

from collections.abc import Callable, Iterator

import boto3
import pytest
from moto.core.config import default_user_config

from iflow_census.leanix.configuration import configuration
from iflow_census.leanix.settings import LeanixSettings
from tests.clock import FakeClock
from tests.functional.fan_out.machine import Machine, machine_of
from tests.functional.lambda_rig import PREFIX, Rig
from tests.simulators.cloud_integration import SimulatedTenant
from tests.simulators.leanix import SimulatedWorkspace
from tests.simulators.leanix.ldif import key_of


@pytest.fixture
def machine(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Callable[..., Machine]:
    """Makes a state machine over a rig of tenants: `machine(prod=tenant, test=tenant)`."""
    monkeypatch.setitem(default_user_config, "stepfunctions", {"execute_state_machine": True})
    monkeypatch.setitem(default_user_config, "lambda", {"use_docker": False})
    rig: Callable[..., Rig] = request.getfixturevalue("rig")

    def made(**tenants: SimulatedTenant) -> Machine:
        return machine_of(rig(**tenants), monkeypatch)

    return made


@pytest.fixture
def workspace(clock: FakeClock) -> Iterator[SimulatedWorkspace]:
    """A workspace with processor configurations for the tenants of these tests."""
    with SimulatedWorkspace(clock=clock.now, enforce_limits=False) as workspace:
        for tenant in ("dev", "prod"):
            made = dict(configuration(tenant, LeanixSettings()))
            workspace.api.configurations[key_of(made)] = made
        yield workspace


def configure(workspace: SimulatedWorkspace) -> None:
    """Store the secret of LeanIX; after the rig is made."""
    boto3.client("secretsmanager").create_secret(
        Name=f"{PREFIX}/leanix", SecretString=workspace.secret()
    )
