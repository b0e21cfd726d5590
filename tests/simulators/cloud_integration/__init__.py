"""A simulated SAP Cloud Integration tenant: a witness for tests, with seeded content and faults.

Example::

    now = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)
    with SimulatedTenant(generate_landscape(seed=7), clock=lambda: now) as tenant:
        key = tenant.service_key()
        tenant.faults.add(Fault(FaultKind.UNAVAILABLE, family="message-logs", nth=3))
        ...
        expected = tenant.expected_report(october, november)

The census' part (packages, iFlows, runtime artifacts, endpoints, message logs) is made for speed.
Everything else of SAP's OData API is answered by ``whole_api`` from the table ``operations.csv``,
and read only when a test first asks for it: ``SimulatedTenant(…, roles=ALL_ROLES)``. Writes need a
CSRF token; ``tenant.content``, ``tenant.deployments`` and ``tenant.restore()`` are for tests, and
``examples`` holds a call of every operation.

Where SAP's documents are silent, it chooses: logs are forgotten by their LogStart; lists come
in the landscape's order, logs by LogStart; a URL of more than 8 KiB is refused with 414; a
request that was answered 429 does not count against the limit; service endpoints count as
runtime artifacts; a system query option that a set does not list is answered 501, one that
OData does not know 400; a method that a set has not is told apart before the CSRF token is.
"""

from tests.simulators.cloud_integration.expected_report import expected_report
from tests.simulators.cloud_integration.faults import Fault, FaultKind, Faults
from tests.simulators.cloud_integration.generator import generate_landscape
from tests.simulators.cloud_integration.landscape import (
    DesigntimeIflow,
    EntryPoint,
    Landscape,
    LogArtifact,
    MessageLog,
    Package,
    RuntimeArtifact,
    ServiceEndpoint,
    to_ms,
)
from tests.simulators.cloud_integration.rate_limits import PUBLISHED_LIMITS, Limit
from tests.simulators.cloud_integration.recording import RecordedRequest
from tests.simulators.cloud_integration.roles import ALL_ROLES, CENSUS_ROLES
from tests.simulators.cloud_integration.server import SimulatedTenant

__all__ = [
    "ALL_ROLES",
    "CENSUS_ROLES",
    "PUBLISHED_LIMITS",
    "DesigntimeIflow",
    "EntryPoint",
    "Fault",
    "FaultKind",
    "Faults",
    "Landscape",
    "Limit",
    "LogArtifact",
    "MessageLog",
    "Package",
    "RecordedRequest",
    "RuntimeArtifact",
    "ServiceEndpoint",
    "SimulatedTenant",
    "expected_report",
    "generate_landscape",
    "to_ms",
]
