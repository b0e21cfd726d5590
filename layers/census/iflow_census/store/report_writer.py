"""Publishing a report: first its files, then the manifest that names them, then the pointer.

A consumer that reacts only to the manifest, and reads the versions that it names, never mixes the
files of two runs.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from iflow_census.scan.period import LAST_30_DAYS, Period, RollingWindow, iso_utc
from iflow_census.store.documents import MonthField
from iflow_census.store.protocol import Store
from iflow_census.store.state_file import State, StateFile, StateFormat, type_adapter

MANIFEST_SCHEMA = "iflow-census/manifest/v1"
LATEST_SCHEMA = "iflow-census/latest/v1"
MANIFEST = "manifest.json"
REPORTS = "reports/"
"""The folder of all reports."""

LATEST = "reports/latest.json"
COMPLETE = "complete"
PARTIAL = "partial"

_Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """A rendered report: its content in parts, and the number of its rows."""

    format: str
    file: str
    content_type: str
    parts: Iterable[bytes]
    rows: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a manifest says about its run; `tenants` is as in the result of the run.

    `keeps_tenants`: the report has all tenants of the one that it replaces.
    """

    period: Period
    run_id: str
    status: str
    tenants: Sequence[Mapping[str, Any]]
    coverage_complete: bool
    keeps_tenants: bool = False

    @property
    def names(self) -> Set[str]:
        """The names of the tenants."""
        return {tenant["name"] for tenant in self.tenants}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest in the store."""

    key: str
    run_id: str
    status: str
    tenants: Sequence[Mapping[str, Any]]
    coverage_complete: bool

    def of_complete_run(self, run_id: str, tenants: Set[str]) -> bool:
        """Whether this run is complete, with exactly these tenants in its report."""
        names = {tenant["name"] for tenant in self.tenants}
        return self.run_id == run_id and self.status == COMPLETE and names == tenants

    def is_kept_from(self, header: Header) -> bool:
        """Whether a run must not replace this report.

        It is of a later run that is complete: run ids are timestamps that sort in the order of
        time. In a folder, a later run with other keys may lack a tenant, which this run adds. Or
        it is of the same run, of which two deliveries take place at once, and only the other one
        found all of its tenants.
        """
        if header.status != COMPLETE and self.of_complete_run(header.run_id, header.names):
            return True
        if header.keeps_tenants and header.names > {tenant["name"] for tenant in self.tenants}:
            return False
        return self.run_id > header.run_id and self.status == COMPLETE


def report_folder(period: object, status: str = COMPLETE) -> str:
    """Return the prefix of the files of a report.

    Args:
        period: a period or its name. A month's folder is always the same; a rolling window that is
            not complete has one of its own, so that it does not replace a complete one.
        status: that of the report.
    """
    name = str(period)
    if name != LAST_30_DAYS:
        return f"{REPORTS}period={name}/"
    return f"{REPORTS}{name}/" if status == COMPLETE else f"{REPORTS}{name}-partial/"


def read_manifest_of_run(store: Store, period: object, run_id: str) -> Manifest | None:
    """Return the manifest of a run's report, or None if another run has replaced it."""
    for status in (COMPLETE, PARTIAL):
        manifest = read_manifest(store, report_folder(period, status))
        if manifest is not None and manifest.run_id == run_id:
            return manifest
    return None


def read_manifest(store: Store, folder: str) -> Manifest | None:
    """Return the manifest of a report, or None if it is missing or damaged."""
    return read_manifest_state(store, folder).value


def read_manifest_state(store: Store, folder: str) -> State[Manifest]:
    """Return the manifest of a report, or what is wrong with it."""
    state = _manifest_file(store, folder).read()
    value = None if state.value is None else _as_manifest(folder, state.value)
    return State(value, state.damage)


def _manifest_file(store: Store, folder: str) -> StateFile[_Content]:
    return StateFile(store, folder + MANIFEST, _MANIFEST)


def _as_manifest(folder: str, content: _Content) -> Manifest:
    return Manifest(
        folder + MANIFEST,
        content["run_id"],
        content["status"],
        list(content["tenants"]),
        content["coverage_complete"],
    )


