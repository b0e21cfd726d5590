"""What the worklist of a report is made of: the problems of each tenant, and their evidence.

All thresholds are here. Each function returns the entries of a kind, the most important first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iflow_census.report.annotations import Decision
from iflow_census.report.changes import Change
from iflow_census.report.findings import BlockedUpdate, UnusedIflow
from iflow_census.scan.decisions import describe_decision
from iflow_census.scan.health import QueueState
from iflow_census.scan.locations import CLOUD
from iflow_census.scan.results import IflowRow, TenantResult, TenantStatus
from iflow_census.scan.tenant_api import LEVEL_ERROR, STARTED
from iflow_census.scan.usage import Usage
from iflow_census.scan.web_ui import design_page, messages_page

FAILING_PERCENT = 10
"""An iFlow fails often if this part of its messages failed."""

MIN_MESSAGES = 20
"""Fewer messages say little: one of them that failed would be many percent."""

CERTIFICATE_DAYS = 30
"""Certificates that expire within this many days are urgent: renewing one takes weeks."""

JMS_PERCENT = 80
"""The part of a limit of the message broker at which it is nearly reached."""

UNUSED_MONTHS = 3
"""Months without a message after which an iFlow is worth a decision: many run once a quarter."""

MAX_REASON_LENGTH = 120
"""Characters of a reason in the evidence; the row of the iFlow has all of it."""


@dataclass(frozen=True, slots=True)
class WorkEntry:
    """A thing to do something about.

    Attributes:
        iflow_id: the iFlow; None if it is something else, such as a certificate.
        evidence: why it is here, in words that may change.
        url: the page of the tenant's web UI to look at; None without a web UI.
    """

    iflow_id: str | None
    name: str
    evidence: str
    url: str | None = None


def find_not_scanned(tenant: TenantResult) -> Iterator[WorkEntry]:
    """The tenant itself, if this run could not scan it."""
    if tenant.status is not TenantStatus.COMPLETE:
        rows = "with data of an earlier scan" if tenant.scanned else "without any data"
        yield WorkEntry(None, tenant.name, f"{rows}: {_shorten(tenant.error or 'no reason given')}")


def find_not_started(tenant: TenantResult) -> Iterator[WorkEntry]:
    """Deployed iFlows that are not started, those in error first."""
    rows = [row for row in tenant.iflows if row.runtime_status not in (None, STARTED)]
    for row in sorted(rows, key=lambda row: (row.runtime_error is None, row.iflow_id)):
        reason = f": {_shorten(row.runtime_error)}" if row.runtime_error else ""
        yield _iflow(tenant, row, f"{row.runtime_status}{reason}")


def find_failing(tenant: TenantResult) -> Iterator[WorkEntry]:
    """IFlows of which many messages failed, those with the most failures first."""
    rows = [(row, *_count_messages(row)) for row in tenant.iflows if fails_often(row)]
    for row, failed, messages in sorted(rows, key=lambda entry: (-entry[1], entry[0].iflow_id)):
        evidence = f"{failed:,} of {messages:,} messages failed ({100 * failed / messages:.0f} %)"
        if row.log_level == LEVEL_ERROR:
            evidence = f"{failed:,} messages failed; at log level ERROR no others are logged"
        yield _iflow(tenant, row, evidence, messages=True)


def fails_often(row: IflowRow) -> bool:
    """Whether so many messages of an iFlow failed that it is no accident."""
    failed, messages = _count_messages(row)
    if row.log_level == LEVEL_ERROR:
        return failed >= MIN_MESSAGES  # only failed messages are logged: there is no rate
    return messages >= MIN_MESSAGES and 100 * failed >= FAILING_PERCENT * messages


def _count_messages(row: IflowRow) -> tuple[int, int]:
    """The failed messages of an iFlow, and all of its messages."""
    return row.messages_failed or 0, row.messages or 0


def find_certificates(tenant: TenantResult) -> Iterator[WorkEntry]:
    """Certificates and key pairs that have expired or soon will, the first to expire first."""
    for certificate in (tenant.health and tenant.health.certificates.value) or ():
        days, date = certificate.days_left, f"{certificate.valid_until:%Y-%m-%d}"
        if days <= CERTIFICATE_DAYS:
            left = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
            when = f"expired on {date}" if days < 0 else f"expires on {date}, {left}"
            kind = f"{certificate.kind}, " if certificate.kind else ""
            owner = f"; owner: {certificate.owner}" if certificate.owner else ""
            yield WorkEntry(None, certificate.alias, f"{kind}{when}{owner}")


def find_jms_limits(tenant: TenantResult) -> Iterator[WorkEntry]:
    """Limits of the message broker that are reached or nearly so, and queues in a bad state."""
    jms = tenant.health and tenant.health.jms.value
    if not jms:
        return
    for resource in jms.exhausted:
        yield WorkEntry(None, resource, "at its limit")
    used = {
        "spool": (jms.used_bytes, jms.max_bytes),
        "queues": (jms.queues_used, jms.max_queues),
    }
    for resource, (value, limit) in used.items():
        if resource not in jms.exhausted and value is not None and limit:
            percent = 100 * value // limit
            if percent >= JMS_PERCENT:
                yield WorkEntry(None, resource, f"{percent} % of its limit is used")
    for queue in jms.queues:
        if queue.state is QueueState.CRITICAL:
            yield WorkEntry(None, queue.name, "SAP rates the queue as critical")


def find_not_covered(tenant: TenantResult) -> Iterator[WorkEntry]:
    """What is not known of a scanned tenant: messages of a part of the month, and other parts."""
    if not tenant.scanned:
        return
    coverages = [
        ("messages", tenant.coverage),
        *((f"messages at {location.id}", location.coverage) for location in tenant.locations[1:]),
    ]
    for name, coverage in coverages:
        if not coverage.complete:
            reason = f": {_shorten(coverage.reason)}" if coverage.reason else ""
            yield WorkEntry(None, name, f"{coverage.percent} % of the period is counted{reason}")
    for part in tenant.unreadable:
        yield WorkEntry(None, part.part, _shorten(part.reason))


def find_version_drift(tenant: TenantResult) -> Iterator[WorkEntry]:
    """IFlows that run another version than their design has, those with most messages first."""
    rows = [row for row in tenant.iflows if row.version_drift]
    for row in sorted(rows, key=lambda row: (-(row.messages or 0), row.iflow_id)):
        evidence = f"{row.runtime_version} is deployed, the design has {row.iflow_version}"
        yield _iflow(tenant, row, evidence)


def find_stopped(tenant: TenantResult, changes: Sequence[Change]) -> Iterator[WorkEntry]:
    """IFlows that had messages in the month before and have none now, the busiest first.

    An iFlow whose use is unknown, for instance because it logs only errors, may have had some.
    """
    rows = {row.iflow_id: row for row in tenant.iflows if row.usage is not Usage.UNKNOWN}
    stopped = [
        (change.before, rows[change.iflow_id])
        for change in changes
        if change.column == "messages"
        and isinstance(change.before, int)
        and change.before >= MIN_MESSAGES
        and change.after == 0
        and change.iflow_id in rows
    ]
    for before, row in sorted(stopped, key=lambda pair: (-pair[0], pair[1].iflow_id)):
        yield _iflow(tenant, row, f"{before:,} messages in the month before", messages=True)


def find_long_unused(tenant: TenantResult, unused: Sequence[UnusedIflow]) -> Iterator[WorkEntry]:
    """IFlows that are unused for long and not to be kept, in the given order."""
    for iflow in unused:
        if iflow.unused_months >= UNUSED_MONTHS and iflow.decision != Decision.KEEP:
            since = "" if iflow.since_is_known else "at least "
            evidence = f"unused since {since}{iflow.unused_since}"
            if iflow.endpoints:
                count = len(iflow.endpoints)
                evidence += f", {count} open endpoint{'s' if count > 1 else ''}"
            yield _iflow(tenant, iflow, evidence, details=iflow.undeploy_impact)


def find_overdue(tenant: TenantResult) -> Iterator[WorkEntry]:
    """IFlows that were to be retired, or to be decided about again, the longest overdue first."""
    rows = [row for row in tenant.iflows if row.decision_overdue]
    for row in sorted(rows, key=lambda row: (row.decision_due or "", row.iflow_id)):
        yield _iflow(tenant, row, "still deployed")


def find_blocked(tenant: TenantResult, blocked: Sequence[BlockedUpdate]) -> Iterator[WorkEntry]:
    """Edited iFlows that an update of their package leaves out, in the given order."""
    rows = {row.iflow_id: row for row in tenant.iflows} if blocked else {}
    for iflow in blocked:
        package = iflow.package_name or iflow.package_id
        used = f"; {iflow.messages:,} messages" if iflow.messages else ""
        evidence = f"an update of package {package} is available{used}"
        yield _iflow(tenant, rows[iflow.iflow_id], evidence)


def _iflow(
    tenant: TenantResult,
    iflow: IflowRow | UnusedIflow,
    evidence: str,
    *,
    messages: bool = False,
    details: str | None = None,
) -> WorkEntry:
    """An entry about an iFlow: evidence, decision, owner, a link to its messages or its design."""
    web_url = tenant.profile.web_url
    location, last_message = CLOUD, None
    if isinstance(iflow, IflowRow):
        location = next(iter(iflow.runtime_locations), CLOUD)
        last_message = iflow.last_message_url
    url = None if messages else design_page(web_url, iflow.package_id, iflow.iflow_id)
    parts = (evidence, describe_decision(iflow), details and _shorten(details))
    return WorkEntry(
        iflow.iflow_id,
        iflow.iflow_name or iflow.iflow_id,
        "; ".join(filter(None, parts)),
        url or messages_page(web_url, iflow.iflow_id, location) or last_message,
    )


def _shorten(reason: str) -> str:
    line = " ".join(reason.split())
    if len(line) <= MAX_REASON_LENGTH:
        return line
    return f"{line[:MAX_REASON_LENGTH].rstrip()}\N{HORIZONTAL ELLIPSIS}"
