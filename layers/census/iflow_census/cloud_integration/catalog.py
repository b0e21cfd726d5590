"""Catalog of SAP's Cloud Integration API: areas, entity sets and function imports.

`catalog.csv` has a row for each entity set, each navigation property of one, and each function
import. Sources: SAP OpenAPI (seven files) for names, keys, verbs and paging; `$metadata` of live
tenants for key types and for the rows that say so; SAP Help for remarks. Keys are names, followed
by `:Type` unless they are strings. Parameters are names, in quotes if the value is a quoted
literal, followed by `?` if optional.

Only commands use the catalog; the census never imports it.
"""

import csv
import difflib
import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.families import Family, family_of, resource_name
from iflow_census.cloud_integration.metadata import KeyProperty, Metadata
from iflow_census.errors import ConfigurationError

_CATALOG_FILE = Path(__file__).parent / "catalog.csv"


class Area(StrEnum):
    """The areas of SAP's API overview, and B2B scenarios."""

    INTEGRATION_CONTENT = "Integration Content"
    MESSAGE_PROCESSING_LOGS = "Message Processing Logs"
    MESSAGE_STORES = "Message Stores"
    LOG_FILES = "Log Files"
    PARTNER_DIRECTORY = "Partner Directory"
    SECURITY_CONTENT = "Security Content"
    B2B_SCENARIOS = "B2B Scenarios"


class Verb(StrEnum):
    """Operations on an entity set or a function import; update is PUT, patch is PATCH."""

    LIST = "list"
    READ = "read"
    COUNT = "count"
    CREATE = "create"
    UPDATE = "update"
    PATCH = "patch"
    DELETE = "delete"
    DOWNLOAD = "download"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Resource:
    """An entity set, a navigation property of one, or a function import.

    Attributes:
        area: where SAP documents it.
        parent: the entity set that a navigation property belongs to; otherwise "".
        paging_options: the paging options of the list: `inlinecount`, `skip`.
        parameters: the parameters of a function import.
        unquoted: those of `parameters` whose value is written without quotes.
        remark: anything else to know.
    """

    name: str
    area: Area
    verbs: tuple[Verb, ...]
    key: tuple[KeyProperty, ...]
    parent: str
    paging_options: tuple[str, ...]
    parameters: tuple[str, ...]
    unquoted: frozenset[str]
    remark: str

    @property
    def family(self) -> Family:
        """The API family whose rate limit applies."""
        return family_of(self.parent or self.name)

    @property
    def is_function(self) -> bool:
        """Whether it is a function import."""
        return self.verbs == (Verb.CALL,)

    @property
    def list_options(self) -> dict[str, Any]:
        """How to read the list: `api.read_all(name, **resource.list_options)`."""
        return {
            # Without paging, there are no pages to compare.
            "key": tuple(key.name for key in self.key) if self.paging_options else (),
            "supports_inlinecount": "inlinecount" in self.paging_options,
            "supports_skip": "skip" in self.paging_options,
        }

    def parse_arguments(self, values: Mapping[str, str]) -> dict[str, odata.Scalar]:
        """Convert texts to the parameters of a function import, as expected by `Api.call`.

        Raises:
            ConfigurationError: there is no such parameter.
        """
        unknown = [name for name in values if name not in self.parameters]
        if unknown:
            raise ConfigurationError(
                f"{self.name}: unknown parameter {unknown[0]!r}; known parameters: "
                + (", ".join(self.parameters) or "none")
            )
        return {
            name: odata.Unquoted(value) if name in self.unquoted else value
            for name, value in values.items()
        }


@functools.cache
def _catalog() -> tuple[Resource, ...]:
    with _CATALOG_FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            _parse_row(row) for row in csv.DictReader(file, delimiter="|", quoting=csv.QUOTE_NONE)
        )


def _parse_row(row: Mapping[str, str]) -> Resource:
    parameters = [word.removesuffix("?") for word in row["parameters"].split()]
    return Resource(
        row["name"],
        Area(row["area"]),
        tuple(Verb(word) for word in row["verbs"].split()),
        tuple(KeyProperty(*word.split(":")) for word in row["key"].split()),
        row["parent"],
        tuple(row["paging"].split()),
        tuple(word.strip("'") for word in parameters),
        frozenset(word for word in parameters if not word.startswith("'")),
        row["remark"],
    )


