"""The simulated workspace: a real HTTP server on loopback.

A request is processed in this order: faults, access token (401), rate limit (429), role (403), API.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from tests.simulators.http_server import Request, Response
from tests.simulators.leanix.access import REQUESTS_PER_MINUTE, Access, RateLimit
from tests.simulators.leanix.faults import (
    FaultKind,
    Faults,
    distort,
    replacement_for,
    too_many_requests,
)
from tests.simulators.leanix.integration_api import CreateShape, IntegrationApi, Unmatched
from tests.simulators.leanix.inventory import Inventory
from tests.simulators.leanix.processing import UNLIMITED_DELETION_RATIO
from tests.simulators.leanix.runs import Runs
from tests.simulators.recording import RecordedRequest
from tests.simulators.simulated_server import SimulatedServer

TOKEN_PATH = "/services/mtm/v1/oauth2/token"
API_PATH = "/services/integration-api/v1"
_STORAGE = "/storage"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SimulatedWorkspace(SimulatedServer):
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
        super().__init__(monotonic)
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
        self._limit = RateLimit(monotonic, requests_per_minute)
        self.api.storage_url = f"{self.url}{_STORAGE}"

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

    def _respond(self, request: Request, record: RecordedRequest) -> Response:
        fault = self.faults.match(request.method, record.target)
        if fault is None:
            return self._serve(request)
        record.faults = (fault.kind.value,)
        if fault.kind is FaultKind.HANG:
            self._wait_for_release(fault)
        if fault.kind is FaultKind.UNAUTHORIZED:
            self.access.tokens.revoke_all()
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
        if not self.access.tokens.accepts(request):
            return Response(401, content_type=None)
        if self.enforce_limits and not self._limit.admit():
            return too_many_requests(None)
        if self.role != "ADMIN":
            return Response(403, content_type=None)
        return None
