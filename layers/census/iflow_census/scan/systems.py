"""Which systems an iFlow connects, by the rules in systems.csv.

The file is in the bucket or folder of the census: a person writes it once, because tenants have
names for people ("S4 PRD 100") instead of systems. It has the columns `match`, `system`,
`application` and `role`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import product
from re import Pattern

from iflow_census.scan.anatomy.adapters import INTERNAL_ADAPTERS
from iflow_census.scan.anatomy.connection import Connection
from iflow_census.scan.anatomy.model import Direction
from iflow_census.scan.patterns import compile_pattern, matches
from iflow_census.scan.results import IflowRow, TenantResult
from iflow_census.scan.user_csv import UserRow, limit_problems, read_user_csv

SYSTEMS_FILE = "systems.csv"

Flow = tuple[str | None, str | None]
"""The system that sends and the one that receives; None if none is known, as for a timer."""


class Part(StrEnum):
    """What names a system; the beginning of `match` may say which one is meant."""

    SENDER = "sender"
    RECEIVER = "receiver"
    PARTICIPANT = "participant"
    HOST = "host"
    PACKAGE = "package"


class Role(StrEnum):
    """What a system does with the data of an iFlow."""

    PROVIDER = "provider"
    CONSUMER = "consumer"
    AUTO = "auto"
    """A sender provides, a receiver consumes."""

    FORMER = "former"
    """None anymore: the relations that the line has made are removed."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A name that an iFlow has for one of its ends.

    Attributes:
        part: where the name is from.
        role: by the direction of the iFlow; None if it has none, as for a package.
    """

    part: Part
    name: str
    role: Role | None


@dataclass(frozen=True, slots=True)
class SystemRule:
    """A line of the file.

    Attributes:
        part: the only part that it applies to; None: all but packages.
        pattern: found in the name.
        application: the external id of the application in LeanIX; None if it has none.
    """

    part: Part | None
    pattern: Pattern[str]
    system: str
    application: str | None
    role: Role

    def applies_to(self, endpoint: Endpoint) -> bool:
        """Whether the rule names the system of an endpoint."""
        if self.part is None:
            return endpoint.part is not Part.PACKAGE and matches(self.pattern, endpoint.name)
        return endpoint.part is self.part and matches(self.pattern, endpoint.name)


@dataclass(frozen=True, slots=True)
class ConnectedSystem:
    """A system that an iFlow connects, and its role for this iFlow."""

    rule: SystemRule
    role: Role


@dataclass(frozen=True, slots=True)
class SystemRules:
    """The rules of a file; the first one that applies to an endpoint decides.

    Attributes:
        rules: in the order of the file.
        problems: lines that cannot be used, in words.
    """

    rules: Sequence[SystemRule] = ()
    problems: Sequence[str] = ()
    _found: dict[Endpoint, SystemRule | None] = field(default_factory=dict, compare=False)

    def find(self, endpoint: Endpoint) -> SystemRule | None:
        """Find the rule for an endpoint. Each distinct endpoint is matched once."""
        if endpoint not in self._found:
            self._found[endpoint] = next(
                (
                    rule
                    for rule in self.rules
                    if rule.role is not Role.FORMER and rule.applies_to(endpoint)
                ),
                None,
            )
        return self._found[endpoint]

    def connected_systems(
        self, row: IflowRow, connections: Iterable[Connection] = ()
    ) -> Sequence[ConnectedSystem]:
        """The systems that an iFlow connects, as far as the rules know them.

        `connections` are its channels, which have hosts; there are none if its model was not read.
        """
        connected = []
        for endpoint in (*endpoints_of(row), *_hosts_of(connections)):
            rule = self.find(endpoint)
            if rule is not None:
                role = endpoint.role if rule.role is Role.AUTO else rule.role
                if role is not None:
                    connected.append(ConnectedSystem(rule, role))
        return connected

    def add_systems(self, tenant: TenantResult) -> TenantResult:
        """Return a tenant whose rows name the systems that they connect; null without rules."""
        if not self.rules:
            return tenant
        connections = by_iflow(tenant.connections)

        def names(row: IflowRow) -> tuple[str, ...]:
            own = connections.get((row.tenant, row.iflow_id), ())
            connected = self.connected_systems(row, own)
            return tuple(sorted({system.rule.system for system in connected}))

        return replace(tenant, iflows=[replace(row, systems=names(row)) for row in tenant.iflows])

    def applications(
        self, row: IflowRow, role: Role, connections: Iterable[Connection] = ()
    ) -> Sequence[str]:
        """The external ids of the applications with a role for an iFlow, each once."""
        found = [
            system.rule.application
            for system in self.connected_systems(row, connections)
            if system.role is role and system.rule.application is not None
        ]
        return sorted(set(found))

    def former_applications(
        self, row: IflowRow, role: Role, connections: Iterable[Connection] = ()
    ) -> Sequence[str]:
        """The external ids of the applications that had a role for an iFlow by a former line."""
        former = [rule for rule in self.rules if rule.role is Role.FORMER]
        if not former:
            return []
        endpoints = (*endpoints_of(row), *_hosts_of(connections))
        found = {
            rule.application
            for rule in former
            for endpoint in endpoints
            if rule.application is not None and rule.applies_to(endpoint)
        }
        return sorted(found.difference(self.applications(row, role, connections)))

    def unmatched(
        self, rows: Iterable[IflowRow], connections: Iterable[Connection] = ()
    ) -> Mapping[tuple[Part, str], int]:
        """The names that no rule applies to, with the number of iFlows, most frequent first.

        A name that an iFlow has twice, as a receiver and in its model, is counted once. A rule that
        applies to the participant of a channel or to its host applies to both.
        """
        counts: Counter[str] = Counter()
        parts: dict[str, Part] = {}
        channels = by_iflow(connections)
        for row in rows:
            own = channels.get((row.tenant, row.iflow_id), ())
            names = {found.name: found.part for found in reversed(self._unmatched_of(row, own))}
            counts.update(names.keys())
            parts = {**names, **parts}
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return {(parts[name], name): count for name, count in ordered}

    def _unmatched_of(self, row: IflowRow, channels: Iterable[Connection]) -> Sequence[Endpoint]:
        endpoints = [found for found in endpoints_of(row) if found.part is not Part.PACKAGE]
        endpoints += _hosts_of(channels)
        matched = {(found.name, found.role) for found in endpoints if self.find(found) is not None}
        for channel in channels:
            role = _role_of(channel)
            ends = {(channel.participant, role), (channel.host, role)}
            if not matched.isdisjoint(ends):
                matched.update((name, role) for name, role in ends if name)
        matched |= _internal(channels)
        return [found for found in endpoints if (found.name, found.role) not in matched]

    def count_flows(self, tenant: TenantResult) -> Counter[Flow]:
        """Count the iFlows of a tenant between each pair of systems.

        A name that no rule applies to stands for a system: that of a participant in the model or,
        without one, that which the developer documented.
        """
        channels = by_iflow(tenant.connections)
        flows: Counter[Flow] = Counter()
        for row in tenant.iflows:
            own = channels.get((row.tenant, row.iflow_id), ())
            names: dict[Role | None, set[str]] = {Role.PROVIDER: set(), Role.CONSUMER: set()}
            for system in self.connected_systems(row, own):
                names[system.role].add(system.rule.system)
            internal = {name for name, _ in _internal(own)}
            modeled = {
                Part.SENDER: set(row.senders or ()) - internal,
                Part.RECEIVER: set(row.receivers or ()) - internal,
            }
            for found in self._unmatched_of(row, own):
                if found.part is not Part.HOST and not modeled.get(found.part):
                    names[found.role].add(found.name)
            senders, receivers = names[Role.PROVIDER], names[Role.CONSUMER]
            if senders or receivers:
                flows.update(product(senders or [None], receivers or [None]))
        return flows


def _internal(channels: Iterable[Connection]) -> Set[tuple[str, Role | None]]:
    """The participants, by role, that only stand for another iFlow, a queue or a data store."""
    internal: set[tuple[str, Role | None]] = set()
    external: set[tuple[str, Role | None]] = set()
    for channel in channels:
        group = internal if channel.adapter in INTERNAL_ADAPTERS else external
        if channel.participant is not None:
            group.add((channel.participant.strip(), _role_of(channel)))
    return internal - external


def by_iflow(connections: Iterable[Connection]) -> Mapping[tuple[str, str], Sequence[Connection]]:
    """Group connections by tenant and iFlow."""
    grouped: dict[tuple[str, str], list[Connection]] = {}
    for connection in connections:
        grouped.setdefault((connection.tenant, connection.iflow_id), []).append(connection)
    return grouped


def endpoints_of(row: IflowRow) -> Sequence[Endpoint]:
    """The names that an iFlow has for its ends.

    They are what its developer documented, the participants in its model where it was read, and
    its package.
    """
    found = (
        (Part.SENDER, row.sender, Role.PROVIDER),
        (Part.RECEIVER, row.receiver, Role.CONSUMER),
        *((Part.PARTICIPANT, name, Role.PROVIDER) for name in row.senders or ()),
        *((Part.PARTICIPANT, name, Role.CONSUMER) for name in row.receivers or ()),
        (Part.PACKAGE, row.package_name or row.package_id, None),
    )
    return [Endpoint(part, name, role) for part, name, role in found if name]


def _hosts_of(connections: Iterable[Connection]) -> Iterator[Endpoint]:
    for connection in connections:
        if connection.host is not None and connection.direction is not None:
            yield Endpoint(Part.HOST, connection.host, _role_of(connection))


def _role_of(connection: Connection) -> Role:
    return Role.PROVIDER if connection.direction == Direction.SENDER else Role.CONSUMER


def parse_systems(body: bytes, source: str = SYSTEMS_FILE) -> SystemRules:
    """Parse the file; lines that cannot be used are `problems`, and the others stand."""
    table = read_user_csv(body, source, ("match", "system"), ("application", "role"))
    rules, problems = [], list(table.problems)
    for row in table.rows:
        try:
            rules.append(_parse_rule(row))
        except ValueError as error:
            problems.append(f"{row.place}: {error}; the line is ignored")
    return SystemRules(rules, limit_problems(source, problems))


def _parse_rule(row: UserRow) -> SystemRule:
    values = row.values
    part, text = _split_match(values["match"])
    if not text:
        raise ValueError("'match' is empty")
    if not values["system"]:
        raise ValueError("'system' is empty")
    role = values.get("role", "").lower() or Role.AUTO
    if role not in list(Role):
        raise ValueError(f"'role' is {role!r}; write {', '.join(Role)}")
    if role == Role.FORMER and not values.get("application"):
        raise ValueError("'application' is empty; name the one whose relations are removed")
    if part is Part.PACKAGE and role == Role.AUTO:
        raise ValueError("a package has no direction; write provider or consumer as 'role'")
    try:
        pattern = compile_pattern(text)
    except ValueError as error:
        raise ValueError(f"'match' {text!r}: {error}") from None
    return SystemRule(
        part, pattern, values["system"], values.get("application") or None, Role(role)
    )


def _split_match(match: str) -> tuple[Part | None, str]:
    name, separator, text = match.partition(":")
    part = name.strip().lower()
    if separator and part in list(Part):
        return Part(part), text.strip()
    return None, match
