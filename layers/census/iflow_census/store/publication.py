"""Publishing a report: its files first, then the manifest that names them, then the pointer.

A consumer that reacts to the manifest alone, and reads the versions that it names, never sees a
mixture of two runs.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from iflow_census.store.store import ChangedMeanwhile, Expected, Store

MANIFEST_SCHEMA = "iflow-census/manifest/v1"
MANIFEST = "manifest.json"
LATEST = "reports/latest.json"
_JSON = "application/json"


class Publishable(Protocol):
    """A finished file."""

    @property
    def format(self) -> str: ...  # noqa: D102
    @property
    def file(self) -> str: ...  # noqa: D102
    @property
    def content_type(self) -> str: ...  # noqa: D102
    @property
    def body(self) -> bytes: ...  # noqa: D102
    @property
    def rows(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Header:
    """What a manifest says of its run; `tenants` as in the result of the run."""

    period: str
    run_id: str
    status: str
    tenants: Sequence[Mapping[str, Any]]


def publish(
    store: Store, folder: str, header: Header, documents: Sequence[Publishable], *, pointer: bool
) -> str:
    """Write the documents, then their manifest.

    Args:
        store: where to.
        folder: in front of each file's name; ends with a slash unless empty.
        header: what the manifest says of the run.
        documents: the files.
        pointer: also make `reports/latest.json` name this manifest, unless it names a later month.

    Returns:
        The manifest's key.
    """
    files = []
    for document in documents:
        key = folder + document.file
        written = store.write(key, document.body, content_type=document.content_type)
        files.append(
            {
                "format": document.format,
                "key": key,
                "version_id": written.version_id,
                "bytes": len(document.body),
                "sha256": hashlib.sha256(document.body).hexdigest(),
                "rows": document.rows,
            }
        )
    manifest = {
        "schema": MANIFEST_SCHEMA,
        "period": header.period,
        "run_id": header.run_id,
        "status": header.status,
        "tenants": header.tenants,
        "files": files,
    }
    key = folder + MANIFEST
    store.write(key, _json(manifest), content_type=_JSON)
    if pointer:
        _point_to(store, key, header)
    return key


def _point_to(store: Store, manifest: str, header: Header) -> None:
    """Name the newest period; a repeated run of an older month does not turn the pointer back."""
    body = _json({"period": header.period, "run_id": header.run_id, "manifest": manifest})
    while True:
        found = store.read(LATEST)
        if found and json.loads(found.body)["period"] > header.period:
            return
        expected = found.tag if found else Expected.NOTHING
        try:
            store.write(LATEST, body, content_type=_JSON, expected=expected)
        except ChangedMeanwhile:
            continue
        return


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()
