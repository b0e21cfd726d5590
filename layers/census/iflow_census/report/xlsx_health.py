"""The sheet of report.xlsx that tells the tenants' health."""

from collections.abc import Iterator

from iflow_census.report.census_report import CensusReport
from iflow_census.report.labels import HEALTH_COUNTS, HEALTH_LABELS
from iflow_census.report.workbook import Column, Row
from iflow_census.scan.health import (
    ArtifactInError,
    ExpiringCertificate,
    JmsBroker,
    JmsQueue,
    QueueState,
    TenantHealth,
)

HEALTH_COLUMNS = (
    Column("Tenant"),
    Column("What", 40),
    Column("Name", 38),
    Column("Kind", 20),
    Column("State", 14),
    Column("Number", 14, "number"),
    Column("Days left", 12, "number"),
    Column("Valid until", 20, "moment"),
    Column("Owner", 24),
    Column("Error, or why it is not known", 80),
)

_STATE, _DAYS = 4, 6


def health_rows(report: CensusReport) -> Iterator[Row]:
    """A row per certificate, queue, artifact in error and number, and per part that is missing."""
    for tenant in report.tenants:
        if tenant.health is None:
            yield Row([tenant.name, "Health", None, None, "not read"])
        else:
            yield from _tenant_rows(tenant.name, tenant.health)


def _tenant_rows(tenant: str, health: TenantHealth) -> Iterator[Row]:
    for name, label in HEALTH_LABELS.items():
        part = getattr(health, name)
        if part.reason is not None:
            state = "not known" if part.value is None else "not whole"
            yield Row(
                [tenant, label, None, None, state, None, None, None, None, part.reason],
                {_STATE: "edited"},
            )
        if name in HEALTH_COUNTS and part.value is not None:
            yield Row([tenant, label, None, None, None, part.value])
    for one in health.certificates.value or ():
        yield _certificate(tenant, one)
    if health.jms.value is not None:
        yield from _broker(tenant, health.jms.value)
    for artifact in health.artifacts_in_error.value or ():
        yield _artifact(tenant, artifact)


def _certificate(tenant: str, one: ExpiringCertificate) -> Row:
    expired = one.days_left < 0
    return Row(
        [
            tenant,
            "Certificate",
            one.alias,
            one.kind,
            "expired" if expired else "expires",
            None,
            one.days_left,
            one.valid_until,
            one.owner,
        ],
        {_STATE: "failing", _DAYS: "failing"} if expired else {_STATE: "edited"},
    )


def _broker(tenant: str, broker: JmsBroker) -> Iterator[Row]:
    figures = {
        "JMS bytes used": broker.used_bytes,
        "JMS bytes at most": broker.max_bytes,
        "JMS queues": broker.queues_used,
        "JMS queues at most": broker.max_queues,
    }
    for what, figure in figures.items():
        yield Row([tenant, what, None, None, None, figure])
    for what in broker.exhausted:
        yield Row([tenant, f"JMS {what}", None, None, "exhausted"], {_STATE: "failing"})
    for queue in broker.queues:
        yield _queue(tenant, queue)


def _queue(tenant: str, queue: JmsQueue) -> Row:
    marks = {QueueState.WARNING: "edited", QueueState.CRITICAL: "failing"}
    mark = marks.get(queue.state)
    cells = [tenant, "JMS queue", queue.name, None, str(queue.state)]
    return Row(cells, {_STATE: mark} if mark else {})


def _artifact(tenant: str, one: ArtifactInError) -> Row:
    return Row(
        [
            tenant,
            "Deployed artifact in error",
            one.id,
            one.type,
            "error",
            None,
            None,
            None,
            None,
            one.error,
        ],
        {_STATE: "failing"},
    )
