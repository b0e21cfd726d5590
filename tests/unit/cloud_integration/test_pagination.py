"""Lists are read completely, and no link sends the token to another host."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.pagination import (
    ListRequest,
    count_entries,
    fetch_all,
    relative_link,
)
from iflow_census.errors import DataError, NotSupported, OptionRejected

ROOT = "https://tenant.example/api/v1/"
PACKAGES = ListRequest("IntegrationPackages", ("Id",), {}, supports_skip=True)
COUNTED = ListRequest("IntegrationRuntimeArtifacts", ("Id",), {}, supports_inlinecount=True)


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("IntegrationPackages?$skiptoken=2", "IntegrationPackages?$skiptoken=2"),
        ("/api/v1/X?$skip=1000", "X?$skip=1000"),
        ("https://tenant.example/api/v1/X?$skip=1", "X?$skip=1"),
        ("https://tenant.example:443/api/v1/X", "X"),
        ("HTTPS://TENANT.example/api/v1/X", "X"),
        ("https://somebody@tenant.example/api/v1/X", "X"),
        ("//tenant.example/api/v1/X", "X"),
        ("X('a%2Fb')/Y?$skip=1", "X('a%2Fb')/Y?$skip=1"),
        ("X?a=../../b", "X?a=../../b"),
        ("./X", "X"),
    ],
)
def test_link_within_the_tenant_is_followed(link: str, path: str) -> None:
    assert relative_link(ROOT, link, "GET X") == path


@pytest.mark.parametrize(
    ("root", "link"),
    [
        ("https://tenant.example:443/api/v1/", "https://tenant.example/api/v1/X"),
        ("http://127.0.0.1:8080/api/v1/", "http://127.0.0.1:8080/api/v1/X"),
        ("http://127.0.0.1/api/v1/", "http://127.0.0.1:80/api/v1/X"),
        ("https://sandbox.example/cpi/api/v1/", "/cpi/api/v1/X"),
    ],
)
def test_links_with_ports_and_longer_roots(root: str, link: str) -> None:
    assert relative_link(root, link, "GET X") == "X"


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/api/v1/X",
        "//evil.example/api/v1/X",
        "///evil.example/api/v1/X",
        "https://tenant.example@evil.example/api/v1/X",
        "https://tenant.example:443@evil.example/api/v1/X",
        "https://tenant.example\\@evil.example/api/v1/X",
        "https://tenant.example.evil.example/api/v1/X",
        "https://tenant.example:8443/api/v1/X",
        "https://tenant.example:99999/api/v1/X",
        "https://tenant.example:x/api/v1/X",
        "http://tenant.example/api/v1/X",
        "http://tenant.example:443/api/v1/X",
        "ht\ttps://evil.example/api/v1/X",
        "/\t/evil.example/api/v1/X",
        "/api/v2/X",
        "/api/v1",
        "/",
        "../X",
        "../../oauth/token",
        "X/../../../oauth/token",
        "https://tenant.example/api/v1/../../oauth/token",
        "https://tenant.example/api/v1/%2e%2e/%2E%2e/oauth/token",
        "https://tenant.example/api/v1/X%2f..%2f..%2foauth",
        "https://[",
        "//[evil/api/v1/X",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ],
)
def test_link_outside_the_tenant_is_rejected(link: str) -> None:
    with pytest.raises(DataError, match="points outside the tenant's API"):
        relative_link(ROOT, link, "GET X")


@given(st.text(alphabet=st.sampled_from("https:/@.\\%2e[]#?tenant.examplevil\t\n"), max_size=60))
def test_any_link_stays_in_the_api_or_is_rejected(link: str) -> None:
    try:
        path = relative_link(ROOT, link, "GET X")
    except DataError:
        return

    assert ".." not in path.partition("?")[0].split("/")


class Pages:
    """A connection that returns pages in order, and records the requests."""

    base_url = ROOT

    def __init__(self, *pages: Any) -> None:
        self._pages = list(pages)
        self.requests: list[str] = []
        self.fresh: list[bool] = []

    def get(
        self,
        path: str,
        _parse: Callable[[bytes], Any],
        *,
        query: Mapping[str, str],
        fresh: bool = False,
        **_: object,
    ) -> Any:
        """Return the next page, or raise the next error; the last one is repeated."""
        self.requests.append(
            "&".join([path, *(f"{name}={value}" for name, value in query.items())])
        )
        self.fresh.append(fresh)
        page = self._pages.pop(0) if len(self._pages) > 1 else self._pages[0]
        if isinstance(page, Exception):
            raise page
        return page


def page(ids: Sequence[str], **more: Any) -> Mapping[str, Any]:
    return {"d": {"results": [{"Id": id_} for id_ in ids], **more}}


def ids(pages: Pages, listing: ListRequest = PACKAGES) -> list[str]:
    return fetch_all(cast("SapConnection", pages), listing, lambda row: str(row["Id"]))


def numbered(start: int, end: int) -> list[str]:
    return [str(number) for number in range(start, end)]


def test_all_pages_are_read_in_order() -> None:
    pages = Pages(page(["a"], __next="X?$skip=1"), page(["b"], __next="X?$skip=2"), page(["c"]))

    entries = ids(pages)

    assert entries == ["a", "b", "c"]
    assert pages.requests == ["IntegrationPackages", "X?$skip=1", "X?$skip=2"]


def test_full_page_without_link_is_continued_with_skip() -> None:
    pages = Pages(page(numbered(0, 1000)), page(numbered(1000, 1500)))

    entries = ids(pages)

    assert entries == numbered(0, 1500)
    assert pages.requests[1] == "IntegrationPackages&$skip=1000"


def test_full_last_page_is_followed_by_an_empty_one() -> None:
    pages = Pages(page(numbered(0, 1000)), page([]))

    assert ids(pages) == numbered(0, 1000)


def test_consistent_list_is_read_once() -> None:
    pages = Pages(page(["a", "b"], __count="2"))

    entries = ids(pages, COUNTED)

    assert entries == ["a", "b"]
    assert pages.requests == ["IntegrationRuntimeArtifacts&$inlinecount=allpages"]


def test_inconsistent_list_is_read_again() -> None:
    pages = Pages(page(["a"], __count="2"), page(["a", "b"], __count="2"))

    entries = ids(pages, COUNTED)

    assert entries == ["a", "b"]
    assert pages.fresh == [False, True]


def test_list_that_ignores_inlinecount_is_held_against_count() -> None:
    pages = Pages(page(["a"]), 2, page(["a", "b"]), 2)

    entries = ids(pages, COUNTED)

    assert entries == ["a", "b"]
    assert pages.requests[1::2] == ["IntegrationRuntimeArtifacts/$count"] * 2
    assert pages.fresh == [False, True, True, True]


@pytest.mark.parametrize("error", [OptionRejected("HTTP 400"), NotSupported("HTTP 501")])
def test_list_that_refuses_inlinecount_is_held_against_count(error: DataError) -> None:
    pages = Pages(error, page(["a"]), 1)

    assert ids(pages, COUNTED) == ["a"]
    assert pages.requests == [
        "IntegrationRuntimeArtifacts&$inlinecount=allpages",
        "IntegrationRuntimeArtifacts",
        "IntegrationRuntimeArtifacts/$count",
    ]


def test_list_that_is_refused_without_options_is_an_error() -> None:
    pages = Pages(NotSupported("HTTP 501"))

    with pytest.raises(NotSupported):
        ids(pages, PACKAGES)

    assert set(pages.requests) == {"IntegrationPackages"}
    assert len(pages.requests) == 2


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([page(["a"], __count="2")], "expected 2 entries, got 1"),
        ([page(["a"], __count="0")], "expected 0 entries, got 1"),
        ([page([], __count="7")], "expected 7 entries, got 0"),
        ([page(["a", "a"], __count="2")], "duplicate entry: Id 'a'"),
        ([page([""])], "an entry has no Id"),
        ([{"d": {"results": [{}]}}], "an entry has no Id"),
        ([{"d": {"results": [{"Id": ["5"]}]}}], "an entry has no Id"),
        ([page([], __next="X?$skip=1")], "an empty page has a link"),
        ([page(["a"], __next="https://evil.example/api/v1/X")], "points outside"),
        ([page(["a"], __next="https://[")], "points outside"),
        ([{"error": {"message": "Oh"}}], "Oh"),
    ],
)
def test_list_that_stays_inconsistent_is_rejected(
    answers: list[Mapping[str, Any]], words: str
) -> None:
    with pytest.raises(DataError) as caught:
        ids(Pages(*answers), COUNTED)

    assert words in str(caught.value)


def test_entry_on_two_pages_is_rejected() -> None:
    first, second = page(["a"], __next="X?$skip=1"), page(["a"])

    with pytest.raises(DataError, match="duplicate entry"):
        ids(Pages(first, second, first, second))


def test_page_that_links_to_itself_is_rejected() -> None:
    first, second, third = (page([id_], __next="X?$skip=1") for id_ in "abc")

    with pytest.raises(DataError, match="already followed"):
        ids(Pages(first, second, first, third))


def test_ignored_skip_is_detected() -> None:
    with pytest.raises(DataError, match="duplicate entry"):
        ids(Pages(page(numbered(0, 1000))))


def test_count_has_the_filter_of_its_list_and_no_other_option() -> None:
    class Connection:
        def get(self, path: str, _parse: object, *, query: object, **_: object) -> int:
            assert (path, query) == ("IntegrationRuntimeArtifacts/$count", {"$filter": "Id eq 'a'"})
            return 7

    listing = replace(COUNTED, query={"$filter": "Id eq 'a'", "$orderby": "Id"})

    assert count_entries(cast("SapConnection", Connection()), listing) == 7