def _load_manifest(body: bytes) -> _Content:
    content = _load(MANIFEST_SCHEMA, body)
    if not (isinstance(content["run_id"], str) and isinstance(content["status"], str)):
        raise TypeError("run_id and status are texts")
    return {
        **content,
        "tenants": [{**tenant, "name": tenant["name"]} for tenant in content["tenants"]],
        "coverage_complete": content.get("coverage_complete") is True,
    }


def _load_latest(body: bytes) -> _Content:
    content = _load(LATEST_SCHEMA, body)
    type_adapter(MonthField | None).validate_python(content["period"])
    return {**_NOTHING_LATEST, **content}


def _load(schema: str, body: bytes) -> _Content:
    content: _Content = json.loads(body)
    if content["schema"] != schema:
        raise ValueError("another schema")
    return content


def _to_json(content: _Content) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


_MANIFEST = StateFormat(MANIFEST_SCHEMA, _load_manifest, _to_json)
_LATEST = StateFormat(LATEST_SCHEMA, _load_latest, _to_json)


def is_kept(store: Store, header: Header) -> bool:
    """Whether the published report of the period must not be replaced; see `is_kept_from`."""
    published = read_manifest(store, report_folder(header.period, header.status))
    return published is not None and published.is_kept_from(header)


def publish(store: Store, header: Header, documents: Iterable[Document]) -> str:
    """Write the documents, then their manifest, then `reports/latest.json`.

    A report that `is_kept_from` this run is not replaced. The pointer names the newest month.
    Returns the key of the manifest.
    """
    folder = report_folder(header.period, header.status)
    key = folder + MANIFEST
    latest = StateFile(store, LATEST, _LATEST)
    latest.read()  # before anything is written: it may be of a newer version
    if is_kept(store, header):
        return key
    files = [_write_document(store, folder, document) for document in documents]
    content = {
        "schema": MANIFEST_SCHEMA,
        "period": str(header.period),
        "from": iso_utc(header.period.start),
        "to": iso_utc(header.period.end),
        "run_id": header.run_id,
        "status": header.status,
        "coverage_complete": header.coverage_complete,
        "tenants": header.tenants,
        "files": files,
        "leanix": [],
    }

    def replace_manifest(state: State[_Content]) -> _Content | None:
        current = None if state.value is None else _as_manifest(folder, state.value)
        return None if current and current.is_kept_from(header) else content

    _manifest_file(store, folder).update(replace_manifest)
    # If a later run was faster, the pointer names that run.
    current = read_manifest(store, folder)
    run_id = current.run_id if current else header.run_id
    latest.update(
        lambda state: _replace_pointer(state.value or _NOTHING_LATEST, header, run_id, key)
    )
    return key


def _write_document(store: Store, folder: str, document: Document) -> Mapping[str, Any]:
    key = folder + document.file
    digest, size = hashlib.sha256(), 0

    def measured() -> Iterator[bytes]:
        nonlocal size
        for part in document.parts:
            digest.update(part)
            size += len(part)
            yield part

    stored = store.write_parts(key, measured(), content_type=document.content_type)
    return {
        "format": document.format,
        "key": key,
        "version_id": stored.version_id,
        "bytes": size,
        "sha256": digest.hexdigest(),
        "rows": document.rows,
    }


def add_leanix_entries(
    store: Store, folder: str, run_id: str, entries: Sequence[Mapping[str, Any]]
) -> None:
    """Add the results of its LeanIX runs to the manifest of a run, not to that of another run."""

    def add_entries(state: State[_Content]) -> _Content | None:
        content = state.value
        if content is None or content["run_id"] != run_id:
            return None
        new = list(entries)
        return None if content.get("leanix") == new else {**content, "leanix": new}

    _manifest_file(store, folder).update(add_entries)


_NOTHING_LATEST: _Content = {
    "schema": LATEST_SCHEMA,
    "period": None,
    "run_id": None,
    "manifest": None,
    "rolling": None,
}


def _replace_pointer(
    current: _Content, header: Header, run_id: str, manifest: str
) -> _Content | None:
    """Return the new pointer, or None if nothing in it changes.

    It names the newest month, and the newest complete rolling window.
    """
    target = {"run_id": run_id, "manifest": manifest}
    if isinstance(header.period, RollingWindow):
        return {**current, "rolling": target} if header.status == COMPLETE else None
    if current["period"] is not None and current["period"] > str(header.period):
        return None
    return {**current, "period": str(header.period), **target}
