"""Links to the web UI of a tenant."""

import json
from urllib.parse import unquote, urlsplit

import pytest

from iflow_census.scan.web_ui import (
    Environment,
    TenantProfile,
    design_page,
    messages_page,
    root_of_web_ui,
)

ROOT = "https://acme.example/itspaces"
HOSTILE = 'a/b?c#d"&<x>{web_url} ä'


def test_tenant_without_environment_comes_after_productive_ones() -> None:
    environments = [None, Environment.DEVELOPMENT, Environment.TEST, Environment.PRODUCTION]

    profiles = [TenantProfile(environment) for environment in environments]

    assert [
        profile.environment for profile in sorted(profiles, key=lambda profile: profile.priority)
    ] == [Environment.PRODUCTION, None, Environment.TEST, Environment.DEVELOPMENT]


@pytest.mark.parametrize(
    "page", ["", "/", "/shell", "/shell/", "/shell/home", "/shell/design/contentpackage/shell"]
)
def test_root_of_the_web_ui_is_found_from_any_page(page: str) -> None:
    assert root_of_web_ui(ROOT + page) == ROOT


@pytest.mark.parametrize("page", ["/shells", "/shell.html"])
def test_other_page_is_a_root_of_its_own(page: str) -> None:
    assert root_of_web_ui(ROOT + page) == ROOT + page


def test_design_page_has_package_and_iflow_in_its_path() -> None:
    page = design_page(ROOT, "Orders", "com.example.Flow")

    assert page == (
        "https://acme.example/itspaces/shell/design/contentpackage/Orders/integrationflows/"
        "com.example.Flow"
    )


def test_messages_page_selects_the_iflow_at_its_location() -> None:
    page = messages_page(ROOT, HOSTILE, "edge-1") or ""

    folder, _, selected = page.rpartition("/")
    assert folder == "https://acme.example/itspaces/shell/monitoring/Messages"
    assert json.loads(unquote(selected)) == {
        "edge": {"runtimeLocationId": "edge-1"},
        "status": "ALL",
        "artifact": HOSTILE,
    }


def test_ids_cannot_leave_their_place_in_a_link() -> None:
    pages = [design_page(ROOT, HOSTILE, HOSTILE) or "", messages_page(ROOT, HOSTILE) or ""]

    for page in pages:
        assert page.isascii()
        assert "%C3%A4" in page
        assert not set(page) & set('"<> {}')
        assert urlsplit(page).query == urlsplit(page).fragment == ""
    assert urlsplit(pages[0]).path.count("/") == 7


def test_there_is_no_link_without_web_ui_or_package() -> None:
    assert design_page(None, "Orders", "Flow") is None
    assert design_page(ROOT, None, "Orphan") is None
    assert messages_page(None, "Flow") is None
