"""The simulated workspace: a real HTTP server on loopback.

A request is processed in this order: faults, access token (401), rate limit (429), role (403), API.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from tests.simulators.http_server import BEFORE_RESPONSE, HttpServer, Request, Response
from tests.simulators.leanix.access import REQUESTS_PER_MINUTE, Access, RateLimit
from tests.simulators.leanix.faults import (
    Fault,
    FaultKind,
    Faults,
    distort,
    replacement_for,
    too_many_requests,
)
from tests.simulators.leanix.integration_api import CreateShape, IntegrationApi, Unmatched
from tests.simulators.leanix.inventory import Inventory
from tests.simulators.leanix.processing import UNLIMITED_DELETION_RATIO
from tests.simulators.leanix.recording import RecordedRequest, Recording
from tests.simulators.leanix.runs import Runs

TOKEN_PATH = "/services/mtm/v1/oauth2/token"
API_PATH = "/services/integration-api/v1"
_STORAGE = "/storage"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SimulatedWorkspace:
    """A LeanIX workspace; a context manager.

    ``clock`` (aware, UTC) determines when tokens expire, ``monotonic`` (seconds) drives the rate
    limit. ``role`` is the technical user's role. ``faults``, ``role``, the attributes of ``runs``
    and ``api.configurations`` may be changed while the server is running.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = _utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        token_lifetime: int = 3599,
        enforce_limits: bool = True,
        requests_per_minute: int = REQUESTS_PER_MINUTE,
        role: str = "ADMIN",
        create_shape: CreateShape = "object",
        unmatched: Unmatched = "failed",
        counts_in_stats: bool = True,
        tag_groups: tuple[str, ...] = (),
    ) -> None:
        """Bind a port; the server responds after ``start``."""
        self.id = str(uuid.uuid4())
        self.role = role
        self.enforce_limits = enforce_limits
        self.faults = Faults()
        self.access = Access(clock, token_lifetime)
        self.inventory = Inventory(tag_groups={name: set() for name in tag_groups})
        self.runs = Runs(self.inventory, clock)
        self.runs.counts_in_stats = counts_in_stats
        self.api = IntegrationApi(self.runs, self.id)
        self.api.create_shape = create_shape
        self.api.unmatched = unmatched
        self._monotonic = monotonic
        self._limit = RateLimit(monotonic, requests_per_minute)
        self._recording = Recording()
        self._server = HttpServer(self._handle)
        self.api.storage_url = f"{self._server.url}{_STORAGE}"

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return self._server.url

    @property
    def requests(self) -> list[RecordedRequest]:
        """All requests so far, in the order of their responses."""
        return self._recording.requests()

    def secret(self) -> str:
        """Return the workspace's secret as JSON."""
        return json.dumps(
            {"host": self.url, "api_token": self.access.api_token, "workspace_id": self.id}
        )

    def secrets(self) -> list[str]:
        """Return all strings that must not be disclosed: tokens and signatures of links."""
        return [*self.access.secrets(), *self.api.signatures.values()]

    def allow_any_deletion(self) -> None:
        """Disable LeanIX's own limit of deletions in all configurations with a deletion scope."""
        for configuration in self.api.configurations.values():
            if "deletionScope" in configuration:
                ratio = {"factSheets": UNLIMITED_DELETION_RATIO}
                configuration["deletionScope"]["maximumDeletionRatio"] = ratio

    def start(self) -> Self:
        """Start the server."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop the server and all its threads, and release blocked requests."""
        self._server.stop()

    def __enter__(self) -> Self:
        """Start the server."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server."""
        self.stop()

    def _handle(self, request: Request) -> Response:
        received_at = self._monotonic()
        target = f"{request.path}?{request.query}" if request.query else request.path
        fault = self.faults.match(request.method, target)
        response: Response | None = None
        try:
            response = self._respond(request, fault)
            return response
        finally:
            is_sent = response is not None and response.cut_after != BEFORE_RESPONSE
            self._recording.add(
                RecordedRequest(
                    request.method,
                    request.path,
                    request.query,
                    response.status if response is not None and is_sent else None,
                    received_at,
                    len(request.body),
                    "authorization" in request.headers,
                )
            )

    def _respond(self, request: Request, fault: Fault | None) -> Response:
        if fault is None:
            return self._serve(request)
        if fault.kind is FaultKind.HANG:
            while not (self._server.stopping.wait(0.02) or fault.released.is_set()):
                pass
        if fault.kind is FaultKind.UNAUTHORIZED:
            self.access.revoke_all()
        replacement = replacement_for(fault)
        return replacement if replacement is not None else distort(fault, self._serve(request))

    def _serve(self, request: Request) -> Response:
        if request.path == TOKEN_PATH:
            return self.access.issue_token(request)
        if request.path.startswith(f"{_STORAGE}/"):
            return self.api.handle_download(request)
        if not request.path.startswith(f"{API_PATH}/"):
            return Response(404, b"<html><body>Not Found</body></html>", "text/html")
        rejection = self._check_access(request)
        if rejection is not None:
            return rejection
        return self.api.handle(request, request.path.removeprefix(API_PATH))

    def _check_access(self, request: Request) -> Response | None:
        if not self.access.accepts(request):
            return Response(401, content_type=None)
        if self.enforce_limits and not self._limit.admit():
            return too_many_requests(None)
        if self.role != "ADMIN":
            return Response(403, content_type=None)
        return None
