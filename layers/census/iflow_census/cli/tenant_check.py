"""The implementation of `iflow-census tenant check`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import typer
from rich.console import Console

from iflow_census.cli.keys import TenantKey
from iflow_census.cli.progress import print_first_request
from iflow_census.cli.tables import Cell, name_cell, print_table
from iflow_census.cli.terminal import print_error
from iflow_census.clock import Clock, Deadline
from iflow_census.cloud_integration.access_check import (
    CHECKS,
    AccessCheck,
    check_access,
    check_location,
)
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.errors import CensusError
from iflow_census.http.retry_policy import RetryPolicy

MAX_SECONDS = 120
"""How long the check of one tenant may take."""

RETRY_POLICY = RetryPolicy(read=20, retries=2)


def check_tenants(
    console: Console,
    keys: Sequence[TenantKey],
    *,
    clock: Clock,
    json_result: bool,
) -> bool:
    """Check what the keys of tenants can access; returns whether no tenant has a problem."""
    checks = {key.tenant: _check(console, key, clock) for key in keys}
    _print_checks(console, checks)
    for tenant, result in checks.items():
        for message in dict.fromkeys(result.problems):
            print_error(f"{tenant}: {message}")
    if json_result:
        entries = [
            {
                "name": tenant,
                "ok": not result.problems,
                "problems": result.problems,
                "locations": [
                    {"id": check.name, "ok": check.problem is None} for check in result.locations
                ],
            }
            for tenant, result in checks.items()
        ]
        typer.echo(json.dumps(entries))
    return not any(result.problems for result in checks.values())


@dataclass(slots=True)
class _TenantChecks:
    """The outcomes of one tenant, and of its Edge Integration Cells."""

    checks: list[AccessCheck] = field(default_factory=list)
    locations: list[AccessCheck] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """What to fix."""
        return [check.problem for check in (*self.checks, *self.locations) if check.problem]


def _check(console: Console, key: TenantKey, clock: Clock) -> _TenantChecks:
    result = _TenantChecks()
    try:
        service_key = key.parse()
        print_first_request(console, key.tenant, service_key)
        deadline = Deadline(clock, MAX_SECONDS)
        with SapConnection(service_key, deadline, retry_policy=RETRY_POLICY) as connection:
            result.checks.extend(check_access(connection, clock.now()))
            if len(result.checks) == len(CHECKS):
                result.locations.extend(
                    check_location(connection, location.id, clock.now())
                    for location in service_key.locations
                )
    except CensusError as error:
        result.checks.append(AccessCheck(CHECKS[0], str(error)))
    return result


def _print_checks(console: Console, checks: Mapping[str, _TenantChecks]) -> None:
    rows: list[Sequence[Cell]] = []
    for tenant, result in checks.items():
        outcomes = [_outcome(check) for check in result.checks]
        missing = [""] * (len(CHECKS) - len(outcomes))
        rows.append((name_cell(tenant), *outcomes, *missing))
    print_table(console, ("tenant", *CHECKS), rows)
    for tenant, result in checks.items():
        for check in result.locations:
            console.print(f"{tenant}: location {check.name}: {_outcome(check)}", soft_wrap=True)


def _outcome(check: AccessCheck) -> str:
    return "ok" if check.problem is None else "FAILED"
