"""What there is in the API: SAP's catalog, and what a tenant's own metadata adds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from iflow_census.cli.tenant_admin.session import SANDBOX
from iflow_census.cloud_integration import catalog, metadata, odata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.metadata import KeyProperty
from iflow_census.errors import CensusError, ConfigurationError

EVERYTHING = "all"
METADATA = "$metadata"
Arguments = Callable[[Mapping[str, str]], Mapping[str, odata.Scalar]]

COLUMNS = ("area", "name", "key", "verbs", "family", "remark")


def arguments(api: Api, method: str, path: str) -> Arguments | None:
    """Make sure that a request can be meant.

    Args:
        api: of the tenant; its own metadata is read only for what the catalog does not know.
        method: GET, POST …
        path: below `/api/v1/`, encoded.

    Returns:
        What makes parameters of texts, where the path is that of a function import.

    Raises:
        ConfigurationError: nothing has this name, or it has no such verb.
    """
    name = path.partition("/")[0].partition("(")[0]
    if name in {one.name for one in catalog.resources()}:
        found = catalog.check_request(method, path)
        return found.parse_arguments if found is not None and found.is_function else None
    own = None
    try:
        catalog.check_request(method, path)
    except ConfigurationError as unknown:
        try:
            own = metadata.fetch(api)
        except CensusError:
            raise unknown from None
        catalog.check_request(method, path, own)
    return dict if own is not None and name in own.functions else None


def named(words: Sequence[str]) -> tuple[str | None, str]:
    """The tenant and the area of what stood beside `--list`: [AREA], or TENANT, or TENANT AREA.

    A word alone is an area, unless it names a file or SAP's sandbox.
    """
    first, *more = words or [EVERYTHING]
    if more:
        return first, more[0]
    alone = first == SANDBOX or Path(first).is_file()
    return (first, EVERYTHING) if alone else (None, first)


def paging(path: str, *, whole: bool) -> dict[str, Any]:
    """How a list is checked while it is read: by its keys, and as a whole by its length too."""
    found = [one for one in catalog.resources() if one.name == path and not one.parent]
    if not found:
        return {}
    return found[0].list_options if whole else {"key": found[0].list_options["key"]}


def catalog_rows(area: str) -> Iterator[dict[str, str]]:
    """The catalog's rows of an area, by (a part of) its name. Raises `ConfigurationError`."""
    for one in catalog.resources(None if area == EVERYTHING else area):
        yield {
            "area": one.area.value,
            "name": f"{one.parent}(…)/{one.name}" if one.parent else one.name,
            "key": ", ".join(_key(key) for key in one.key) or ", ".join(one.parameters),
            "verbs": ", ".join(verb.value for verb in one.verbs),
            "family": one.family.value,
            "remark": one.remark,
        }


def added_rows(api: Api) -> Iterator[dict[str, str]]:
    """What the tenant's own metadata names and the catalog does not."""
    own = metadata.fetch(api)
    sets, functions = catalog.find_unlisted(own)
    for name in sets:
        keys = ", ".join(_key(key) for key in own.entity_sets[name])
        yield {"area": "(this tenant)", "name": name, "key": keys, "verbs": "", "remark": ""}
    for name in functions:
        yield {"area": "(this tenant)", "name": name, "key": "", "verbs": own.functions[name]}


def _key(one: KeyProperty) -> str:
    return one.name if one.type == "String" else f"{one.name} ({one.type})"
