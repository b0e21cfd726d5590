"""A small census with all kinds of values that a report can contain."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from iflow_census.report.census_report import CensusReport
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.health import (
    ArtifactInError,
    Credential,
    CredentialKind,
    ExpiringCertificate,
    JmsBroker,
    JmsQueue,
    QueueState,
    TenantHealth,
    UnmentionedCredentials,
)
from iflow_census.scan.other_artifacts import ArtifactCount
from iflow_census.scan.period import Month
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import (
    ApiUsage,
    Coverage,
    IflowRow,
    TenantResult,
    TenantStatus,
    TenantTotals,
)
from iflow_census.scan.usage import Usage

OCTOBER = Month(2026, 10)
CREATED = datetime(2018, 3, 15, 12, 16, 38, 486000, tzinfo=UTC)
SCANNED = datetime(2026, 11, 1, 0, 31, 12, 345678, tzinfo=UTC)

DESIGNED = IflowRow(
    tenant="prod",
    package_id="Pkg",
    package_name="Package",
    package_vendor="SAP",
    package_version="1.2.0",
    package_mode="EDIT_ALLOWED",
    iflow_id="Flow",
    iflow_name="A flow",
    iflow_version="1.0.3",
    edit_status=EditStatus.EDITED,
    edit_reason="modified after it was created",
    draft=False,
    created_at=CREATED,
    created_by="A",
    modified_at=CREATED + timedelta(days=1),
    modified_by="B",
    deployed=True,
    runtime_status="STARTED",
    runtime_version="1.0.2",
    version_drift=True,
    deployed_at=CREATED + timedelta(days=2),
    deployed_by="C",
    runtime_error=None,
    orphan=False,
    messages=7,
    messages_completed=5,
    messages_failed=1,
    messages_other=1,
    messages_discarded=2,
    usage=Usage.USED,
    usage_reason="7 messages, last on 2026-10-30",
    endpoints=("https://tenant.example/http/a", "https://tenant.example/http/b"),
    description="Moves orders",
    sender="ERP",
    receiver="CRM",
    last_message_at=datetime(2026, 10, 30, 8, 0, 0, 5000, tzinfo=UTC),
    last_message_status="COMPLETED",
    log_level="INFO",
    last_error="org.example.Fault: no host",
)

BARE = replace(
    DESIGNED,
    description=None,
    sender=None,
    receiver=None,
    package_name=None,
    package_vendor=None,
    package_version=None,
    package_mode=None,
    iflow_id="Bare",
    iflow_name=None,
    iflow_version=None,
    edit_status=EditStatus.UNKNOWN,
    edit_reason="no dates",
    created_at=None,
    created_by=None,
    modified_at=None,
    modified_by=None,
    deployed=False,
    runtime_status=None,
    runtime_version=None,
    version_drift=None,
    deployed_at=None,
    deployed_by=None,
    messages=None,
    messages_completed=None,
    messages_failed=None,
    messages_other=None,
    messages_discarded=None,
    usage=Usage.UNKNOWN,
    usage_reason="no messages were counted",
    endpoints=(),
    last_message_at=None,
    last_message_status=None,
    log_level=None,
    last_error=None,
)

ORPHAN = replace(
    DESIGNED,
    package_id=None,
    package_name=None,
    package_vendor=None,
    package_version=None,
    package_mode=None,
    iflow_id="Orphan",
    iflow_version=None,
    edit_status=EditStatus.UNKNOWN,
    edit_reason="no design-time artifact",
    draft=None,
    created_at=None,
    created_by=None,
    modified_at=None,
    modified_by=None,
    runtime_status="ERROR",
    version_drift=None,
    runtime_error='{"parameter":["no queue"]}',
    orphan=True,
    messages=0,
    messages_completed=0,
    messages_failed=0,
    messages_other=0,
    messages_discarded=0,
    usage=Usage.UNKNOWN,
    usage_reason="no message in the period, but the deployed iFlow has status ERROR",
    endpoints=(),
)

IDLE_ORPHAN = replace(
    ORPHAN,
    runtime_status="STARTED",
    runtime_error=None,
    usage=Usage.UNUSED,
    usage_reason="no message in the period, and deployed for all of it",
)

WHOLE = Coverage(OCTOBER.start, OCTOBER.end, complete=True, percent=100)


def tenant(name: str, rows: Sequence[IflowRow]) -> TenantResult:
    """Return a scanned tenant."""
    return TenantResult(
        name=name,
        status=TenantStatus.COMPLETE,
        error=None,
        scanned_at=SCANNED,
        coverage=WHOLE,
        totals=TenantTotals(1, len(rows), 2, 1, 1, 1, 9, 1, 2),
        api=ApiUsage(10, 2, 1, 1.23456),
        iflows=[replace(row, tenant=name) for row in rows],
    )


FAILED = TenantResult(
    name="test",
    status=TenantStatus.FAILED,
    error="packages: GET IntegrationPackages: HTTP 403",
    scanned_at=None,
    coverage=Coverage(None, None, complete=False, reason="the tenant was not scanned"),
    totals=TenantTotals(),
    api=ApiUsage(),
    iflows=[],
)


HEALTH = TenantHealth(
    certificates=Reading(
        [
            ExpiringCertificate("gone", "Certificate", "Tenant Administrator", CREATED, -3152),
            ExpiringCertificate(
                "soon", "Key Pair", "Tenant Administrator", SCANNED + timedelta(days=10), 10
            ),
        ]
    ),
    jms=Reading(
        JmsBroker(
            used_bytes=5 * 2**20,
            max_bytes=9300 * 2**20,
            queues_used=3,
            max_queues=30,
            exhausted=["consumers"],
            queues=[
                JmsQueue("Orders in", QueueState.OK),
                JmsQueue("Slow", QueueState.WARNING),
                JmsQueue("Stuck", QueueState.CRITICAL),
            ],
        )
    ),
    artifacts_in_error=Reading(
        [
            ArtifactInError("Codes", "Country codes", "VALUE_MAPPING", "the mapping is empty"),
            ArtifactInError("Mute", None, None, None),
        ],
        "1 of the error texts could not be read: HTTP 503",
    ),
    message_mappings=Reading(12),
    value_mappings=Reading(3),
    script_collections_deployed=Reading(0),
    user_credentials=Reading(7),
    oauth2_client_credentials=Reading(2),
    data_stores=Reading(reason="GET DataStores: HTTP 403: lacks the role DataStoresAndQueuesRead"),
    unmentioned_credentials=Reading(
        UnmentionedCredentials(
            "These names are in none of the 8 models.",
            [
                Credential("SFTP_User", CredentialKind.USER_CREDENTIALS),
                Credential("HR", CredentialKind.OAUTH2_CLIENT_CREDENTIALS),
            ],
            models=8,
            unread=2,
            computed=1,
            not_judged=3,
        ),
        "1 of the lists of credentials could not be read: HTTP 403",
    ),
)
"""Every kind of part: complete, incomplete, zero and unknown."""

_REFUSED: Reading[Any] = Reading(reason="HTTP 403")
UNHEALTHY = TenantHealth(*[_REFUSED] * len(fields(TenantHealth)))
"""Every part is unknown."""


OTHER_ARTIFACTS = [
    ArtifactCount(None, None, 1),
    ArtifactCount("SCRIPT_COLLECTION", "STARTED", 1204),
    ArtifactCount("VALUE_MAPPING", "ERROR", 2),
]


def report(*tenants: TenantResult) -> CensusReport:
    """Return a report of October."""
    return CensusReport(
        period=OCTOBER,
        run_id="20261101T003000Z",
        started_at=OCTOBER.end + timedelta(minutes=30),
        finished_at=SCANNED,
        version="0.1.0",
        tenants=tenants,
    )


def report_of(*rows: IflowRow) -> CensusReport:
    """Return a report with one tenant that has these rows."""
    return report(tenant("prod", rows))


HOSTILE_NAMES = (
    "=1+1",
    '=HYPERLINK("https://example.com")',
    "+49 30 1",
    "-2+3",
    "@SUM(A1)",
    "{=1+1}",
    "https://example.com",
    "mailto:x",
    "internal:Summary!A1",
    "<b>&amp;",
    "\u202eabc\u200f",
    "🚀 עברית",
    " leading",
    "x" * 1000,
    "00123",
    "1e5",
    "_x0041_",
    "tab\tand\nline",
)
"""Names that a spreadsheet could take for something else than text."""
