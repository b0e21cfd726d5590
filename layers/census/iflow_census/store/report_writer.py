"""Publishing a report: its files first, then the manifest that names them, then the pointer.

A consumer that reacts to the manifest alone, and reads the versions that it names, never sees a
mixture of two runs.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from iflow_census.store.protocol import Store, update_file

MANIFEST_SCHEMA = "iflow-census/manifest/v1"
MANIFEST = "manifest.json"
REPORT_JSON = "report.json"
LATEST = "reports/latest.json"
COMPLETE = "complete"


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


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as it stands in the store."""

    key: str
    run_id: str
    status: str
    tenants: Sequence[Mapping[str, Any]]

    def of_complete_run(self, run_id: str) -> bool:
        """Whether it is of this run, and nothing is left to do."""
        return self.run_id == run_id and self.status == COMPLETE

    def of_later_complete_run(self, run_id: str) -> bool:
        """Whether it is of a later run, so that this one has nothing better to offer.

        Run ids are moments, written so that later ones sort behind earlier ones.
        """
        return self.run_id > run_id and self.status == COMPLETE


def report_folder(month: object) -> str:
    """Where the files of a month's report lie; `month` is written as "2026-10"."""
    return f"reports/period={month}/"


def read_manifest(store: Store, folder: str) -> Manifest | None:
    """The manifest of a report; None where there is none, or none that can be read."""
    found = store.read(folder + MANIFEST)
    return _manifest(folder + MANIFEST, found.body) if found else None


def _manifest(key: str, body: bytes) -> Manifest | None:
    try:
        content = json.loads(body)
        run_id, status = content["run_id"], content["status"]
        tenants = [{**tenant} for tenant in content["tenants"]]
    except (ValueError, KeyError, TypeError):
        return None
    if not (isinstance(run_id, str) and isinstance(status, str)):
        return None
    return Manifest(key, run_id, status, tenants)


def publish(
    store: Store, folder: str, header: Header, documents: Iterable[Publishable], *, pointer: bool
) -> str:
    """Write the documents, then their manifest.

    The report of a later complete run stays: an earlier run that comes back has nothing better.

    Args:
        store: where to.
        folder: in front of each file's name; ends with a slash unless empty.
        header: what the manifest says of the run.
        documents: the files.
        pointer: also make `reports/latest.json` name this manifest, unless it names a later month.

    Returns:
        The manifest's key.
    """
    manifest = folder + MANIFEST
    published = read_manifest(store, folder)
    if published and published.of_later_complete_run(header.run_id):
        return manifest
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
    body = _json(
        {
            "schema": MANIFEST_SCHEMA,
            "period": header.period,
            "run_id": header.run_id,
            "status": header.status,
            "tenants": header.tenants,
            "files": files,
            "leanix": [],
        }
    )

    def replaced(present: bytes | None) -> bytes | None:
        found = _manifest(manifest, present) if present else None
        return None if found and found.of_later_complete_run(header.run_id) else body

    update_file(store, manifest, replaced)
    if pointer:
        # A later run may have come first, and then its manifest stands.
        standing = read_manifest(store, folder)
        run_id = standing.run_id if standing else header.run_id
        newest = _json({"period": header.period, "run_id": run_id, "manifest": manifest})
        update_file(store, LATEST, lambda present: _newer(present, header.period, newest))
    return manifest


def note_leanix(
    store: Store, folder: str, run_id: str, leanix: Sequence[Mapping[str, Any]]
) -> None:
    """Add to a run's manifest what became of its LeanIX runs; another run's stays as it is."""

    def noted(present: bytes | None) -> bytes | None:
        standing = _manifest(folder + MANIFEST, present) if present else None
        if present is None or standing is None or standing.run_id != run_id:
            return None
        content = json.loads(present)
        if content.get("leanix") == list(leanix):
            return None
        return _json({**content, "leanix": list(leanix)})

    update_file(store, folder + MANIFEST, noted)


def _newer(present: bytes | None, period: str, newest: bytes) -> bytes | None:
    """The newest pointer, unless the present one names a later month."""
    try:
        if present and json.loads(present)["period"] > period:
            return None
    except (ValueError, KeyError, TypeError):
        pass
    return newest


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()
