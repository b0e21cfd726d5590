"""Reads what an iFlow connects from its zip file.

Source of the structure: published iFlows. SAP's own properties are in `ifl:property` elements;
the direction of a channel is a property, and not that of the arrow that a person has drawn.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO, TypeVar

from iflow_census.scan.anatomy import model
from iflow_census.scan.anatomy.adapters import AdapterKeys, AddressForm, adapter_keys
from iflow_census.scan.anatomy.addresses import address_kind, strip_secrets
from iflow_census.scan.anatomy.archive import (
    ProjectArchive,
    UnreadableModel,
    exported_artifacts,
    open_project,
    too_large,
)
from iflow_census.scan.anatomy.bpmn import Element, parse_bpmn
from iflow_census.scan.anatomy.mentions import find_mentions
from iflow_census.scan.anatomy.model import (
    AddressKind,
    Channel,
    DataStore,
    Direction,
    IflowModel,
    Participant,
    Script,
    Timer,
)
from iflow_census.scan.anatomy.parameters import (
    MAX_VALUE,
    is_externalized,
    parse_parameters,
    resolve,
)
from iflow_census.scan.anatomy.schedules import parse_schedule

MAX_CHANNELS = 500
MAX_KEPT_TEXT = 500
"""Characters of a name or an address that are kept."""

_READS_CREDENTIALS = ("SecureStoreService", "getUserCredential")
"""The words of scripts that read a credential by its name."""
_PARTNER_DIRECTORY = "pd:"
"""An alias whose name is an entry of the partner directory."""

T = TypeVar("T")

# SAP spells the type of receivers like this.
_ROLES = {
    "EndpointSender": "sender",
    "EndpointRecevier": "receiver",
    "EndpointReceiver": "receiver",
}
_ALIAS_KEY = re.compile(r"(?i)(alias|credential|securityMaterial)(?!.*type$)")
_ADAPTER_VERSION = re.compile(r"/version::([^/]+)")
_DIRECTIONS = {direction.value: direction for direction in Direction}
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def read_model(file: BinaryIO, names: Sequence[str] = ()) -> IflowModel:
    """Read the model of an iFlow.

    Args:
        file: its zip file.
        names: the names of credentials to search for.

    Raises:
        UnreadableModel: it is damaged, beyond a limit, or not an iFlow's.
    """
    with open_project(file) as project:
        return _read_project(project, names)


def read_exported_models(file: BinaryIO, names: Sequence[str] = ()) -> Mapping[str, IflowModel]:
    """Read the models of the iFlows in the export of a package, by id.

    An artifact that is not an iFlow, or whose model cannot be read, is left out.

    Args:
        file: the zip file of the package.
        names: the names of credentials to search for.

    Raises:
        UnreadableModel: it is damaged or beyond a limit.
    """
    found = {}
    for name, content in exported_artifacts(file):
        try:
            with open_project(content) as project:
                found[project.symbolic_name() or name] = _read_project(project, names)
        except UnreadableModel:
            continue
    return found


def _read_project(project: ProjectArchive, names: Sequence[str]) -> IflowModel:
    parameters = parse_parameters(project.parameters())
    elements = parse_bpmn(project.model())
    found = _ModelBuilder(elements, parameters).build()
    computes_names = any(
        alias.startswith(_PARTNER_DIRECTORY) or address_kind(alias) is not AddressKind.LITERAL
        for alias in found.aliases
    )
    mentions: set[str] = set()
    if names:
        mentions |= find_mentions(names, _joined_texts(elements, parameters))
        try:
            for script in project.scripts():
                text = script.decode("utf-8", "replace")
                mentions |= find_mentions(names, text)
                computes_names |= any(word in text for word in _READS_CREDENTIALS)
        except UnreadableModel:
            computes_names = True
    return replace(found, mentions=tuple(sorted(mentions)), computes_names=computes_names)


def _joined_texts(elements: Iterable[Element], parameters: Mapping[str, str]) -> str:
    values = {value for element in elements for value in element.properties.values()}
    values |= {element.name for element in elements}
    values |= {resolve(value, parameters) for value in values if "{{" in value}
    return "\n".join([*values, *parameters.values()])


class _Properties:
    """The properties of an element with their parameters resolved."""

    def __init__(self, element: Element, parameters: Mapping[str, str]) -> None:
        self.raw = {
            key: value
            for key, value in element.properties.items()
            if len(key) <= MAX_KEPT_TEXT and len(value) <= MAX_VALUE
        }
        self._parameters = parameters

    def text(self, *keys: str) -> str:
        """The first value that is not empty; "" if all are."""
        return next(filter(None, map(self._resolve, keys)), "")

    def word(self, *keys: str) -> str | None:
        return self.text(*keys)[:MAX_KEPT_TEXT] or None

    def flag(self, key: str) -> bool | None:
        return _FLAGS.get(self.text(key).lower())

    def _resolve(self, key: str) -> str:
        return resolve(self.raw.get(key, ""), self._parameters).strip()


class _ModelBuilder:
    def __init__(self, elements: Iterable[Element], parameters: Mapping[str, str]) -> None:
        self._elements = list(elements)
        self._parameters = parameters
        self._by_id = {element.id: element for element in self._elements}
        self._participants = {
            element.id: Participant(
                element.id,
                _ROLES[element.sap_type],
                element.name[:MAX_KEPT_TEXT],
            )
            for element in self._of("participant")
            if element.sap_type in _ROLES
        }

    def build(self) -> IflowModel:
        flows = self._of("messageFlow")
        if len(flows) > MAX_CHANNELS:
            raise too_large(f"a model of more than {MAX_CHANNELS} channels")
        return IflowModel(
            participants=tuple(self._participants.values()),
            channels=tuple(self._channel(flow) for flow in flows),
            timers=tuple(
                self._timer(event)
                for event in self._of("startEvent")
                if "timerEventDefinition" in event.definitions
            ),
            scripts=self._steps("Script", _script),
            mappings=self._steps("Mapping", _mapping),
            stores=self._steps("DBstorage", _data_store),
        )

    def _of(self, tag: str) -> list[Element]:
        return [element for element in self._elements if element.tag == tag]

    def _steps(self, activity: str, parse: Callable[[_Properties], T | None]) -> tuple[T, ...]:
        parsed = (
            parse(_Properties(element, self._parameters))
            for element in self._elements
            if element.properties.get("activityType") == activity
        )
        return tuple(dict.fromkeys(step for step in parsed if step is not None))

    def _timer(self, event: Element) -> Timer:
        schedule = _Properties(event, self._parameters).text("scheduleKey")
        name = event.name[:MAX_KEPT_TEXT]
        return Timer(event.id, name, parse_schedule(schedule))

    def _channel(self, flow: Element) -> Channel:
        properties = _Properties(flow, self._parameters)
        adapter = properties.word("ComponentType") or flow.name
        direction = _DIRECTIONS.get(properties.text("direction"))
        keys = adapter_keys(adapter, direction)
        address = properties.text(*keys.address)
        source, target = flow.attributes.get("sourceRef", ""), flow.attributes.get("targetRef", "")
        participant = self._participants.get(source) or self._participants.get(target)
        version = _ADAPTER_VERSION.search(properties.text("cmdVariantUri"))
        kept = address if keys.form is AddressForm.NAME else strip_secrets(address)
        return Channel(
            id=flow.id,
            direction=direction,
            adapter=adapter,
            version=version[1] if version else None,
            participant=participant.name if participant else properties.word("system") or "",
            address=kept[:MAX_KEPT_TEXT],
            address_kind=address_kind(address),
            externalized=any(is_externalized(properties.raw.get(key, "")) for key in keys.address),
            resource=_without_query(properties.word(*keys.resource)),
            authentication=properties.word(*keys.authentication),
            proxy=properties.word(*keys.proxy),
            location=properties.word(*keys.location),
            aliases=_aliases(properties, keys),
            starts=direction is Direction.SENDER and self._is_start(target),
            csrf_protection=properties.flag("xsrfProtection"),
            schedule=parse_schedule(properties.text("scheduleKey")),
        )

    def _is_start(self, element_id: str) -> bool:
        element = self._by_id.get(element_id)
        return element is not None and element.tag == "startEvent"


def _without_query(resource: str | None) -> str | None:
    return resource and resource.partition("?")[0]


def _aliases(properties: _Properties, keys: AdapterKeys) -> tuple[str, ...]:
    names = keys.aliases
    if names is None:
        names = tuple(key for key in properties.raw if _ALIAS_KEY.search(key))
    found = (properties.word(name) for name in names)
    return tuple(dict.fromkeys(alias for alias in found if alias))


def _script(properties: _Properties) -> Script | None:
    file = properties.word("script")
    if file is None:
        return None
    return Script(file, properties.word("scriptFunction"), properties.word("scriptBundleId"))


def _mapping(properties: _Properties) -> model.Mapping:
    return model.Mapping(
        properties.word("subActivityType", "mappingType") or "",
        properties.word("mappinguri", "mappingReference") or "",
        properties.word("messageMappingBundleId"),
    )


def _data_store(properties: _Properties) -> DataStore:
    return DataStore(
        properties.word("operation") or "",
        properties.word("storageName") or "",
        properties.text("visibility") == "global",
        properties.flag("encrypt"),
    )
