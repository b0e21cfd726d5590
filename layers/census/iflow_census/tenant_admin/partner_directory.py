"""The partner directory of a tenant: its entries, and the changes that make it match a file.

Partner credentials (user credential parameters) are not included: SAP never returns passwords.

Source: SAP OpenAPI, PartnerDirectory.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import DataError
from iflow_census.tenant_admin.write_request import WriteRequest


class EntryKind(StrEnum):
    """The kinds of entries."""

    STRING = "string parameter"
    BINARY = "binary parameter"
    ALTERNATIVE = "alternative partner"
    USER = "authorized user"


@dataclass(frozen=True, slots=True)
class PartnerEntry:
    """An entry of the partner directory.

    Attributes:
        partner: the id of its partner (SAP: Pid).
        id: the id of the parameter or alternative partner, or the user.
        agency: only for an alternative partner.
        scheme: only for an alternative partner.
        content_type: only for a binary parameter, such as `xsl`.
        value: only for a parameter; base64 for a binary one.
    """

    kind: EntryKind
    partner: str
    id: str
    agency: str = ""
    scheme: str = ""
    content_type: str = ""
    value: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """The unique key; SAP stores authorized users in lower case (observed on a tenant)."""
        if self.kind is EntryKind.ALTERNATIVE:
            return self.kind, self.agency, self.scheme, self.id
        if self.kind is EntryKind.USER:
            return self.kind, self.id.lower()
        return self.kind, self.partner, self.id

    @property
    def content(self) -> str:
        """The part that an update can change."""
        if self.kind in (EntryKind.ALTERNATIVE, EntryKind.USER):
            return self.partner
        return f"{self.content_type} {self.value}" if self.kind is EntryKind.BINARY else self.value


class PartnerAction(StrEnum):
    """What to do with an entry."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class PartnerChange:
    """An entry to create, update or delete; `before` is the current entry."""

    action: PartnerAction
    entry: PartnerEntry
    before: PartnerEntry | None = None

    def request(self) -> WriteRequest:
        """Build the request that makes the change."""
        entity_set = _ENTITY_SETS[self.entry.kind]
        content = _content_properties(self.entry)
        if self.action is PartnerAction.CREATE:
            return WriteRequest("POST", entity_set, _key_properties(self.entry) | content)
        path = odata.entity_path(entity_set, _key_in_path(self.before or self.entry))
        if self.action is PartnerAction.UPDATE:
            return WriteRequest("PUT", path, content)
        return WriteRequest("DELETE", path)


_ENTITY_SETS: Mapping[EntryKind, str] = {
    EntryKind.STRING: "StringParameters",
    EntryKind.BINARY: "BinaryParameters",
    EntryKind.ALTERNATIVE: "AlternativePartners",
    EntryKind.USER: "AuthorizedUsers",
}
_KEYS: Mapping[EntryKind, tuple[str, ...]] = {
    EntryKind.STRING: ("Pid", "Id"),
    EntryKind.BINARY: ("Pid", "Id"),
    EntryKind.ALTERNATIVE: ("Hexagency", "Hexscheme", "Hexid"),
    EntryKind.USER: ("User",),
}


def read_entries(api: Api, partners: Collection[str] = ()) -> list[PartnerEntry]:
    """Read the entries of a tenant, sorted by kind, partner and key.

    Without `partners`, all of them.
    """
    entries = [
        _parse_entry(kind, row)
        for kind in EntryKind
        for row in api.read_all(_ENTITY_SETS[kind], key=_KEYS[kind], supports_skip=True)
    ]
    order = list(EntryKind)
    return sorted(
        filter_by_partner(entries, partners),
        key=lambda entry: (order.index(entry.kind), entry.partner, entry.key),
    )


def filter_by_partner(
    entries: Iterable[PartnerEntry], partners: Collection[str] = ()
) -> list[PartnerEntry]:
    """Return the entries of the partners; of all partners if none is named."""
    return [entry for entry in entries if not partners or entry.partner in partners]


def plan_changes(
    current: Iterable[PartnerEntry], desired: Iterable[PartnerEntry], *, delete: bool
) -> list[PartnerChange]:
    """Return the changes that turn the current entries into the desired ones.

    With `delete`, entries that are not desired are deleted; otherwise they are kept.
    """
    old = {entry.key: entry for entry in current}
    new = {entry.key: entry for entry in desired}
    created = [
        PartnerChange(PartnerAction.CREATE, entry) for key, entry in new.items() if key not in old
    ]
    updated = [
        PartnerChange(PartnerAction.UPDATE, entry, old[key])
        for key, entry in new.items()
        if key in old and replace(entry, id=old[key].id) != old[key]
    ]
    deleted = [
        PartnerChange(PartnerAction.DELETE, entry, entry)
        for key, entry in old.items()
        if key not in new
    ]
    return [*created, *updated, *(deleted if delete else [])]


def _parse_entry(kind: EntryKind, row: Entity) -> PartnerEntry:
    def text(name: str) -> str:
        value = row.get(name)
        if not isinstance(value, str | None):
            raise DataError(f"GET {_ENTITY_SETS[kind]}: {name} is not a string")
        try:
            (value or "").encode()
        except UnicodeEncodeError as error:
            raise DataError(
                f"GET {_ENTITY_SETS[kind]}: {name} of an entry contains a lone surrogate, which "
                "cannot be encoded; correct the value in the tenant"
            ) from error
        return value or ""

    match kind:
        case EntryKind.ALTERNATIVE:
            return PartnerEntry(kind, text("Pid"), text("Id"), text("Agency"), text("Scheme"))
        case EntryKind.USER:
            return PartnerEntry(kind, text("Pid"), text("User"))
        case EntryKind.STRING:
            return PartnerEntry(kind, text("Pid"), text("Id"), value=text("Value"))
        case EntryKind.BINARY:
            return PartnerEntry(
                kind,
                text("Pid"),
                text("Id"),
                content_type=text("ContentType"),
                value=text("Value"),
            )


def _key_in_path(entry: PartnerEntry) -> odata.Key:
    match entry.kind:
        case EntryKind.ALTERNATIVE:
            return {
                "Hexagency": _hex(entry.agency),
                "Hexscheme": _hex(entry.scheme),
                "Hexid": _hex(entry.id),
            }
        case EntryKind.USER:
            return entry.id
        case _:
            return {"Pid": entry.partner, "Id": entry.id}


def _key_properties(entry: PartnerEntry) -> dict[str, str]:
    match entry.kind:
        case EntryKind.ALTERNATIVE:
            return {"Agency": entry.agency, "Scheme": entry.scheme, "Id": entry.id}
        case EntryKind.USER:
            return {"User": entry.id.lower()}
        case _:
            return {"Pid": entry.partner, "Id": entry.id}


def _content_properties(entry: PartnerEntry) -> dict[str, str]:
    match entry.kind:
        case EntryKind.STRING:
            return {"Value": entry.value}
        case EntryKind.BINARY:
            return {"ContentType": entry.content_type, "Value": entry.value}
        case _:
            return {"Pid": entry.partner}


def _hex(text: str) -> str:
    return text.encode().hex().upper()