def resources(area: str | None = None) -> tuple[Resource, ...]:
    """Return the resources of all areas, or of those whose name contains `area`.

    Raises:
        ConfigurationError: there is no such area.
    """
    if area is None:
        return _catalog()
    areas = [candidate for candidate in Area if area.strip().lower() in candidate.lower()]
    if not areas:
        raise ConfigurationError(f"unknown area {area!r}; known areas: {', '.join(Area)}")
    return tuple(resource for resource in _catalog() if resource.area in areas)


def _roots() -> Sequence[Resource]:
    return [resource for resource in _catalog() if not resource.parent]


def _suggest(name: str, known_names: Iterable[str]) -> str:
    by_lower_case = {known.lower(): known for known in known_names}
    matches = difflib.get_close_matches(name.lower(), by_lower_case)
    if matches:
        return f"did you mean {by_lower_case[matches[0]]!r}?"
    return "'iflow-census api --list' lists all names"


def find_unlisted(metadata: Metadata) -> tuple[list[str], list[str]]:
    """Return the entity sets and function imports of a tenant that are not in the catalog."""
    listed = {resource.name for resource in _catalog()}
    return (
        sorted(set(metadata.entity_sets) - listed),
        sorted(set(metadata.functions) - listed),
    )


def check_request(method: str, path: str, metadata: Metadata | None = None) -> Resource | None:
    """Check that SAP supports a request, as far as that is known before it is sent.

    `metadata` is the tenant's own, if it was read.

    Returns:
        The requested entity set or function import; None if only the tenant knows it.

    Raises:
        ConfigurationError: there is no such entity set, or it does not support the operation.
    """
    name = resource_name(path)
    by_name = {resource.name: resource for resource in _roots()}
    if name not in by_name:
        tenant_names = {*metadata.entity_sets, *metadata.functions} if metadata else set()
        if name in tenant_names or name.startswith("$"):
            return None
        suggestion = _suggest(name, {*by_name, *tenant_names})
        raise ConfigurationError(f"unknown entity set or function import {name!r}; {suggestion}")
    resource, rest = by_name[name], path.removeprefix(name)
    if resource.is_function:
        if method != "POST":
            raise ConfigurationError(f"{name}: function imports do not support {method}; use POST")
        return resource
    without_keys = re.sub(r"'[^']*'", "", rest)
    segments = [segment for segment in without_keys.split("/")[1:] if segment != "$links"]
    has_key = rest.startswith("(")
    for segment in segments:
        if segment.startswith("$"):
            break
        child = _child(resource, segment.partition("(")[0])
        if child is None:
            return resource
        resource, has_key = child, "(" in segment
    verb = _verb(method, segments[-1] if segments else "", has_key=has_key)
    # A navigation property may lead to a single entity, which is read and not listed.
    if verb in resource.verbs or (verb is Verb.LIST and resource.parent and not has_key):
        return resource
    supported = ", ".join(resource.verbs) or "none"
    raise ConfigurationError(
        f"{resource.name}: operation '{verb}' is not supported; supported operations: {supported}"
    )


def _child(parent: Resource, name: str) -> Resource | None:
    return next(
        (child for child in _catalog() if child.parent == parent.name and child.name == name), None
    )


def _verb(method: str, last_segment: str, *, has_key: bool) -> Verb:
    if last_segment == "$count":
        return Verb.COUNT
    if last_segment == "$value" and method == "GET":
        return Verb.DOWNLOAD
    if method == "GET":
        return Verb.READ if has_key else Verb.LIST
    verbs = {"POST": Verb.CREATE, "PUT": Verb.UPDATE, "PATCH": Verb.PATCH, "DELETE": Verb.DELETE}
    if method not in verbs:
        raise ConfigurationError(f"unknown method {method!r}; use GET, {', '.join(verbs)}")
    return verbs[method]
