"""The externalized parameters of an iFlow: read them and update those that differ.

Parameters are meant to hold the names of credentials, not passwords, but SAP does not prevent it.

Source: SAP OpenAPI, IntegrationContent.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import ConfigurationError
from iflow_census.tenant_admin.content import ACTIVE, iflow_path
from iflow_census.tenant_admin.write_request import WriteRequest


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """A new value for a parameter; `old` is None if it has no value."""

    key: str
    old: str | None
    new: str


def read_parameters(api: Api, iflow: str, *, version: str = ACTIVE) -> list[Entity]:
    """Read the parameters of an iFlow with their data types and descriptions, sorted by key."""
    path = f"{iflow_path(iflow, version)}/Configurations"
    rows = api.read_all(path, key=("ParameterKey",))
    return sorted(rows, key=lambda row: row["ParameterKey"])


def find_changes(current: Sequence[Entity], desired: Mapping[str, str]) -> list[ParameterChange]:
    """Compare the current parameters with the desired values; others are left unchanged.

    Raises:
        ConfigurationError: the iFlow has no such parameter.
    """
    values = {str(row["ParameterKey"]): row.get("ParameterValue") for row in current}
    unknown = [key for key in desired if key not in values]
    if unknown:
        raise ConfigurationError(_unknown_parameter(unknown[0], list(values)))
    return [
        ParameterChange(key, values[key], value)
        for key, value in desired.items()
        # SAP returns an empty value as null or as an empty string.
        if (values[key] or "") != value
    ]


def update_request(iflow: str, change: ParameterChange, *, version: str = ACTIVE) -> WriteRequest:
    """Build the request that updates one parameter."""
    link = odata.entity_path("Configurations", change.key)
    body = {"ParameterValue": change.new}
    return WriteRequest("PUT", f"{iflow_path(iflow, version)}/$links/{link}", body)


def write_changes(
    api: Api, iflow: str, changes: Sequence[ParameterChange], *, version: str = ACTIVE
) -> Iterator[ParameterChange]:
    """Write the changes one after the other; yield each after SAP has accepted it."""
    for change in changes:
        update_request(iflow, change, version=version).send(api)
        yield change


def _unknown_parameter(key: str, known: Sequence[str]) -> str:
    if not known:
        return f"unknown parameter {key!r}: the iFlow has no parameters"
    folded = {name.casefold(): name for name in known}
    matches = difflib.get_close_matches(key.casefold(), list(folded), n=1)
    if matches:
        return f"unknown parameter {key!r}; did you mean {folded[matches[0]]!r}?"
    return f"unknown parameter {key!r}; see `iflow-census iflow parameters`"
