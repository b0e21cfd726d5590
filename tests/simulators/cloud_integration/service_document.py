"""The service document and ``$metadata``.

On real tenants, the service document lists message logs and stores, but not packages and artifacts,
which are available nevertheless.
"""

from __future__ import annotations

from tests.simulators.cloud_integration.responses import json_response
from tests.simulators.http_server import Response

_LISTED = (
    "MessageProcessingLogs",
    "MessageProcessingLogErrorInformations",
    "MessageProcessingLogAttachments",
    "MessageStoreEntries",
    "LogFiles",
    "AuditLogs",
    "AccessPolicies",
)


def service_document(wants_json: bool, base: str) -> Response:
    """Return the list of entity sets, as JSON or as an AtomPub service document."""
    if wants_json:
        return json_response(200, {"d": {"EntitySets": list(_LISTED)}})
    collections = "".join(
        f'<collection href="{name}"><atom:title>{name}</atom:title></collection>'
        for name in _LISTED
    )
    body = (
        '<?xml version="1.0" encoding="utf-8"?><service xmlns="http://www.w3.org/2007/app" '
        f'xmlns:atom="http://www.w3.org/2005/Atom" xml:base="{base}"><workspace>'
        f"<atom:title>Default</atom:title>{collections}</workspace></service>"
    )
    return Response(200, body.encode(), "application/atomsvc+xml")


def metadata() -> Response:
    """Return the EDMX of the whole API."""
    # Imported on first use: reading the operation table takes time.
    from tests.simulators.cloud_integration.metadata_document import (  # noqa: PLC0415
        metadata_document,
    )

    return Response(200, metadata_document(), "application/xml;charset=utf-8")
