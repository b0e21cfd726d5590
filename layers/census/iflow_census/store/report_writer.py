"""Publishing a report: first its files, then the manifest that names them, then the pointer.

A consumer that reacts only to the manifest, and reads the versions that it names, never mixes the
files of two runs.
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
    """A rendered file; `rows` is the number of iFlows in it."""

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
    """What a manifest says about its run; `tenants` is as in the result of the run."""

    period: str
    run_id: str
    status: str
    tenants: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest in the store."""

    key: str
    run_id: str
    status: str
    tenants: Sequence[Mapping[str, Any]]

    def of_complete_run(self, run_id: str) -> bool:
        """Whether this run is complete."""
        return self.run_id == run_id and self.status == COMPLETE

    def of_later_complete_run(self, run_id: str) -> bool:
        """Whether a later run is complete, so that this run must not replace its report.

        Run ids are timestamps that sort in the order of time.
        """
        return self.run_id > run_id and self.status == COMPLETE


def report_folder(month: object) -> str:
    """Return the prefix of a month's report; `month` is written as "2026-10"."""
    return f"reports/period={month}/"


def read_manifest(store: Store, folder: str) -> Manifest | None:
    """Return the manifest of a report, or None if it is missing or damaged."""
    key = folder + MANIFEST
    stored = store.read(key)
    return _parse_manifest(key, stored.body) if stored else None


def _parse_manifest(key: str, body: bytes) -> Manifest | None:
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

    The report of a later complete run is kept: the retry of an earlier run does not replace it.

    Args:
        store: where the report is written.
        folder: the prefix of each file name; ends with a slash unless empty.
        header: what the manifest says about the run.
        documents: the files.
        pointer: also point `reports/latest.json` to this manifest, unless it points to a later
            month.

    Returns:
        The key of the manifest.
    """
    key = folder + MANIFEST
    published = read_manifest(store, folder)
    if published and published.of_later_complete_run(header.run_id):
        return key
    files = [_write_document(store, folder, document) for document in documents]
    body = _to_json(
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

    def replace_manifest(current_body: bytes | None) -> bytes | None:
        current = _parse_manifest(key, current_body) if current_body else None
        return None if current and current.of_later_complete_run(header.run_id) else body

    update_file(store, key, replace_manifest)
    if pointer:
        # If a later run was faster, the pointer names that run.
        current = read_manifest(store, folder)
        run_id = current.run_id if current else header.run_id
        latest = _to_json({"period": header.period, "run_id": run_id, "manifest": key})
        update_file(store, LATEST, lambda body: _replace_pointer(body, header.period, latest))
    return key


def _write_document(store: Store, folder: str, document: Publishable) -> Mapping[str, Any]:
    key = folder + document.file
    stored = store.write(key, document.body, content_type=document.content_type)
    return {
        "format": document.format,
        "key": key,
        "version_id": stored.version_id,
        "bytes": len(document.body),
        "sha256": hashlib.sha256(document.body).hexdigest(),
        "rows": document.rows,
    }


def add_leanix_entries(
    store: Store, folder: str, run_id: str, entries: Sequence[Mapping[str, Any]]
) -> None:
    """Add the results of its LeanIX runs to the manifest of a run, not to that of another run."""
    key = folder + MANIFEST

    def add_entries(body: bytes | None) -> bytes | None:
        manifest = _parse_manifest(key, body) if body else None
        if body is None or manifest is None or manifest.run_id != run_id:
            return None
        content = json.loads(body)
        if content.get("leanix") == list(entries):
            return None
        return _to_json({**content, "leanix": list(entries)})

    update_file(store, key, add_entries)


def _replace_pointer(body: bytes | None, period: str, latest: bytes) -> bytes | None:
    """Return the new pointer, or None if the present one points to a later month."""
    try:
        if body and json.loads(body)["period"] > period:
            return None
    except (ValueError, KeyError, TypeError):
        pass
    return latest


def _to_json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()
