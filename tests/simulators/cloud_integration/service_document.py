"""The service document and ``$metadata``.

On a real tenant the service document lists message logs and stores, but neither packages nor
artifacts, which can be called all the same: it is no use for discovery.
"""

from __future__ import annotations

from tests.simulators.cloud_integration.answers import json_answer
from tests.simulators.http_server import Answer

_LISTED = (
    "MessageProcessingLogs",
    "MessageProcessingLogErrorInformations",
    "MessageProcessingLogAttachments",
    "MessageStoreEntries",
    "LogFiles",
    "AuditLogs",
    "AccessPolicies",
)


def service_document(wants_json: bool, base: str) -> Answer:
    """Return the list of entity sets, as JSON or as an AtomPub service document."""
    if wants_json:
        return json_answer(200, {"d": {"EntitySets": list(_LISTED)}})
    collections = "".join(
        f'<collection href="{name}"><atom:title>{name}</atom:title></collection>'
        for name in _LISTED
    )
    body = (
        '<?xml version="1.0" encoding="utf-8"?><service xmlns="http://www.w3.org/2007/app" '
        f'xmlns:atom="http://www.w3.org/2005/Atom" xml:base="{base}"><workspace>'
        f"<atom:title>Default</atom:title>{collections}</workspace></service>"
    )
    return Answer(200, body.encode(), "application/atomsvc+xml")


def metadata() -> Answer:
    """Return the EDMX of the whole API."""
    # Imported here: a tenant for the census need not read the operation table.
    from tests.simulators.cloud_integration.metadata_document import (  # noqa: PLC0415
        metadata_document,
    )

    return Answer(200, metadata_document(), "application/xml;charset=utf-8")
