"""The implementation of `iflow-census tenant check`."""

import json
from collections.abc import Iterator, Mapping, Sequence

import typer
from rich.console import Console
from rich.table import Table

from iflow_census.aws.secrets import tenant_secret_name
from iflow_census.cli.progress import print_first_request
from iflow_census.clock import Clock, Deadline
from iflow_census.cloud_integration.access_check import CHECKS, AccessCheck, check_access
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.service_key import parse_service_key
from iflow_census.errors import CensusError
from iflow_census.http.retry_policy import RetryPolicy

MAX_SECONDS = 120
"""How long the check of one tenant may take."""

RETRY_POLICY = RetryPolicy(read=20, retries=2)


def check_tenants(
    console: Console,
    keys: Mapping[str, str | CensusError],
    *,
    prefix: str,
    clock: Clock,
    json_result: bool,
) -> bool:
    """Check what the keys of tenants can access, and print the outcome.

    Args:
        console: standard error.
        keys: the text of each tenant's secret, or why it cannot be read.
        prefix: the prefix of the secrets' names.
        clock: the clock of the command.
        json_result: also print the result as JSON on standard output.

    Returns:
        Whether no tenant has a problem.
    """
    checks = {
        tenant: list(
            _check(console, tenant, key, f"secret {tenant_secret_name(prefix, tenant)}", clock)
        )
        for tenant, key in keys.items()
    }
    problems = {
        tenant: [check.problem for check in tenant_checks if check.problem]
        for tenant, tenant_checks in checks.items()
    }
    _print_checks(console, checks)
    for tenant, messages in problems.items():
        for message in dict.fromkeys(messages):
            console.print(f"{tenant}: {message}", soft_wrap=True)
    if json_result:
        entries = [
            {"name": tenant, "ok": not messages, "problems": messages}
            for tenant, messages in problems.items()
        ]
        typer.echo(json.dumps(entries, ensure_ascii=False))
    return not any(problems.values())


def _check(
    console: Console, tenant: str, key: str | CensusError, source: str, clock: Clock
) -> Iterator[AccessCheck]:
    try:
        if isinstance(key, CensusError):
            raise key
        service_key = parse_service_key(key, source=source)
        print_first_request(console, tenant, service_key)
        deadline = Deadline(clock, MAX_SECONDS)
        with SapConnection(service_key, deadline, retry_policy=RETRY_POLICY) as connection:
            yield from check_access(connection, clock.now())
    except CensusError as error:
        yield AccessCheck(CHECKS[0], str(error))


def _print_checks(console: Console, checks: Mapping[str, Sequence[AccessCheck]]) -> None:
    table = Table("tenant", *CHECKS)
    for tenant, tenant_checks in checks.items():
        table.add_row(
            tenant, *("ok" if check.problem is None else "FAILED" for check in tenant_checks)
        )
    console.print(table)
