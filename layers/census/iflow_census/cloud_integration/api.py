"""The operations of the OData API that every entity set shares.

Paths are relative to `/api/v1/`, with encoded keys (`odata.entity_path`). Query options are not
encoded. Reads raise what `SapConnection.get` raises, writes what `SapConnection.write` raises.
"""

import base64
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeVar, cast

from iflow_census.cloud_integration import odata, pagination, values
from iflow_census.cloud_integration.connection import JSON, SapConnection
from iflow_census.cloud_integration.pagination import ListRequest
from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import ConfigurationError, DataError, NotFound, RequestRejected
from iflow_census.http.download import DownloadTarget, open_private_file
from iflow_census.scan.results import ApiUsage

ApiResult = Entity | list[Entity] | str | None
"""The response to a write: an entity, a list, a text such as a task id, or nothing."""

T = TypeVar("T")
Query = Mapping[str, str] | None
Progress = Callable[[int, int | None], None]

MAX_DOWNLOAD_BYTES = 2 * 1024**3
MAX_BYTES_IN_MEMORY = 1024**2

_ARCHIVE_PROPERTIES = ("ArtifactContent", "PackageContent")


@dataclass(frozen=True, slots=True)
class Download:
    """A downloaded file: its size in bytes, and its media type according to SAP."""

    file: Path
    size: int
    content_type: str


