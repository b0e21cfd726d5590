"""Rigs whose function is driven by the state machine of the template."""

from collections.abc import Callable
from typing import Any

import pytest
from moto.core.config import default_user_config

from tests.aws_clients import Call, direct_client
from tests.functional.fan_out.machine import Machine, machine_of
from tests.functional.lambda_rig import Rig
from tests.simulators.cloud_integration import SimulatedTenant


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
def secret_requests(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """The requests to Secrets Manager: operation, and the secret that it names."""
    requests: list[tuple[str, str | None]] = []
    client = direct_client("secretsmanager")
    call: Call = client._make_api_call

    def record(operation: str, params: dict[str, Any]) -> Any:
        requests.append((operation, params.get("SecretId")))
        return call(operation, params)

    monkeypatch.setattr(client, "_make_api_call", record)
    return requests
