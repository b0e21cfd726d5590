"""The routes of the Integration API (swagger 1.0.0)."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote

from tests.simulators.http_server import Request, Response
from tests.simulators.leanix.ldif import (
    KEYS,
    Key,
    connector_key,
    find_configuration_errors,
    find_ldif_errors,
)
from tests.simulators.leanix.runs import FINAL, Run, Runs

Unmatched = Literal["failed", "not-found"]
CreateShape = Literal["object", "array"]

_RUN = re.compile(r"/synchronizationRuns/([^/]+)/([A-Za-z]+)")
_MAX_PAGE_SIZE = 100


def json_response(status: int, content: Any) -> Response:
    """Return a JSON response."""
    return Response(status, json.dumps(content).encode())


def error_response(status: int, *messages: str) -> Response:
    """Return an ``ErrorResponse``."""
    return json_response(status, {"errors": list(messages)})


_UNKNOWN_RUN = error_response(404, "No synchronization run with the given id exists")


class IntegrationApi:
    """Handles authorized requests.

    ``unready_results``: how many requests for results are answered with 204 before they are ready.
    """

    def __init__(self, runs: Runs, workspace_id: str) -> None:
        """Start without configurations."""
        self.runs = runs
        self.configurations: dict[Key, dict[str, Any]] = {}
        self.create_shape: CreateShape = "object"
        self.unmatched: Unmatched = "failed"
        self.storage_url = ""
        self.unready_results = 0
        self.signatures: dict[str, str] = {}
        self._workspace_id = workspace_id

    def handle(self, request: Request, path: str) -> Response:
        """Handle a request; ``path`` is relative to the API's root."""
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        if path == "/configurations":
            return self._configurations(request, query)
        if path == "/synchronizationRuns":
            if request.method == "GET":
                return json_response(200, [run.to_status_response() for run in self.runs.listed()])
            return self._create(request, query) if request.method == "POST" else _not_allowed()
        match = _RUN.fullmatch(path)
        routes: dict[tuple[str, str], Callable[[Run, dict[str, str]], Response]] = {
            ("POST", "start"): self._start,
            ("POST", "stop"): self._stop,
            ("GET", "status"): self._status,
            ("GET", "progress"): lambda run, _: json_response(200, self.runs.progress(run)),
            ("GET", "stats"): lambda run, _: json_response(200, self.runs.stats(run)),
            ("GET", "results"): self._results,
            ("GET", "resultsUrl"): self._results_url,
            ("GET", "warnings"): self._warnings,
        }
        if match is None or (request.method, match[2]) not in routes:
            return Response(404, b"<html><body>Not Found</body></html>", "text/html")
        run = self.runs.get(unquote(match[1]))
        if run is None:
            return _UNKNOWN_RUN
        return routes[request.method, match[2]](run, query)

    def handle_download(self, request: Request) -> Response:
        """Handle a request to the storage, which checks the link's signature instead of a token."""
        run = self.runs.get(request.path.rpartition("/")[2])
        query = dict(parse_qsl(request.query))
        if run is None or query.get("sig") != self.signatures.get(run.id, ""):
            return Response(403, b"<Error>AuthenticationFailed</Error>", "application/xml")
        return json_response(200, self.runs.results(run))

    def _create(self, request: Request, query: dict[str, str]) -> Response:
        start, test = query.get("start") == "true", query.get("test") == "true"
        if test and not start:
            return error_response(400, "test requires start to be true")
        try:
            ldif = json.loads(request.body)
        except ValueError:
            return error_response(400, "The body is not JSON")
        ldif_errors = find_ldif_errors(ldif, self._workspace_id)
        if ldif_errors:
            return error_response(400, *ldif_errors[:5])
        configuration = self.configurations.get(connector_key(ldif))
        if configuration is None and self.unmatched == "not-found":
            return error_response(404, "No processor configuration found")
        run = self.runs.create(ldif, configuration)
        if start:
            self.runs.start(run, test=test)
        if self.create_shape == "array":
            return json_response(200, [run.to_status_response()])
        return json_response(200, {"id": run.id})

    def _start(self, run: Run, query: dict[str, str]) -> Response:
        if self.runs.start(run, test=query.get("test") == "true"):
            return json_response(200, {})
        return error_response(400, "It is not possible to start the same run twice")

    def _stop(self, run: Run, _: dict[str, str]) -> Response:
        if self.runs.stop(run):
            return json_response(200, {})
        return error_response(400, "The synchronization is not pending or running")

    def _status(self, run: Run, _: dict[str, str]) -> Response:
        self.runs.advance(run)
        return json_response(200, run.to_status_response())

    def _results(self, run: Run, _: dict[str, str]) -> Response:
        if self.unready_results > 0:
            self.unready_results -= 1
            return Response(204, content_type=None)
        results = self.runs.results(run)
        return Response(204, content_type=None) if results is None else json_response(200, results)

    def _results_url(self, run: Run, _: dict[str, str]) -> Response:
        if run.status not in FINAL or self.unready_results or self.runs.results(run) is None:
            return json_response(200, {"url": None})
        signature = self.signatures.setdefault(run.id, secrets.token_urlsafe(24))
        return json_response(200, {"url": f"{self.storage_url}/{run.id}?sig={signature}"})

    def _warnings(self, run: Run, query: dict[str, str]) -> Response:
        try:
            offset, limit = int(query.get("offset", 0)), int(query.get("limit", _MAX_PAGE_SIZE))
        except ValueError:
            return error_response(400, "offset and limit are numbers")
        if not 1 <= limit <= _MAX_PAGE_SIZE or offset < 0 or offset % limit:
            return error_response(400, "offset MOD limit must be 0")
        return json_response(200, run.warnings[offset : offset + limit])

    def _configurations(self, request: Request, query: dict[str, str]) -> Response:
        match request.method:
            case "GET":
                return self._find_configurations(query)
            case "PUT":
                return self._upsert(request)
            case "DELETE":
                return self._delete(query)
            case _:
                return _not_allowed()

    def _find_configurations(self, query: dict[str, str]) -> Response:
        matching = [
            configuration
            for values, configuration in self.configurations.items()
            if all(
                query.get(name) in (None, value) for name, value in zip(KEYS, values, strict=True)
            )
        ]
        return json_response(200, matching)

    def _upsert(self, request: Request) -> Response:
        try:
            configuration = json.loads(request.body)
        except ValueError:
            return error_response(400, "The body is not JSON")
        configuration_errors = find_configuration_errors(configuration)
        if configuration_errors:
            return error_response(422, *configuration_errors[:5])
        self.configurations[connector_key(configuration)] = configuration
        return Response(204, content_type=None)

    def _delete(self, query: dict[str, str]) -> Response:
        if any(not query.get(name) for name in KEYS):
            return error_response(400, "Not all necessary fields are set in parameters")
        if self.configurations.pop(connector_key(query), None) is None:
            return error_response(404, "No such processor configuration found")
        return Response(200, content_type=None)


def _not_allowed() -> Response:
    return Response(405, content_type=None)
