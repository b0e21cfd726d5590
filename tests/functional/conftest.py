"""What the functional tests share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from iflow_census.leanix.configuration import build_configuration
from iflow_census.leanix.settings import LeanixSettings
from tests.clock import FakeClock
from tests.functional.lambda_rig import Rig, lambda_rig
from tests.functional.mailbox import TOPIC
from tests.simulators.cloud_integration import SimulatedTenant
from tests.simulators.leanix import SimulatedWorkspace
from tests.simulators.leanix.ldif import connector_key


@pytest.fixture
def clock() -> FakeClock:
    """The 1st of November 2026, 00:30 UTC, when the schedule starts."""
    return FakeClock()


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> Iterator[Callable[..., Rig]]:
    """Makes a rig of tenants: `rig(prod=tenant, test=tenant)`."""
    with ExitStack() as stack:

        def made(**tenants: SimulatedTenant) -> Rig:
            return stack.enter_context(lambda_rig(monkeypatch, clock, tenants))

        yield made


@pytest.fixture
def workspace(clock: FakeClock) -> Iterator[SimulatedWorkspace]:
    """A workspace with processor configurations for the tenants of these tests."""
    with SimulatedWorkspace(clock=clock.now, enforce_limits=False) as workspace:
        for tenant in ("dev", "prod"):
            made = dict(build_configuration(tenant, LeanixSettings()))
            workspace.api.configurations[connector_key(made)] = made
        yield workspace


@pytest.fixture
def _notice_topic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Configure the topic for notices, as template.yaml does."""
    monkeypatch.setenv("IFLOW_CENSUS_NOTICE_TOPIC", TOPIC)
