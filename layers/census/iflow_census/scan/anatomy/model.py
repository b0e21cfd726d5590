"""What is known of an iFlow from its model.

Texts are the model's own words with its externalized parameters resolved. Nothing here contains
user info or the query of a URL, a script, or a parameter that no address, alias, queue or
authentication uses.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

READER_VERSION = 3
"""Increased when the reader finds more in the same model: stored models are then read again."""


class Direction(StrEnum):
    """SAP's `direction` of a channel."""

    SENDER = "Sender"
    """From a sender into the iFlow."""
    RECEIVER = "Receiver"
    """From the iFlow to a receiver."""


class AddressKind(StrEnum):
    """How much of an address is known."""

    LITERAL = "literal"
    DYNAMIC = "dynamic"
    """It contains an expression such as `${header.host}`, whose value only exists at run time."""
    UNRESOLVED = "unresolved"
    """It contains an externalized parameter that has no value in the iFlow."""
    EMPTY = "empty"
    """The field is empty, or it is not known which field has the address."""


@dataclass(frozen=True, slots=True)
class Participant:
    """A sender or receiver outside the iFlow; `name` is the author's free text."""

    id: str
    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a timer or a polling channel starts.

    Attributes:
        run_once: once, after each deployment.
        expressions: Quartz expressions (seconds, minutes, hours, day of month, month, day of week,
            year); what cannot be read as one is the model's own text.
        time_zone: of the expressions, an IANA name or an abbreviation such as IST.
    """

    run_once: bool = False
    expressions: tuple[str, ...] = ()
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A connection to a sender or receiver, which SAP calls a message flow.

    Attributes:
        id: the id in the model.
        direction: None if the model has another word.
        adapter: SAP's `ComponentType`, such as HTTPS, SFTP or ProcessDirect.
        version: the adapter's version; None if the model does not say.
        participant: the name of the sender or receiver.
        address: URL, path, host, queue or destination, without user info and query.
        address_kind: how much of it is known.
        externalized: it contains an externalized parameter.
        resource: what the adapter reads or writes there: a folder, a topic, an entity set.
        authentication: the model's word for the method.
        proxy: the model's word for the proxy type.
        location: the location id of the Cloud Connector.
        aliases: names of credentials and keystore entries.
        starts: messages from it start the iFlow; other channels are used by a step.
        csrf_protection: None if the adapter has none.
        schedule: of a channel that polls.
    """

    id: str
    direction: Direction | None
    adapter: str
    version: str | None
    participant: str
    address: str
    address_kind: AddressKind
    externalized: bool
    resource: str | None = None
    authentication: str | None = None
    proxy: str | None = None
    location: str | None = None
    aliases: tuple[str, ...] = ()
    starts: bool = False
    csrf_protection: bool | None = None
    schedule: Schedule | None = None


@dataclass(frozen=True, slots=True)
class Timer:
    """A start event with a timer; `schedule` is None if it is a parameter without a value."""

    id: str
    name: str
    schedule: Schedule | None


@dataclass(frozen=True, slots=True)
class Script:
    """A script step; `collection` is the id of a script collection, if the file is in one."""

    file: str
    function: str | None = None
    collection: str | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping step; `artifact` is the id of a mapping artifact, if the mapping is in one."""

    kind: str
    uri: str
    artifact: str | None = None


@dataclass(frozen=True, slots=True)
class DataStore:
    """A data store that a step uses; `shared` means by all iFlows of the tenant."""

    operation: str
    name: str
    shared: bool
    encrypted: bool | None = None


@dataclass(frozen=True, slots=True)
class IflowModel:
    """An iFlow's model. Tuples have the order of the model, and no duplicates.

    Attributes:
        participants: senders and receivers outside the iFlow.
        channels: its connections to them.
        timers: its start events with a timer.
        scripts: its script steps.
        mappings: its mapping steps.
        stores: the data stores that its steps use.
        mentions: the credentials it was searched for whose names it contains, sorted.
        computes_names: it may use a credential whose name it does not contain: an alias is an
            expression or in the partner directory, or a script reads credentials or could not be
            searched.
    """

    participants: tuple[Participant, ...] = ()
    channels: tuple[Channel, ...] = ()
    timers: tuple[Timer, ...] = ()
    scripts: tuple[Script, ...] = ()
    mappings: tuple[Mapping, ...] = ()
    stores: tuple[DataStore, ...] = ()
    mentions: tuple[str, ...] = ()
    computes_names: bool = False

    @property
    def triggers(self) -> tuple[Channel, ...]:
        """The channels whose messages start the iFlow."""
        return tuple(channel for channel in self.channels if channel.starts)

    @property
    def aliases(self) -> tuple[str, ...]:
        """The names of all credentials and keystore entries of the channels, sorted."""
        return tuple(sorted({alias for channel in self.channels for alias in channel.aliases}))

    def channels_of(self, adapter: str, direction: Direction) -> Iterator[Channel]:
        """The channels of an adapter in one direction."""
        return (
            channel
            for channel in self.channels
            if channel.adapter == adapter and channel.direction is direction
        )

    def addresses(self, adapter: str, direction: Direction) -> tuple[str, ...]:
        """The addresses of these channels, without empty ones."""
        found = (channel.address for channel in self.channels_of(adapter, direction))
        return tuple(dict.fromkeys(filter(None, found)))


@dataclass(frozen=True, slots=True)
class ModelResult:
    """What a version of an iFlow has: a model, or the problem why it cannot be read, ever."""

    model: IflowModel | None = None
    problem: str | None = None
