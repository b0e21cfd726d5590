"""A connection to an API is a context manager."""

import pytest

from iflow_census.clock import Deadline
from iflow_census.http.api_connection import ApiConnection
from iflow_census.http.session import Session
from iflow_census.http.traffic import Traffic
from tests.clock import FakeClock


def test_end_of_the_block_closes_the_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[Session] = []

    def close(session: Session) -> None:
        closed.append(session)

    monkeypatch.setattr(Session, "close", close)

    deadline = Deadline(FakeClock().clock, 60)

    with ApiConnection(deadline, None) as connection:
        assert (connection.deadline, connection.traffic) == (deadline, Traffic())
        assert closed == []

    assert len(closed) == 1
