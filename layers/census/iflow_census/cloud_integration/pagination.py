"""Read lists page by page, and check that they are complete.

Source: SAP Help, "Query Options": a page has up to 1000 entries and a link to the next page.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import unquote, urljoin, urlsplit

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.errors import DataError, NotSupported, OptionRejected

MAX_PAGE_SIZE = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A request for a list.

    Attributes:
        path: relative to `/api/v1/`, with encoded keys.
        key: the properties that identify an entry; if empty, duplicates are not detected.
        query: query options, not encoded.
        supports_inlinecount: the set supports `$inlinecount`, so the length can be checked.
        supports_skip: the set supports `$skip`, which is tried after a full page without a link.
    """

    path: str
    key: tuple[str, ...]
    query: Mapping[str, str]
    supports_inlinecount: bool = False
    supports_skip: bool = False


def fetch_all(
    connection: SapConnection,
    request: ListRequest,
    parse: Callable[[odata.Row], T],
    *,
    fresh: bool = False,
) -> list[T]:
    """Return all entries, each one parsed as soon as its page is read.

    An inconsistent list is read a second time, because it may have changed in between. If the set
    refuses or ignores `$inlinecount`, the length is held against `/$count`.

    Raises:
        DataError: the list was inconsistent both times: an entry without its key or a duplicate,
            a page that was read before, a link to another host, an empty page with a link to the
            next one, or a length other than the count.
    """
    try:
        return _fetch(connection, request, parse, fresh=fresh)
    except DataError:
        return _fetch(connection, request, parse, fresh=True)


def _fetch(
    connection: SapConnection,
    request: ListRequest,
    parse: Callable[[odata.Row], T],
    *,
    fresh: bool,
) -> list[T]:
    counts: list[int | None] = []

    def read(request: ListRequest) -> list[T]:
        def pages() -> Iterator[odata.Page]:
            for page in _pages(connection, request, fresh=fresh):
                counts.append(page.count)
                yield page

        return [parse(row) for row in _iter_rows(pages(), request)]

    try:
        entries = read(request)
    except (NotSupported, OptionRejected):
        if not request.supports_inlinecount:
            raise
        entries = read(replace(request, supports_inlinecount=False))
    if request.supports_inlinecount and set(counts) == {None}:
        count = count_entries(connection, request, fresh=True)
        if count != len(entries):
            raise DataError(
                f"GET {request.path}: incomplete list; $count has {count}, the list {len(entries)}"
            )
    return entries


def count_entries(connection: SapConnection, request: ListRequest, *, fresh: bool = False) -> int:
    """Return the length of a list according to `/$count`."""
    return connection.get(
        f"{request.path}/$count",
        odata.parse_count,
        query={name: request.query[name] for name in ("$filter",) if name in request.query},
        accept="text/plain",
        fresh=fresh,
    )


def iter_entries(
    connection: SapConnection,
    request: ListRequest,
    *,
    fresh: bool = False,
    limit: int | None = None,
) -> Iterator[odata.Row]:
    """Iterate over the entries; each page is requested when its first entry is needed.

    With `fresh`, responses from the journal are not used. The list ends after `limit` entries.

    Raises:
        DataError: as for `fetch_all`, at the first inconsistent page.
    """
    yield from _iter_rows(_pages(connection, request, fresh=fresh), request, limit)


def _iter_rows(
    pages: Iterator[odata.Page], request: ListRequest, limit: int | None = None
) -> Iterator[odata.Row]:
    what = f"GET {request.path}"
    keys: set[object] = set()
    expected: int | None = None
    number = 0
    for page in pages:
        expected = page.count if expected is None else expected
        for row in page.rows:
            if request.key:
                _add_key(row, request.key, keys, what)
            number += 1
            yield row
            if number == limit:
                return
    if expected is not None and expected != number:
        raise DataError(f"{what}: incomplete list; expected {expected} entries, got {number}")


def _add_key(row: odata.Row, key: Sequence[str], keys: set[object], what: str) -> None:
    """Add an entry's key to `keys`. Raises `DataError` if it is incomplete or a duplicate."""
    values = tuple(row.get(name) for name in key)
    for name, value in zip(key, values, strict=True):
        if not isinstance(value, str | int) or value == "":
            raise DataError(f"{what}: an entry has no {name}")
    if values in keys:
        pairs = ", ".join(f"{name} {value!r}" for name, value in zip(key, values, strict=True))
        raise DataError(f"{what}: duplicate entry: {pairs}")
    keys.add(values)


def _pages(connection: SapConnection, request: ListRequest, *, fresh: bool) -> Iterator[odata.Page]:
    what = f"GET {request.path}"
    query = dict(request.query)
    if request.supports_inlinecount:
        query["$inlinecount"] = "allpages"

    def fetch(path: str, query: Mapping[str, str]) -> odata.Page:
        document = connection.get(path, odata.parse_json, query=query, fresh=fresh)
        return odata.parse_page(document, what)

    page = fetch(request.path, query)
    links: set[str] = set()
    read_so_far = 0
    while True:
        yield page
        read_so_far += len(page.rows)
        if page.next_link is not None:
            if not page.rows:
                raise DataError(f"{what}: an empty page has a link to a next page")
            link = relative_link(connection.base_url, page.next_link, what)
            if link in links:
                raise DataError(f"{what}: the link to the next page was already followed")
            links.add(link)
            page = fetch(link, {})
        elif request.supports_skip and page.rows and read_so_far % MAX_PAGE_SIZE == 0:
            page = fetch(request.path, {**query, "$skip": str(read_so_far)})
        else:
            return


def relative_link(root: str, link: str, what: str) -> str:
    """Return a relative or absolute `__next` link as a path relative to the API's root.

    Links must stay within the tenant's API, because another host would receive the access token.

    Raises:
        DataError: the link points elsewhere.
    """
    base = urlsplit(root)
    default_ports = {"https": 443, "http": 80}
    try:
        target = urlsplit(urljoin(root, link))
        same_host = (
            target.scheme,
            target.hostname,
            target.port or default_ports.get(target.scheme),
        ) == (base.scheme, base.hostname, base.port or default_ports.get(base.scheme))
    except ValueError:
        same_host = False
    # Servers and proxies resolve "..", encoded or not, and would leave the API's path.
    if (
        not same_host
        or not target.path.startswith(base.path)
        or ".." in unquote(target.path).split("/")
    ):
        raise DataError(f"{what}: the link to the next page points outside the tenant's API")
    path = target.path.removeprefix(base.path)
    return f"{path}?{target.query}" if target.query else path
