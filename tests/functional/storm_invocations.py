"""The invocations of a storm: slow, killed, delivered twice, and never later than their end."""

import json
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from requests import Response
from requests.adapters import HTTPAdapter

import app
from iflow_census.errors import CensusError, CensusIncomplete
from tests.functional.lambda_rig import Rig
from tests.functional.storm_faults import Kill, Killed

MARGIN = 60
"""Seconds before the end of an invocation after which no request may start."""
STATUSES = ("failed", "partial", "complete")
SHORT = 110
"""Seconds of two deliveries at once, which take real time."""


class Invocations:
    """Invokes the handler, and checks that it ends before Lambda would stop it.

    Args:
        aws: the rig.
        storm: `seconds` of each invocation, and `slowness`: seconds that each answer takes on the
            handler's clock; those of concurrent requests overlap.
        kill: when the handler dies.
        monkeypatch: changes the client for the time of the storm.
    """

    def __init__(
        self, aws: Rig, storm: Mapping[str, Any], kill: Kill, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._aws = aws
        self._seconds: float = storm["seconds"]
        self._slowness: float = storm["slowness"]
        self._kill = kill
        self._started: list[float] = []
        self.figures: Counter[str] = Counter()
        send = HTTPAdapter.send

        def slow(*args: Any, **options: Any) -> Response:
            self._kill.before_request()
            started = app.CLOCK.monotonic()
            self._started.append(started)
            try:
                return send(*args, **options)
            finally:
                self._wait_until(started + self._slowness)

        monkeypatch.setattr(HTTPAdapter, "send", slow)

    def invoke(self, event: Mapping[str, Any], *, twice: bool = False) -> Mapping[str, Any]:
        """Invoke the handler, or deliver an event twice at once; returns the better result."""
        self._started.clear()
        threads = set(threading.enumerate())
        if twice:
            self.figures["deliveries at once"] += 2
            results = self._aws.at_once(lambda: self._deliver(event, min(self._seconds, SHORT)))
        else:
            results = [self._deliver(event, self._seconds)]
        if self._kill.is_dead:
            self.figures["kills"] += 1
            for thread in set(threading.enumerate()) - threads:
                if thread.name.startswith(("census", "design-time", "pages", "tenant")):
                    thread.join(5)
            self._kill.is_dead = False
        return max(results, key=lambda result: STATUSES.index(result["status"]))

    def _deliver(self, event: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
        """Invoke the handler once.

        An invocation that S3 keeps from publishing raises an error: it is not silent.
        """
        end = app.CLOCK.monotonic() + seconds
        try:
            result: Mapping[str, Any] = self._aws.invoke(event, seconds=seconds)
        except CensusIncomplete as incomplete:
            result = json.loads(str(incomplete))
        except (CensusError, Killed):
            result = {"status": "failed"}
        assert app.CLOCK.monotonic() < end
        # Other threads may move the clock by several responses of 5 s between a client's look at it
        # and its request. A client that ignores the deadline goes on until the end.
        assert [moment for moment in self._started if moment > end - MARGIN / 2] == []
        return result

    def _wait_until(self, moment: float) -> None:
        is_fake = app.CLOCK.monotonic == self._aws.clock.monotonic
        if is_fake:
            self._aws.clock.reach(moment)
        else:  # two deliveries at once, in real time
            app.CLOCK.sleep(max(0.0, moment - app.CLOCK.monotonic()))
