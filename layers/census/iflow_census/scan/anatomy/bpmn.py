"""The BPMN document of an iFlow, read with expat within limits.

SAP writes no document type declaration, so a document with one is refused before anything in it
is expanded. Namespaces decide, not prefixes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from xml.parsers import expat

from iflow_census.scan.anatomy.archive import not_a_model, too_large

MAX_TAGS = 100_000
"""Published models have at most 18,000, for 9,000 elements."""
MAX_DEPTH = 64
MAX_TEXT = 2_000_000
"""Characters of all properties and attributes; published models have at most 0.7 million."""
MAX_TOKEN_BYTES = 512 * 1024
"""Bytes of one tag, which expat keeps until it ends."""
MAX_NAMES = 5_000
"""Different names of elements and attributes, which expat keeps; published models have 100."""
MAX_KEPT = 10_000
"""Elements that are returned."""

_BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL "
_SAP = "http:///com.sap.ifl.model/Ifl.xsd "
_TYPE = f"{_SAP}type"
_PROPERTY = f"{_SAP}property"
_EXTENSION = f"{_BPMN}extensionElements"
_DIAGRAM = "http://www.omg.org/spec/BPMN/20100524/DI BPMNDiagram"
_EVENT_DEFINITION = "EventDefinition"
_ALWAYS_KEPT = ("participant", "messageFlow", "startEvent")


@dataclass(slots=True)
class Element:
    """A BPMN element.

    Attributes:
        tag: its name without the namespace, such as `messageFlow` or `startEvent`.
        attributes: its attributes.
        properties: SAP's properties of it, and of its event definitions.
        definitions: its event definitions, such as `timerEventDefinition`.
    """

    tag: str
    attributes: dict[str, str]
    properties: dict[str, str] = field(default_factory=dict)
    definitions: set[str] = field(default_factory=set)

    @property
    def id(self) -> str:
        """Its id; "" if it has none."""
        return self.attributes.get("id", "")

    @property
    def name(self) -> str:
        """The name that a person gave it; "" if it has none."""
        return self.attributes.get("name", "")

    @property
    def sap_type(self) -> str:
        """SAP's type of a participant, such as `EndpointSender`; "" if it has none."""
        return self.attributes.get(_TYPE, "")


def parse_bpmn(chunks: Iterable[bytes]) -> list[Element]:
    """Parse a document.

    Args:
        chunks: its bytes.

    Returns:
        The participants, message flows and start events, and all BPMN elements with properties or
        event definitions, in the order in which they end.

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


class _Parser:
    """Handles no more than it needs, because the calls of handlers take most of the time.

    Three of four elements are properties, their keys and values; most others are of the diagram.
    Of these only the ends are handled. That no document has too many tags is known before.
    """

    def __init__(self) -> None:
        self.elements: list[Element] = []
        self._open: list[Element | None] = []
        self._fed = 0
        self._tags = 0
        self._section = ""
        self._properties: dict[str, str] = {}
        self._key: str | None = None
        self._value = ""
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
        self._tags += chunk.count(b"<")
        if self._tags > MAX_TAGS:
            raise too_large(f"a model of more than {MAX_TAGS} tags")
        self._parser.Parse(chunk, False)
        self._fed += len(chunk)
        if self._fed - self._parser.CurrentByteIndex > MAX_TOKEN_BYTES:
            raise too_large("a tag of the model")
        if len(self._parser.intern) > MAX_NAMES:
            raise too_large(f"a model with more than {MAX_NAMES} names of elements")
        if self._length + sum(map(len, self._text)) > MAX_TEXT:
            raise too_large("the properties of the model")

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
        if name in (_EXTENSION, _PROPERTY):
            self._properties = (self._enclosing() or Element("", {})).properties
            self._parser.CharacterDataHandler = self._text.append
            self._start_section(name, self._end_in_extension)
        elif name == _DIAGRAM:
            self._start_section(name, self._end_in_section)
        elif len(self._open) >= MAX_DEPTH:
            raise too_large(f"a model with more than {MAX_DEPTH} levels")
        elif name.startswith(_BPMN):
            self._open.append(Element(name[len(_BPMN) :], attributes))
        else:
            self._open.append(None)

    def _start_section(self, name: str, end_handler: Callable[[str], None]) -> None:
        """Handle only the ends of elements, until that of an element with this name."""
        self._section = name
        self._parser.StartElementHandler = None
        self._parser.EndElementHandler = end_handler

    def _end_in_section(self, name: str) -> None:
        if name == self._section:
            self._parser.CharacterDataHandler = None
            self._parser.StartElementHandler = self._start
            self._parser.EndElementHandler = self._end

    def _end_in_extension(self, name: str) -> None:
        # Blanks around keys and values are part of the text that has been read.
        if name == "key":
            self._key = "".join(self._text).strip()
            self._length += len(self._key)
        elif name == "value":
            self._value = "".join(self._text).strip()
            self._length += len(self._value)
        elif name == _PROPERTY:
            if self._key is not None:
                self._properties[self._key] = self._value
            self._key, self._value = None, ""
        self._text.clear()
        if name == self._section:
            self._end_in_section(name)

    def _end(self, _name: str) -> None:
        if not self._open:
            raise not_a_model("the model has properties in properties")
        element = self._open.pop()
        if element is not None:
            self._end_element(element)

    def _enclosing(self) -> Element | None:
        """The innermost open BPMN element; sections are not kept as open."""
        for element in reversed(self._open):
            if element is not None:
                return element
        return None

    def _end_element(self, element: Element) -> None:
        if element.tag.endswith(_EVENT_DEFINITION):
            event = self._enclosing()
            if event is not None:
                event.definitions.add(element.tag)
                event.properties.update(element.properties)
        elif element.properties or element.definitions or element.tag in _ALWAYS_KEPT:
            self._keep(element)

    def _keep(self, element: Element) -> None:
        if len(self.elements) >= MAX_KEPT:
            raise too_large(f"a model of more than {MAX_KEPT} steps")
        self._length += sum(map(len, element.attributes.values()))
        self.elements.append(element)
