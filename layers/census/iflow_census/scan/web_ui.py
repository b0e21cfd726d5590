"""The environment of a tenant, and the pages of its web UI that reports link to."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from iflow_census.scan.locations import CLOUD


class Environment(StrEnum):
    """What a tenant is for, most important first. Reports sort by it, so the values are fixed."""

    PRODUCTION = "production"
    TEST = "test"
    DEVELOPMENT = "development"


@dataclass(frozen=True, slots=True)
class TenantProfile:
    """What only the owner of a tenant can say about it.

    Attributes:
        environment: what it is for; None if its key does not say so.
        web_url: the root of its web UI, without a trailing slash; None likewise. It is https, or
            http to this machine.
    """

    environment: Environment | None = None
    web_url: str | None = None

    @property
    def priority(self) -> int:
        """The place of the tenant in lists: one without an environment may be productive."""
        return (Environment.PRODUCTION, None, Environment.TEST, Environment.DEVELOPMENT).index(
            self.environment
        )


DESIGN_PAGE = "{web_url}/shell/design/contentpackage/{package}/integrationflows/{iflow}"
MESSAGES_PAGE = "{web_url}/shell/monitoring/Messages/{filter}"
"""The pages of an iFlow.

SAP documents only the address of a single message (`AlternateWebLink` in SAP OpenAPI:
MessageProcessingLogs). These are the addresses that browsers show and that public tools open, with
`/itspaces` before them on tenants outside Integration Suite. They were not tried on a real tenant.
"""

_PAGE = re.compile(r"/shell(/.*)?\Z")


def root_of_web_ui(url: str) -> str:
    """Return the root of the web UI that a page belongs to, as copied from a browser."""
    return _PAGE.sub("", url.rstrip("/")).rstrip("/")


def _encode(text: str) -> str:
    # SAP should not send lone surrogates, and an address cannot contain them.
    return quote(text, safe="", errors="replace")


def design_page(web_url: str | None, package_id: str | None, iflow_id: str) -> str | None:
    """Return the address of an iFlow's design page; None without a web UI or a package."""
    if web_url is None or package_id is None:
        return None
    return DESIGN_PAGE.format(
        web_url=web_url,
        package=_encode(package_id),
        iflow=_encode(iflow_id),
    )


def messages_page(web_url: str | None, iflow_id: str, location: str = CLOUD) -> str | None:
    """Return the address of an iFlow's messages at a runtime location; None without a web UI."""
    if web_url is None:
        return None
    selected = {
        "edge": {"runtimeLocationId": location},
        "status": "ALL",
        "artifact": iflow_id,
    }
    text = json.dumps(selected, separators=(",", ":"), ensure_ascii=False)
    return MESSAGES_PAGE.format(web_url=web_url, filter=_encode(text))
