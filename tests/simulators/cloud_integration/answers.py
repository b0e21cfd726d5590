"""Bodies as SAP's OData V2 API writes them: JSON, Atom XML and errors.

Rows are dictionaries of plain values; what the two formats write differently is marked by
``Moment``, ``Deferred`` and ``Entity``. Source: SAP OpenAPI examples; OData V2 JSON and Atom
formats.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from tests.simulators.cloud_integration.landscape import EPOCH
from tests.simulators.http_server import Answer

NAMESPACE = "com.sap.hci.api"


@dataclass(frozen=True, slots=True)
class Moment:
    """A date and time: ``/Date(ms)/`` in JSON, ISO 8601 in XML."""

    ms: int


@dataclass(frozen=True, slots=True)
class Deferred:
    """A link to entities that were not asked for."""

    uri: str


@dataclass(frozen=True, slots=True)
class Entity:
    """One row. ``values`` may hold nested dictionaries (complex types) and lists of entities.

    ``media`` is the content type of what lies behind its ``/$value``, if anything does.
    """

    type: str
    uri: str
    values: dict[str, Any]
    media: str | None = None


def json_collection(rows: Sequence[Entity], count: int | None, following: str | None) -> Answer:
    """Return ``{"d": {"results": […], "__count": "…", "__next": "…"}}``; the count is a string."""
    content: dict[str, Any] = {}
    if count is not None:
        content["__count"] = str(count)
    content["results"] = [_plain(row) for row in rows]
    if following is not None:
        content["__next"] = following
    return json_answer(200, {"d": content})


def json_entity(row: Entity) -> Answer:
    """Return ``{"d": {…}}``."""
    return json_answer(200, {"d": _plain(row)})


def json_answer(status: int, content: Any) -> Answer:
    """Return any JSON; half a character, which UTF-8 has no form for, is escaped."""
    try:
        body = json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        body = json.dumps(content).encode()
    return Answer(status, body)


def error(status: int, code: str, text: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Return SAP's error body. ``code`` is a phrase that need not be the one of the status."""
    body = {"error": {"code": code, "message": {"lang": "en", "value": text}}}
    return Answer(status, json.dumps(body).encode(), headers=headers)


def html_page(status: int, title: str, text: str) -> Answer:
    """Return a page as a proxy or an identity provider sends it."""
    page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{text}</body></html>"
    return Answer(status, page.encode(), "text/html;charset=utf-8")


def plain_text(text: str) -> Answer:
    """Return text, as ``/$count`` does."""
    return Answer(200, text.encode(), "text/plain;charset=utf-8")


def atom_collection(
    rows: Sequence[Entity], count: int | None, following: str | None, base: str, name: str
) -> Answer:
    """Return the Atom feed that a client gets that did not ask for JSON."""
    parts = [
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"',
        ' xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"',
        ' xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices"',
        f" xml:base={quoteattr(base)}><id>{escape(base + name)}</id>",
        f'<title type="text">{escape(name)}</title>',
    ]
    if count is not None:
        parts.append(f"<m:count>{count}</m:count>")
    parts.extend(_atom_entry(row) for row in rows)
    if following is not None:
        parts.append(f'<link href={quoteattr(following)} rel="next"/>')
    parts.append("</feed>")
    return Answer(200, "".join(parts).encode(), "application/atom+xml;charset=utf-8;type=feed")


def atom_entity(row: Entity) -> Answer:
    """Return one row as an Atom entry."""
    entry = _atom_entry(row).replace(
        "<entry>",
        '<entry xmlns="http://www.w3.org/2005/Atom"'
        ' xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
        ' xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices">',
        1,
    )
    body = '<?xml version="1.0" encoding="utf-8"?>' + entry
    return Answer(200, body.encode(), "application/atom+xml;charset=utf-8;type=entry")


def _plain(value: Any) -> Any:
    if isinstance(value, Entity):
        metadata = {"id": value.uri, "uri": value.uri, "type": f"{NAMESPACE}.{value.type}"}
        if value.media is not None:
            metadata |= {
                "content_type": value.media,
                "media_src": f"{value.uri}/$value",
                "edit_media": f"{value.uri}/$value",
            }
        content: dict[str, Any] = {"__metadata": metadata}
        for name, item in value.values.items():
            content[name] = _plain(item)
            if isinstance(item, dict):
                content[name] = {"__metadata": {"type": f"{NAMESPACE}.{name}"}} | content[name]
        return content
    if isinstance(value, Moment):
        return f"/Date({value.ms})/"
    if isinstance(value, Deferred):
        return {"__deferred": {"uri": value.uri}}
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return {"results": [_plain(item) for item in value]}
    return value


def _atom_entry(row: Entity) -> str:
    links = "".join(
        f"<link href={quoteattr(item.uri)} rel="
        f'"http://schemas.microsoft.com/ado/2007/08/dataservices/related/{name}"/>'
        for name, item in row.values.items()
        if isinstance(item, Deferred)
    )
    return (
        f"<entry><id>{escape(row.uri)}</id>{links}"
        f'<content type="application/xml"><m:properties>{_xml(row.values)}</m:properties>'
        "</content></entry>"
    )


def _xml(values: dict[str, Any]) -> str:
    parts = []
    for name, value in values.items():
        if isinstance(value, (Deferred, list)):
            continue
        if value is None:
            parts.append(f'<d:{name} m:null="true"/>')
        elif isinstance(value, dict):
            parts.append(f'<d:{name} m:type="{NAMESPACE}.{name}">{_xml(value)}</d:{name}>')
        elif isinstance(value, Moment):
            moment = (EPOCH + timedelta(milliseconds=value.ms)).replace(tzinfo=None)
            text = moment.isoformat(timespec="milliseconds")
            parts.append(f'<d:{name} m:type="Edm.DateTime">{text}</d:{name}>')
        elif isinstance(value, bool):
            parts.append(f'<d:{name} m:type="Edm.Boolean">{str(value).lower()}</d:{name}>')
        else:
            parts.append(f"<d:{name}>{escape(str(value))}</d:{name}>")
    return "".join(parts)


def xml_error(status: int, code: str, text: str) -> Answer:
    """Return SAP's error in the format of those who did not ask for JSON."""
    body = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
        f'<code>{escape(code)}</code><message xml:lang="en">{escape(text)}</message></error>'
    )
    return Answer(status, body.encode(), "application/xml;charset=utf-8")
