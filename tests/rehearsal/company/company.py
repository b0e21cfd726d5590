"""The tenants of the demo's company, as they are at the end of any month.

`packages.csv` and `iflows.csv` describe what is in production; the other tenants have the same
with other versions, fewer deployments and fewer messages. Each day has its own random numbers, so
that two months agree on the days that they share.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from tests.simulators.cloud_integration import Landscape, set_log_level, to_ms
from tests.simulators.cloud_integration.landscape import (
    DesigntimeIflow,
    EdgeLocation,
    EntryPoint,
    LogArtifact,
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
_RARE_FAILURES = 0.5
"""The percentage of messages that failed before an iFlow was changed for the worse."""
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


@dataclass(frozen=True, slots=True)
class _Iflow:
    """A line of `iflows.csv`.

    Attributes:
        package: the id of its package.
        id: its id.
        name: its name.
        sender: the system that it starts from.
        receiver: the system that it sends to.
        protocol: of its HTTP endpoint; empty if it has none.
        pattern: on which days it has messages; a key of `_PATTERNS`.
        per_day: messages on a normal day of the pattern.
        failing: percentage of messages that fail.
        created: when it was created, or copied from SAP.
        changed: when its present version was saved; None: as created.
        version: in the design.
        deployed_version: where it differs; "-": not deployed.
        last_message: the day of the last message; None: there are new ones each month.
        runs_at_edge: whether it runs in the Edge Integration Cell.
    """

    package: str
    id: str
    name: str
    sender: str
    receiver: str
    protocol: str
    pattern: str
    per_day: float
    failing: float
    created: date
    changed: date | None
    version: str
    deployed_version: str
    last_message: date | None
    runs_at_edge: bool


def _working_days(day: date) -> float:
    return 1.0 if day.weekday() < 5 else 0.1


def _is_month_end(day: date) -> bool:
    return (day + timedelta(days=3)).month != day.month or day.day == 1


_PATTERNS: Mapping[str, Callable[[date], float]] = {
    "working_days": _working_days,
    "every_day": lambda _: 1.0,
    "month_end": lambda day: _working_days(day) * (3.0 if _is_month_end(day) else 0.6),
    "weekly": lambda day: 1.0 if day.weekday() == 0 else 0.0,
    "monthly": lambda day: 1.0 if _is_month_end(day) else 0.0,
    "never": lambda _: 0.0,
}
"""Which part of the messages of a normal day an iFlow has on a day."""


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
        for iflow in _iflows()
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
                orphan_id, title, "0.9.0", deployed_by=_TEAM, deployed_on=_moment(deployed_on)
            )
        )
        endpoints.append(_endpoint(orphan_id, title, "REST", name, deployed_on))
    messages = [
        log for iflow in deployed for log in _messages(iflow, name, start - timedelta(days=2), end)
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
        landscape = set_log_level(landscape, silent_id, "ERROR", since=_moment(since))
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


def _rows(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@cache
def _iflows() -> Sequence[_Iflow]:
    return [
        _Iflow(
            package=row["package"],
            id=row["id"],
            name=row["name"],
            sender=row["sender"],
            receiver=row["receiver"],
            protocol=row["protocol"],
            pattern=row["pattern"],
            per_day=float(row["per_day"]),
            failing=float(row["failing"]),
            created=date.fromisoformat(row["created"]),
            changed=_date(row["changed"]),
            version=row["version"],
            deployed_version=row["deployed_version"],
            last_message=_date(row["last_message"]),
            runs_at_edge=row["runs_in"] == "edge",
        )
        for row in _rows("iflows.csv")
    ]


@cache
def _package_rows() -> Sequence[Mapping[str, str]]:
    return _rows("packages.csv")


def _packages(name: str, end: date) -> Iterator[Package]:
    for row in _package_rows():
        created, modified = date.fromisoformat(row["created"]), date.fromisoformat(row["modified"])
        yield Package(
            id=row["id"],
            name=row["name"],
            vendor=row["vendor"],
            version=row["version"],
            mode=row["mode"],
            created_at=_moment(created),
            created_by=_TEAM,
            modified_at=_moment(min(modified, end - timedelta(days=1))),
            modified_by=_TEAM,
            update_available=row["update_available"] == "yes",
        )
    if name == "dev":
        created_at = _moment(date(2025, 6, 2))
        yield Package("Prototypes", "Prototypes", created_at=created_at, created_by=_TEAM)


def _designs(iflows: Sequence[_Iflow], name: str, end: date) -> Iterator[DesigntimeIflow]:
    for iflow in iflows:
        changed = iflow.changed if iflow.changed and iflow.changed < end else iflow.created
        yield DesigntimeIflow(
            id=iflow.id,
            package_id=iflow.package,
            name=iflow.name,
            version=_version(iflow, name, end),
            created_at=_moment(iflow.created),
            created_by=_TEAM,
            modified_at=_moment(changed),
            modified_by=_TEAM,
            sender=iflow.sender,
            receiver=iflow.receiver,
        )
    if name == "dev":
        for number, iflow_id in enumerate(_PROTOTYPES):
            saved = _moment(date(2025, 6, 2) + timedelta(days=100 * number))
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


def _version(iflow: _Iflow, name: str, end: date) -> str:
    """The design's version: before a change the one before it, in development the next one."""
    parts = [int(part) for part in iflow.version.split(".")]
    if iflow.changed and iflow.changed >= end:
        last = max(position for position, part in enumerate(parts) if part)
        parts[last] -= 1
    elif name == "dev" and iflow.changed and iflow.changed.year == 2026:
        parts[-1] += 1
    return ".".join(str(part) for part in parts)


