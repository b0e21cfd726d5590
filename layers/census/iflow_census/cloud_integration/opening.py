"""Opening a tenant: from the text of its service key to a session."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from iflow_census.clock import Deadline
from iflow_census.cloud_integration import mutual_tls
from iflow_census.cloud_integration.connection import Connection
from iflow_census.cloud_integration.families import RateLimits
from iflow_census.cloud_integration.service_key import (
    ClientCertificate,
    parse_service_key,
)
from iflow_census.cloud_integration.tenant import CloudIntegrationTenant
from iflow_census.errors import CensusError, ConfigurationError
from iflow_census.http.exchange import Patience
from iflow_census.journal import Journal


def tenant_opener(
    key: str | CensusError, source: str, *, limits: RateLimits, patience: Patience
) -> Callable[[Deadline, Journal], AbstractContextManager[CloudIntegrationTenant]]:
    """How to open a tenant, later and within a deadline.

    Args:
        key: the service key as text, or why it could not be had; that is raised on opening, so
            that it concerns this tenant alone.
        source: what to call the key in a message.
        limits: SAP's rate limits.
        patience: time-outs and retries.
    """

    @contextmanager
    def opened(deadline: Deadline, journal: Journal) -> Iterator[CloudIntegrationTenant]:
        if isinstance(key, CensusError):
            raise key
        service_key = parse_service_key(key, source=source)
        with Connection(
            service_key, deadline, limits=limits, patience=patience, journal=journal
        ) as connection:
            yield CloudIntegrationTenant(connection)

    return opened


def check_service_key(text: str, source: str) -> None:
    """Find out what can be told of a service key without asking its tenant.

    Args:
        text: the service key, as SAP BTP shows it.
        source: what to call the key in a message.

    Raises:
        ConfigurationError: it is no service key, or its certificate does not fit its key.
    """
    credentials = parse_service_key(text, source=source).credentials
    if isinstance(credentials, ClientCertificate):
        try:
            mutual_tls.client_context(credentials)
        except ConfigurationError as error:
            raise ConfigurationError(f"{source}: {error}") from None
