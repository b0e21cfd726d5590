"""What a storm consists of: faults of tenants and of S3, drawn at random."""

import functools
import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from hypothesis import strategies as st

from tests.aws_clients import Call, direct_client
from tests.functional.lambda_rig import Rig
from tests.functional.storm_truth import MOVING, NAMES, PACKAGE
from tests.simulators.cloud_integration import (
    Fault,
    FaultKind,
    Landscape,
    SimulatedTenant,
    to_ms,
    with_move,
)

RANDOM = "STORM_EXAMPLES" in os.environ
"""Whether each run has other storms; if not, a part always has the same ones."""
TWICE = [False] * 11 + [True] if RANDOM else [False]
"""Two deliveries at once wait for each other in real time, which only `make storm` has."""
MOVED_AT = datetime(2026, 10, 20, tzinfo=UTC)
"""When packages were modified, whose iFlows move."""
EDGE = "^/location/"
WIDE = 300
"""Length in hours from which a window hangs; every hanging request costs a real time-out."""
PAUSE = 0.15
"""Seconds between the bytes of a dripping response: each of them is in time."""

READ_ALL, COUNT_EACH = 1, 10_000
"""The cost of a page of logs with which all logs are read, or counted per iFlow and day."""

PATHS = {FaultKind.NOT_FOUND: "IntegrationPackages"}
"""Untrue responses are injected where another request of SAP's API can notice them."""
LIES = frozenset({FaultKind.EMPTY_LIST, FaultKind.ZERO_COUNT})
"""A tenant that tells both consistently cannot be distinguished from one without messages."""
SLOW = frozenset({FaultKind.LATENCY, FaultKind.HANG, FaultKind.DRIPPING})
"""Faults that take real time."""

ANSWER_FAULTS = [kind for kind in FaultKind if kind not in SLOW | {FaultKind.CRASH_HOOK}]
EXTRAS: Sequence[Mapping[str, Any]] = [
    {"kind": FaultKind.FORBIDDEN, "path": rf"Packages\('{PACKAGE}'\)/"},
    {"kind": FaultKind.FORBIDDEN, "path": "ServiceEndpoints"},
    {"kind": FaultKind.SERVER_ERROR, "path": "ServiceEndpoints"},
    {"kind": FaultKind.NOT_ACCEPTABLE, "path": "ErrorInformation"},
    {"kind": FaultKind.FORBIDDEN, "path": "ErrorInformation"},
    {"kind": FaultKind.NO_INLINECOUNT, "path": "inlinecount"},
    {"kind": FaultKind.UNAVAILABLE, "path": EDGE},
]
"""Refused requests that cost a tenant values, but never its status."""
REFUSALS = [
    *EXTRAS,
    {"kind": FaultKind.SERVER_ERROR, "path": rf"Packages\('{PACKAGE}'\)/"},
    {"kind": FaultKind.SERVER_ERROR, "path": "orderby"},
    {"kind": FaultKind.EMPTY_LIST, "path": f"{EDGE}.*MessageProcessingLogs"},
]
"""Requests that are refused each time, until the storm calms down."""

a_fault = st.builds(
    lambda kind, family, at_edge, nth, times: {
        "kind": kind,
        "family": family,
        "path": EDGE if at_edge else PATHS.get(kind),
        "nth": nth,
        "times": times,
    },
    st.sampled_from(ANSWER_FAULTS),
    st.sampled_from([None, "oauth", "design-time", "runtime", "message-logs"]),
    st.sampled_from([False, False, True]),
    st.one_of(st.none(), st.integers(1, 15)),
    st.one_of(st.none(), st.integers(1, 9)),
)
a_slow_answer = st.builds(
    lambda kind, nth: {"kind": kind, "nth": nth, "times": 1, "seconds": PAUSE},
    st.sampled_from([FaultKind.HANG, FaultKind.DRIPPING]),
    st.integers(1, 20),
)
some_faults = st.one_of(
    *[
        st.lists(
            st.one_of(*[a_fault] * 7, *[st.sampled_from(REFUSALS)] * 2, a_slow_answer), max_size=4
        )
    ]
    * 4,
    st.lists(st.sampled_from(EXTRAS), min_size=1, max_size=3),
)
an_s3_fault = st.builds(
    lambda kind, nth, times, key: {"kind": kind, "nth": nth, "times": times, "key": key},
    st.sampled_from(["SlowDown", "AccessDenied", "repeated", "lost"]),
    st.integers(1, 40),
    st.sampled_from([1, 3, 1000]),
    st.sampled_from(["", "work/", "work/leases/", "ledger/", "tables/", "reports/", "manifest"]),
)
a_move = st.builds(
    lambda nth, iflow_id, dated: {"nth": nth, "iflow_id": iflow_id, "dated": dated},
    st.integers(1, 20),
    st.sampled_from(MOVING),
    st.booleans(),
)
a_storm = st.fixed_dictionaries(
    {
        "tenants": st.lists(some_faults, min_size=1, max_size=len(NAMES)),
        "s3": st.one_of(st.none(), st.none(), an_s3_fault),
        "move": st.one_of(st.none(), a_move),
        "killed_at": st.one_of(st.none(), st.none(), st.integers(1, 120)),
        "twice": st.sampled_from(TWICE),
        "checkpoint": st.booleans(),
        "counts_per_page": st.sampled_from([READ_ALL, READ_ALL, COUNT_EACH]),
        "seconds": st.sampled_from([900, 900, 200, 70]),
        "slowness": st.sampled_from([0, 0, 0.5, 5]),
        "calms_down": st.booleans(),
    }
)


