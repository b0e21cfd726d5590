"""What SAP's API for Cloud Integration has: areas, entity sets, function imports.

`catalog.csv` has a row for each entity set, each navigation property below one, and each function
import. Source: SAP OpenAPI (seven files) for names, keys, verbs and paging; `$metadata` of live
tenants for key types and for the few rows that say so; SAP Help for remarks. A cell of keys holds
names, with `:Type` where it is not a string; of parameters, names in quotes where the value is a
literal in quotes, and with `?` where it may be left out.

It is for commands: the census never imports it.
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

_TABLE = Path(__file__).parent / "catalog.csv"


class Area(StrEnum):
    """The areas of SAP's overview of the API, and B2B scenarios."""

    INTEGRATION_CONTENT = "Integration Content"
    MESSAGE_PROCESSING_LOGS = "Message Processing Logs"
    MESSAGE_STORES = "Message Stores"
    LOG_FILES = "Log Files"
    PARTNER_DIRECTORY = "Partner Directory"
    SECURITY_CONTENT = "Security Content"
    B2B_SCENARIOS = "B2B Scenarios"


class Verb(StrEnum):
    """What can be done with an entity set or a function import; update is PUT, patch PATCH."""

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
    """An entity set, a navigation property below one, or a function import.

    Attributes:
        name: as it stands in a path.
        area: where SAP documents it.
        verbs: what can be done with it.
        key: the properties of its key.
        parent: the set it is reached from; "" where it stands at the beginning of a path.
        pages: what its list understands: `inlinecount`, `skip`.
        parameters: of a function import.
        bare: those of them whose value stands without quotes.
        remark: what else one has to know.
    """

    name: str
    area: Area
    verbs: tuple[Verb, ...]
    key: tuple[KeyProperty, ...]
    parent: str
    pages: tuple[str, ...]
    parameters: tuple[str, ...]
    bare: frozenset[str]
    remark: str

    @property
    def family(self) -> Family:
        """Whose rate limit a request counts for."""
        return family_of(self.parent or self.name)

    @property
    def is_function(self) -> bool:
        """Whether it is called, and no set."""
        return self.verbs == (Verb.CALL,)

    @property
    def paging(self) -> dict[str, Any]:
        """How its list is read: `api.read_all(name, **paging)`."""
        return {
            # Keys are compared where there are pages to compare.
            "key": tuple(one.name for one in self.key) if self.pages else (),
            "supports_inlinecount": "inlinecount" in self.pages,
            "supports_skip": "skip" in self.pages,
        }

    def key_of(self, *values: str) -> odata.Key:
        """A key of texts, as `odata.entity_path` takes it.

        Raises:
            ConfigurationError: their number is wrong, or one is no number and should be.
        """
        if len(values) != len(self.key):
            names = ", ".join(one.name for one in self.key) or "nothing"
            raise ConfigurationError(
                f"the key of {self.name} is {names}: {len(values)} values were given"
            )
        typed = {one.name: _typed(one, value) for one, value in zip(self.key, values, strict=True)}
        return typed if len(typed) > 1 else next(iter(typed.values()))

    def arguments(self, values: Mapping[str, str]) -> dict[str, odata.Scalar]:
        """A function's parameters of texts, as `Api.call` takes them.

        Raises:
            ConfigurationError: it has no such parameter.
        """
        unknown = [name for name in values if name not in self.parameters]
        if unknown:
            raise ConfigurationError(
                f"{self.name} has no parameter {unknown[0]!r}: it has "
                + (", ".join(self.parameters) or "none")
            )
        return {
            name: odata.Unquoted(value) if name in self.bare else value
            for name, value in values.items()
        }


def _typed(one: KeyProperty, value: str) -> odata.Scalar:
    if one.type == "String":
        return value
    number = value.removesuffix("L")
    if one.type not in ("Int64", "Int32") or not re.fullmatch(r"-?\d{1,18}", number, re.ASCII):
        raise ConfigurationError(f"the key {one.name} is of type {one.type}: {value!r} is not")
    return odata.Int64(number) if one.type == "Int64" else int(number)


@functools.cache
def _table() -> tuple[Resource, ...]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            _resource(row) for row in csv.DictReader(file, delimiter="|", quoting=csv.QUOTE_NONE)
        )