class Api:
    """The OData API of one tenant; safe to use from many threads.

    The rate limit of a request is that of the first entity set in its path.
    """

    def __init__(self, connection: SapConnection) -> None:
        self._connection = connection

    def usage(self) -> ApiUsage:
        """Return the number of requests so far."""
        traffic = self._connection.traffic
        return ApiUsage(traffic.requests, traffic.retries, traffic.throttled)

    def url(self, path: str, query: Query = None) -> str:
        """Return the URL of a resource; it contains no credentials."""
        return self._connection.url(path, query)

    def read(self, path: str, *, query: Query = None) -> Entity:
        """Read one entity."""
        what = f"GET {path}"
        document = self._connection.get(path, _parse_optional_json, query=query)
        if document is None:
            raise NotFound(f"{what}: HTTP 204: the entity does not exist")
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
        """Iterate over a list; each page is requested when it is needed.

        Args:
            path: an entity set or a navigation property.
            query: query options; `$top` and `$skip` limit what is read.
            key: the properties that identify an entry. Duplicates are not detected if it is empty,
                or if `$select` leaves out one of the properties.
            supports_inlinecount: the set supports `$inlinecount`, so the length is checked.
            supports_skip: the set supports `$skip`, which is tried after a full page without a
                link.

        Raises:
            DataError: the list is inconsistent, at the first inconsistent page.
        """
        options = query or {}
        limited = {"$top", "$skip"} & set(options)
        selected = options.get("$select", "")
        key_is_selected = not selected or set(key) <= set(selected.split(","))
        request = ListRequest(
            path,
            tuple(key) if key_is_selected else (),
            options,
            supports_inlinecount=supports_inlinecount and not limited,
            supports_skip=supports_skip and not limited,
        )
        top = options.get("$top", "")
        rows = pagination.iter_entries(
            self._connection, request, limit=int(top) if top.isdigit() else None
        )
        return map(values.convert_entity, rows)

    def read_list(
        self, request: ListRequest, parse: Callable[[odata.Row], T], *, fresh: bool = False
    ) -> list[T]:
        """Read a complete list, and a second time if it is inconsistent; see `fetch_all`."""
        return pagination.fetch_all(self._connection, request, parse, fresh=fresh)

    def read_value(self, path: str, *, query: Query = None) -> str:
        """Read a short text: the `$value` of an error information or of a property."""
        return self._connection.get(path, odata.parse_value, query=query, accept="*/*")

    def count(
        self, path: str, *, query: Query = None, retry_timeout: bool = True, fresh: bool = False
    ) -> int:
        """Return the number of entries of the list at `path`."""
        return self._connection.get(
            f"{path}/$count",
            odata.parse_count,
            query=query,
            accept="text/plain",
            retry_timeout=retry_timeout,
            fresh=fresh,
        )

    def create(self, path: str, entity: Mapping[str, Any], *, query: Query = None) -> ApiResult:
        """Create an entity (POST)."""
        return self._write("POST", path, query=query, body=odata.encode_body(entity))

    def update(
        self,
        path: str,
        changes: Mapping[str, Any],
        *,
        method: Literal["PUT", "PATCH"] = "PUT",
        query: Query = None,
    ) -> ApiResult:
        """Update an entity, or the target of a link (`…/$links/…`)."""
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
            parameters: plain values; texts are quoted, unless they are `odata.Unquoted`.
            method: GET for the few functions that SAP defines so.
        """
        query = odata.encode_parameters(parameters or {})
        if method == "GET":
            read = partial(_parse_result, what=f"GET {function}", function=function)
            return self._connection.get(function, read, query=query)
        return self._write(method, function, query=query, function=function)

    def upload(
        self,
        path: str,
        entity: Mapping[str, Any],
        file: Path,
        *,
        content_property: str = "ArtifactContent",
        method: Literal["POST", "PUT"] = "POST",
        query: Query = None,
    ) -> ApiResult:
        """Create or replace an entity with the content of a file.

        Args:
            path: the entity set; for PUT, the entity.
            entity: its other properties.
            file: the content: a zip file, unless it is a resource.
            content_property: the property for the base64 content: ArtifactContent, PackageContent
                (of a package) or ResourceContent (of a resource).
            method: POST creates, PUT replaces.
            query: as for `create`.

        Raises:
            RequestRejected: the file cannot be read, or is not a zip file; nothing was sent.
        """
        try:
            content = file.read_bytes()
        except OSError as error:
            raise RequestRejected(f"{file}: {error.strerror}; nothing was sent") from error
        if content_property in _ARCHIVE_PROPERTIES and not zipfile.is_zipfile(file):
            raise RequestRejected(f"{file}: not a zip file; nothing was sent")
        encoded = base64.b64encode(content).decode()
        return self._write(
            method, path, query=query, body=odata.encode_body({**entity, content_property: encoded})
        )

    def put_content(
        self, path: str, content: bytes, content_type: str, *, query: Query = None
    ) -> ApiResult:
        """Replace a stream (PUT of `…/$value`)."""
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
        """Download a stream (`…/$value`) to a file, which appears once it is complete.

        An existing file is replaced. `progress` is called with the bytes so far, and the total if
        SAP sends it; it starts again from zero after a lost connection.

        Raises:
            ConfigurationError: the file cannot be written.
            DataError: the stream is too long, or should be a zip file and is not.
        """
        part = file.with_name(f"{file.name}.part")
        try:
            with open_private_file(part) as target:
                download = DownloadTarget(target, MAX_DOWNLOAD_BYTES, progress)
                content_type = self._connection.download(path, download, query=query)
            if expect_zip and not zipfile.is_zipfile(part):
                raise DataError(f"GET {path}: the response is not a zip file")
            size = part.stat().st_size
            part.replace(file)
        except OSError as error:
            raise ConfigurationError(
                f"{file}: cannot be written ({error.strerror}); choose another path"
            ) from error
        finally:
            part.unlink(missing_ok=True)
        return Download(file, size, content_type)

    def read_stream(self, path: str, parse: Callable[[BinaryIO], T], *, max_bytes: int) -> T:
        """Read a stream (`…/$value`) without keeping it.

        `parse` is called with the content, which is in memory or in a temporary file.

        Raises:
            ResponseTooLong: it is longer.
        """
        with tempfile.SpooledTemporaryFile(MAX_BYTES_IN_MEMORY) as content:
            file = cast(BinaryIO, content)
            self._connection.download(path, DownloadTarget(file, max_bytes))
            return parse(file)

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
            partial(_parse_result, what=f"{method} {path}", function=function),
            query=query,
            body=body,
            content_type=content_type,
        )


def _parse_optional_json(body: bytes) -> Any:
    """Return None for an empty body, which only a 204 has."""
    return odata.parse_json(body) if body else None


def _parse_result(body: bytes, what: str, function: str = "") -> ApiResult:
    """Parse the response to a write. Raises `ValueError` for an HTML page."""
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
