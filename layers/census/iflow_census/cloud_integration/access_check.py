"""Trying a service key: one cheap question for each thing that the census has to read."""

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
    """What came of one question: `problem` says what to mend, None that all is well."""

    what: str
    problem: str | None


CHECKS = ("log-on", "packages", "runtime artifacts", "message logs")
"""What is tried, in this order."""


def check_access(connection: SapConnection, now: datetime) -> Sequence[AccessCheck]:
    """Try a connection: log on, then one packages entry, one runtime artifact, a count of logs.

    Without a log-on nothing else is asked.

    Returns:
        A finding for each question that was asked; the names are those of `CHECKS`.
    """

    def first_entry(entity_set: str) -> None:
        next(Api(connection).read_all(entity_set, query={"$top": "1"}), None)

    def count_logs() -> None:
        minute = Window(now - timedelta(minutes=1), now)
        CloudIntegrationTenant(connection).count_logs(LogQuery(minute))

    log_on, packages, runtime, logs = CHECKS
    begun = _asked(log_on, connection.log_on)
    if begun.problem:
        return [begun]
    return [
        begun,
        _asked(packages, lambda: first_entry("IntegrationPackages")),
        _asked(runtime, lambda: first_entry("IntegrationRuntimeArtifacts")),
        _asked(logs, count_logs),
    ]


def _asked(what: str, question: Callable[[], object]) -> AccessCheck:
    try:
        question()
    except CensusError as error:
        return AccessCheck(what, str(error))
    return AccessCheck(what, None)
