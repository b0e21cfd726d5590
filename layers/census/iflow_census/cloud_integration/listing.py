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

LARGEST_PAGE = 1000

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of an entity set.

    Attributes:
        path: below `/api/v1/`, keys encoded.
        family: whose rate limit reading it counts for.
        key: the properties that tell its entries apart; none: entries are not compared.
        query: query options, not encoded.
        counted: the set understands `$inlinecount`, so the list can be held against its count.
        skippable: the set understands `$skip`, so a full page without a link can be doubted.
    """

    path: str
    family: Family
    key: tuple[str, ...]
    query: Mapping[str, str]
    counted: bool = False
    skippable: bool = False


def read(
    connection: SapConnection, listing: Listing, make: Callable[[odata.Row], Made]
) -> list[Made]:
    """All entries, each made into something smaller as soon as its page is read.

    A list that contradicts itself is read once more, because it may have changed meanwhile.

    Raises:
        DataError: both times an entry came without its key or twice, a page twice, a link led to
            another host, an empty page to a next one, or the list had another number of entries
            than it said.
    """
    try:
        return [make(row) for row in entries(connection, listing)]
    except DataError:
        return [make(row) for row in entries(connection, listing, fresh=True)]


def entries(
    connection: SapConnection, listing: Listing, *, fresh: bool = False, most: int | None = None
) -> Iterator[odata.Row]:
    """The entries of a list, each page read when its first entry is asked for.

    Args:
        connection: the tenant.
        listing: what to read.
        fresh: ask, even if there is an answer of an earlier time.
        most: entries after which to stop.

    Raises:
        DataError: as `read`, at the page where the list contradicts itself.
    """
    what = f"GET {listing.path}"
    keys: set[object] = set()
    announced: int | None = None
    number = 0
    for page in _pages(connection, listing, fresh=fresh):
        announced = page.count if announced is None else announced
        for row in page.rows:
            if listing.key:
                _tell_apart(row, listing.key, keys, what)
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


def _pages(connection: SapConnection, listing: Listing, *, fresh: bool) -> Iterator[odata.Page]:
    what = f"GET {listing.path}"
    query = dict(listing.query)
    if listing.counted:
        query["$inlinecount"] = "allpages"

    def fetch(path: str, query: Mapping[str, str]) -> odata.Page:
        document = connection.get(path, listing.family, odata.document, query=query, fresh=fresh)
        return odata.page(document, what)

    page = fetch(listing.path, query)
    links: set[str] = set()
    read_so_far = 0
    while True:
        yield page
        read_so_far += len(page.rows)
        if page.next_link is not None:
            if not page.rows:
                raise DataError(f"{what}: an empty page links to a next one")
            link = below_root(connection.root, page.next_link, what)
            if link in links:
                raise DataError(f"{what}: a page links to one that was read already")
            links.add(link)
            page = fetch(link, {})
        elif listing.skippable and page.rows and read_so_far % LARGEST_PAGE == 0:
            page = fetch(listing.path, {**query, "$skip": str(read_so_far)})
        else:
            return


def below_root(root: str, link: str, what: str) -> str:
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