def add_faults(aws: Rig, tenants: Sequence[Sequence[Mapping[str, Any]]]) -> None:
    """Add the faults of a storm to its tenants; of untrue responses only the first kind."""
    for simulated_tenant, faults in zip(aws.tenants.values(), tenants, strict=True):
        lies = [fault["kind"] for fault in faults if fault["kind"] in LIES]
        for fault in faults:
            if fault["kind"] not in LIES or fault["kind"] == lies[0]:
                simulated_tenant.faults.add(Fault(**fault, hours=WIDE))


def move_iflow(
    simulated_tenant: SimulatedTenant, *, nth: int, iflow_id: str, dated: bool
) -> Landscape:
    """Let an iFlow move to another package at the nth request for designs.

    Args:
        simulated_tenant: the tenant.
        nth: the number of the request.
        iflow_id: the iFlow.
        dated: whether SAP changes the modification date of both packages, which is not known.

    Returns:
        The tenant after the move.
    """
    at = to_ms(MOVED_AT) if dated else None
    moved = with_move(simulated_tenant.landscape, iflow_id, PACKAGE, at=at)
    simulated_tenant.faults.add(
        Fault(
            FaultKind.CRASH_HOOK,
            family="design-time",
            nth=nth,
            hook=lambda _: simulated_tenant.set_landscape(moved),
            times=1,
        )
    )
    return moved


class Killed(BaseException):
    """The process under test is gone."""


class Kill:
    """The process dies at its nth request to a tenant, as by SIGKILL; `None`: never.

    It is not a process of its own, but the equivalent: from then on, none of its threads gets a
    request or a call of S3 through, so that each of them ends at once and nothing it does remains.
    Two deliveries at once die together. `tests/functional/test_killed.py` sends the real signal.
    """

    def __init__(self, nth: int | None) -> None:
        self._nth = nth
        self._requests = 0
        self._lock = threading.Lock()
        self.is_dead = False

    def before_request(self) -> None:
        """Count a request. Raises `Killed` if the process is dead, or dies now."""
        with self._lock:
            self._requests += 1
            if self._requests == self._nth:
                self.is_dead = True
        self.check()

    def check(self) -> None:
        """Raise `Killed` if the process is dead."""
        if self.is_dead:
            raise Killed

    @contextmanager
    def of_s3(self) -> Iterator[None]:
        """Let no call of S3 through after the death."""
        client = direct_client("s3")
        call = client._make_api_call

        def alive(*args: Any) -> Any:
            self.check()
            return call(*args)

        report_error = threading.excepthook

        def report_others(error: threading.ExceptHookArgs) -> None:
            if error.exc_type is not Killed:
                report_error(error)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(client, "_make_api_call", alive)
            patched.setattr(threading, "excepthook", report_others)
            yield


class S3Fault:
    """A fault of S3, which affects the nth call for keys that contain a text, and later ones.

    "SlowDown" and "AccessDenied" refuse calls after all retries of the client. "repeated": the
    answer to a write is lost, so that the client repeats the write. "lost": it is lost for good.
    """

    def __init__(self, *, kind: str, nth: int, times: int, key: str) -> None:
        self._kind, self._key = kind, key
        self._due = range(nth, nth + times)
        self._seen = 0
        self._lock = threading.Lock()
        self.hits: Counter[str] = Counter()
        self.is_over = False

    def call(self, proceed: Call, operation: str, params: dict[str, Any]) -> Any:
        """Call an operation of S3, with the fault if it is due."""
        if not self._is_due(operation, params):
            return proceed(operation, params)
        if self._kind in {"SlowDown", "AccessDenied"}:
            raise ClientError({"Error": {"Code": self._kind, "Message": self._kind}}, operation)
        proceed(operation, params)
        if self._kind == "lost":
            raise ConnectionClosedError(endpoint_url="https://s3.example")
        return proceed(operation, params)

    def _is_due(self, operation: str, params: Mapping[str, Any]) -> bool:
        if self._kind in {"repeated", "lost"} and operation != "PutObject":
            return False
        with self._lock:
            if self.is_over or self._key not in params.get("Key", ""):
                return False
            self._seen += 1
            if self._seen not in self._due:
                return False
            self.hits[f"S3 {self._kind}"] += 1
        return True


@contextmanager
def s3_fault(options: Mapping[str, Any] | None) -> Iterator[S3Fault | None]:
    """Inject a fault into S3."""
    if options is None:
        yield None
        return
    fault = S3Fault(**options)
    client = direct_client("s3")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            client, "_make_api_call", functools.partial(fault.call, client._make_api_call)
        )
        yield fault
