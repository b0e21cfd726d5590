"""Check what a service key can access, with one small request for everything the census reads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.tenant import CloudIntegrationTenant
from iflow_census.errors import CensusError
from iflow_census.scan.period import Window
from iflow_census.scan.tenant_api import LogQuery


@dataclass(frozen=True, slots=True)
class AccessCheck:
    """The outcome of one check; `problem` says what to fix, None if there is nothing."""

    name: str
    problem: str | None


CHECKS = ("log-on", "packages", "runtime artifacts", "message logs")
"""The names of the checks, in order."""

LOCATION_SECONDS = 30.0
"""How long the check of a runtime location may take."""


def check_access(connection: SapConnection, now: datetime) -> Sequence[AccessCheck]:
    """Log on, read one package and one runtime artifact, and count the logs of the last minute.

    Returns:
        An outcome for each of `CHECKS`; if the log-on fails, only that one.
    """
    log_on, packages, runtime, logs = CHECKS
    log_on_check = _check(log_on, connection.log_on)
    if log_on_check.problem:
        return [log_on_check]
    return [
        log_on_check,
        _check(packages, lambda: _read_first(connection, "IntegrationPackages")),
        _check(runtime, lambda: _read_first(connection, "IntegrationRuntimeArtifacts")),
        _check(logs, lambda: _count_logs(connection, now)),
    ]


def check_location(connection: SapConnection, location_id: str, now: datetime) -> AccessCheck:
    """Read one runtime artifact of a location, and count its logs of the last minute."""
    at_location = connection.at_location(location_id, connection.deadline.child(LOCATION_SECONDS))

    def read() -> None:
        _read_first(at_location, "IntegrationRuntimeArtifacts")
        _count_logs(at_location, now)

    return _check(location_id, read)


def _read_first(connection: SapConnection, entity_set: str) -> None:
    next(Api(connection).read_all(entity_set, query={"$top": "1"}), None)


def _count_logs(connection: SapConnection, now: datetime) -> None:
    last_minute = Window(now - timedelta(minutes=1), now)
    CloudIntegrationTenant(connection).count_logs(LogQuery(last_minute))


def _check(name: str, send: Callable[[], object]) -> AccessCheck:
    try:
        send()
    except CensusError as error:
        return AccessCheck(name, str(error))
    return AccessCheck(name, None)
