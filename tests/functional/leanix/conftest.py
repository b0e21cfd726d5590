"""A workspace, and sessions in it that never wait for real."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from iflow_census.clock import Deadline
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.leanix.configuration import configuration
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.leanix.workspace import Workspace, workspace_opener
from tests.clock import FakeClock
from tests.simulators.leanix import SimulatedWorkspace
from tests.simulators.leanix.ldif import key_of

Start = Callable[..., SimulatedWorkspace]
Session = Callable[..., Workspace]


@pytest.fixture
def start(clock: FakeClock) -> Iterator[Start]:
    """Starts a workspace on the fake clock: `start(create_shape="array")`."""
    with ExitStack() as stack:

        def begin(**options: Any) -> SimulatedWorkspace:
            times: dict[str, Any] = {"clock": clock.now, "monotonic": clock.monotonic}
            return stack.enter_context(SimulatedWorkspace(**(times | options)))

        yield begin


@pytest.fixture
def leanix(start: Start) -> SimulatedWorkspace:
    """A workspace with a tag group."""
    return start(tag_groups=("SAP Cloud Integration",))


@contextmanager
def opened(
    secret: str, clock: FakeClock, *, seconds: float = 3600.0, read: float = 60.0
) -> Iterator[Workspace]:
    """A session with a workspace."""
    retry_policy = RetryPolicy(connect=5.0, read=read, retries=3)
    with workspace_opener(secret, "the secret", retry_policy=retry_policy)(
        Deadline(clock.clock, seconds)
    ) as workspace:
        yield workspace


@pytest.fixture
def session(clock: FakeClock) -> Iterator[Session]:
    """Opens a session with a simulated workspace: `session(leanix, seconds=60)`."""
    with ExitStack() as stack:

        def begin(
            leanix: SimulatedWorkspace, *, secret: str | None = None, **options: Any
        ) -> Workspace:
            return stack.enter_context(opened(secret or leanix.secret(), clock, **options))

        yield begin


def set_up(
    leanix: SimulatedWorkspace, settings: LeanixSettings | None = None, *tenants: str
) -> None:
    """Put our processor configuration into a workspace, without a request."""
    for tenant in tenants or ("prod",):
        made = dict(configuration(tenant, settings or LeanixSettings()))
        leanix.api.configurations[key_of(made)] = made
