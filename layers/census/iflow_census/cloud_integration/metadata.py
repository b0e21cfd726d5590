"""What a tenant says of its own API: `$metadata`, an EDMX document.

It is read by expat, which fetches nothing, and refused where it declares a document type: entities
that grow without end need one, and OData has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from iflow_census.cloud_integration.api import Api
from iflow_census.errors import DataError

_WHAT = "GET $metadata"


@dataclass(frozen=True, slots=True)
class KeyProperty:
    """A property of a key; `type` is an EDM type without `Edm.` in front."""

    name: str
    type: str = "String"


@dataclass(frozen=True, slots=True)
class Metadata:
    """The keys of a tenant's entity sets, and its function imports with their HTTP method."""

    entity_sets: Mapping[str, tuple[KeyProperty, ...]]
    functions: Mapping[str, str]


def fetch(api: Api) -> Metadata:
    """Ask a tenant. Raises `DataError` where the answer is no EDMX, and as `Api.read_value`."""
    return parse(api.read_value("$metadata").encode())


def parse(document: bytes) -> Metadata:
    """Read an EDMX document. Raises `DataError` where it is none, or declares a document type."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise DataError(f"{_WHAT}: the answer is no XML ({error})") from error
    if not reader.sets:
        raise DataError(f"{_WHAT}: the answer names no entity set")
    return Metadata(
        {name: reader.key_of(kind) for name, kind in reader.sets.items()}, reader.functions
    )


def _refuse(*_: object) -> None:
    raise DataError(f"{_WHAT}: the answer declares a document type, which OData has not")


@dataclass(slots=True)
class _Type:
    base: str
    key: list[str] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    """Collects what elements say; names of types are kept without their namespace."""

    types: dict[str, _Type] = field(default_factory=dict)
    sets: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    _type: _Type | None = None

    def start(self, element: str, attributes: Mapping[str, str]) -> None:
        """An element begins (called by expat)."""
        name = attributes.get("Name", "")
        match element.rpartition(" ")[2]:
            case "EntityType" | "ComplexType":
                self._type = self.types[name] = _Type(_local(attributes.get("BaseType", "")))
            case "PropertyRef" if self._type is not None:
                self._type.key.append(name)
            case "Property" if self._type is not None:
                self._type.properties[name] = _local(attributes.get("Type", ""))
            case "EntitySet":
                self.sets[name] = _local(attributes.get("EntityType", ""))
            case "FunctionImport":
                methods = [value for key, value in attributes.items() if key.endswith("HttpMethod")]
                self.functions[name] = methods[0] if methods else "GET"

    def key_of(self, name: str) -> tuple[KeyProperty, ...]:
        """The key of a type, which it may have from the type that it extends."""
        key: list[str] = []
        properties: dict[str, str] = {}
        seen: set[str] = set()
        while name in self.types and name not in seen:
            seen.add(name)
            kind = self.types[name]
            key, properties, name = key or kind.key, {**kind.properties, **properties}, kind.base
        return tuple(KeyProperty(one, properties.get(one, "String")) for one in key)


def _local(name: str) -> str:
    return name.rpartition(".")[2]
