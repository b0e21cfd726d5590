"""The simulated tenant: a real HTTP server on loopback.

Built from what is known of SAP's API and from SAP's OpenAPI, never from what a client sends. What
happens to a request, in this order: faults, authentication (401), rate limit (429), a method that
the entity set has not (405), CSRF token of a write (403), role (403), the entity set, lies.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
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
from tests.simulators.cloud_integration.recording import RecordedRequest, Recording
from tests.simulators.cloud_integration.resource_path import family_of
from tests.simulators.cloud_integration.responses import error_response, html_page, json_response
from tests.simulators.cloud_integration.roles import CENSUS_ROLES, required_role
from tests.simulators.cloud_integration.set_options import window_hours
from tests.simulators.http_server import BEFORE_RESPONSE, HttpServer, Request, Response

if TYPE_CHECKING:
    from tests.simulators.cloud_integration.content import Content

OAUTH = "oauth"
_CONTROL = "/__simulator/"
_MAX_URL_LENGTH = 8192


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SimulatedTenant:
    """One SAP Cloud Integration tenant; a context manager.

    ``clock`` (aware, UTC) rules retention, messages and token expiry; ``monotonic`` (seconds) the
    rate limits. ``latency`` is in seconds, fixed or a range. ``retention`` None keeps all logs.
    ``retry_after`` is sent with a 429 of the rate limits; SAP documents no such header.
    ``faults`` and ``roles`` may be changed while the tenant serves.
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
        """Bind a port; the tenant answers once it has been started."""
        self.faults = faults if faults is not None else Faults(seed=seed)
        self.roles = set(roles)
        self.latency = latency
        self.clock = clock
        self.retention = retention
        self.enforce_limits = enforce_limits
        self.ca_file: Path | None = None
        self._monotonic = monotonic
        self._retry_after = retry_after
        self._longest_url = max_url_length
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._limits = RateLimits(monotonic, limits)
        self._recording = Recording()
        self._access = Access(auth, clock, token_lifetime)
        tls = tls_material().context() if auth == "certificate" else None
        self._csrf = CsrfTokens(secure=tls is not None)
        self._server = HttpServer(self._handle, tls=tls)
        self._prefix = "/cpi/api/v1/" if auth == "apikey" else "/api/v1/"
        self._api = ODataApi(
            landscape,
            clock=clock,
            retention=retention,
            page_size=page_size,
            base=f"https://127.0.0.1:443{self._prefix}",
            root=f"{self._server.url}{self._prefix}",
            absolute_links=absolute_links,
        )

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return self._server.url

    @property
    def landscape(self) -> Landscape:
        """Packages, iFlows, runtime artifacts, endpoints and logs as they are now."""
        return self._api.landscape

    @property
    def content(self) -> Content:
        """Everything else that the tenant holds; a test may change its rows."""
        return self._api.operations_api.content

    @property
    def deployments(self) -> Deployments:
        """How deployments go on and end; a test may change it."""
        return self._api.deployments

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every request so far, token requests among them, in the order they were answered."""
        return self._recording.requests()

    def service_key(self) -> dict[str, Any]:
        """Return the service key as SAP BTP hands it out for this kind of tenant."""
        return self._access.service_key(self.url)

    def secrets(self) -> list[str]:
        """Return every string that must appear nowhere: secret or private key, issued tokens."""
        return self._access.secrets()

    def revoke_tokens(self) -> None:
        """Make every token issued so far invalid."""
        self._access.revoke_all()

    def expire_csrf_tokens(self) -> None:
        """Make every CSRF token given out so far invalid."""
        self._csrf.expire()

    def restore(self) -> None:
        """Undo every change of the tenant's content."""
        self._api.restore()

    def stats(self) -> dict[str, Any]:
        """Return ``requests, by_family, by_status, answered_429, finished, faults``."""
        return self._recording.stats() | {"faults": self.faults.hits()}

    def reset(self) -> None:
        """Forget the requests recorded so far."""
        self._recording.clear()

    def expected_report(
        self, month_start: datetime, month_end: datetime, *, tolerance_ms: int = 1000
    ) -> dict[str, Any]:
        """Return what a complete report must say now; see ``truth.expected_report``."""
        return expected_report(
            self.landscape,
            month_start,
            month_end,
            now=self.clock(),
            retention=self.retention,
            tolerance_ms=tolerance_ms,
        )

    def start(self) -> Self:
        """Begin to serve."""
        if self._access.kind == "certificate":
            self.ca_file = tls_material().write_authority()
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop, release whom a fault holds, and leave no thread behind."""
        self._server.stop()
        if self.ca_file is not None:
            self.ca_file.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def _handle(self, request: Request) -> Response:
        if request.path.startswith(_CONTROL):
            return self._control(request)
        arrived = self._monotonic()
        below = request.path.removeprefix(self._prefix)
        family = OAUTH if request.path == "/oauth/token" else family_of(below)
        target = f"{request.path}?{request.query}" if request.query else request.path
        hits = self.faults.match(
            family,
            target,
            lists=bool(family)
            and family != OAUTH
            and "(" not in below.rsplit("/", 1)[-1]
            and not below.endswith(("$count", "$value")),
            window_hours=lambda: window_hours(below, request.query),
        )
        user: str | None = None
        answer: Response | None = None
        try:
            # Limits count when a request arrives, so the answer is made first and then held back:
            # latency that varies must not crowd requests that came in well apart.
            answer, user = self._answer(request, family, target, below, hits)
            self._wait(hits)
            return answer
        finally:
            whole = answer is not None and answer.cut_after is None
            self._recording.add(
                RecordedRequest(
                    request.method,
                    request.path,
                    request.query,
                    family,
                    answer.status
                    if answer is not None and answer.cut_after != BEFORE_RESPONSE
                    else None,
                    arrived,
                    user,
                    tuple(fault.kind.value for fault in hits),
                    whole,
                    request.headers,
                    request.body,
                )
            )

    def _wait(self, hits: list[Fault]) -> None:
        """Hold the answer back as long as latency and faults say, or until the server stops."""
        seconds = (
            self._random.uniform(*self.latency) if isinstance(self.latency, tuple) else self.latency
        )
        for fault in hits:
            if fault.kind is FaultKind.LATENCY:
                upper = fault.seconds if fault.seconds_to is None else fault.seconds_to
                seconds += self.faults.between(fault.seconds, upper)
        if seconds > 0:
            self._server.stopping.wait(seconds)

    def _answer(
        self, request: Request, family: str, target: str, below: str, hits: list[Fault]
    ) -> tuple[Response, str | None]:
        for fault in hits:
            if fault.kind is FaultKind.CRASH_HOOK and fault.hook is not None:
                fault.hook(target)
            if fault.kind in (FaultKind.HANG, FaultKind.WIDE_WINDOW_HANGS):
                self._hold(fault)
                return Response(504, cut_after=BEFORE_RESPONSE), None
            if fault.kind is FaultKind.UNAUTHORIZED:
                self._access.revoke(request)
            instead = replacement_for(fault, self.clock())
            if instead is not None:
                return instead, None
        answer, user = self._serve(request, family, below, hits)
        for fault in hits:
            answer = distort(fault, answer)
        return answer, user

    def _hold(self, fault: Fault) -> None:
        while not (self._server.stopping.wait(0.02) or fault.released.is_set()):
            pass

    def _serve(
        self, request: Request, family: str, below: str, hits: list[Fault]
    ) -> tuple[Response, str | None]:
        if len(request.path) + len(request.query) > self._longest_url:
            return html_page(414, "URI Too Long", "Request-URI too long"), None
        if family == OAUTH and self._access.kind in ("oauth", "certificate"):
            return self._access.issue_token(request), None
        if not f"{request.path}/".startswith(self._prefix):
            return html_page(
                404, "Not Found", "404 Not Found: Requested route does not exist."
            ), None
        user = self._access.user_of(request)
        if user is None:
            challenge = "Basic" if self._access.kind == "basic" else "Bearer"
            shown = (("WWW-Authenticate", f'{challenge} realm="simulated"'),)
            return Response(401, content_type=None, headers=shown), None
        below = below if request.path != below else ""
        refusal = self._refusal(request, family, user, below)
        if refusal is not None:
            return refusal, user
        page_faults = PageFaults(tuple(fault for fault in hits if fault.kind in PAGE_FAULTS))
        answer = self._api.handle(request, below, page_faults)
        token = self._csrf.headers(request) if answer.status < 400 else ()
        return replace(answer, headers=answer.headers + token) if token else answer, user

    def _refusal(self, request: Request, family: str, user: str, below: str) -> Response | None:
        if self.enforce_limits and not self._limits.admit(family, user):
            headers = retry_headers(self._retry_after, 1.0, self.clock())
            return error_response(429, "Too Many Requests", "Rate limit exceeded", headers)
        if request.method in WRITES:
            if self._access.kind == "apikey":
                # SAP's sandbox shows one tenant to everybody.
                return error_response(405, "Method Not Allowed", "The sandbox can only be read.")
            refused = self._api.operations_api.reject_method(request.method, below)
            refusal = refused or self._csrf.check(request)
            if refusal is not None:
                return refusal
        role = required_role(request, family, below)
        if role and role not in self.roles:
            return Response(403, content_type=None)
        return None

    def _control(self, request: Request) -> Response:
        """Response the simulator's own routes, for a tenant in a process of its own."""
        route = request.path.removeprefix(_CONTROL)
        if route == "stats":
            return json_response(200, self.stats())
        if route == "reset" and request.method == "POST":
            self.reset()
            return json_response(200, {})
        if route == "truth":
            window = [datetime.fromisoformat(unquote(value)) for value in request.query.split("&")]
            return json_response(200, self.expected_report(window[0], window[1]))
        return Response(404, content_type=None)
