"""Invalid use of `iflow-census run`: one line on standard error, and no file is written."""

import json
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from typer.testing import CliRunner, Result

from iflow_census.cli.commands import app
from iflow_census.cli.format_option import split_formats
from tests.clock import FakeClock
from tests.simulators.http_server import HttpServer, Response

KEY = '{"url": "https://acme.example.com", "apikey": "geheim"}'
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in an empty folder, and expects a usage error without output."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def call(*arguments: str) -> Result:
        result = CliRunner().invoke(app, ["run", *arguments], obj=FakeClock().clock)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "geheim" not in result.stderr
        assert list(folder.iterdir()) == []
        return result

    return call


def _key_of_plan_integration_flow() -> str:
    host = "acme.it-cpi018-rt.cfapps.eu10-002.hana.ondemand.com"
    fields = {"clientid": "sb-1", "clientsecret": "s", "tokenurl": "https://acme.example.com/t"}
    return json.dumps({"oauth": {**fields, "url": f"https://{host}"}})


def _key_with_mismatched_certificate() -> str:
    authority = trustme.CA()
    first, second = (authority.issue_cert("a.example.com") for _ in range(2))
    fields = {
        "clientid": "sb-1",
        "url": "https://a.example.com",
        "tokenurl": "https://a/t",
        "certificate": first.cert_chain_pems[0].bytes().decode(),
        "key": second.private_key_pem.bytes().decode(),
    }
    return json.dumps({"oauth": fields})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"oauth": {"clientsecret": "geheim"', "not valid JSON (line 1, column 36)"),
        (b"\xff\xff", "not a text file"),
        (b"[]", "not a service key"),
        (b'{"oauth": {"clientid": "sb-1", "clientsecret": "geheim"}}', "'url' is missing"),
        (b'{"url": "http://acme.example.com", "apikey": "geheim"}', "must start with https://"),
        (_key_of_plan_integration_flow().encode(), "is a key of plan 'integration-flow'"),
        (_key_with_mismatched_certificate().encode(), "'certificate' does not match its 'key'"),
    ],
    ids=["no JSON", "no text", "no object", "missing url", "http", "other plan", "certificate"],
)
def test_invalid_key_file_is_named(run: Run, tmp_path: Path, content: bytes, message: str) -> None:
    key = tmp_path / "prod.json"
    key.write_bytes(content)

    result = run(str(key), "--period", "2026-10")

    assert result.stderr.startswith(f"iflow-census: {key}")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.json"], "nowhere.json: cannot be read: No such file or directory"),
        (
            ["."],
            "invalid tenant name ''; use letters, digits, '_', '.' and '-', as in prod=.",
        ),
        (["prod=."], ".: a folder, not a file"),
        (
            ["{key}", "{key}"],
            "two keys for tenant 'prod'; give one of them another name, as in other={key}",
        ),
        (
            ["{key}", "Prod={key}"],
            "tenants 'prod' and 'Prod' differ only in upper and lower case; give one of them",
        ),
        (
            ["con.prod={key}"],
            "tenant 'con.prod': Windows does not allow a file of this name; give it another",
        ),
        (["prod.={key}"], "tenant 'prod.': Windows does not allow a file of this name"),
        (["a/b={key}"], "invalid tenant name 'a/b'"),
        (["{key}", "--format", "pdf"], "unknown format 'pdf'; choose from csv, json"),
        (["{key}", "--period", "October"], "period 'October': not a month; write it as YYYY-MM"),
        (["{key}", "--period", "2026-13"], "period '2026-13': not a month"),
        (["{key}", "--period", "2026-12"], "period 2026-12: it is in the future"),
        (["{key}", "--out", "{key}"], "folder {key}: this is a file"),
    ],
)
def test_invalid_argument_is_named(
    run: Run, tmp_path: Path, arguments: list[str], message: str
) -> None:
    key = tmp_path / "prod.json"
    key.write_text(KEY, encoding="utf-8")

    result = run(*(argument.replace("{key}", str(key)) for argument in arguments))

    assert result.stderr.startswith(f"iflow-census: {message.replace('{key}', str(key))}")
    assert result.stderr.count("\n") == 1


def test_missing_key_and_unknown_option_are_usage_errors(run: Run) -> None:
    without_key = run()
    unknown_option = run("key.json", "--periode", "2026-10")

    assert "no KEY; name service keys, or use those of a stack" in without_key.stderr
    assert "No such option: --periode" in unknown_option.stderr


@pytest.mark.parametrize("field", ["url", "tokenurl"])
def test_unreachable_host_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    monkeypatch.chdir(tmp_path)
    token = Response(200, b'{"access_token": "t", "expires_in": 3600}')
    with HttpServer(lambda _: token) as server, socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        listener.close()
        fields = {"clientid": "sb-1", "clientsecret": "geheim", "url": server.url}
        fields |= {"tokenurl": f"{server.url}/token", field: f"http://127.0.0.1:{port}/x"}
        Path("prod.json").write_text(json.dumps({"oauth": fields}), encoding="utf-8")

        result = CliRunner().invoke(
            app, ["run", "prod.json", "--out", "out"], obj=FakeClock().clock
        )

    assert result.exit_code == 1
    host = urlsplit(fields["tokenurl"]).netloc
    assert result.stderr.startswith(f"prod: requesting a token from {host} …\n")
    assert f"no connection to 127.0.0.1:{port} (connection refused); check the" in result.stderr
    assert "geheim" not in result.stderr


def test_first_line_names_the_host_of_a_key_without_a_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    Path("prod.json").write_text(json.dumps({"url": url, "apikey": "geheim"}), encoding="utf-8")

    result = CliRunner().invoke(app, ["run", "prod.json"], obj=FakeClock().clock)

    assert result.stderr.startswith(f"prod: connecting to {url.removeprefix('http://')} …\n")


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (["csv,JSON"], ["csv", "json"]),
        (["Xlsx", "html , csv,"], ["xlsx", "html", "csv"]),
        ([], []),
    ],
)
def test_formats_are_separated_by_commas_in_any_case(values: list[str], formats: list[str]) -> None:
    assert split_formats(values) == formats
