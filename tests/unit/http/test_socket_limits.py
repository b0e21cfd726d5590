"""What a socket may wait for within the time limit of its request."""

import socket
from collections.abc import Callable, Iterator

import pytest

from iflow_census.clock import Deadline
from iflow_census.http import transport
from iflow_census.http.time_limit import TimeLimit
from tests.clock import FakeClock

OPERATIONS: dict[str, Callable[[socket.socket], object]] = {
    "send": lambda sock: sock.send(b"x"),
    "sendall": lambda sock: sock.sendall(b"x"),
    "recv": lambda sock: sock.recv(1),
    "recv_into": lambda sock: sock.recv_into(bytearray(1)),
}


@pytest.fixture
def connected() -> Iterator[socket.socket]:
    """A socket that obeys the time limit; its peer has sent two bytes."""
    ours, peer = socket.socketpair()
    peer.sendall(b"xx")
    sock = transport._LimitedSocket(fileno=ours.detach())
    yield sock
    sock.close()
    peer.close()


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@pytest.mark.parametrize(("timeout", "expected"), [(None, 5), (60, 5), (3, 3)])
def test_operation_waits_no_longer_than_the_time_that_is_left(
    connected: socket.socket,
    operation: Callable[[socket.socket], object],
    timeout: float | None,
    expected: float,
) -> None:
    fake = FakeClock()
    limit = TimeLimit(Deadline(fake.clock, 5), grace=0, response_seconds=1000)
    connected.settimeout(timeout)

    with limit.active():
        operation(connected)
        waited = connected.gettimeout()
        fake.advance(5)
        with pytest.raises(TimeoutError, match="the time of the request is used up"):
            operation(connected)

    assert waited == expected


@pytest.mark.parametrize("name", ["recv", "recv_into"])
def test_first_read_begins_the_response(connected: socket.socket, name: str) -> None:
    limit = TimeLimit(Deadline(FakeClock().clock, 60), grace=0, response_seconds=7)

    with limit.active():
        connected.sendall(b"x")
        before = connected.gettimeout()
        OPERATIONS[name](connected)

    assert before == 60
    assert connected.gettimeout() == pytest.approx(7, abs=1)


def test_addresses_share_the_time_and_the_last_socket_has_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9))
    sockets: list[socket.socket] = []
    timeouts = []

    class ThirdConnects(transport._LimitedSocket):
        def connect(self, _: object) -> None:
            sockets.append(self)
            timeouts.append(self.gettimeout())
            if len(sockets) < 3:
                raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [address] * 3)
    monkeypatch.setattr(transport, "_LimitedSocket", ThirdConnects)
    connection = transport._LimitedConnection("tenant.example", timeout=60)

    with TimeLimit(Deadline(FakeClock().clock, 600), grace=0, response_seconds=600).active():
        connection.connect()

    assert timeouts == pytest.approx([20, 30, 60], abs=1)
    assert connection.sock is sockets[2]
    assert sockets[2].gettimeout() == 60
    assert [sock.fileno() for sock in sockets[:2]] == [-1, -1]
    connection.close()
