"""The catalog of SAP's API, extended by the metadata of a tenant."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from iflow_census.cli.tenant_admin.api_request import ApiRequest
from iflow_census.cli.tenant_admin.session import SANDBOX
from iflow_census.cloud_integration import catalog, metadata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.metadata import KeyProperty
from iflow_census.errors import CensusError, ConfigurationError

METADATA = "$metadata"
_ALL_AREAS = "all"
_TENANT_AREA = "(this tenant)"

COLUMNS = ("area", "name", "key", "verbs", "family", "remark")


def check_request(api: Api, request: ApiRequest) -> ApiRequest:
    """Check a request against the catalog, and against the tenant's metadata if needed.

    The metadata is only read for a name that the catalog does not have.

    Returns:
        The request; a call of a function import with its parameters as OData literals.

    Raises:
        ConfigurationError: the name is unknown, or does not support the method.
    """
    name = request.path.partition("/")[0].partition("(")[0]
    if name in {resource.name for resource in catalog.resources()}:
        resource = catalog.check_request(request.method, request.path)
        if resource is not None and resource.is_function:
            return request.as_function_call(resource.parse_arguments)
        return request
    tenant_metadata = None
    try:
        catalog.check_request(request.method, request.path)
    except ConfigurationError as unknown_name:
        try:
            tenant_metadata = metadata.fetch(api)
        except CensusError:
            raise unknown_name from None
        catalog.check_request(request.method, request.path, tenant_metadata)
    if tenant_metadata is not None and name in tenant_metadata.functions:
        return request.as_function_call(dict)
    return request


def parse_list_arguments(words: Sequence[str]) -> tuple[str | None, str]:
    """Return the tenant and the area of `--list`: [AREA], TENANT, or TENANT AREA.

    A single word is an area, unless it is the name of a file or SAP's sandbox.
    """
    if len(words) > 1:
        return words[0], words[1]
    word = words[0] if words else _ALL_AREAS
    is_tenant = word == SANDBOX or Path(word).is_file()
    return (word, _ALL_AREAS) if is_tenant else (None, word)


def list_checks(path: str, *, all_pages: bool) -> dict[str, Any]:
    """Return the options of `Api.read_all` for a list: its key, and its paging for all pages."""
    for resource in catalog.resources():
        if resource.name == path and not resource.parent:
            return resource.list_options if all_pages else {"key": resource.list_options["key"]}
    return {}


def catalog_rows(area: str) -> Iterator[dict[str, str]]:
    """Yield the catalog of an area, named by a part of its name, or of all areas.

    Raises:
        ConfigurationError: there is no such area.
    """
    for resource in catalog.resources(None if area == _ALL_AREAS else area):
        yield {
            "area": resource.area.value,
            "name": (f"{resource.parent}(…)/{resource.name}" if resource.parent else resource.name),
            "key": _format_keys(resource.key) or ", ".join(resource.parameters),
            "verbs": ", ".join(verb.value for verb in resource.verbs),
            "family": resource.family.value,
            "remark": resource.remark,
        }


def unlisted_rows(api: Api) -> Iterator[dict[str, str]]:
    """Yield what the tenant's metadata has and the catalog does not."""
    tenant_metadata = metadata.fetch(api)
    entity_sets, functions = catalog.find_unlisted(tenant_metadata)
    for name in entity_sets:
        keys = _format_keys(tenant_metadata.entity_sets[name])
        yield {"area": _TENANT_AREA, "name": name, "key": keys, "verbs": "", "remark": ""}
    for name in functions:
        verb = tenant_metadata.functions[name]
        yield {"area": _TENANT_AREA, "name": name, "key": "", "verbs": verb}


def _format_keys(keys: Sequence[KeyProperty]) -> str:
    return ", ".join(
        key.name if key.type == "String" else f"{key.name} ({key.type})" for key in keys
    )
