"""The tenants of the demo's company, as they are at the end of any month.

`packages.csv` and `iflows.csv` describe what is in production; the other tenants have the same
with other versions, fewer deployments and fewer messages. Each day has its own random numbers, so
that two months agree on the days that they share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from tests.rehearsal.company.descriptions import (
    NOT_DEPLOYED,
    Iflow,
    package_rows,
    read_iflows,
    to_moment,
)
from tests.rehearsal.company.messages import messages_of
from tests.rehearsal.company.models import company_model
from tests.simulators.cloud_integration import Landscape, set_log_level
from tests.simulators.cloud_integration.landscape import (
    DesigntimeIflow,
    EdgeLocation,
    EntryPoint,
    MessageLog,
    Package,
    RuntimeArtifact,
    ServiceEndpoint,
)

EDGE = "plant-1"
"""The Edge Integration Cell of production."""

MESSAGE_SHARES = {"prod": 1.0, "test": 0.06, "dev": 0.03}
"""The tenants, and how many of production's messages each has."""

_SILENT = ("Read_Cash_Position", date(2026, 9, 10))
"""An iFlow of production at log level ERROR, and since when."""
_NOT_STARTED = "Report_Payments_to_Tax_Office"
"""What does not start in production since its last deployment."""
_REMOVED = {"Send_Order_Confirmation_by_Fax": date(2026, 10, 20)}
"""When an iFlow is undeployed and deleted."""
_ORPHAN = ("Migrate_Open_Orders", "Migrate open orders", date(2024, 11, 4))
"""An iFlow of production whose design was deleted: id, name, and when it was deployed."""
_PROTOTYPES = ("Order_Status_by_Chat", "Carrier_Tracking_Events", "Supplier_Portal_Replacement")
_TEAM = "integration-team@example.com"
_ADMINISTRATOR = "platform-operations@example.com"
_HOST = "https://{}.it-cpi.example.com"
_ERROR = (
    '{"message":{"subsystemName":"CONTENT","subsytemPartName":"CONTENT_DEPLOY",'
    '"messageId":"GenerationFailed","messageText":""},'
    '"parameter":["Parameter \'certificate_alias\' is not configured"]}'
)


def company_tenant(name: str, year: int, month: int) -> Landscape:
    """Return a tenant of the company at the end of a month, with the messages around that month.

    Args:
        name: a key of `MESSAGE_SHARES`.
        year: the year.
        month: the month, 1 to 12.
    """
    start = date(year, month, 1)
    end = (start + timedelta(days=32)).replace(day=1)
    iflows = [
        iflow
        for iflow in read_iflows()
        if iflow.created < end and not (iflow.id in _REMOVED and _REMOVED[iflow.id] < end)
    ]
    deployed = [iflow for iflow in iflows if _is_deployed(iflow, name)]
    at_edge = {iflow.id for iflow in deployed if iflow.runs_at_edge and name == "prod"}
    artifacts = [_artifact(iflow, name, end) for iflow in deployed]
    endpoints = [
        _endpoint(iflow.id, iflow.name, iflow.protocol, name, iflow.created)
        for iflow in deployed
        if iflow.protocol
    ]
    if name == "prod":
        orphan_id, title, deployed_on = _ORPHAN
        artifacts.append(
            RuntimeArtifact(
                orphan_id, title, "0.9.0", deployed_by=_TEAM, deployed_on=to_moment(deployed_on)
            )
        )
        endpoints.append(_endpoint(orphan_id, title, "REST", name, deployed_on))
    messages = [
        log
        for iflow in deployed
        for log in messages_of(
            iflow,
            name,
            start - timedelta(days=2),
            iflow.changed if iflow.changed and _is_broken(iflow, name, end) else end,
            share=MESSAGE_SHARES[name],
        )
    ]
    landscape = Landscape(
        name,
        tuple(_packages(name, end)),
        tuple(_designs(iflows, name, end)),
        tuple(artifact for artifact in artifacts if artifact.id not in at_edge),
        tuple(endpoint for endpoint in endpoints if endpoint.name not in at_edge),
        tuple(log for log in messages if log.artifact and log.artifact.id not in at_edge),
        edges=_edges(at_edge, artifacts, endpoints, messages),
    )
    if name == "prod":
        silent_id, since = _SILENT
        landscape = set_log_level(landscape, silent_id, "ERROR", since=to_moment(since))
    return landscape


