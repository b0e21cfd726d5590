"""The partner directory of a tenant: its entries, and how they differ from wanted ones.

Source: SAP OpenAPI, PartnerDirectory. Credentials of partners are not among the entries here: SAP
does not give their passwords out.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import DataError
from iflow_census.tenant_admin.write_request import Change


class Kind(StrEnum):
    """What an entry is."""

    STRING = "string parameter"
    BINARY = "binary parameter"
    ALTERNATIVE = "alternative partner"
    USER = "authorized user"


@dataclass(frozen=True, slots=True)
class PartnerEntry:
    """An entry of the partner directory.

    Attributes:
        kind: which of the four it is.
        partner: the id of the partner that it belongs to (SAP: Pid).
        id: of the parameter, of the alternative partner, or the user.
        agency: of an alternative partner.
        scheme: the same.
        content_type: of a binary parameter, such as `xsl`.
        value: of a parameter; of a binary one in base64.
    """

    kind: Kind
    partner: str
    id: str
    agency: str = ""
    scheme: str = ""
    content_type: str = ""
    value: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it apart from all others."""
        if self.kind is Kind.ALTERNATIVE:
            return self.kind, self.agency, self.scheme, self.id
        if self.kind is Kind.USER:
            return self.kind, self.id
        return self.kind, self.partner, self.id

    @property
    def content(self) -> str:
        """What can change while it stays the same entry."""
        if self.kind in (Kind.ALTERNATIVE, Kind.USER):
            return self.partner
        return f"{self.content_type} {self.value}" if self.kind is Kind.BINARY else self.value


class Action(StrEnum):
    """What becomes of an entry."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class PartnerChange:
    """One entry to be created, updated or deleted; `before` is what is there now."""

    action: Action
    entry: PartnerEntry
    before: PartnerEntry | None = None

    @property
    def request(self) -> Change:
        """What carries it out."""
        entity_set = _SETS[self.entry.kind]
        content = _content(self.entry)
        if self.action is Action.CREATE:
            return Change("POST", entity_set, _identity_in_body(self.entry) | content)
        path = odata.entity_path(entity_set, _identity(self.entry))
        if self.action is Action.UPDATE:
            return Change("PUT", path, content)
        return Change("DELETE", path)


_SETS: Mapping[Kind, str] = {
    Kind.STRING: "StringParameters",
    Kind.BINARY: "BinaryParameters",
    Kind.ALTERNATIVE: "AlternativePartners",
    Kind.USER: "AuthorizedUsers",
}
_KEYS: Mapping[Kind, tuple[str, ...]] = {
    Kind.STRING: ("Pid", "Id"),
    Kind.BINARY: ("Pid", "Id"),
    Kind.ALTERNATIVE: ("Hexagency", "Hexscheme", "Hexid"),
    Kind.USER: ("User",),
}


def read_entries(api: Api, partners: Collection[str] = ()) -> list[PartnerEntry]:
    """The entries of a tenant, in the order of their kind and key.

    Args:
        api: the tenant.
        partners: only theirs; none is all.
    """
    found = [
        _entry(kind, row)
        for kind in Kind
        for row in api.read_all(_SETS[kind], key=_KEYS[kind], supports_skip=True)
    ]
    kept = of_partners(found, partners)
    order = list(Kind)
    return sorted(kept, key=lambda one: (order.index(one.kind), one.partner, one.key))


def of_partners(
    entries: Iterable[PartnerEntry], partners: Collection[str] = ()
) -> list[PartnerEntry]:
    """The entries of some partners; none named is all."""
    return [one for one in entries if not partners or one.partner in partners]


def changes(
    present: Iterable[PartnerEntry], wanted: Iterable[PartnerEntry], *, delete: bool
) -> list[PartnerChange]:
    """What makes a tenant's entries those that are wanted.

    Args:
        present: the tenant's.
        wanted: those to be.
        delete: those that are not wanted are deleted; otherwise they stay.
    """
    there = {one.key: one for one in present}
    kept = {one.key: one for one in wanted}
    created = [PartnerChange(Action.CREATE, one) for key, one in kept.items() if key not in there]
    updated = [
        PartnerChange(Action.UPDATE, one, there[key])
        for key, one in kept.items()
        if key in there and one != there[key]
    ]
    deleted = [
        PartnerChange(Action.DELETE, one, one) for key, one in there.items() if key not in kept
    ]
    return [*created, *updated, *(deleted if delete else [])]


def _entry(kind: Kind, row: Entity) -> PartnerEntry:
    def text(name: str) -> str:
        value = row.get(name)
        if not isinstance(value, str | None):
            raise DataError(f"GET {_SETS[kind]}: {name} is no text")
        try:
            (value or "").encode()
        except UnicodeEncodeError as error:
            raise DataError(
                f"GET {_SETS[kind]}: {name} of an entry holds half a character, which neither a "
                "file nor a URL can hold: mend it in the tenant"
            ) from error
        return value or ""

    match kind:
        case Kind.ALTERNATIVE:
            return PartnerEntry(kind, text("Pid"), text("Id"), text("Agency"), text("Scheme"))
        case Kind.USER:
            return PartnerEntry(kind, text("Pid"), text("User"))
        case Kind.STRING:
            return PartnerEntry(kind, text("Pid"), text("Id"), value=text("Value"))
        case Kind.BINARY:
            return PartnerEntry(
                kind,
                text("Pid"),
                text("Id"),
                content_type=text("ContentType"),
                value=text("Value"),
            )


def _identity(entry: PartnerEntry) -> odata.Key:
    match entry.kind:
        case Kind.ALTERNATIVE:
            return {
                "Hexagency": _hex(entry.agency),
                "Hexscheme": _hex(entry.scheme),
                "Hexid": _hex(entry.id),
            }
        case Kind.USER:
            return entry.id
        case _:
            return {"Pid": entry.partner, "Id": entry.id}


def _identity_in_body(entry: PartnerEntry) -> dict[str, str]:
    match entry.kind:
        case Kind.ALTERNATIVE:
            return {"Agency": entry.agency, "Scheme": entry.scheme, "Id": entry.id}
        case Kind.USER:
            return {"User": entry.id}
        case _:
            return {"Pid": entry.partner, "Id": entry.id}


def _content(entry: PartnerEntry) -> dict[str, str]:
    match entry.kind:
        case Kind.STRING:
            return {"Value": entry.value}
        case Kind.BINARY:
            return {"ContentType": entry.content_type, "Value": entry.value}
        case _:
            return {"Pid": entry.partner}


def _hex(text: str) -> str:
    return text.encode().hex().upper()
