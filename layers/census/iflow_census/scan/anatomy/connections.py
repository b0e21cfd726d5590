"""The connections of a tenant's iFlows, and what people should know about them.

Checks are information, not findings: each has its evidence, and speaks only of what is certain.
"""

from collections.abc import Iterator, Mapping, Sequence

from iflow_census.scan.anatomy.adapters import (
    ON_PREMISE_PROXIES,
    AddressForm,
    adapter_keys,
)
from iflow_census.scan.anatomy.addresses import host_and_port, is_cleartext
from iflow_census.scan.anatomy.connection import Connection
from iflow_census.scan.anatomy.links import IflowLinks
from iflow_census.scan.anatomy.model import AddressKind, Channel, IflowModel
from iflow_census.scan.anatomy.wording import describe_channel, describe_unread
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import IflowRow

_MAX_NAMES = 5
_BASIC = frozenset({"Basic", "basic", "loginPlain", "user_password"})
"""The words of models for user and password, where the adapter sends them to the receiver."""


def find_connections(
    rows: Sequence[IflowRow], models: Mapping[str, Reading[IflowModel]]
) -> list[Connection]:
    """List the channels of all iFlows whose model was read, in the order of the rows."""
    return [
        _connection(row, channel)
        for row in rows
        if (reading := models.get(row.iflow_id)) is not None and reading.value is not None
        for channel in reading.value.channels
    ]


def find_checks(
    row: IflowRow, model: IflowModel, links: IflowLinks, unread: int = 0
) -> Iterator[str]:
    """Find what people should know about an iFlow, with the evidence.

    Args:
        row: the iFlow.
        model: its model.
        links: its links.
        unread: the number of iFlows of the tenant without a readable model, which may have an
            address that no other one has.
    """
    for channel in model.channels:
        if _is_cleartext(channel):
            yield f"cleartext without Cloud Connector: {describe_channel(channel)}"
        if channel.authentication in _BASIC:
            yield f"user and password: {describe_channel(channel)}"
        if channel.csrf_protection is False:
            yield f"CSRF protection off: {describe_channel(channel)}"
    if row.deployed and any(timer.schedule and timer.schedule.run_once for timer in model.timers):
        yield "deployed with a timer that runs only once"
    if links.cycle:
        yield f"calls in a circle: {', '.join(links.cycle[:_MAX_NAMES])}"
    for address in links.dangling:
        doubt = f", but {describe_unread(unread)}" if unread else ""
        yield f"no iFlow has the ProcessDirect address {address}{doubt}"


def _connection(row: IflowRow, channel: Channel) -> Connection:
    keys = adapter_keys(channel.adapter, channel.direction)
    has_host = keys.form is AddressForm.URL and channel.address_kind is AddressKind.LITERAL
    host, port = host_and_port(channel.address) if has_host else (None, None)
    return Connection(
        tenant=row.tenant,
        package_id=row.package_id,
        package_name=row.package_name,
        iflow_id=row.iflow_id,
        iflow_name=row.iflow_name,
        deployed=row.deployed,
        direction=channel.direction and str(channel.direction),
        adapter=channel.adapter,
        adapter_version=channel.version,
        participant=channel.participant or None,
        address=channel.address or None,
        address_kind=str(channel.address_kind),
        host=host,
        port=port,
        resource=channel.resource,
        authentication=channel.authentication,
        proxy=channel.proxy,
        location=channel.location,
        aliases=channel.aliases,
        starts=channel.starts,
        cleartext=_is_cleartext(channel),
    )


def _is_cleartext(channel: Channel) -> bool | None:
    if channel.address_kind is not AddressKind.LITERAL:
        return None
    return is_cleartext(channel.address) and channel.proxy not in ON_PREMISE_PROXIES
