"""Downloads: a body is written to a file, up to a limit, with progress."""

import io
import stat
from pathlib import Path

import pytest

from iflow_census.clock import Deadline
from iflow_census.errors import DataError, DeadlineExceeded
from iflow_census.http.download import DownloadTarget, open_private_file
from tests.clock import FakeClock
from tests.unit.http.responses import make_response


class Pieces(io.RawIOBase):
    """A body that arrives in pieces of three bytes, one per second."""

    def __init__(self, body: bytes, time: FakeClock) -> None:
        self._body = io.BytesIO(body)
        self._time = time

    def read(self, _size: int = -1) -> bytes:
        """Return the next piece."""
        self._time.advance(1)
        return self._body.read(3)


@pytest.mark.parametrize(
    ("headers", "total"),
    [
        ({"Content-Length": "6"}, 6),
        ({}, None),
        ({"Content-Length": "odd"}, None),
        ({"Content-Length": "\u00b2"}, None),
        ({"Content-Length": "6", "Content-Encoding": "gzip"}, None),
    ],
)
def test_progress_is_reported_with_the_total_if_known(
    headers: dict[str, str], total: int | None
) -> None:
    time = FakeClock()
    progress: list[tuple[int, int | None]] = []
    target = DownloadTarget(io.BytesIO(), 100, lambda *step: progress.append(step))
    response = make_response(200, Pieces(b"abcdef", time), headers=headers)

    target.write_body(response, "GET X", Deadline(time.clock, 60))

    assert progress == [(3, total), (6, total)]


def test_body_replaces_the_content_of_the_file() -> None:
    file = io.BytesIO(b"longer than the body")
    file.seek(3)
    deadline = Deadline(FakeClock().clock, 60)

    DownloadTarget(file, 4).write_body(make_response(200, b"body"), "GET X", deadline)

    assert file.getvalue() == b"body"


def test_body_that_is_too_long_is_an_error() -> None:
    target = DownloadTarget(io.BytesIO(), 3)

    with pytest.raises(DataError, match="GET X: response longer than 3 bytes"):
        target.write_body(make_response(200, b"body"), "GET X", Deadline(FakeClock().clock, 60))


def test_download_ends_at_the_deadline() -> None:
    time = FakeClock()
    response = make_response(200, Pieces(b"x" * 30, time))

    with pytest.raises(DeadlineExceeded):
        DownloadTarget(io.BytesIO(), 100).write_body(response, "GET X", Deadline(time.clock, 5))

    assert time.monotonic() == 5


@pytest.mark.parametrize("exists", [False, True])
def test_private_file_can_be_read_by_its_owner_only(tmp_path: Path, *, exists: bool) -> None:
    path = tmp_path / "file"
    if exists:
        path.write_bytes(b"longer than before")
        path.chmod(0o644)

    with open_private_file(path) as file:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        file.write(b"content")

    assert path.read_bytes() == b"content"


def test_device_keeps_its_mode() -> None:
    mode = Path("/dev/null").stat().st_mode

    with open_private_file(Path("/dev/null")) as file:
        file.write(b"content")

    assert Path("/dev/null").stat().st_mode == mode