def _edges(
    at_edge: set[str],
    artifacts: Sequence[RuntimeArtifact],
    endpoints: Sequence[ServiceEndpoint],
    messages: Sequence[MessageLog],
) -> tuple[EdgeLocation, ...]:
    if not at_edge:
        return ()
    return (
        EdgeLocation(
            EDGE,
            tuple(artifact for artifact in artifacts if artifact.id in at_edge),
            tuple(endpoint for endpoint in endpoints if endpoint.name in at_edge),
            tuple(log for log in messages if log.artifact and log.artifact.id in at_edge),
        ),
    )


def _packages(name: str, end: date) -> Iterator[Package]:
    for row in package_rows():
        created, modified = date.fromisoformat(row["created"]), date.fromisoformat(row["modified"])
        yield Package(
            id=row["id"],
            name=row["name"],
            vendor=row["vendor"],
            version=row["version"],
            mode=row["mode"],
            created_at=to_moment(created),
            created_by=_TEAM,
            modified_at=to_moment(min(modified, end - timedelta(days=1))),
            modified_by=_TEAM,
            update_available=row["update_available"] == "yes",
        )
    if name == "dev":
        created_at = to_moment(date(2025, 6, 2))
        yield Package("Prototypes", "Prototypes", created_at=created_at, created_by=_TEAM)


def _designs(iflows: Sequence[Iflow], name: str, end: date) -> Iterator[DesigntimeIflow]:
    for iflow in iflows:
        changed = iflow.changed if iflow.changed and iflow.changed < end else iflow.created
        yield DesigntimeIflow(
            id=iflow.id,
            package_id=iflow.package,
            name=iflow.name,
            version=_version(iflow, name, end),
            created_at=to_moment(iflow.created),
            created_by=_TEAM,
            modified_at=to_moment(changed),
            modified_by=_TEAM,
            sender=iflow.sender,
            receiver=iflow.receiver,
            content=company_model(iflow),
        )
    if name == "dev":
        for number, iflow_id in enumerate(_PROTOTYPES):
            saved = to_moment(date(2025, 6, 2) + timedelta(days=100 * number))
            yield DesigntimeIflow(
                id=iflow_id,
                package_id="Prototypes",
                name=iflow_id.replace("_", " "),
                version="Draft",
                created_at=saved,
                created_by=_TEAM,
                modified_at=saved + 3 * 3_600_000,
                modified_by=_TEAM,
            )


def _version(iflow: Iflow, name: str, end: date) -> str:
    """The design's version: before a change the one before it, in development the next one."""
    parts = [int(part) for part in iflow.version.split(".")]
    if iflow.changed and iflow.changed >= end:
        last = max(position for position, part in enumerate(parts) if part)
        parts[last] -= 1
    elif name == "dev" and iflow.changed and iflow.changed.year == 2026:
        parts[-1] += 1
    return ".".join(str(part) for part in parts)


def _is_deployed(iflow: Iflow, name: str) -> bool:
    if iflow.deployed_version == NOT_DEPLOYED:
        return False
    return name != "dev" or sum(iflow.id.encode()) % 3 != 0


def _is_broken(iflow: Iflow, name: str, end: date) -> bool:
    """Whether it does not start anymore; it has no messages since its last change."""
    is_changed = iflow.changed is not None and iflow.changed < end
    return iflow.id == _NOT_STARTED and name == "prod" and is_changed


def _artifact(iflow: Iflow, name: str, end: date) -> RuntimeArtifact:
    changed = iflow.changed if iflow.changed and iflow.changed < end else iflow.created
    is_broken = _is_broken(iflow, name, end)
    deployed = iflow.deployed_version if name == "prod" else ""
    return RuntimeArtifact(
        id=iflow.id,
        name=iflow.name,
        version=deployed or _version(iflow, name, end),
        status="ERROR" if is_broken else "STARTED",
        deployed_by=_ADMINISTRATOR if name == "prod" else _TEAM,
        deployed_on=to_moment(changed) + 30 * 3_600_000,
        error=_ERROR if is_broken else None,
    )


def _endpoint(
    iflow_id: str, title: str, protocol: str, tenant: str, updated: date
) -> ServiceEndpoint:
    path = iflow_id.lower().replace("_", "-")
    address = f"{_HOST.format(tenant)}/{'cxf' if protocol == 'SOAP' else 'http'}/{path}"
    return ServiceEndpoint(
        id=f"{iflow_id}$endpointAddress=/{path}",
        name=iflow_id,
        protocol=protocol,
        title=title,
        last_updated=to_moment(updated),
        entry_points=(EntryPoint(title, address),),
    )
