"""The BPMN document of an iFlow, read with expat within limits.

SAP writes no document type declaration, so a document with one is refused before anything in it
is expanded. Namespaces decide, not prefixes.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from xml.parsers import expat

from iflow_census.scan.anatomy.archive import not_a_model, too_large

MAX_ELEMENTS = 100_000
"""Published models have at most 9,000."""
MAX_DEPTH = 64
MAX_TEXT = 4_000_000
"""Characters of all properties and attributes; published models have at most 0.7 million."""
MAX_TOKEN_BYTES = 1024**2
"""Bytes of one tag, which expat keeps until it ends."""
MAX_KEPT = 10_000
"""Elements that are returned."""

_BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL "
_SAP = "http:///com.sap.ifl.model/Ifl.xsd "
_PROPERTY = f"{_SAP}property"
_PROPERTY_PARTS = ("key", "value")
_EVENT_DEFINITION = "EventDefinition"
_ALWAYS_KEPT = ("participant", "messageFlow")


@dataclass(frozen=True, slots=True)
class Element:
    """A BPMN element.

    Attributes:
        tag: its name without the namespace, such as `messageFlow` or `startEvent`.
        id: its id.
        attributes: its attributes; those of SAP have no prefix either.
        properties: SAP's properties of it, and of its event definitions.
        definitions: its event definitions, such as `timerEventDefinition`.
    """

    tag: str
    id: str
    attributes: Mapping[str, str]
    properties: Mapping[str, str]
    definitions: Set[str]


def parse_bpmn(chunks: Iterable[bytes]) -> list[Element]:
    """Parse a document.

    Args:
        chunks: its bytes.

    Returns:
        The participants, the message flows, and all BPMN elements with properties or event
        definitions, in the order in which they end.

    Raises:
        UnreadableModel: it is not a BPMN document, or beyond a limit.
    """
    parser = _Parser()
    try:
        for chunk in chunks:
            parser.feed(chunk)
        parser.close()
    # An encoding that expat does not know is a ValueError or a LookupError.
    except (expat.ExpatError, ValueError, LookupError):
        raise not_a_model("the model is not well-formed XML") from None
    return parser.elements


class _OpenElement:
    """An element whose end has not been read yet. There may be many, most of no interest."""

    __slots__ = ("attributes", "definitions", "properties", "tag")

    def __init__(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.properties: dict[str, str] | None = None
        self.definitions: set[str] | None = None


class _Parser:
    def __init__(self) -> None:
        self.elements: list[Element] = []
        self._open: list[_OpenElement | None] = []
        self._fed = 0
        self._count = 0
        self._texts: dict[str, str] = {}
        self._text: list[str] = []
        self._length = 0
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse
        parser.StartElementHandler = self._start_root
        parser.EndElementHandler = self._end
        self._parser = parser

    def feed(self, chunk: bytes) -> None:
        self._parser.Parse(chunk, False)
        self._fed += len(chunk)
        if self._fed - self._parser.CurrentByteIndex > MAX_TOKEN_BYTES:
            raise too_large("a tag of the model")

    def close(self) -> None:
        self._parser.Parse(b"", True)

    def _refuse(self, *_: object) -> int:
        raise not_a_model("the model has a document type declaration")

    def _start_root(self, name: str, attributes: dict[str, str]) -> None:
        if name != f"{_BPMN}definitions":
            raise not_a_model("the model is not a BPMN document")
        self._parser.StartElementHandler = self._start
        self._start(name, attributes)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise too_large(f"a model of more than {MAX_ELEMENTS} elements")
        if len(self._open) >= MAX_DEPTH:
            raise too_large(f"a model with more than {MAX_DEPTH} levels")
        if name.startswith(_BPMN):
            self._open.append(_OpenElement(name[len(_BPMN) :], attributes))
            return
        self._open.append(None)
        if name == _PROPERTY:
            self._texts = {}
        elif name in _PROPERTY_PARTS:
            self._text = []
            # Only here, as most of the text is blanks between elements.
            self._parser.CharacterDataHandler = self._add_text

    def _add_text(self, text: str) -> None:
        self._count_text(len(text))
        self._text.append(text)

    def _count_text(self, length: int) -> None:
        self._length += length
        if self._length > MAX_TEXT:
            raise too_large("the properties of the model")

    def _end(self, name: str) -> None:
        element = self._open.pop()
        if element is not None:
            self._end_element(element)
        elif name in _PROPERTY_PARTS:
            self._texts[name] = "".join(self._text)
            self._parser.CharacterDataHandler = None
        elif name == _PROPERTY:
            self._end_property()

    def _end_property(self) -> None:
        owner = self._enclosing()
        if owner is not None and "key" in self._texts:
            if owner.properties is None:
                owner.properties = {}
            owner.properties[self._texts["key"]] = self._texts.get("value", "")

    def _enclosing(self) -> _OpenElement | None:
        """The innermost open element that is not `extensionElements`."""
        for element in reversed(self._open):
            if element is not None and element.tag != "extensionElements":
                return element
        return None

    def _end_element(self, element: _OpenElement) -> None:
        if element.tag.endswith(_EVENT_DEFINITION):
            event = self._enclosing()
            if event is not None:
                event.definitions = {element.tag, *(event.definitions or ())}
                event.properties = {**(event.properties or {}), **(element.properties or {})}
        elif element.properties or element.definitions or element.tag in _ALWAYS_KEPT:
            self._keep(element)

    def _keep(self, element: _OpenElement) -> None:
        if len(self.elements) >= MAX_KEPT:
            raise too_large(f"a model of more than {MAX_KEPT} steps")
        attributes = {name.removeprefix(_SAP): value for name, value in element.attributes.items()}
        self._count_text(sum(map(len, attributes.values())))
        self.elements.append(
            Element(
                element.tag,
                attributes.get("id", ""),
                attributes,
                element.properties or {},
                element.definitions or frozenset(),
            )
        )
