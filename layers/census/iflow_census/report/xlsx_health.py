"""The sheet of report.xlsx with the tenants' health and their other deployed artifacts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from iflow_census.report.census_report import CensusReport
from iflow_census.report.labels import (
    HEALTH_COUNTS,
    HEALTH_LABELS,
    OTHER_ARTIFACTS,
    UNMENTIONED_CREDENTIALS,
)
from iflow_census.report.workbook import SheetColumn
from iflow_census.scan.health import (
    ArtifactInError,
    ExpiringCertificate,
    JmsBroker,
    JmsQueue,
    QueueState,
    TenantHealth,
    UnmentionedCredentials,
)
from iflow_census.scan.other_artifacts import ArtifactCount
from iflow_census.scan.readings import Reading
from iflow_census.scan.tenant_api import IN_ERROR

_WARNING, _ERROR = "edited", "failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthLine:
    """A line of the sheet; `style` highlights the state and the days left."""

    tenant: str
    what: str
    name: str | None = None
    kind: str | None = None
    state: str | None = None
    number: int | None = None
    days_left: int | None = None
    valid_until: datetime | None = None
    owner: str | None = None
    error: str | None = None
    style: str | None = None


def _days_style(line: HealthLine) -> str | None:
    return _ERROR if line.days_left is not None and line.style == _ERROR else None


HEALTH_COLUMNS: Sequence[SheetColumn[HealthLine]] = (
    SheetColumn("Tenant", lambda line: line.tenant),
    SheetColumn("What", lambda line: line.what, 40),
    SheetColumn("Name", lambda line: line.name, 38),
    SheetColumn("Kind", lambda line: line.kind, 20),
    SheetColumn("State", lambda line: line.state, 14, highlight=lambda line: line.style),
    SheetColumn("Number", lambda line: line.number, 14, "number"),
    SheetColumn("Days left", lambda line: line.days_left, 12, "number", _days_style),
    SheetColumn("Valid until", lambda line: line.valid_until, 20, "timestamp"),
    SheetColumn("Owner", lambda line: line.owner, 24),
    SheetColumn("Error, reason or note", lambda line: line.error, 80),
)


def health_lines(report: CensusReport) -> Iterator[HealthLine]:
    """Return a line per certificate, queue, artifact in error, count and unknown part."""
    for tenant in report.tenants:
        if tenant.health is None:
            yield HealthLine(tenant=tenant.name, what="Health", state="not read")
        else:
            yield from _tenant_lines(tenant.name, tenant.health)
        for artifacts in tenant.other_artifacts or ():
            yield _other_artifacts_line(tenant.name, artifacts)


def _tenant_lines(tenant: str, health: TenantHealth) -> Iterator[HealthLine]:
    for name, label in HEALTH_LABELS.items():
        part = getattr(health, name)
        if part.reason is not None:
            state = "unknown" if part.value is None else "incomplete"
            yield HealthLine(
                tenant=tenant, what=label, state=state, error=part.reason, style=_WARNING
            )
        if name in HEALTH_COUNTS and part.value is not None:
            yield HealthLine(tenant=tenant, what=label, number=part.value)
    if health.unmentioned_credentials is not None:
        yield from _credential_lines(tenant, health.unmentioned_credentials)
    for certificate in health.certificates.value or ():
        yield _certificate_line(tenant, certificate)
    if health.jms.value is not None:
        yield from _broker_lines(tenant, health.jms.value)
    for artifact in health.artifacts_in_error.value or ():
        yield _artifact_line(tenant, artifact)


def _credential_lines(
    tenant: str, unmentioned: Reading[UnmentionedCredentials]
) -> Iterator[HealthLine]:
    line = partial(HealthLine, tenant=tenant, what=UNMENTIONED_CREDENTIALS)
    found = unmentioned.value
    if unmentioned.reason is not None:
        state = "unknown" if found is None else "incomplete"
        yield line(state=state, error=unmentioned.reason, style=_WARNING)
    if found is not None:
        yield line(number=len(found.credentials), error=found.note)
        for credential in found.credentials:
            yield line(
                name=credential.name,
                kind=HEALTH_LABELS[credential.kind],
                state="not found",
                error=found.note,
            )


def _certificate_line(tenant: str, certificate: ExpiringCertificate) -> HealthLine:
    expired = certificate.days_left < 0
    return HealthLine(
        tenant=tenant,
        what="Certificate",
        name=certificate.alias,
        kind=certificate.kind,
        state="expired" if expired else "expires",
        days_left=certificate.days_left,
        valid_until=certificate.valid_until,
        owner=certificate.owner,
        style=_ERROR if expired else _WARNING,
    )


def _broker_lines(tenant: str, broker: JmsBroker) -> Iterator[HealthLine]:
    figures = {
        "JMS bytes used": broker.used_bytes,
        "JMS bytes, maximum": broker.max_bytes,
        "JMS queues": broker.queues_used,
        "JMS queues, maximum": broker.max_queues,
    }
    for what, figure in figures.items():
        yield HealthLine(tenant=tenant, what=what, number=figure)
    for resource in broker.exhausted:
        yield HealthLine(tenant=tenant, what=f"JMS {resource}", state="exhausted", style=_ERROR)
    for queue in broker.queues:
        yield _queue_line(tenant, queue)


def _queue_line(tenant: str, queue: JmsQueue) -> HealthLine:
    styles = {QueueState.WARNING: _WARNING, QueueState.CRITICAL: _ERROR}
    return HealthLine(
        tenant=tenant,
        what="JMS queue",
        name=queue.name,
        state=queue.state,
        style=styles.get(queue.state),
    )


def _artifact_line(tenant: str, artifact: ArtifactInError) -> HealthLine:
    return HealthLine(
        tenant=tenant,
        what="Deployed artifact in error",
        name=artifact.id,
        kind=artifact.type,
        state="error",
        error=artifact.error,
        style=_ERROR,
    )


def _other_artifacts_line(tenant: str, artifacts: ArtifactCount) -> HealthLine:
    return HealthLine(
        tenant=tenant,
        what=OTHER_ARTIFACTS,
        kind=artifacts.type,
        state=artifacts.status,
        number=artifacts.count,
        style=_ERROR if artifacts.status == IN_ERROR else None,
    )
