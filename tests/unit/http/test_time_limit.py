"""When a request and its response must end."""

import pytest

from iflow_census.clock import Deadline
from iflow_census.http import time_limit
from iflow_census.http.time_limit import TimeLimit, current_time_limit
from tests.clock import FakeClock


def test_limit_holds_only_within_its_block() -> None:
    limit = TimeLimit(Deadline(FakeClock().clock, 60), grace=10, response_seconds=5)

    with limit.active():
        assert current_time_limit() is limit

    assert current_time_limit() is None


def test_response_is_limited_from_its_first_read(monkeypatch: pytest.MonkeyPatch) -> None:
    time = FakeClock()
    monkeypatch.setattr(time_limit, "time", time)
    limit = TimeLimit(Deadline(time.clock, 60), grace=10, response_seconds=5)

    time.advance(7)
    before = limit.remaining()
    limit.begin_response()
    time.advance(2)
    limit.begin_response()
    during = limit.remaining()
    limit.allow_long_response()

    assert (before, during, limit.remaining()) == (63, 3, 61)