def _is_deployed(iflow: _Iflow, name: str) -> bool:
    if iflow.deployed_version == "-":
        return False
    return name != "dev" or sum(iflow.id.encode()) % 3 != 0


def _artifact(iflow: _Iflow, name: str, end: date) -> RuntimeArtifact:
    changed = iflow.changed if iflow.changed and iflow.changed < end else iflow.created
    is_broken = iflow.id == _NOT_STARTED and name == "prod" and changed == iflow.changed
    deployed = iflow.deployed_version if name == "prod" else ""
    return RuntimeArtifact(
        id=iflow.id,
        name=iflow.name,
        version=deployed or _version(iflow, name, end),
        status="ERROR" if is_broken else "STARTED",
        deployed_by=_ADMINISTRATOR if name == "prod" else _TEAM,
        deployed_on=_moment(changed) + 30 * 3_600_000,
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
        last_updated=_moment(updated),
        entry_points=(EntryPoint(title, address),),
    )


def _messages(iflow: _Iflow, tenant: str, start: date, end: date) -> Iterator[MessageLog]:
    """Yield the message logs of the days in [start, end), but none while it is not started."""
    package = next(row["name"] for row in _package_rows() if row["id"] == iflow.package)
    artifact = LogArtifact(
        iflow.id, iflow.name, iflow.package, package, iflow.sender, iflow.receiver
    )
    day = max(start, iflow.created)
    while day < end and (iflow.last_message is None or day <= iflow.last_message):
        if not (iflow.id == _NOT_STARTED and iflow.changed and day >= iflow.changed):
            yield from _messages_of_day(iflow, artifact, tenant, day)
        day += timedelta(days=1)


def _messages_of_day(
    iflow: _Iflow, artifact: LogArtifact, tenant: str, day: date
) -> Iterator[MessageLog]:
    draw = random.Random(f"{tenant}/{iflow.id}/{day}")  # noqa: S311 - repeatable, not secret
    expected = iflow.per_day * _PATTERNS[iflow.pattern](day) * MESSAGE_SHARES[tenant]
    count = int(expected * draw.uniform(0.8, 1.2) + draw.random())
    is_worse = iflow.changed is not None and day >= iflow.changed
    failing = iflow.failing if is_worse or iflow.failing < 10 else _RARE_FAILURES
    midnight = _moment(day)
    for number in range(count):
        started = midnight + int(draw.uniform(5, 21) * 3_600_000)
        yield MessageLog(
            f"{tenant}-{iflow.id[:40]}-{day:%y%m%d}-{number:04d}",
            artifact,
            "FAILED" if draw.random() * 100 < failing else "COMPLETED",
            started,
            started + draw.randint(80, 9000),
        )


def _moment(day: date) -> int:
    return to_ms(datetime(day.year, day.month, day.day, tzinfo=UTC))
