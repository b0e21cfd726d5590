"""Read a tenant's `$metadata`, an EDMX document.

It is parsed by expat, which loads nothing from elsewhere. Documents with a document type
declaration are rejected: entity expansion attacks need one, and OData does not use any.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from iflow_census.cloud_integration.api import Api
from iflow_census.errors import DataError

_WHAT = "GET $metadata"


@dataclass(frozen=True, slots=True)
class KeyProperty:
    """A key property; `type` is an EDM type without the prefix `Edm.`."""

    name: str
    type: str = "String"


@dataclass(frozen=True, slots=True)
class Metadata:
    """The keys of a tenant's entity sets, and the HTTP methods of its function imports."""

    entity_sets: Mapping[str, tuple[KeyProperty, ...]]
    functions: Mapping[str, str]


def fetch(api: Api) -> Metadata:
    """Read a tenant's metadata. Raises what `parse` and `Api.read_value` raise."""
    return parse(api.read_value("$metadata").encode())


def parse(document: bytes) -> Metadata:
    """Parse an EDMX document.

    Raises:
        DataError: the document is not EDMX, or has a document type declaration.
    """
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start_element
    parser.StartDoctypeDeclHandler = _reject_doctype
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise DataError(f"{_WHAT}: the response is not XML ({error})") from error
    if not reader.entity_sets:
        raise DataError(f"{_WHAT}: the response has no entity sets")
    return Metadata(
        {name: reader.key_of(type_name) for name, type_name in reader.entity_sets.items()},
        reader.functions,
    )


def _reject_doctype(*_: object) -> None:
    raise DataError(f"{_WHAT}: the response has a document type declaration")


@dataclass(slots=True)
class _EntityType:
    base: str
    key: list[str] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    """Collects entity sets and functions; type names are stored without their namespace."""

    types: dict[str, _EntityType] = field(default_factory=dict)
    entity_sets: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    _current_type: _EntityType | None = None

    def start_element(self, element: str, attributes: Mapping[str, str]) -> None:
        """Process a start tag (called by expat)."""
        name = attributes.get("Name", "")
        match element.rpartition(" ")[2]:
            case "EntityType" | "ComplexType":
                base = _without_namespace(attributes.get("BaseType", ""))
                self._current_type = self.types[name] = _EntityType(base)
            case "PropertyRef" if self._current_type is not None:
                self._current_type.key.append(name)
            case "Property" if self._current_type is not None:
                self._current_type.properties[name] = _without_namespace(attributes.get("Type", ""))
            case "EntitySet":
                self.entity_sets[name] = _without_namespace(attributes.get("EntityType", ""))
            case "FunctionImport":
                methods = [value for key, value in attributes.items() if key.endswith("HttpMethod")]
                self.functions[name] = methods[0] if methods else "GET"

    def key_of(self, type_name: str) -> tuple[KeyProperty, ...]:
        """Return the key of an entity type, which may be inherited from its base type."""
        key: list[str] = []
        properties: dict[str, str] = {}
        visited: set[str] = set()
        while type_name in self.types and type_name not in visited:
            visited.add(type_name)
            entity_type = self.types[type_name]
            key = key or entity_type.key
            properties = {**entity_type.properties, **properties}
            type_name = entity_type.base
        return tuple(KeyProperty(name, properties.get(name, "String")) for name in key)


def _without_namespace(name: str) -> str:
    return name.rpartition(".")[2]
