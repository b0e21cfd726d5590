"""Generate the content of a tenant from a seed.

The position of an iFlow determines its properties, so that a few dozen iFlows already have every
kind of edit date, version, deployment and status. Only times and messages are random.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from tests.simulators.cloud_integration.awkward_values import (
    AWKWARD_IDS,
    AWKWARD_NAMES,
    AWKWARD_PACKAGE_IDS,
)
from tests.simulators.cloud_integration.landscape import (
    DesigntimeIflow,
    EntryPoint,
    Landscape,
    LogArtifact,
    MessageLog,
    Package,
    RuntimeArtifact,
    ServiceEndpoint,
)
from tests.simulators.cloud_integration.message_generator import (
    DAY,
    HOUR,
    MessageGenerator,
    month_bounds,
)

_DEPLOYMENT_ERROR = (
    '{"message":{"subsystemName":"CONTENT","subsytemPartName":"CONTENT_DEPLOY",'
    '"messageId":"GenerationFailed","messageText":""},'
    '"parameter":["Parameter \'receiver\' is not configured"]}'
)
_ERRORS = (
    "Unable to resolve placeholder: timer <no value>",
    _DEPLOYMENT_ERROR,
    None,  # SAP's ErrorInformation may be empty for a while.
)
_OTHER_TYPES = (
    "VALUE_MAPPING",
    "MESSAGE_MAPPING",
    "SCRIPT_COLLECTION",
    "REST_API",
    "ODATA_SERVICE",
)
_PROTOCOLS = ("REST", "SOAP", "ODATAV2", "AS2", "IDOC", "AS4")
_VENDORS = ("SAP", "", "Acme Partners", "")
_USERS = ("P0000000042", "anna@example.com", "sb-technical|user!b42", "bob@example.com")


@dataclass(slots=True)
class _Content:
    """The content generated so far."""

    packages: list[Package]
    iflows: list[DesigntimeIflow]
    runtime: list[RuntimeArtifact]
    endpoints: list[ServiceEndpoint]
    messages: list[MessageLog]


def generate_landscape(
    *,
    seed: int = 7,
    packages: int = 60,
    iflows_per_package: int = 5,
    months: Sequence[tuple[int, int]] = ((2026, 10),),
    messages_per_iflow: int = 30,
    orphans: int = 3,
    busy_iflows: int = 2,
    busy_messages: int = 3000,
    deleted_messages: int = 25,
    null_rows: int = 5,
    empty_packages: int = 0,
    awkward: bool = True,
    variant: str | None = None,
    name: str | None = None,
) -> Landscape:
    """Return the same landscape for the same arguments.

    ``messages_per_iflow`` is the average of used iFlows in each of ``months`` (year, month).
    Messages also fall two days before the first and two days after the last month. ``variant``
    ("dev", "test", "prod") gives tenants with the same packages and iFlows, but other versions,
    deployments and messages. ``empty_packages`` are added to ``packages``. ``awkward`` adds ids
    and names with quotes and markup.
    """
    rng = random.Random(f"{seed}/{variant}")  # noqa: S311 - repeatable, not secret
    shift = 0 if variant is None else sum(variant.encode()) % 29
    content = _Content(_packages(seed, packages, awkward, months), [], [], [], [])
    names = cycle(AWKWARD_NAMES)
    ids = cycle(AWKWARD_IDS)
    for number in range(packages * iflows_per_package):
        package = content.packages[number // iflows_per_package]
        iflow_id = f"com.example.p{number // iflows_per_package:04d}.iflow{number:05d}"
        iflow_name = f"Replicate object {number:05d}"
        if awkward and number % 9 == 4:
            iflow_id = f"{next(ids)}_{number}"
        if awkward and number % 4 == 3:
            iflow_name = f"{next(names)}{number}"
        _add_iflow(
            content, rng, package, (iflow_id, iflow_name), number=number, variation=number + shift
        )
    content.packages.extend(
        Package(f"empty.package{number}", "Empty") for number in range(empty_packages)
    )
    _add_orphans(content, orphans, months)
    for number, kind in enumerate(_OTHER_TYPES):
        content.runtime.append(RuntimeArtifact(f"other_{number}", f"Other {number}", "1.0.0", kind))
    _add_messages(
        content,
        MessageGenerator(f"{seed}/{variant}/messages"),
        rng,
        months,
        average=messages_per_iflow,
        busy=busy_iflows,
        busy_messages=busy_messages,
        deleted=deleted_messages,
        null_rows=null_rows,
        shift=shift,
    )
    return Landscape(
        name or variant or "prod",
        tuple(content.packages),
        tuple(content.iflows),
        tuple(content.runtime),
        tuple(content.endpoints),
        tuple(content.messages),
    )


def _packages(
    seed: int, count: int, awkward: bool, months: Sequence[tuple[int, int]]
) -> list[Package]:
    rng = random.Random(f"{seed}/packages")  # noqa: S311 - repeatable, not secret
    before = month_bounds(*months[0])[0]
    generated = []
    for number in range(count):
        package_id = f"Package{number:04d}"
        if awkward and number % 10 == 3:
            package_id = f"{AWKWARD_PACKAGE_IDS[number // 10 % 3]}_{number}"
        created = before - int(rng.random() * 900 * DAY) - 30 * DAY
        vendor = _VENDORS[number % 4]
        generated.append(
            Package(
                id=package_id,
                name=AWKWARD_NAMES[number % 11] if awkward and number % 6 == 5 else package_id,
                vendor=vendor,
                version=f"{number % 9}.2.0" if vendor else "",
                mode="READ_ONLY" if vendor == "SAP" and number % 8 == 0 else "EDIT_ALLOWED",
                short_text=f"Package number {number}",
                description="<p>Moves <b>things</b> &amp; data</p>",
                created_at=created,
                created_by=_USERS[number % 4],
                modified_at=None if number % 12 == 7 else created + 3,
                modified_by=_USERS[(number + 1) % 4],
                update_available=None if number % 12 == 7 else bool(vendor) and number % 3 != 2,
            )
        )
    return generated


def _add_iflow(
    content: _Content,
    rng: random.Random,
    package: Package,
    id_and_name: tuple[str, str],
    *,
    number: int,
    variation: int,
) -> None:
    """Add an iFlow; different primes as divisors result in every combination of properties."""
    iflow_id, name = id_and_name
    base = package.created_at or 0
    created: int | None = base + number
    modified: int | None = base + number + (0, 3, 40 * DAY, 1000, 1001, 0, 7 * HOUR)[variation % 7]
    if variation % 13 == 5:
        created = modified = None
    version = f"1.0.{variation % 5}"
    content.iflows.append(
        DesigntimeIflow(
            id=iflow_id,
            package_id=package.id,
            name=name,
            version=("Active", "Draft")[variation // 17 % 2] if variation % 17 == 6 else version,
            description=f"Number {number}" if number % 6 else "",
            created_at=created,
            created_by=None if created is None else _USERS[number % 4],
            modified_at=modified,
            modified_by=None if modified is None else _USERS[variation % 4],
            sender="" if number % 3 else "ERP",
            receiver="" if number % 4 else "SuccessFactors",
        )
    )
    if variation % 5 == 2:
        return
    status = {3: "ERROR", 7: "STARTING", 9: "STOPPING", 14: "ERROR", 16: "ERROR"}.get(
        variation % 19, "STARTED"
    )
    deployed_on = base + 50 * DAY + int(rng.random() * DAY)
    content.runtime.append(
        RuntimeArtifact(
            id=iflow_id,
            name=name,
            version="0.9.7" if variation % 11 == 4 else version,
            status=status,
            deployed_by=_USERS[variation % 4],
            deployed_on=deployed_on,
            error=_ERRORS[variation % 3] if status == "ERROR" else None,
        )
    )
    for position in range((0, 1, 0, 3, 1)[variation % 5]):
        content.endpoints.append(
            _endpoint(iflow_id, name, version, variation + position, deployed_on)
        )


def _endpoint(iflow_id: str, name: str, version: str, number: int, updated: int) -> ServiceEndpoint:
    address = f"/orders/{number}"
    protocol = _PROTOCOLS[number % len(_PROTOCOLS)]
    host = "https://tenant.cfapps.example.com"
    entries = [EntryPoint(name, f"{host}/http{address}", "PROD")]
    if number % 4 == 1:
        entries.append(EntryPoint(name, f"{host}/http{address}?wsdl", "WSDL", "a & b"))
    if number % 9 == 5:
        entries = []
    return ServiceEndpoint(
        id=f"{iflow_id}$endpointAddress={address}",
        name=iflow_id,
        protocol=protocol,
        version=version,
        title=name,
        last_updated=updated,
        entry_points=tuple(entries),
    )


def _add_orphans(content: _Content, count: int, months: Sequence[tuple[int, int]]) -> None:
    deployed_on = month_bounds(*months[0])[0] - 200 * DAY
    for number in range(count):
        orphan_id = f"orphan'{number}_left_behind"
        content.runtime.append(
            RuntimeArtifact(
                orphan_id,
                f"Orphan {number}",
                "2.1.0",
                status=("STARTED", "ERROR", "STARTED")[number % 3],
                deployed_on=deployed_on,
                error=_ERRORS[0] if number % 3 == 1 else None,
            )
        )
        if number % 2 == 0:
            content.endpoints.append(
                _endpoint(orphan_id, f"Orphan {number}", "2.1.0", number, deployed_on)
            )


def _add_messages(
    content: _Content,
    generator: MessageGenerator,
    rng: random.Random,
    months: Sequence[tuple[int, int]],
    *,
    average: int,
    busy: int,
    busy_messages: int,
    deleted: int,
    null_rows: int,
    shift: int,
) -> None:
    names = {package.id: package.name for package in content.packages}
    deployed = {artifact.id for artifact in content.runtime}
    artifacts = []
    for number, iflow in enumerate(content.iflows):
        # Every sixth iFlow is unused; only some of those not deployed were used before.
        if (number + shift) % 6 == 1 or (iflow.id not in deployed and number % 3):
            continue
        sides = ("ERP", "CRM") if number % 3 == 0 else (None, None)
        artifacts.append(
            LogArtifact(iflow.id, iflow.name, iflow.package_id, names[iflow.package_id], *sides)
        )
    orphans = [item for item in content.runtime if item.id.startswith("orphan'")]
    # The package of an orphan was deleted, and its logs still name it.
    artifacts.extend(LogArtifact(item.id, item.name, "gone", "Gone") for item in orphans[::2])
    logs = content.messages
    bounds = [month_bounds(*month) for month in months]
    for start, end in bounds:
        for number, artifact in enumerate(artifacts):
            count = busy_messages if number < busy else rng.randint(1, max(1, 2 * average - 1))
            logs.extend(generator.spread(artifact, count, start, end))
        for artifact in islice(artifacts, 5):
            logs.extend(generator.at_month_borders(artifact, start, end))
        logs.extend(generator.for_deleted_iflows(deleted, start, end))
    for artifact in artifacts[::4]:
        logs.extend(generator.spread(artifact, 2, bounds[0][0] - 2 * DAY, bounds[0][0]))
        logs.extend(generator.spread(artifact, 2, bounds[-1][1], bounds[-1][1] + 2 * DAY))
    logs.extend(generator.without_artifact(null_rows))
