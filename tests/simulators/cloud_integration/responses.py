"""Responses of SAP's OData V2 API: JSON, Atom XML and errors.

Rows are dictionaries of plain values; ``Timestamp``, ``Deferred`` and ``Entity`` are written
differently in the two formats. Source: SAP OpenAPI examples; OData V2 JSON and Atom
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
from tests.simulators.http_server import Response

NAMESPACE = "com.sap.hci.api"


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A date and time: ``/Date(ms)/`` in JSON, ISO 8601 in XML."""

    ms: int


@dataclass(frozen=True, slots=True)
class Deferred:
    """A link to entities that were not expanded."""

    uri: str


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity. ``values`` may contain dictionaries (complex types) and lists of entities.

    ``media`` is the content type of its ``/$value``, if it has one.
    """

    type: str
    uri: str
    values: dict[str, Any]
    media: str | None = None


def json_collection(rows: Sequence[Entity], count: int | None, next_link: str | None) -> Response:
    """Return ``{"d": {"results": […], "__count": "…", "__next": "…"}}``; the count is a string."""
    content: dict[str, Any] = {}
    if count is not None:
        content["__count"] = str(count)
    content["results"] = [_json_value(row) for row in rows]
    if next_link is not None:
        content["__next"] = next_link
    return json_response(200, {"d": content})


def json_entity(row: Entity) -> Response:
    """Return ``{"d": {…}}``."""
    return json_response(200, {"d": _json_value(row)})


def json_response(status: int, content: Any) -> Response:
    """Return any JSON; lone surrogates, which UTF-8 cannot encode, are escaped."""
    try:
        body = json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        body = json.dumps(content).encode()
    return Response(status, body)


def error_response(
    status: int, code: str, text: str | None, headers: tuple[tuple[str, str], ...] = ()
) -> Response:
    """Return SAP's JSON error.

    ``code`` is a phrase that may differ from that of the status. ``text`` is null in some errors
    of real tenants.
    """
    body = {"error": {"code": code, "message": {"lang": "en", "value": text}}}
    return Response(status, json.dumps(body).encode(), headers=headers)


def html_page(status: int, title: str, text: str) -> Response:
    """Return an HTML page, as sent by proxies and identity providers."""
    page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{text}</body></html>"
    return Response(status, page.encode(), "text/html;charset=utf-8")


def plain_text(text: str) -> Response:
    """Return a plain text, as for ``/$count``."""
    return Response(200, text.encode(), "text/plain;charset=utf-8")


def atom_collection(
    rows: Sequence[Entity], count: int | None, next_link: str | None, base: str, name: str
) -> Response:
    """Return an Atom feed, for clients that do not accept JSON."""
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
    if next_link is not None:
        parts.append(f'<link href={quoteattr(next_link)} rel="next"/>')
    parts.append("</feed>")
    return Response(200, "".join(parts).encode(), "application/atom+xml;charset=utf-8;type=feed")


def atom_entity(row: Entity) -> Response:
    """Return an entity as an Atom entry."""
    entry = _atom_entry(row).replace(
        "<entry>",
        '<entry xmlns="http://www.w3.org/2005/Atom"'
        ' xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
        ' xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices">',
        1,
    )
    body = '<?xml version="1.0" encoding="utf-8"?>' + entry
    return Response(200, body.encode(), "application/atom+xml;charset=utf-8;type=entry")


def _json_value(value: Any) -> Any:
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
            content[name] = _json_value(item)
            if isinstance(item, dict):
                content[name] = {"__metadata": {"type": f"{NAMESPACE}.{name}"}} | content[name]
        return content
    if isinstance(value, Timestamp):
        return f"/Date({value.ms})/"
    if isinstance(value, Deferred):
        return {"__deferred": {"uri": value.uri}}
    if isinstance(value, dict):
        return {name: _json_value(item) for name, item in value.items()}
    if isinstance(value, list):
        return {"results": [_json_value(item) for item in value]}
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
        elif isinstance(value, Timestamp):
            moment = (EPOCH + timedelta(milliseconds=value.ms)).replace(tzinfo=None)
            text = moment.isoformat(timespec="milliseconds")
            parts.append(f'<d:{name} m:type="Edm.DateTime">{text}</d:{name}>')
        elif isinstance(value, bool):
            parts.append(f'<d:{name} m:type="Edm.Boolean">{str(value).lower()}</d:{name}>')
        else:
            parts.append(f"<d:{name}>{escape(str(value))}</d:{name}>")
    return "".join(parts)


def xml_error_response(status: int, code: str, text: str | None) -> Response:
    """Return SAP's XML error, for clients that do not accept JSON."""
    body = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
        f'<code>{escape(code)}</code><message xml:lang="en">{escape(text or "")}</message></error>'
    )
    return Response(status, body.encode(), "application/xml;charset=utf-8")
