"""Reading a list to its end, and making sure that it was the end.

Source: SAP Help, "Query Options": at most 1000 entries a call, then a link to the next page.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote, urljoin, urlsplit

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.families import Family
from iflow_census.errors import DataError

MAX_PAGE_SIZE = 1000

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A list of an entity set.

    Attributes:
        path: below `/api/v1/`, keys encoded.
        family: whose rate limit reading it counts for.
        key: the properties that tell its entries apart; none: entries are not compared.
        query: query options, not encoded.
        supports_inlinecount: the set understands `$inlinecount`, so the length can be checked.
        supports_skip: the set understands `$skip`, so a full page without a link is followed.
    """

    path: str
    family: Family
    key: tuple[str, ...]
    query: Mapping[str, str]
    supports_inlinecount: bool = False
    supports_skip: bool = False


def fetch_all(
    connection: SapConnection, request: ListRequest, make: Callable[[odata.Row], Made]
) -> list[Made]:
    """All entries, each made into something smaller as soon as its page is read.

    A list that contradicts itself is read once more, because it may have changed meanwhile.

    Raises:
        DataError: both times an entry came without its key or twice, a page twice, a link led to
            another host, an empty page to a next one, or the list had another number of entries
            than it said.
    """
    try:
        return [make(row) for row in iter_entries(connection, request)]
    except DataError:
        return [make(row) for row in iter_entries(connection, request, fresh=True)]


def iter_entries(
    connection: SapConnection, request: ListRequest, *, fresh: bool = False, most: int | None = None
) -> Iterator[odata.Row]:
    """The entries of a list, each page read when its first entry is asked for.

    Args:
        connection: the tenant.
        request: what to read.
        fresh: ask, even if there is an answer of an earlier time.
        most: entries after which to stop.

    Raises:
        DataError: as `read`, at the page where the list contradicts itself.
    """
    what = f"GET {request.path}"
    keys: set[object] = set()
    announced: int | None = None
    number = 0
    for page in _pages(connection, request, fresh=fresh):
        announced = page.count if announced is None else announced
        for row in page.rows:
            if request.key:
                _tell_apart(row, request.key, keys, what)
            number += 1
            yield row
            if number == most:
                return
    if announced is not None and announced != number:
        raise DataError(f"{what}: {announced} entries were announced, {number} came")


def _tell_apart(row: odata.Row, key: Sequence[str], keys: set[object], what: str) -> None:
    """Keep an entry's key. Raises `DataError` if it has none, or one that is there already."""
    identity = tuple(row.get(name) for name in key)
    for name, value in zip(key, identity, strict=True):
        if not isinstance(value, str | int) or value == "":
            raise DataError(f"{what}: an entry has no {name}")
    if identity in keys:
        said = ", ".join(f"{name} {value!r}" for name, value in zip(key, identity, strict=True))
        raise DataError(f"{what}: an entry stands on two pages: {said}")
    keys.add(identity)


def _pages(connection: SapConnection, request: ListRequest, *, fresh: bool) -> Iterator[odata.Page]:
    what = f"GET {request.path}"
    query = dict(request.query)
    if request.supports_inlinecount:
        query["$inlinecount"] = "allpages"

    def fetch(path: str, query: Mapping[str, str]) -> odata.Page:
        document = connection.get(path, request.family, odata.parse_json, query=query, fresh=fresh)
        return odata.parse_page(document, what)

    page = fetch(request.path, query)
    links: set[str] = set()
    read_so_far = 0
    while True:
        yield page
        read_so_far += len(page.rows)
        if page.next_link is not None:
            if not page.rows:
                raise DataError(f"{what}: an empty page links to a next one")
            link = relative_link(connection.base_url, page.next_link, what)
            if link in links:
                raise DataError(f"{what}: a page links to one that was read already")
            links.add(link)
            page = fetch(link, {})
        elif request.supports_skip and page.rows and read_so_far % MAX_PAGE_SIZE == 0:
            page = fetch(request.path, {**query, "$skip": str(read_so_far)})
        else:
            return


def relative_link(root: str, link: str, what: str) -> str:
    """A `__next` link as a path below the API's root, whether it came relative or absolute.

    A foreign host would be sent the access token, so no link may leave the tenant's API.
    """
    base = urlsplit(root)
    default = {"https": 443, "http": 80}
    try:
        target = urlsplit(urljoin(root, link))
        same_host = (target.scheme, target.hostname, target.port or default.get(target.scheme)) == (
            base.scheme,
            base.hostname,
            base.port or default.get(base.scheme),
        )
    except ValueError:
        same_host = False
    # Dots are resolved on the way, encoded ones too, and would lead to other paths of the host.
    if (
        not same_host
        or not target.path.startswith(base.path)
        or ".." in unquote(target.path).split("/")
    ):
        raise DataError(f"{what}: the link to the next page leads out of the tenant's API")
    path = target.path.removeprefix(base.path)
    return f"{path}?{target.query}" if target.query else path
