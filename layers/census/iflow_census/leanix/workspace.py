"""The synchronization runs and processor configurations of a workspace.

Source: swagger of the Integration API 1.0.0.
"""

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar
from urllib.parse import quote

from iflow_census.clock import Deadline
from iflow_census.errors import CensusError, DataError
from iflow_census.http.download import DownloadTarget
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.leanix import responses
from iflow_census.leanix.connection import REQUESTS_PER_SECOND, LeanixConnection
from iflow_census.leanix.errors import (
    InvalidRunState,
    RunNotFound,
    error_for_action_response,
    error_for_create_response,
    error_for_lookup_response,
)
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.secret import parse_leanix_secret

WARNINGS_PAGE_SIZE = 100
"""The maximum; an offset must be a multiple of the page size."""

MAX_WARNINGS = 100_000
"""A longer list is treated as endless."""

_RUNS = "/synchronizationRuns"

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class Connector:
    """The five keys that an LDIF and its processor configuration have in common."""

    type: str
    id: str
    version: str
    direction: str = "inbound"
    mode: str = "partial"

    def fields(self) -> dict[str, str]:
        """Return the keys under LeanIX's names."""
        return {
            "connectorType": self.type,
            "connectorId": self.id,
            "connectorVersion": self.version,
            "processingDirection": self.direction,
            "processingMode": self.mode,
        }

    def __str__(self) -> str:
        return f"{self.type}/{self.id}/{self.version} ({self.direction}, {self.mode})"


