"""--verbose and --quiet."""

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from iflow_census.cli.commands import app
from tests.clock import FakeClock
from tests.simulators.http_server import HttpServer, Response


def _check(tmp_path: Path, status: int, *options: str) -> Result:
    def respond(request: object) -> Response:  # noqa: ARG001 - the same for all
        return Response(status, b'{"d": {"results": []}}')

    with HttpServer(respond) as server:
        key = tmp_path / "prod.json"
        key.write_text(json.dumps({"url": server.url, "apikey": "geheim"}), encoding="utf-8")
        result = CliRunner().invoke(
            app, ["tenant", "check", str(key), *options], obj=FakeClock().clock
        )
    assert "geheim" not in result.output
    return result


def test_verbose_prints_a_line_for_each_request(tmp_path: Path) -> None:
    result = _check(tmp_path, 403, "-v")

    lines = [line for line in result.stderr.splitlines() if line.startswith("GET http")]
    assert len(lines) == 3
    assert "/api/v1/IntegrationPackages?$top=1" in lines[0]
    assert ": HTTP 403, " in lines[0]


def test_nothing_is_printed_for_requests_by_default(tmp_path: Path) -> None:
    assert "GET http" not in _check(tmp_path, 200).stderr


def test_quiet_prints_only_errors(tmp_path: Path) -> None:
    failure = _check(tmp_path, 403, "-q")

    assert failure.exit_code == 1
    assert all(line.startswith("prod: GET ") for line in failure.stderr.splitlines())
