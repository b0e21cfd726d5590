"""Opening a workspace: from the text of its secret to a session."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from iflow_census.clock import Deadline
from iflow_census.errors import CensusError
from iflow_census.http.exchange import Patience
from iflow_census.leanix.connection import REQUESTS_PER_SECOND, Connection
from iflow_census.leanix.secret import parse_leanix_secret
from iflow_census.leanix.workspace import Workspace

OpenWorkspace = Callable[[Deadline], AbstractContextManager[Workspace]]
"""Opens a session in which no request begins after the deadline."""


def workspace_opener(
    secret: str | CensusError,
    source: str,
    *,
    per_second: float = REQUESTS_PER_SECOND,
    patience: Patience | None = None,
) -> OpenWorkspace:
    """How to open a workspace, later and within a deadline.

    Args:
        secret: the secret as text, or why it could not be had; that is raised on opening.
        source: what to call the secret in a message.
        per_second: requests that LeanIX allows one user.
        patience: time-outs and retries.
    """

    @contextmanager
    def opened(deadline: Deadline) -> Iterator[Workspace]:
        if isinstance(secret, CensusError):
            raise secret
        parsed = parse_leanix_secret(secret, source=source)
        with Connection(parsed, deadline, per_second=per_second, patience=patience) as connection:
            yield Workspace(connection, parsed.workspace_id)

    return opened
