"""A simulated SAP Cloud Integration tenant with seeded content and faults.

Example::

    now = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)
    with SimulatedTenant(generate_landscape(seed=7), clock=lambda: now) as tenant:
        key = tenant.service_key()
        tenant.faults.add(Fault(FaultKind.UNAVAILABLE, family="message-logs", nth=3))
        ...
        expected = tenant.expected_report(october, november)

The sets that the census reads (packages, iFlows, runtime artifacts, endpoints, message logs) are
optimized for speed. ``operations_api`` handles all other operations of SAP's OData API with the
table ``operations.csv``; it is loaded on first use and needs ``SimulatedTenant(…,
roles=ALL_ROLES)``. Writes need a CSRF token. ``examples`` has a request for every operation.

Behavior that SAP does not document:

- Logs expire by their LogStart.
- Lists are in the order of the landscape, logs by LogStart.
- A URL of more than 8 KiB is rejected with 414.
- A request with status 429 does not count towards the limit.
- Service endpoints count as runtime artifacts.
- A system query option that a set does not support results in 501, an unknown one in 400.
- The API of a runtime location has the sets of the cloud. A location that does not exist is 404.
- All runtime locations share the rate limits.
- An unsupported method is rejected before the CSRF token is checked.
"""

from tests.simulators.cloud_integration.edges import with_edge
from tests.simulators.cloud_integration.expected_locations import EdgeScan
from tests.simulators.cloud_integration.expected_report import expected_report
from tests.simulators.cloud_integration.faults import Fault, FaultKind, Faults
from tests.simulators.cloud_integration.generator import generate_landscape
from tests.simulators.cloud_integration.landscape import (
    DesigntimeIflow,
    EdgeLocation,
    EntryPoint,
    Landscape,
    LogArtifact,
    MessageLog,
    Package,
    RuntimeArtifact,
    ServiceEndpoint,
    to_ms,
)
from tests.simulators.cloud_integration.log_levels import set_log_level
from tests.simulators.cloud_integration.moves import with_move
from tests.simulators.cloud_integration.rate_limits import PUBLISHED_LIMITS, Limit
from tests.simulators.cloud_integration.roles import ALL_ROLES, CENSUS_ROLES
from tests.simulators.cloud_integration.server import SimulatedTenant
from tests.simulators.recording import RecordedRequest

__all__ = [
    "ALL_ROLES",
    "CENSUS_ROLES",
    "PUBLISHED_LIMITS",
    "DesigntimeIflow",
    "EdgeLocation",
    "EdgeScan",
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
    "set_log_level",
    "to_ms",
    "with_edge",
    "with_move",
]
