"""The routes of the Integration API (swagger 1.0.0)."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote

from tests.simulators.http_server import Answer, Request
from tests.simulators.leanix.ldif import (
    KEYS,
    Key,
    faults_of_configuration,
    faults_of_ldif,
    key_of,
)
from tests.simulators.leanix.runs import FINAL, Run, Runs

Unmatched = Literal["failed", "not-found"]
CreateShape = Literal["object", "array"]

_RUN = re.compile(r"/synchronizationRuns/([^/]+)/([A-Za-z]+)")
_LARGEST_PAGE = 100


def json_answer(status: int, content: Any) -> Answer:
    """Return JSON."""
    return Answer(status, json.dumps(content).encode())


def errors(status: int, *texts: str) -> Answer:
    """Return ``ErrorResponse``."""
    return json_answer(status, {"errors": list(texts)})


_UNKNOWN = errors(404, "No synchronization run with the given id exists")


class IntegrationApi:
    """Answers requests of a caller who is logged on and may use the API."""

    def __init__(self, runs: Runs, workspace_id: str) -> None:
        """Begin without configurations."""
        self.runs = runs
        self.configurations: dict[Key, dict[str, Any]] = {}
        self.create_shape: CreateShape = "object"
        self.unmatched: Unmatched = "failed"
        self.storage_url = ""
        self.signatures: dict[str, str] = {}
        self._workspace_id = workspace_id

    def answer(self, request: Request, path: str) -> Answer:
        """Answer a request; ``path`` is below the API's root."""
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        if path == "/configurations":
            return self._configurations(request, query)
        if path == "/synchronizationRuns":
            if request.method == "GET":
                return json_answer(200, [run.answer() for run in self.runs.all()])
            return self._create(request, query) if request.method == "POST" else _not_allowed()
        match = _RUN.fullmatch(path)
        routes: dict[tuple[str, str], Callable[[Run, dict[str, str]], Answer]] = {
            ("POST", "start"): self._start,
            ("POST", "stop"): self._stop,
            ("GET", "status"): self._status,
            ("GET", "progress"): lambda run, _: json_answer(200, self.runs.progress(run)),
            ("GET", "stats"): lambda run, _: json_answer(200, self.runs.stats(run)),
            ("GET", "results"): self._results,
            ("GET", "resultsUrl"): self._results_url,
            ("GET", "warnings"): self._warnings,
        }
        if match is None or (request.method, match[2]) not in routes:
            return Answer(404, b"<html><body>Not Found</body></html>", "text/html")
        run = self.runs.get(unquote(match[1]))
        if run is None:
            return _UNKNOWN
        return routes[request.method, match[2]](run, query)

    def stored(self, request: Request) -> Answer:
        """Answer the storage, which knows its links by their signature and no token."""
        run = self.runs.get(request.path.rpartition("/")[2])
        query = dict(parse_qsl(request.query))
        if run is None or query.get("sig") != self.signatures.get(run.id, ""):
            return Answer(403, b"<Error>AuthenticationFailed</Error>", "application/xml")
        return json_answer(200, self.runs.results(run))

    def _create(self, request: Request, query: dict[str, str]) -> Answer:
        start, test = query.get("start") == "true", query.get("test") == "true"
        if test and not start:
            return errors(400, "test requires start to be true")
        try:
            ldif = json.loads(request.body)
        except ValueError:
            return errors(400, "The body is not JSON")
        faults = faults_of_ldif(ldif, self._workspace_id)
        if faults:
            return errors(400, *faults[:5])
        configuration = self.configurations.get(key_of(ldif))
        if configuration is None and self.unmatched == "not-found":
            return errors(404, "No processor configuration found")
        run = self.runs.create(ldif, configuration)
        if start:
            self.runs.start(run, test=test)
        if self.create_shape == "array":
            return json_answer(200, [run.answer()])
        return json_answer(200, {"id": run.id})

    def _start(self, run: Run, query: dict[str, str]) -> Answer:
        if self.runs.start(run, test=query.get("test") == "true"):
            return json_answer(200, {})
        return errors(400, "It is not possible to start the same run twice")

    def _stop(self, run: Run, _: dict[str, str]) -> Answer:
        if self.runs.stop(run):
            return json_answer(200, {})
        return errors(400, "The synchronization is not pending or running")

    def _status(self, run: Run, _: dict[str, str]) -> Answer:
        self.runs.advance(run)
        return json_answer(200, run.answer())

    def _results(self, run: Run, _: dict[str, str]) -> Answer:
        results = self.runs.results(run)
        return Answer(204, content_type=None) if results is None else json_answer(200, results)

    def _results_url(self, run: Run, _: dict[str, str]) -> Answer:
        if run.status not in FINAL or self.runs.results(run) is None:
            return json_answer(200, {"url": None})
        signature = self.signatures.setdefault(run.id, secrets.token_urlsafe(24))
        return json_answer(200, {"url": f"{self.storage_url}/{run.id}?sig={signature}"})

    def _warnings(self, run: Run, query: dict[str, str]) -> Answer:
        try:
            offset, limit = int(query.get("offset", 0)), int(query.get("limit", _LARGEST_PAGE))
        except ValueError:
            return errors(400, "offset and limit are numbers")
        if not 1 <= limit <= _LARGEST_PAGE or offset < 0 or offset % limit:
            return errors(400, "offset MOD limit must be 0")
        return json_answer(200, run.warnings[offset : offset + limit])

    def _configurations(self, request: Request, query: dict[str, str]) -> Answer:
        match request.method:
            case "GET":
                return self._matching(query)
            case "PUT":
                return self._upsert(request)
            case "DELETE":
                return self._delete(query)
            case _:
                return _not_allowed()

    def _matching(self, query: dict[str, str]) -> Answer:
        matching = [
            one
            for key, one in self.configurations.items()
            if all(query.get(name) in (None, key[place]) for place, name in enumerate(KEYS))
        ]
        return json_answer(200, matching)

    def _upsert(self, request: Request) -> Answer:
        try:
            configuration = json.loads(request.body)
        except ValueError:
            return errors(400, "The body is not JSON")
        faults = faults_of_configuration(configuration)
        if faults:
            return errors(422, *faults[:5])
        self.configurations[key_of(configuration)] = configuration
        return Answer(204, content_type=None)

    def _delete(self, query: dict[str, str]) -> Answer:
        if any(not query.get(name) for name in KEYS):
            return errors(400, "Not all necessary fields are set in parameters")
        if self.configurations.pop(key_of(query), None) is None:
            return errors(404, "No such processor configuration found")
        return Answer(200, content_type=None)


def _not_allowed() -> Answer:
    return Answer(405, content_type=None)
