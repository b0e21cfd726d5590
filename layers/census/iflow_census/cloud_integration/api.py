"""The operations of the OData API that every entity set shares.

Paths are relative to `/api/v1/`, with encoded keys (`odata.entity_path`). Query options are not
encoded. Reads raise what `SapConnection.get` raises, writes what `SapConnection.write` raises.
"""

import base64
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from iflow_census.cloud_integration import odata, pagination, values
from iflow_census.cloud_integration.connection import JSON, SapConnection
from iflow_census.cloud_integration.families import family_of
from iflow_census.cloud_integration.pagination import ListRequest
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import ConfigurationError, DataError, NotFound, RequestRejected
from iflow_census.http.download import DownloadTarget
from iflow_census.scan.results import ApiUsage

ApiResult = Entity | list[Entity] | str | None
"""What a write is answered: an entity, a list, text that is no OData (a task's id), or nothing."""

Made = TypeVar("Made")
Query = Mapping[str, str] | None
Progress = Callable[[int, int | None], None]

MAX_DOWNLOAD_BYTES = 2 * 1024**3
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file that was written: its bytes, and the media type that SAP named."""

    file: Path
    size: int
    content_type: str


class Api:
    """One tenant's API; safe to use from many threads.

    Each verb counts for the family of its path's first entity set.
    """

    def __init__(self, connection: SapConnection) -> None:
        self._connection = connection

    def use(self) -> ApiUsage:
        """What has been sent so far."""
        sent = self._connection.traffic
        return ApiUsage(sent.requests, sent.retries, sent.throttled)

    def url(self, path: str, query: Query = None) -> str:
        """The address of a resource; it holds no credentials."""
        return self._connection.url(path, query)

    def read(self, path: str, *, query: Query = None) -> Entity:
        """Read one entity."""
        what = f"GET {path}"
        document = self._connection.get(path, family_of(path), _document, query=query)
        if document is None:
            raise NotFound(f"{what}: HTTP 204: there is none")
        return values.convert_entity(odata.parse_entity(document, what))

    def read_all(
        self,
        path: str,
        *,
        query: Query = None,
        key: Sequence[str] = (),
        supports_inlinecount: bool = False,
        supports_skip: bool = False,
    ) -> Iterator[Entity]:
        """Read a list, page by page, as it is asked for.

        Args:
            path: an entity set or a navigation property.
            query: query options; with `$top` or `$skip` only as much is read as they say.
            key: the properties that tell entries apart; without them, or where `$select` leaves
                them out, entries are not compared.
            supports_inlinecount: the set understands `$inlinecount`, so the length is checked.
            supports_skip: the set understands `$skip`, so a full page without a link is followed.

        Raises:
            DataError: the list contradicts itself, at the page where it does.
        """
        cut = {"$top", "$skip"} & set(query or {})
        selected = (query or {}).get("$select", "")
        there = not selected or set(key) <= set(selected.split(","))
        found = ListRequest(
            path,
            family_of(path),
            tuple(key) if there else (),
            query or {},
            supports_inlinecount=supports_inlinecount and not cut,
            supports_skip=supports_skip and not cut,
        )
        top = (query or {}).get("$top", "")
        rows = pagination.iter_entries(
            self._connection, found, most=int(top) if top.isdigit() else None
        )
        return map(values.convert_entity, rows)

    def read_list(self, found: ListRequest, make: Callable[[odata.Row], Made]) -> list[Made]:
        """Read a list whole, once more if it contradicts itself; see `pagination.fetch_all`."""
        return pagination.fetch_all(self._connection, found, make)

    def read_value(self, path: str, *, query: Query = None) -> str:
        """Read a short text: the `$value` of an error information or of a property."""
        return self._connection.get(
            path, family_of(path), odata.parse_value, query=query, accept="*/*"
        )

    def count(
        self, path: str, *, query: Query = None, retry_timeout: bool = True, fresh: bool = False
    ) -> int:
        """Count the entries of a list; `path` is that of the list."""
        return self._connection.get(
            f"{path}/$count",
            family_of(path),
            odata.parse_count,
            query=query,
            accept="text/plain",
            retry_timeout=retry_timeout,
            fresh=fresh,
        )

    def create(self, path: str, entity: Mapping[str, Any], *, query: Query = None) -> ApiResult:
        """Add an entity (POST)."""
        return self._write("POST", path, query=query, body=odata.encode_body(entity))

    def update(
        self,
        path: str,
        changes: Mapping[str, Any],
        *,
        method: Literal["PUT", "PATCH"] = "PUT",
        query: Query = None,
    ) -> ApiResult:
        """Change an entity, or what a link (`…/$links/…`) leads to."""
        return self._write(method, path, query=query, body=odata.encode_body(changes))

    def delete(self, path: str, *, query: Query = None) -> ApiResult:
        """Delete an entity."""
        return self._write("DELETE", path, query=query)

    def call(
        self,
        function: str,
        parameters: Mapping[str, odata.Scalar] | None = None,
        *,
        method: Literal["POST", "GET"] = "POST",
    ) -> ApiResult:
        """Call a function import.

        Args:
            function: its name.
            parameters: plain values; text is put in quotes, unless it is `odata.Unquoted`.
            method: GET for the few that SAP has so.
        """
        query = odata.encode_parameters(parameters or {})
        if method == "GET":
            read = partial(_answer, what=f"GET {function}", function=function)
            return self._connection.get(function, family_of(function), read, query=query)
        return self._write(method, function, query=query, function=function)

    def upload(
        self,
        path: str,
        entity: Mapping[str, Any],
        file: Path,
        *,
        into: str = "ArtifactContent",
        method: Literal["POST", "PUT"] = "POST",
        query: Query = None,
    ) -> ApiResult:
        """Create or replace an entity with the content of a file.

        Args:
            path: of the entity set, or with PUT of the entity.
            entity: its other properties.
            file: the content: a zip file, unless it is a resource.
            into: the property that takes it, in base64: ArtifactContent, PackageContent (of a
                package) or ResourceContent (of a resource).
            method: POST creates, PUT replaces.
            query: as for `create`.

        Raises:
            RequestRejected: the file cannot be read, or is no zip file; nothing was sent.
        """
        try:
            content = file.read_bytes()
        except OSError as error:
            raise RequestRejected(f"{file}: {error.strerror}; nothing was sent") from error
        if into in ("ArtifactContent", "PackageContent") and not zipfile.is_zipfile(file):
            raise RequestRejected(f"{file} is no zip file; nothing was sent")
        encoded = base64.b64encode(content).decode()
        return self._write(
            method, path, query=query, body=odata.encode_body({**entity, into: encoded})
        )

    def put_content(
        self, path: str, content: bytes, content_type: str, *, query: Query = None
    ) -> ApiResult:
        """Replace a stream (PUT of `…/$value`) by bytes of a media type."""
        return self._write("PUT", path, query=query, body=content, content_type=content_type)

    def download(
        self,
        path: str,
        file: Path,
        *,
        query: Query = None,
        expect_zip: bool = False,
        progress: Progress | None = None,
    ) -> Download:
        """Write a stream (`…/$value`) to a file, which appears once it is whole.

        Args:
            path: of the stream.
            file: is replaced if it is there.
            query: query options.
            expect_zip: anything but a zip file is an error.
            progress: told the bytes so far, and those in all where SAP says so; after a
                connection that broke off, they begin anew.

        Raises:
            ConfigurationError: the file cannot be written.
            DataError: it is too long, or should be a zip file and is none.
        """
        part = file.with_name(f"{file.name}.part")
        try:
            with part.open("wb") as target:
                download = DownloadTarget(target, MAX_DOWNLOAD_BYTES, progress)
                kind = self._connection.download(path, family_of(path), download, query=query)
            if expect_zip and not zipfile.is_zipfile(part):
                raise DataError(f"GET {path}: the answer is no zip file")
            size = part.stat().st_size
            part.replace(file)
        except OSError as error:
            raise ConfigurationError(f"{file} cannot be written: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)
        return Download(file, size, kind)

    def _write(
        self,
        method: str,
        path: str,
        *,
        query: Query = None,
        body: bytes | None = None,
        content_type: str = JSON,
        function: str = "",
    ) -> ApiResult:
        return self._connection.write(
            method,
            path,
            family_of(path),
            partial(_answer, what=f"{method} {path}", function=function),
            query=query,
            body=body,
            content_type=content_type,
        )


def _document(body: bytes) -> Any:
    """None for an empty body, which only a 204 has."""
    return odata.parse_json(body) if body else None


def _answer(body: bytes, what: str, function: str = "") -> ApiResult:
    """What a write is answered. ValueError for a page for a browser."""
    text = odata.parse_text(body)
    try:
        content = odata.unwrap_content(odata.parse_json(body), what)
    except ValueError:
        return text or None
    if isinstance(content, dict) and set(content) == {function}:
        content = content[function]
    if isinstance(content, dict):
        results = content.get("results")
        if isinstance(results, list):
            return [values.convert_entity(row) for row in results if isinstance(row, dict)]
        return values.convert_entity(content)
    return None if content is None else str(content)
