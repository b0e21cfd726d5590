"""A tenant in memory that deletes its message logs after 30 days, as SAP does."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from iflow_census.census.plan import CensusPlan, LeanixPlan
from iflow_census.census.run_context import Notifier, RunContext, Services
from iflow_census.clock import Deadline
from iflow_census.journal import Journal
from iflow_census.scan.anatomy.model import ModelResult
from iflow_census.scan.edit_status import DEFAULT_TOLERANCE
from iflow_census.scan.health import HealthApi
from iflow_census.scan.owner_scan import CustomTags
from iflow_census.scan.period import Period, Window
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import ApiUsage
from iflow_census.scan.tenant_api import (
    INTEGRATION_FLOW,
    DesigntimeIflow,
    LogQuery,
    MessageLog,
    Package,
    Runtime,
    RuntimeArtifact,
    ServiceEndpoint,
)
from iflow_census.scan.web_ui import Environment, TenantProfile
from tests.clock import FakeClock
from tests.memory_store import MemoryStore

START = datetime(2026, 7, 1, tzinfo=UTC)
IFLOWS = ("busy", "quiet", "idle")
INTERVAL = timedelta(hours=7)
"""Time between two messages. Every third one is of the iFlow "quiet", every fifth one failed."""


class FakeTenant:
    """Has a message every seven hours.

    Attributes:
        error: raised when the packages are listed.
        requests: how often each kind of request was sent.
        model: of every iFlow.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.error: Exception | None = None
        self.requests: dict[str, int] = {}
        self.model: ModelResult | None = None

    def api_usage(self) -> ApiUsage:
        return ApiUsage(requests=sum(self.requests.values()))

    def iflow_model(
        self, iflow_id: str, seconds: float, names: Sequence[str]
    ) -> Reading[ModelResult]:
        del iflow_id, seconds, names
        self._count("models")
        return Reading(self.model) if self.model else Reading(reason="not yet read: HTTP 500")

    def package_models(
        self, package_id: str, seconds: float, names: Sequence[str]
    ) -> Reading[Mapping[str, ModelResult]]:
        del package_id, seconds, names
        return Reading(reason="HTTP 500")

    def custom_tags(self, package_id: str, seconds: float) -> Reading[CustomTags]:
        raise AssertionError(f"the plan does not include owners: {package_id}, {seconds}")

    @property
    def profile(self) -> TenantProfile:
        return TenantProfile(Environment.TEST, "https://web.example")

    @property
    def health(self) -> HealthApi:
        raise AssertionError("the plan does not include health")

    def edge_runtimes(self) -> Sequence[Runtime]:
        return []

    def packages(self, *, fresh: bool = False) -> Sequence[Package]:
        self._count("packages again" if fresh else "packages")
        if self.error is not None:
            raise self.error
        return [Package("package")]

    def iflows(self, package_id: str, *, fresh: bool = False) -> Sequence[DesigntimeIflow]:
        del fresh
        self._count("iflows")
        return [DesigntimeIflow(iflow, package_id) for iflow in IFLOWS]

    def runtime_artifacts(self) -> Sequence[RuntimeArtifact]:
        return [
            RuntimeArtifact("busy", INTEGRATION_FLOW),
            RuntimeArtifact("codes", "VALUE_MAPPING", status="STARTED"),
        ]

    def find_iflow(self, iflow_id: str) -> DesigntimeIflow | None:
        raise AssertionError(iflow_id)

    def runtime_error(self, artifact_id: str) -> Reading[str]:
        raise AssertionError(artifact_id)

    def service_endpoints(self) -> Reading[Sequence[ServiceEndpoint]]:
        return Reading([])

    def has_logs(self, query: LogQuery) -> bool:
        return bool(self.logs(query))

    def count_logs(self, query: LogQuery, *, fresh: bool = False) -> int:
        del fresh
        return len(self.logs(query))

    def logs(self, query: LogQuery) -> Sequence[MessageLog]:
        self._count("logs")
        now = self.clock.now()
        kept = Window(max(query.window.start, now - timedelta(days=30)), max(query.window.end, now))
        return [
            log
            for start, log in all_logs(query.window)
            if kept.start <= start <= now
            and query.iflow_id in (None, log.iflow_id)
            and (not query.statuses or log.status in query.statuses)
            and log.status != query.excluded_status
        ]

    def newest_logs(self, query: LogQuery, limit: int) -> Reading[Sequence[MessageLog]]:
        return Reading(list(reversed(self.logs(query)))[:limit])

    def message_error(self, guid: str) -> Reading[str]:
        raise AssertionError(guid)

    def _count(self, kind: str) -> None:
        self.requests[kind] = self.requests.get(kind, 0) + 1

    @contextmanager
    def open(self, _deadline: Deadline, _journal: Journal) -> Iterator["FakeTenant"]:
        """Open a session, as a plan does."""
        yield self


def all_logs(window: Window) -> Iterator[tuple[datetime, MessageLog]]:
    """All messages of a window, deleted ones included."""
    number = -(-(window.start - START) // INTERVAL)
    while (start := START + number * INTERVAL) < window.end:
        iflow = "quiet" if number % 3 == 0 else "busy"
        status = "FAILED" if number % 5 == 0 else "COMPLETED"
        yield start, MessageLog(str(number), iflow, status, start, "INFO")
        number += 1


def make_run(
    clock: FakeClock,
    store: MemoryStore,
    tenants: Mapping[str, FakeTenant],
    *,
    month: Period,
    run_id: str | None = None,
    other_tenants: Sequence[str] = (),
    leanix: LeanixPlan | None = None,
    notifier: Notifier | None = None,
) -> RunContext:
    """A run over fake tenants whose report is report.json."""
    plan = CensusPlan(
        period=month,
        run_id=run_id or clock.now().strftime("%Y%m%dT%H%M%SZ"),
        tenants={name: tenant.open for name, tenant in tenants.items()},
        other_tenants=other_tenants,
        formats=["json"],
        edit_tolerance=DEFAULT_TOLERANCE,
        tenants_at_once=1,
    )
    return RunContext(
        plan=plan,
        services=Services(store, store, clock.clock),
        progress=lambda *_: None,
        deadline=Deadline(clock.clock, 900),
        leanix=leanix,
        notifier=notifier,
    )
