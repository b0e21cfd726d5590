"""The models in the scan of a tenant, and the credentials that they are searched for."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from iflow_census.clock import Deadline
from iflow_census.scan.health import Credential, CredentialKind
from iflow_census.scan.health_scan import HealthCheck
from iflow_census.scan.model_scan import ModelReading
from iflow_census.scan.readings import Reading
from iflow_census.scan.tenant_scan import TenantScan, scan_tenant
from tests.unit.scan.fake_tenant import OCTOBER, Log
from tests.unit.scan.test_model_scan import Models
from tests.unit.scan.test_tenant_scan import MIDDLE, DeployedTenant, FakeHealth

NAMES = ("oauth2_client_credentials", "user_credentials")

CredentialNames = Callable[[CredentialKind], Reading[Sequence[str]]]


class Health(FakeHealth):
    """The health of a tenant with one credential of each kind."""

    def credential_names(self, kind: CredentialKind) -> Reading[Sequence[str]]:
        return Reading([kind.value])


def scan(
    models: Models,
    *,
    health: FakeHealth | None = None,
    credential_names: CredentialNames | None = None,
    steps: list[tuple[str, int, int]] | None = None,
) -> TenantScan:
    calls = [] if steps is None else steps
    return scan_tenant(
        DeployedTenant([Log(MIDDLE, "A", "COMPLETED")]),
        lambda _: [OCTOBER.window],
        progress=lambda kind, done, known: calls.append((kind, done, known)),
        cancel=lambda: None,
        health_check=HealthCheck(health, MIDDLE) if health else None,
        models=ModelReading(
            models.read,
            models.read_package,
            [],
            lambda: Deadline(models.clock.clock, timedelta(hours=1).total_seconds()),
            credential_names,
        ),
    )


def test_models_of_all_designed_iflows_are_read() -> None:
    models, steps = Models(), list[tuple[str, int, int]]()

    found = scan(models, steps=steps).models

    assert found is not None
    assert found.by_iflow.keys() == {"A", "B", "C"}
    assert sorted(models.asked) == ["A", "B", "C"]
    assert ("models", 3, 3) in steps


def test_models_are_searched_for_the_credentials_of_the_health() -> None:
    models = Models()

    health = scan(models, health=Health()).health

    assert models.names == NAMES
    assert health is not None
    assert health.unmentioned_credentials is not None
    assert health.unmentioned_credentials.value is not None
    assert health.unmentioned_credentials.value.credentials == [
        Credential(kind.value, kind) for kind in CredentialKind
    ]


@pytest.mark.parametrize(
    ("credential_names", "searched"), [(Health().credential_names, NAMES), (None, ())]
)
def test_credentials_are_read_without_health_if_requested(
    credential_names: CredentialNames | None, searched: Sequence[str]
) -> None:
    models = Models()

    result = scan(models, credential_names=credential_names)

    assert models.names == searched
    assert result.health is None
    assert result.models is not None
    assert result.models.searched == set(searched)
