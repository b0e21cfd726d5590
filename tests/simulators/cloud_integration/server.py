"""The simulated tenant: a real HTTP server on loopback.

Based on SAP's documentation and OpenAPI, never on what a client sends. A request is processed in
this order: faults, authentication (401), rate limit (429), method (405), CSRF token of a write
(403), role (403), entity set, page faults.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote

from tests.simulators.cloud_integration.access import Access, AuthKind, tls_material
from tests.simulators.cloud_integration.csrf import WRITES, CsrfTokens
from tests.simulators.cloud_integration.deployments import Deployments
from tests.simulators.cloud_integration.expected_report import expected_report
from tests.simulators.cloud_integration.fault_responses import (
    distort,
    replacement_for,
    retry_headers,
)
from tests.simulators.cloud_integration.faults import PAGE_FAULTS, Fault, FaultKind, Faults
from tests.simulators.cloud_integration.landscape import Landscape
from tests.simulators.cloud_integration.odata_api import ODataApi
from tests.simulators.cloud_integration.page_faults import PageFaults
from tests.simulators.cloud_integration.rate_limits import PUBLISHED_LIMITS, Limit, RateLimits
from tests.simulators.cloud_integration.resource_path import family_of
from tests.simulators.cloud_integration.responses import (
    error_response,
    html_page,
    json_response,
)
from tests.simulators.cloud_integration.roles import (
    CENSUS_ROLES,
    forbidden_response,
    required_role,
)
from tests.simulators.cloud_integration.set_options import window_hours
from tests.simulators.http_server import BEFORE_RESPONSE, Request, Response
from tests.simulators.recording import RecordedRequest
from tests.simulators.simulated_server import SimulatedServer

if TYPE_CHECKING:
    from tests.simulators.cloud_integration.content import Content

OAUTH = "oauth"
_CONTROL = "/__simulator/"
_MAX_URL_LENGTH = 8192
_LOCATION = re.compile(r"/location/[^/]+/api/v1/")
"""Source: SAP Help: message processing logs, integration content."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SimulatedTenant(SimulatedServer):
    """An SAP Cloud Integration tenant; a context manager.

    ``clock`` (aware, UTC) determines retention, messages and token expiry, ``monotonic`` (seconds)
    drives the rate limits. ``latency`` is in seconds, fixed or a range. ``retention`` None keeps
    all logs. ``retry_after`` is sent with a 429 of the rate limits; SAP documents no such header.
    ``faults`` and ``roles`` may be changed while the server is running.
    """

    def __init__(
        self,
        landscape: Landscape,
        *,
        clock: Callable[[], datetime] = _utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        auth: AuthKind = "oauth",
        enforce_limits: bool = True,
        limits: Mapping[str, Limit] = PUBLISHED_LIMITS,
        retry_after: str | None = None,
        faults: Faults | None = None,
        latency: float | tuple[float, float] = 0.0,
        token_lifetime: int = 43199,
        page_size: int = 1000,
        roles: Iterable[str] = CENSUS_ROLES,
        retention: timedelta | None = timedelta(days=30),
        absolute_links: bool = False,
        max_url_length: int = _MAX_URL_LENGTH,
        seed: int = 0,
    ) -> None:
        """Bind a port; the server responds after ``start``."""
        tls = tls_material().context() if auth == "certificate" else None
        super().__init__(monotonic, tls=tls)
        self.faults = faults if faults is not None else Faults(seed=seed)
        self.roles = set(roles)
        self.latency = latency
        self.clock = clock
        self.retention = retention
        self.enforce_limits = enforce_limits
        self.ca_file: Path | None = None
        self._retry_after = retry_after
        self._max_url_length = max_url_length
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._limits = RateLimits(monotonic, limits)
        self._access = Access(auth, clock, token_lifetime)
        self._csrf = CsrfTokens(secure=tls is not None)
        self._prefix = "/cpi/api/v1/" if auth == "apikey" else "/api/v1/"

        def create_api(content: Landscape, prefix: str, kept: timedelta | None) -> ODataApi:
            return ODataApi(
                content,
                clock=clock,
                retention=kept,
                page_size=page_size,
                base=f"https://127.0.0.1:443{prefix}",
                root=f"{self.url}{prefix}",
                absolute_links=absolute_links,
            )

        self._api = create_api(landscape, self._prefix, retention)
        self._edges = {
            f"/location/{edge.id}{self._prefix}": create_api(
                landscape.at(edge),
                f"/location/{edge.id}{self._prefix}",
                None if retention is None else timedelta(days=edge.retention_days),
            )
            for edge in landscape.edges
        }

    @property
    def landscape(self) -> Landscape:
        """The current packages, iFlows, runtime artifacts, endpoints and logs."""
        return self._api.landscape

    def set_landscape(self, landscape: Landscape) -> None:
        """Replace packages, iFlows, runtime artifacts and endpoints; the logs stay."""
        self._api.set_landscape(landscape)

    @property
    def content(self) -> Content:
        """All other content, whose rows a test may change."""
        return self._api.operations_api.content

    @property
    def deployments(self) -> Deployments:
        """The progress and outcome of deployments, which a test may change."""
        return self._api.deployments

    def service_key(self) -> dict[str, Any]:
        """Return the service key as SAP BTP shows it for this kind of authentication.

        The administrator adds the locations of a tenant that has some.
        """
        key = self._access.service_key(self.url)
        edges = self.landscape.edges
        locations = [{"id": edge.id, "retention_days": edge.retention_days} for edge in edges]
        return {**key, "locations": locations} if locations else key

    def secrets(self) -> list[str]:
        """Return all strings that must not be disclosed: secrets, private key, issued tokens."""
        return self._access.secrets()

    def revoke_tokens(self) -> None:
        """Invalidate all access tokens."""
        self._access.tokens.revoke_all()

    def expire_csrf_tokens(self) -> None:
        """Invalidate all CSRF tokens."""
        self._csrf.expire()

    def restore(self) -> None:
        """Undo all changes of the tenant's content."""
        self._api.restore()

    def stats(self) -> dict[str, Any]:
        """Return ``requests, by_family, by_status, bytes, answered_429, finished, faults``."""
        return self._recording.stats() | {"faults": self.faults.hits()}

    def reset(self) -> None:
        """Forget the recorded requests."""
        self._recording.clear()

    def expected_report(
        self, month_start: datetime, month_end: datetime, *, tolerance_ms: int = 1000
    ) -> dict[str, Any]:
        """Return the expected content of a complete report at this time."""
        return expected_report(
            self.landscape,
            month_start,
            month_end,
            now=self.clock(),
            retention=self.retention,
            tolerance_ms=tolerance_ms,
        )

    def start(self) -> Self:
        """Start the server."""
        if self._access.kind == "certificate":
            self.ca_file = tls_material().write_authority()
        return super().start()

    def stop(self) -> None:
        """Stop the server and all its threads, and release blocked requests."""
        super().stop()
        if self.ca_file is not None:
            self.ca_file.unlink(missing_ok=True)

    def _handle(self, request: Request) -> Response:
        if request.path.startswith(_CONTROL):
            return self._handle_control(request)
        return super()._handle(request)

    def _respond(self, request: Request, record: RecordedRequest) -> Response:
        prefix = _LOCATION.match(request.path)
        path = request.path.removeprefix(prefix[0] if prefix else self._prefix)
        record.family = OAUTH if request.path == "/oauth/token" else family_of(path)
        faults = self.faults.match(
            record.family,
            record.target,
            is_list=bool(record.family)
            and record.family != OAUTH
            and "(" not in path.rsplit("/", 1)[-1]
            and not path.endswith(("$count", "$value")),
            window_hours=lambda: window_hours(path, request.query),
        )
        record.faults = tuple(fault.kind.value for fault in faults)
        # Rate limits count when a request arrives. The response is therefore computed before the
        # latency, so that varying latency does not move requests closer together.
        response = self._apply_faults(request, record, path, faults)
        self._wait(faults)
        return response

    def _wait(self, faults: list[Fault]) -> None:
        """Wait for the latency of the tenant and of faults, or until the server stops."""
        seconds = (
            self._random.uniform(*self.latency) if isinstance(self.latency, tuple) else self.latency
        )
        for fault in faults:
            if fault.kind is FaultKind.LATENCY:
                upper = fault.seconds if fault.seconds_to is None else fault.seconds_to
                seconds += self.faults.between(fault.seconds, upper)
        if seconds > 0:
            self._server.stopping.wait(seconds)

    def _apply_faults(
        self, request: Request, record: RecordedRequest, path: str, faults: list[Fault]
    ) -> Response:
        for fault in faults:
            if fault.kind is FaultKind.CRASH_HOOK and fault.hook is not None:
                fault.hook(record.target)
            if fault.kind in (FaultKind.HANG, FaultKind.WIDE_WINDOW_HANGS):
                self._wait_for_release(fault)
                return Response(504, cut_after=BEFORE_RESPONSE)
            if fault.kind is FaultKind.UNAUTHORIZED:
                self._access.tokens.revoke(request)
            replacement = replacement_for(fault, self.clock())
            if replacement is not None:
                return replacement
        response = self._serve(request, record, path, faults)
        for fault in faults:
            response = distort(fault, response)
        return response

    def _serve(
        self, request: Request, record: RecordedRequest, path: str, faults: list[Fault]
    ) -> Response:
        if len(request.path) + len(request.query) > self._max_url_length:
            return html_page(414, "URI Too Long", "Request-URI too long")
        if record.family == OAUTH and self._access.kind in ("oauth", "certificate"):
            return self._access.issue_token(request)
        edge = _LOCATION.match(request.path)
        api = self._edges.get(edge[0]) if edge else self._api
        if api is None or not f"{request.path}/".startswith(edge[0] if edge else self._prefix):
            return html_page(404, "Not Found", "404 Not Found: Requested route does not exist.")
        record.user = self._access.user_of(request)
        if record.user is None:
            scheme = "Basic" if self._access.kind == "basic" else "Bearer"
            headers = (("WWW-Authenticate", f'{scheme} realm="simulated"'),)
            return Response(401, content_type=None, headers=headers)
        path = path if request.path != path else ""
        rejection = self._check_access(request, record.family, record.user, path)
        if rejection is not None:
            return rejection
        page_faults = PageFaults(tuple(fault for fault in faults if fault.kind in PAGE_FAULTS))
        response = api.handle(request, path, page_faults)
        token = self._csrf.headers(request) if response.status < 400 else ()
        return replace(response, headers=response.headers + token) if token else response

    def _check_access(self, request: Request, family: str, user: str, path: str) -> Response | None:
        if self.enforce_limits and not self._limits.admit(family, user):
            headers = retry_headers(self._retry_after, 1.0, self.clock())
            return error_response(429, "Too Many Requests", "Rate limit exceeded", headers)
        if request.method in WRITES:
            if self._access.kind == "apikey":
                # SAP's sandbox is one tenant for everyone.
                return error_response(405, "Method Not Allowed", "The sandbox can only be read.")
            method_error = self._api.operations_api.reject_method(request.method, path)
            rejection = method_error or self._csrf.check(request)
            if rejection is not None:
                return rejection
        role = required_role(request, family, path)
        if role and role not in self.roles:
            return forbidden_response(request, path)
        return None

    def _handle_control(self, request: Request) -> Response:
        """Handle the simulator's own routes, for a tenant in a separate process."""
        route = request.path.removeprefix(_CONTROL)
        if route == "stats":
            return json_response(200, self.stats())
        if route == "reset" and request.method == "POST":
            self.reset()
            return json_response(200, {})
        if route == "expected-report":
            start, end = (
                datetime.fromisoformat(unquote(value)) for value in request.query.split("&")
            )
            return json_response(200, self.expected_report(start, end))
        return Response(404, content_type=None)
