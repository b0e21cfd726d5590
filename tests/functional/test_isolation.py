"""Whatever goes wrong with one tenant, the others are scanned and published."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from urllib3.exceptions import LocationParseError

from iflow_census.census import leanix
from iflow_census.clock import Clock
from iflow_census.cloud_integration.tenant import CloudIntegrationTenant
from iflow_census.errors import AccessError, CensusIncomplete
from iflow_census.http import client as http_client
from iflow_census.store.ledger import LedgerFile
from tests.clock import FakeClock
from tests.functional.events import CHECKPOINT, SCHEDULE
from tests.functional.lambda_rig import PREFIX, Rig
from tests.functional.tenants import of_tenant, simulated, small, tenant
from tests.raw_server import RawServer, drip
from tests.simulators.cloud_integration import Landscape
from tests.simulators.http_server import HttpServer, Request, Response
from tests.simulators.leanix import SimulatedWorkspace

MakeRig = Callable[..., Rig]

SECRET = "not-for-logs"
UNEXPECTED_ERRORS = [
    RecursionError(f"maximum recursion depth exceeded {SECRET}"),
    MemoryError(),
    UnicodeEncodeError("utf-8", f"{SECRET}\ud800", 0, 1, "surrogates not allowed"),
    LocationParseError(f"//{SECRET}"),
    ValueError(SECRET),
    KeyError(SECRET),
    AssertionError(SECRET),
    OSError(SECRET),
]


@pytest.fixture
def aws(rig: MakeRig, clock: FakeClock) -> Rig:
    """Has the tenants bad, which each test breaks, and good."""
    return rig(bad=simulated(clock, tiny(2)), good=simulated(clock, tiny(3)))


def tiny(seed: int) -> Landscape:
    return small(seed, packages=1, iflows_per_package=2, empty_packages=0, busy_messages=5)


def replace_key(aws: Rig, **fields: str) -> None:
    """Change fields of the service key of the tenant bad."""
    key = aws.tenants["bad"].service_key()
    key["oauth"].update(fields)
    boto3.client("secretsmanager").put_secret_value(
        SecretId=f"{PREFIX}/tenants/bad", SecretString=json.dumps(key)
    )


def failure(aws: Rig) -> str:
    """Run the census, check that the tenant good is complete, and return the error of bad."""
    with pytest.raises(CensusIncomplete):
        aws.invoke(SCHEDULE)
    report = aws.report()
    assert tenant(report, "good")["status"] == "complete"
    assert len(of_tenant(report, "good")) > 0
    assert tenant(report, "bad")["status"] == "failed"
    error = tenant(report, "bad")["error"]
    assert isinstance(error, str)
    return error


@pytest.fixture
def redirecting() -> Iterator[Callable[[str], str]]:
    """Starts servers that redirect each request: `redirecting(location)` returns the URL."""
    servers: list[HttpServer] = []

    def start(location: str) -> str:
        def redirect(_: Request) -> Response:
            return Response(302, headers=(("Location", location),))

        servers.append(HttpServer(redirect).start())
        return servers[-1].url

    yield start
    for server in servers:
        server.stop()


@pytest.mark.parametrize("location", ["//[", "https://host:port/", "http://" + "a" * 300, "\\"])
@pytest.mark.parametrize("field", ["url", "tokenurl"])
def test_redirect_to_an_invalid_address(
    aws: Rig, redirecting: Callable[[str], str], location: str, field: str
) -> None:
    replace_key(aws, **{field: redirecting(location)})

    error = failure(aws)

    assert "redirected" in error
    assert f"check the key's '{field}'" in error


@pytest.mark.parametrize("field", ["clientid", "clientsecret"])
def test_half_a_surrogate_pair_in_a_secret(aws: Rig, field: str) -> None:
    replace_key(aws, **{field: "half\ud83d"})

    assert failure(aws) == (
        f"secret iflow-census/tenants/bad: '{field}' contains half a character; copy the whole "
        "service key again"
    )


@pytest.mark.parametrize("field", ["url", "tokenurl"])
@pytest.mark.parametrize(
    "host", ["a" * 64 + ".example", "a..example", "x" * 250 + ".example", ".example", "ex\ud83d"]
)
def test_host_that_cannot_exist(aws: Rig, field: str, host: str) -> None:
    replace_key(aws, **{field: f"https://{host}/"})

    assert failure(aws).startswith(f"secret iflow-census/tenants/bad: '{field}' ")


@pytest.mark.parametrize("event", [SCHEDULE, CHECKPOINT], ids=["census", "checkpoint"])
@pytest.mark.parametrize("unexpected", UNEXPECTED_ERRORS, ids=lambda error: type(error).__name__)
def test_unexpected_error_in_a_thread(
    aws: Rig,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    event: dict[str, Any],
    unexpected: Exception,
) -> None:
    _break(monkeypatch, aws, unexpected)

    with pytest.raises(CensusIncomplete) as caught:
        aws.invoke(event)

    bad, good = json.loads(str(caught.value))["tenants"]
    name = type(unexpected).__name__
    assert good["status"] == "complete"
    assert bad["status"] == "failed"
    assert re.sub(r"\d+", "LINE", bad["error"]) == (
        f"unexpected error ({name} in functional/test_isolation.py:LINE packages_or_error); search "
        "the log for it, and report it"
    )
    log = caplog.text
    assert f"tenant bad: unexpected {name}" in log
    assert "scan/executor.py" in log
    assert SECRET not in log


def _break(monkeypatch: pytest.MonkeyPatch, aws: Rig, error: Exception) -> None:
    """Make a list of the tenant bad raise an error in the thread that reads it."""
    bad = aws.tenants["bad"].url
    packages = CloudIntegrationTenant.packages

    def packages_or_error(self: CloudIntegrationTenant, **options: bool) -> Any:
        if self._api.url("").startswith(bad):
            raise error
        return packages(self, **options)

    monkeypatch.setattr(CloudIntegrationTenant, "packages", packages_or_error)


def test_unexpected_error_outside_of_the_scan(aws: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    read = LedgerFile.read

    def read_or_crash(self: LedgerFile) -> Any:
        if self._tenant == "bad":
            raise RecursionError
        return read(self)

    monkeypatch.setattr(LedgerFile, "read", read_or_crash)

    assert failure(aws).startswith("unexpected error (RecursionError in ")


def test_state_of_one_tenant_that_cannot_be_read(aws: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    read = LedgerFile.read

    def read_or_refuse(self: LedgerFile) -> Any:
        if self._tenant == "bad":
            raise AccessError("the role may not read the ledger")
        return read(self)

    monkeypatch.setattr(LedgerFile, "read", read_or_refuse)

    assert failure(aws) == "the role may not read the ledger"


def test_endless_nesting_in_a_response(aws: Rig) -> None:
    with HttpServer(lambda _: Response(200, b"[" * 1_000_000)) as server:
        replace_key(aws, url=server.url)

        error = failure(aws)

    assert "invalid or incomplete response" in error


def test_unexpected_error_of_leanix_leaves_the_report(
    aws: Rig, workspace: SimulatedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.configure_leanix(workspace)

    def crash(*_: object, **__: object) -> None:
        raise LocationParseError(SECRET)

    monkeypatch.setattr(leanix, "send_inventory", crash)

    with pytest.raises(CensusIncomplete) as caught:
        aws.invoke(SCHEDULE)

    result = json.loads(str(caught.value))
    assert aws.manifest()["status"] == "complete"
    problems = [entry["problem"] for entry in result["leanix"]]
    assert [problem.partition(" in ")[0] for problem in problems] == [
        "unexpected error (LocationParseError"
    ] * 2


@pytest.mark.slow
def test_dripping_tenant_does_not_delay_the_report(
    aws: Rig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.CLOCK", Clock(now=clock.now))
    monkeypatch.setattr(http_client, "GRACE_SECONDS", 0.5)
    monkeypatch.setenv("IFLOW_CENSUS_DEADLINE_MARGIN_SECONDS", "20")
    drip_body = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n", b"x")
    with RawServer(drip_body) as server:
        replace_key(aws, url=f"http://127.0.0.1:{server.port}")

        with pytest.raises(CensusIncomplete):
            aws.invoke(SCHEDULE, seconds=26)

    report = aws.report()
    assert tenant(report, "good")["status"] == "complete"
    assert tenant(report, "bad")["status"] == "partial"
    assert "the time of this run is used up" in tenant(report, "bad")["error"]


def test_retry_after_an_unexpected_error_completes_the_run(aws: Rig) -> None:
    with pytest.MonkeyPatch.context() as broken:
        _break(broken, aws, MemoryError())
        failure(aws)

    assert aws.invoke(SCHEDULE)["status"] == "complete"
