"""The scan of a tenant: everything is read once, and the first error ends it."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from iflow_census.errors import AccessError, CensusError, DeadlineExceeded
from iflow_census.scan.health import (
    ArtifactInError,
    CountedObject,
    CredentialKind,
    ExpiringCertificate,
    JmsBroker,
    KeystoreEntry,
    TenantHealth,
)
from iflow_census.scan.health_scan import HealthCheck
from iflow_census.scan.locations import CLOUD_RUNTIME, RuntimeLocation
from iflow_census.scan.other_artifacts import ArtifactCount
from iflow_census.scan.period import Window
from iflow_census.scan.readings import Reading
from iflow_census.scan.tenant_api import (
    DesigntimeIflow,
    Package,
    Runtime,
    RuntimeArtifact,
    ServiceEndpoint,
)
from iflow_census.scan.tenant_scan import TenantScan, scan_tenant
from tests.unit.scan.fake_tenant import OCTOBER, FakeTenant, Log

MIDDLE = datetime(2026, 10, 16, tzinfo=UTC)
FIRST_HALF, SECOND_HALF = OCTOBER.window.halves()
PACKAGES: Mapping[str, Sequence[str]] = {"P": ["A", "B"], "Q": ["C"], "empty": []}
ARTIFACTS = [
    RuntimeArtifact("A", "INTEGRATION_FLOW", status="STARTED"),
    RuntimeArtifact("orphan", "INTEGRATION_FLOW", status="ERROR"),
    RuntimeArtifact("mapping", "VALUE_MAPPING", status="ERROR"),
    RuntimeArtifact("scripts", "SCRIPT_COLLECTION", status="STARTED"),
]


@dataclass
class DeployedTenant(FakeTenant):
    """A fake tenant with packages, iFlows and deployed artifacts; `failing` ones raise."""

    failing: dict[str, CensusError] = field(default_factory=dict)
    artifact_ids: list[str] = field(default_factory=list)
    edges: Sequence[Runtime] = ()

    def edge_runtimes(self) -> Sequence[Runtime]:
        return self.edges

    def packages(self, *, fresh: bool = False) -> Sequence[Package]:
        del fresh
        self._fail("packages")
        return [Package(package_id) for package_id in PACKAGES]

    def iflows(self, package_id: str, *, fresh: bool = False) -> Sequence[DesigntimeIflow]:
        del fresh
        self._fail(f"iflows of {package_id}")
        return [DesigntimeIflow(iflow_id, package_id) for iflow_id in PACKAGES[package_id]]

    def runtime_artifacts(self) -> Sequence[RuntimeArtifact]:
        self._fail("runtime_artifacts")
        return ARTIFACTS

    def find_iflow(self, iflow_id: str) -> DesigntimeIflow | None:
        self._fail(f"find {iflow_id}")
        return None

    def runtime_error(self, artifact_id: str) -> Reading[str]:
        self.artifact_ids.append(artifact_id)
        return Reading(f"error of {artifact_id}")

    def service_endpoints(self) -> Reading[Sequence[ServiceEndpoint]]:
        self._fail("service_endpoints")
        return Reading([ServiceEndpoint("A", ("https://host/a",))])

    def _fail(self, call: str) -> None:
        if call in self.failing:
            raise self.failing[call]


class FakeHealth:
    """Health of a tenant with a number of objects for each kind."""

    def __init__(self) -> None:
        self.keystore: Reading[Sequence[KeystoreEntry]] = Reading(
            [KeystoreEntry("key", valid_until=MIDDLE + timedelta(days=1))]
        )

    def keystore_entries(self) -> Reading[Sequence[KeystoreEntry]]:
        return self.keystore

    def jms_broker(self) -> Reading[JmsBroker]:
        return Reading(reason="HTTP 404")

    def count(self, kind: CountedObject) -> Reading[int]:
        return Reading(len(kind.value))

    def credential_names(self, kind: CredentialKind) -> Reading[Sequence[str]]:
        return Reading(list(kind.value))


def scan(
    tenant: DeployedTenant,
    *windows: Window,
    steps: list[tuple[str, int, int]] | None = None,
    health: FakeHealth | None = None,
) -> TenantScan:
    calls = [] if steps is None else steps
    return scan_tenant(
        tenant,
        lambda _: windows or [OCTOBER.window],
        progress=lambda kind, done, known: calls.append((kind, done, known)),
        cancel=lambda: None,
        health_check=HealthCheck(health, MIDDLE) if health else None,
    )


def test_inventory_has_packages_iflows_artifacts_errors_and_endpoints() -> None:
    inventory = scan(DeployedTenant([])).inventory

    assert [package.id for package in inventory.design_time.packages] == list(PACKAGES)
    assert {
        package_id: [iflow.id for iflow in iflows]
        for package_id, iflows in inventory.design_time.iflows.items()
    } == PACKAGES
    (cloud,) = inventory.runtimes
    assert cloud.location == CLOUD_RUNTIME
    assert list(cloud.iflows) == ["A", "orphan"]
    assert cloud.errors == {"orphan": Reading("error of orphan")}
    assert cloud.endpoints.value == [ServiceEndpoint("A", ("https://host/a",))]


def test_every_window_is_counted_for_designed_and_deployed_iflows() -> None:
    iflow_ids = ["A", "A", "C", "orphan"]
    logs = [Log(MIDDLE - timedelta(days=1), iflow_id, "COMPLETED") for iflow_id in iflow_ids] * 1000
    logs += [Log(MIDDLE + timedelta(days=9), "B", "FAILED")]

    result = scan(DeployedTenant(logs), FIRST_HALF, SECOND_HALF)

    first, second = result.counts
    assert not first.exhaustive
    assert first.by_iflow == {
        "A": {"COMPLETED": 2000},
        "B": {},
        "C": {"COMPLETED": 1000},
        "orphan": {"COMPLETED": 1000},
    }
    assert (first.window, second.window) == (FIRST_HALF, SECOND_HALF)
    assert second.total == {"FAILED": 1}


def test_progress_ends_with_all_packages_and_iflows() -> None:
    steps: list[tuple[str, int, int]] = []
    logs = [Log(MIDDLE, "A", "COMPLETED")] * 1000

    scan(DeployedTenant(logs), steps=steps)

    assert ("packages", 0, 3) in steps
    assert ("packages", 3, 3) in steps
    assert ("iflows", 4, 4) in steps


@pytest.mark.parametrize(
    ("call", "stage"),
    [
        ("packages", "packages"),
        ("runtime_artifacts", "deployed artifacts"),
    ],
)
def test_error_of_any_request_ends_the_scan_with_its_stage(call: str, stage: str) -> None:
    tenant = DeployedTenant([], failing={call: AccessError("HTTP 403")})

    with pytest.raises(AccessError, match=f"^{stage}: HTTP 403$"):
        scan(tenant)


def test_failure_cancels_requests_in_progress() -> None:
    canceled = threading.Event()

    class SlowTenant(DeployedTenant):
        def service_endpoints(self) -> Reading[Sequence[ServiceEndpoint]]:
            assert canceled.wait(10)
            raise DeadlineExceeded("canceled")

    tenant = SlowTenant([], failing={"packages": AccessError("HTTP 403")})

    with pytest.raises(AccessError, match="packages: HTTP 403"):
        scan_tenant(tenant, lambda _: [], progress=lambda *_: None, cancel=canceled.set)


def test_health_is_none_without_a_health_check() -> None:
    assert scan(DeployedTenant([])).health is None


def test_health_has_every_part() -> None:
    fake = FakeHealth()

    tenant = DeployedTenant([])

    health = scan(tenant, health=fake).health

    assert health == TenantHealth(
        certificates=Reading(
            [ExpiringCertificate("key", None, None, MIDDLE + timedelta(days=1), 1)]
        ),
        jms=Reading(reason="HTTP 404"),
        artifacts_in_error=Reading(
            [
                ArtifactInError("mapping", None, "VALUE_MAPPING", "error of mapping"),
                ArtifactInError("orphan", None, "INTEGRATION_FLOW", "error of orphan"),
            ]
        ),
        message_mappings=Reading(len("message_mappings")),
        value_mappings=Reading(len("value_mappings")),
        script_collections_deployed=Reading(1),
        user_credentials=Reading(len("user_credentials")),
        oauth2_client_credentials=Reading(len("oauth2_client_credentials")),
        data_stores=Reading(len("data_stores")),
    )
    assert sorted(tenant.artifact_ids) == ["mapping", "orphan"]


def test_deployed_artifacts_other_than_iflows_are_counted() -> None:
    assert scan(DeployedTenant([])).other_artifacts == [
        ArtifactCount("SCRIPT_COLLECTION", "STARTED", 1),
        ArtifactCount("VALUE_MAPPING", "ERROR", 1),
    ]


def test_unreadable_keystore_is_the_reason_for_no_certificates() -> None:
    fake = FakeHealth()
    fake.keystore = Reading(reason="HTTP 403")

    tenant = DeployedTenant([])

    health = scan(tenant, health=fake).health

    assert health is not None
    assert health.certificates == Reading(reason="HTTP 403")


EDGE = RuntimeLocation("edge", 7)
EDGE_ARTIFACTS = [
    RuntimeArtifact("C", "INTEGRATION_FLOW", status="STARTED", deployed_at=MIDDLE),
    RuntimeArtifact("edge only", "INTEGRATION_FLOW", status="ERROR"),
]


@dataclass
class EdgeRuntime(DeployedTenant):
    """A location with artifacts of its own."""

    def runtime_artifacts(self) -> Sequence[RuntimeArtifact]:
        self._fail("runtime_artifacts")
        return EDGE_ARTIFACTS


def with_edge(logs: Sequence[Log], **failing: CensusError) -> tuple[DeployedTenant, EdgeRuntime]:
    edge = EdgeRuntime(logs, failing=dict(failing))
    runtime = Runtime(EDGE, edge, lambda: None)
    return DeployedTenant([Log(MIDDLE, "A", "COMPLETED")], edges=[runtime]), edge


def test_location_is_read_and_counted_on_its_own() -> None:
    tenant, edge = with_edge([Log(MIDDLE, "A", "FAILED"), Log(MIDDLE, "edge only", "FAILED")])

    result = scan(tenant)

    at_cloud, at_edge = result.inventory.runtimes
    assert (at_cloud.location, at_edge.location) == (CLOUD_RUNTIME, EDGE)
    assert list(at_edge.iflows) == ["C", "edge only"]
    assert at_edge.errors == {"edge only": Reading("error of edge only")}
    cloud, counts = result.counts
    assert (cloud.location, counts.location) == ("cloudintegration", "edge")
    assert counts.by_iflow["A"] == {"FAILED": 1}
    assert (cloud.by_iflow["A"], cloud.total) == ({"COMPLETED": 1}, {"COMPLETED": 1})
    assert counts.deployed == {"C": MIDDLE}
    assert edge.artifact_ids == ["edge only"]


def test_each_iflow_is_counted_at_each_location() -> None:
    logs = [Log(MIDDLE, "A", "COMPLETED")] * 3000
    tenant, _ = with_edge(logs)
    tenant.stored = logs

    at_cloud, at_edge = scan(tenant).counts

    for counts in (at_cloud, at_edge):
        assert not counts.exhaustive
        assert counts.by_iflow.keys() == {"A", "B", "C", "orphan", "edge only"}
        assert counts.by_iflow["A"] == {"COMPLETED": 3000}


def test_windows_are_those_of_the_location() -> None:
    tenant, _ = with_edge([])

    result = scan_tenant(
        tenant,
        lambda location: [FIRST_HALF if location == EDGE else OCTOBER.window],
        progress=lambda *_: None,
        cancel=lambda: None,
    )

    assert [counts.window for counts in result.counts] == [OCTOBER.window, FIRST_HALF]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (AccessError("HTTP 403"), "deployed artifacts: HTTP 403"),
        (DeadlineExceeded("the time is used up"), "not read in the time that a location may take"),
    ],
)
def test_failure_of_a_location_is_its_reason(error: CensusError, reason: str) -> None:
    tenant, _ = with_edge([], runtime_artifacts=error)

    inventory = scan(tenant).inventory

    assert [runtime.location for runtime in inventory.runtimes] == [CLOUD_RUNTIME]
    assert inventory.unread_locations == {EDGE: reason}
    assert inventory.locations == [CLOUD_RUNTIME, EDGE]


def test_deployed_iflow_of_a_location_is_requested_by_its_id() -> None:
    tenant, _ = with_edge([])
    tenant.failing["find edge only"] = AccessError("HTTP 403")

    design_time = scan(tenant).inventory.design_time

    assert design_time.unread_iflows == {"edge only": "HTTP 403"}


def test_failure_of_the_cloud_ends_the_scan_of_the_location() -> None:
    tenant, _ = with_edge([])
    tenant.failing["packages"] = AccessError("HTTP 403")
    threads = threading.active_count()

    with pytest.raises(AccessError, match="packages: HTTP 403"):
        scan(tenant)

    assert threading.active_count() == threads
