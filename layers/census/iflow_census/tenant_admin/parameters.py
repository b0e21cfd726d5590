"""The externalised parameters of an iFlow: read them, and change those that differ.

Source: SAP OpenAPI, IntegrationContent. Passwords have no place among them, only the names of
credentials; but nobody keeps people from putting secrets there.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import ConfigurationError
from iflow_census.tenant_admin.content import ACTIVE, iflow_path
from iflow_census.tenant_admin.write_request import Change


@dataclass(frozen=True, slots=True)
class Difference:
    """A parameter that will get another value; `old` is None where it has none."""

    key: str
    old: str | None
    new: str


def parameters(api: Api, iflow: str, *, version: str = ACTIVE) -> list[Entity]:
    """The parameters of an iFlow, with their data types and descriptions, by key."""
    path = f"{iflow_path(iflow, version)}/Configurations"
    return sorted(api.read_all(path, key=("ParameterKey",)), key=lambda one: one["ParameterKey"])


def differences(present: Sequence[Entity], wanted: Mapping[str, str]) -> list[Difference]:
    """What has to be written for the parameters to be as wanted; others stay as they are.

    Args:
        present: as `parameters` gives them.
        wanted: new values, by key.

    Raises:
        ConfigurationError: the iFlow has no such parameter.
    """
    values = {str(one["ParameterKey"]): one.get("ParameterValue") for one in present}
    unknown = [key for key in wanted if key not in values]
    if unknown:
        raise ConfigurationError(_unknown(unknown[0], list(values)))
    return [
        Difference(key, values[key], value)
        for key, value in wanted.items()
        # SAP writes an empty value as null or as an empty text.
        if (values[key] or "") != value
    ]


def change(iflow: str, difference: Difference, *, version: str = ACTIVE) -> Change:
    """Give one parameter its new value."""
    link = odata.entity_path("Configurations", difference.key)
    body = {"ParameterValue": difference.new}
    return Change("PUT", f"{iflow_path(iflow, version)}/$links/{link}", body)


def write(
    api: Api, iflow: str, found: Sequence[Difference], *, version: str = ACTIVE
) -> Iterator[Difference]:
    """Write what differs, one after the other: each is given back once SAP has taken it."""
    for one in found:
        change(iflow, one, version=version).send(api)
        yield one


def _unknown(key: str, known: Sequence[str]) -> str:
    if not known:
        return f"there is no parameter {key!r}: the iFlow has none at all"
    # Few people get the capitals wrong on purpose.
    folded = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(key.casefold(), list(folded), n=1)
    if near:
        return f"there is no parameter {key!r}: did you mean {folded[near[0]]!r}?"
    return f"there is no parameter {key!r}: see `iflow-census iflow parameters`"