def _resource(row: Mapping[str, str]) -> Resource:
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
    """Everything, or what an area has; a part of its name is enough.

    Raises:
        ConfigurationError: there is no such area.
    """
    if area is None:
        return _table()
    found = [one for one in Area if area.strip().lower() in one.lower()]
    if not found:
        raise ConfigurationError(f"no area {area!r}: there are {', '.join(Area)}")
    return tuple(one for one in _table() if one.area in found)


def entity_set(name: str) -> Resource:
    """An entity set that a path can begin with.

    Raises:
        ConfigurationError: there is none of that name; the nearest is named.
    """
    return _found(name, "entity set", [one for one in _roots() if not one.is_function])


def function_import(name: str) -> Resource:
    """A function import. Raises `ConfigurationError` as `entity_set`."""
    return _found(name, "function import", [one for one in _roots() if one.is_function])


def _roots() -> Sequence[Resource]:
    return [one for one in _table() if not one.parent]


def _found(name: str, kind: str, choice: Iterable[Resource]) -> Resource:
    by_name = {one.name: one for one in choice}
    if name in by_name:
        return by_name[name]
    raise ConfigurationError(f"no {kind} {name!r}{nearest(name, by_name)}")


def nearest(name: str, names: Iterable[str]) -> str:
    """A hint at the name that was probably meant: `: did you mean …?`, or where to look."""
    by_lower = {one.lower(): one for one in names}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    if close:
        return f": did you mean {by_lower[close[0]]!r}?"
    return ": 'iflow-census api --list' shows what there is"


def find_unlisted(metadata: Metadata) -> tuple[list[str], list[str]]:
    """The entity sets and function imports of a tenant that are not in the catalog."""
    known = {one.name for one in _table()}
    return (
        sorted(set(metadata.entity_sets) - known),
        sorted(set(metadata.functions) - known),
    )


def check_request(method: str, path: str, metadata: Metadata | None = None) -> Resource | None:
    """Whether SAP has a request, as far as that is known before it is sent.

    Args:
        method: GET, POST, PUT, PATCH or DELETE.
        path: below `/api/v1/`, keys encoded.
        metadata: the tenant's own, where it has been read.

    Returns:
        The set or function that is spoken of; None where only the tenant knows it.

    Raises:
        ConfigurationError: there is no such set, or it has no such operation.
    """
    name = resource_name(path)
    by_name = {one.name: one for one in _roots()}
    if name not in by_name:
        own = {*metadata.entity_sets, *metadata.functions} if metadata else set()
        if name in own or name.startswith("$"):
            return None
        hint = nearest(name, {*by_name, *own})
        raise ConfigurationError(f"no entity set or function import {name!r}{hint}")
    resource, rest = by_name[name], path.removeprefix(name)
    if resource.is_function:
        if method != "POST":
            raise ConfigurationError(f"{name} is a function import: it is called by POST")
        return resource
    steps = [one for one in re.sub(r"'[^']*'", "", rest).split("/")[1:] if one != "$links"]
    keyed = rest.startswith("(")
    for step in steps:
        if step.startswith("$"):
            break
        below = [
            one
            for one in _table()
            if one.parent == resource.name and one.name == step.partition("(")[0]
        ]
        if not below:
            return resource
        resource, keyed = below[0], "(" in step
    verb = _verb(method, steps[-1] if steps else "", keyed=keyed)
    # What a navigation property leads to may be one entity, which is read and not listed.
    if verb in resource.verbs or (verb is Verb.LIST and resource.parent and not keyed):
        return resource
    has = ", ".join(resource.verbs) or "no operation of its own"
    raise ConfigurationError(f"{resource.name} has no operation '{verb}': it has {has}")


def _verb(method: str, last: str, *, keyed: bool) -> Verb:
    if last == "$count":
        return Verb.COUNT
    if last == "$value" and method == "GET":
        return Verb.DOWNLOAD
    if method == "GET":
        return Verb.READ if keyed else Verb.LIST
    verbs = {"POST": Verb.CREATE, "PUT": Verb.UPDATE, "PATCH": Verb.PATCH, "DELETE": Verb.DELETE}
    if method not in verbs:
        raise ConfigurationError(f"no method {method!r}: there are GET, {', '.join(verbs)}")
    return verbs[method]
