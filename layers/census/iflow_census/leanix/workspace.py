"""A workspace's synchronization runs and processor configurations.

Source: swagger of the Integration API 1.0.0.
"""

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import quote

from iflow_census.clock import Deadline
from iflow_census.errors import CensusError, DataError
from iflow_census.http.client import Traffic
from iflow_census.http.download import DownloadTarget
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.leanix import responses
from iflow_census.leanix.connection import REQUESTS_PER_SECOND, LeanixConnection
from iflow_census.leanix.errors import (
    InvalidRunState,
    RunNotFound,
    create_refusal,
    unknown_refusal,
    untimely_refusal,
)
from iflow_census.leanix.responses import RunState
from iflow_census.leanix.secret import parse_leanix_secret

WARNINGS_PAGE = 100
"""The largest page; an offset has to be a multiple of it."""

MOST_WARNINGS = 100_000
"""More than that, and the list does not end."""

_RUNS = "/synchronizationRuns"


@dataclass(frozen=True, slots=True)
class Connector:
    """The five keys by which an LDIF finds its processor configuration; they must be equal."""

    type: str
    id: str
    version: str
    direction: str = "inbound"
    mode: str = "partial"

    def fields(self) -> dict[str, str]:
        """The keys as LeanIX names them."""
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
    """The questions and orders to a workspace that one is connected to.

    Args:
        connection: to the workspace.
        workspace_id: its UUID, which an LDIF carries.
    """

    def __init__(self, connection: LeanixConnection, workspace_id: str) -> None:
        self.id = workspace_id
        self.deadline = connection.deadline
        self._connection = connection

    @property
    def traffic(self) -> Traffic:
        """What has been sent so far, token requests included."""
        return self._connection.traffic

    def create_run(self, ldif: BinaryIO, *, test: bool) -> str | None:
        """Create a run and have it started.

        Args:
            ldif: read from its start.
            test: a dry run, which changes nothing.

        Returns:
            The run's id; None where the answer to a creation that went through cannot be read.

        Raises:
            TransientError: it is open whether the run was created.
        """
        query = {"start": "true", "test": "true" if test else "false"}
        return self._connection.post(
            _RUNS, responses.created_run, query=query, body=ldif, make_error=create_refusal
        )

    def start_run(self, run_id: str, *, test: bool) -> None:
        """Start a run that was created without a start; `InvalidRunState` if it was started."""
        query = {"test": "true" if test else "false"}
        self._connection.post(
            f"{_path(run_id)}/start", bytes, query=query, make_error=untimely_refusal
        )

    def stop_run(self, run_id: str) -> None:
        """Stop a run that waits or is under way. Raises `InvalidRunState` if it does neither."""
        self._connection.post(f"{_path(run_id)}/stop", bytes, make_error=untimely_refusal)

    def runs(self) -> Sequence[RunState]:
        """All runs that the workspace remembers."""
        return self._connection.get(_RUNS, responses.run_states)

    def state(self, run_id: str) -> RunState:
        """How far a run is. Raises `RunNotFound` where there is none."""
        return self._connection.get(
            f"{_path(run_id)}/status", responses.run_state, make_error=unknown_refusal
        )

    def progress(self, run_id: str) -> Mapping[str, Any]:
        """The counters of the level that a run is at, as LeanIX gives them."""
        return self._connection.get(
            f"{_path(run_id)}/progress", responses.json_object, make_error=unknown_refusal
        )

    def stats(self, run_id: str) -> Mapping[str, Any]:
        """The statistics of a run, as LeanIX gives them."""
        return self._connection.get(
            f"{_path(run_id)}/stats", responses.json_object, make_error=unknown_refusal
        )

    def warnings(self, run_id: str) -> Sequence[Mapping[str, Any]]:
        """All warnings of a run, as LeanIX gives them; none where it kept no log of the run.

        Raises:
            DataError: the list does not end.
        """
        found: list[Mapping[str, Any]] = []
        while len(found) < MOST_WARNINGS:
            try:
                page = self._connection.get(
                    f"{_path(run_id)}/warnings",
                    responses.json_objects,
                    query={"offset": str(len(found)), "limit": str(WARNINGS_PAGE)},
                    make_error=untimely_refusal,
                )
            except InvalidRunState:
                return found
            found += page
            if len(page) < WARNINGS_PAGE:
                return found
        raise DataError(f"LeanIX: run {run_id} has more than {MOST_WARNINGS} warnings")

    def results(self, run_id: str) -> bytes | None:
        """The LDIF that a run made; None where it made none (204). For a long one: `download`."""
        body = self._connection.get(f"{_path(run_id)}/results", bytes, make_error=unknown_refusal)
        return body or None

    def download(self, run_id: str, file: BinaryIO, *, largest: int) -> bool:
        """Write the LDIF that a run made into a file, by its link where LeanIX gives one.

        Args:
            run_id: of a finished run.
            file: written from its start.
            largest: bytes that it may take.

        Returns:
            Whether there was one.
        """
        target = DownloadTarget(file, largest)
        try:
            url = self._connection.get(
                f"{_path(run_id)}/resultsUrl", responses.results_url, make_error=unknown_refusal
            )
        except RunNotFound:
            url = None  # an inbound run may have results and no link to them
        if url:
            self._connection.download(url, target)
        else:
            self._connection.get(
                f"{_path(run_id)}/results", bytes, make_error=unknown_refusal, target=target
            )
        return file.tell() > 0

    def configuration(self, connector: Connector) -> Mapping[str, Any] | None:
        """The processor configuration with exactly these keys, if there is one."""
        try:
            found = self._connection.get(
                "/configurations",
                responses.configurations,
                query=connector.fields(),
                make_error=unknown_refusal,
            )
        except RunNotFound:
            return None
        for configuration in found:
            if connector_of(configuration) == connector:
                return configuration
        return None

    def put_configuration(self, configuration: Mapping[str, Any]) -> None:
        """Store a processor configuration, in place of one with the same keys."""
        self._connection.put("/configurations", io.BytesIO(json.dumps(configuration).encode()))


def connector_of(content: Mapping[str, Any]) -> Connector:
    """The keys of an LDIF or a configuration; LeanIX writes some in capitals now and then."""
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
"""Opens a session in which no request begins after the deadline."""


def workspace_opener(
    secret: str | CensusError,
    source: str,
    *,
    per_second: float = REQUESTS_PER_SECOND,
    retry_policy: RetryPolicy | None = None,
) -> OpenWorkspace:
    """How to open a workspace, later and within a deadline.

    Args:
        secret: the secret as text, or why it could not be had; that is raised on opening.
        source: what to call the secret in a message.
        per_second: requests that LeanIX allows one user.
        retry_policy: time-outs and retries.
    """

    @contextmanager
    def opened(deadline: Deadline) -> Iterator[Workspace]:
        if isinstance(secret, CensusError):
            raise secret
        parsed = parse_leanix_secret(secret, source=source)
        with LeanixConnection(
            parsed, deadline, per_second=per_second, retry_policy=retry_policy
        ) as connection:
            yield Workspace(connection, parsed.workspace_id)

    return opened