class Workspace:
    """A client for the Integration API of one workspace.

    Args:
        workspace_id: the workspace's UUID, which is part of each LDIF.
    """

    def __init__(self, connection: LeanixConnection, workspace_id: str) -> None:
        self.id = workspace_id
        self.deadline = connection.deadline
        self._connection = connection

    def create_run(self, ldif: BinaryIO, *, test: bool) -> str | None:
        """Create and start a run. Returns its id; None if the response has none.

        The LDIF is read from its start.

        Raises:
            TransientError: the run may or may not have been created.
        """
        return responses.parse_created_run_id(self.create_raw(ldif, test=test))

    def create_raw(self, ldif: BinaryIO, *, test: bool) -> bytes:
        """Create and start a run, and return the response as it is."""
        return self._connection.post(
            _RUNS,
            bytes,
            query={"start": "true", "test": "true" if test else "false"},
            body=ldif,
            make_error=error_for_create_response,
        )

    def read_raw(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        """Read any resource of the API as it is."""
        return self._get(path, bytes, query=query)

    def start_run(self, run_id: str, *, test: bool) -> None:
        """Start a run that was created without being started.

        Raises:
            InvalidRunState: the run was already started.
        """
        self._connection.post(
            f"{_path(run_id)}/start",
            bytes,
            query={"test": "true" if test else "false"},
            make_error=error_for_action_response,
        )

    def stop_run(self, run_id: str) -> None:
        """Stop a run that is waiting or active.

        Raises:
            InvalidRunState: it is neither.
            RunNotFound: there is no such run.
        """
        self._connection.post(f"{_path(run_id)}/stop", bytes, make_error=error_for_action_response)

    def runs(self) -> Sequence[RunState]:
        """Fetch all runs of the workspace."""
        return self._connection.get(_RUNS, responses.parse_run_states)

    def state(self, run_id: str) -> RunState:
        """Fetch the state of a run. Raises `RunNotFound`."""
        return self._get(f"{_path(run_id)}/status", responses.parse_run_state)

    def stats(self, run_id: str) -> Mapping[str, Any]:
        """Fetch the statistics of a run as LeanIX returns them; empty if it has none.

        Older specifications of the API have no statistics.
        """
        try:
            return self._get(f"{_path(run_id)}/stats", responses.parse_stats)
        except RunNotFound:
            return {}

    def warnings(self, run_id: str) -> Sequence[Mapping[str, Any]]:
        """Fetch all warnings of a run as LeanIX returns them; none if the run has no log.

        Raises:
            DataError: the list is endless.
        """
        warnings: list[Mapping[str, Any]] = []
        while len(warnings) < MAX_WARNINGS:
            try:
                page = self._connection.get(
                    f"{_path(run_id)}/warnings",
                    responses.parse_objects,
                    query={"offset": str(len(warnings)), "limit": str(WARNINGS_PAGE_SIZE)},
                    make_error=error_for_action_response,
                )
            except InvalidRunState:
                return warnings
            warnings += page
            if len(page) < WARNINGS_PAGE_SIZE:
                return warnings
        raise DataError(f"LeanIX: run {run_id} has more than {MAX_WARNINGS} warnings")

    def results(self, run_id: str) -> bytes | None:
        """Fetch the LDIF that a run wrote; None if it wrote none. Use `download` for large ones."""
        try:
            return self._get(f"{_path(run_id)}/results", bytes) or None
        except RunNotFound:
            return None

    def download(self, run_id: str, file: BinaryIO, *, max_bytes: int) -> bool:
        """Write the LDIF that a run wrote to a file. Returns whether there is one.

        The link to the results is used if there is one. The file is written from its start.
        """
        target = DownloadTarget(file, max_bytes)
        try:
            url = self._get(f"{_path(run_id)}/resultsUrl", responses.parse_results_url)
        except RunNotFound:
            url = None  # an inbound run may have results without a link
        if url:
            self._connection.download(url, target)
        else:
            self._get(f"{_path(run_id)}/results", bytes, target=target)
        return file.tell() > 0

    def configuration(self, connector: Connector) -> Mapping[str, Any] | None:
        """Fetch the processor configuration with exactly these keys, or None."""
        try:
            configurations = self._get(
                "/configurations", responses.parse_configurations, query=connector.fields()
            )
        except RunNotFound:
            return None
        for configuration in configurations:
            if parse_connector(configuration) == connector:
                return configuration
        return None

    def put_configuration(self, configuration: Mapping[str, Any]) -> None:
        """Create a processor configuration, or replace the one with the same keys."""
        self._connection.put("/configurations", io.BytesIO(json.dumps(configuration).encode()))

    def _get(
        self,
        path: str,
        parse: Callable[[bytes], Parsed],
        *,
        query: Mapping[str, str] | None = None,
        target: DownloadTarget | None = None,
    ) -> Parsed:
        return self._connection.get(
            path, parse, query=query, make_error=error_for_lookup_response, target=target
        )


def parse_connector(content: Mapping[str, Any]) -> Connector:
    """Return the keys of an LDIF or a configuration; LeanIX returns some of them in upper case."""
    return Connector(
        type=str(content.get("connectorType")),
        id=str(content.get("connectorId")),
        version=str(content.get("connectorVersion")),
        direction=str(content.get("processingDirection")).lower(),
        mode=str(content.get("processingMode") or "partial").lower(),
    )


def _path(run_id: str) -> str:
    return f"{_RUNS}/{quote(run_id, safe='')}"


OpenWorkspace = Callable[[Deadline], AbstractContextManager[Workspace]]
"""Opens a session that sends no request after the deadline."""


def workspace_opener(
    secret: str | CensusError,
    source: str,
    *,
    per_second: float = REQUESTS_PER_SECOND,
    retry_policy: RetryPolicy | None = None,
) -> OpenWorkspace:
    """Return a function that opens a session with the workspace of a secret.

    `secret` is JSON text, or the error from reading it, which is raised on opening.
    """

    @contextmanager
    def open_workspace(deadline: Deadline) -> Iterator[Workspace]:
        if isinstance(secret, CensusError):
            raise secret
        parsed = parse_leanix_secret(secret, source=source)
        with LeanixConnection(
            parsed, deadline, per_second=per_second, retry_policy=retry_policy
        ) as connection:
            yield Workspace(connection, parsed.workspace_id)

    return open_workspace
