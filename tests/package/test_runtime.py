"""The built function and layer under AWS's own runtime emulator, from an event to a report."""

import json
import os
import platform
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

from iflow_census.journal import JournalPart
from tests.clock import FakeClock
from tests.figures import RecordFigures
from tests.functional.events import SCHEDULE, event
from tests.functional.tenants import covered_truth, differences, simulated, small
from tests.package.emulator import Emulator, emulator, processes_of
from tests.package.installation import bare_environment
from tests.processes import SECONDS, environment
from tests.shared_builds import build_once
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant
from tests.template.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 13) or (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="the function's runtime is Python 3.13 on Linux x86_64, and this is another",
)

BUCKET = "iflow-census-packaged"
RETRIES = 6
KILLED_PACKAGES = int(os.environ.get("KILLED_PACKAGES", "24"))
KILLED_FLUSH_SECONDS = os.environ.get("KILLED_FLUSH_SECONDS", "0.3")
"""The function is killed in a scan of a tenth of a second per package. With 300 packages and 10
seconds, it shows what a kill costs with the product's own interval."""
FIRST_WITH_ANSWERS = 50
"""Before this percentage, the function may not have had the time to store any answers."""

Function = Callable[..., AbstractContextManager[Emulator]]


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with what Lambda's runtime has: its client and boto3."""
    folder = build_once(
        tmp_path_factory, "runtime", lambda path: bare_environment(path, "awslambdaric", "boto3")
    )
    return folder / "bin/python"


@pytest.fixture
def aws() -> Iterator[str]:
    """The address of a simulated AWS with a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    # What moto keeps belongs to the process, not to the server.
    requests.post(f"{address}/moto-api/reset", timeout=SECONDS).raise_for_status()
    made = boto3.client("s3", endpoint_url=address)
    made.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    made.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    yield address
    server.stop()


@pytest.fixture
def s3(aws: str) -> "S3Client":
    """The simulated S3."""
    return boto3.client("s3", endpoint_url=aws)


@pytest.fixture
def prod(aws: str, request: pytest.FixtureRequest) -> Iterator[SimulatedTenant]:
    """A tenant whose service key is stored; a parameter is its number of packages."""
    with simulated(FakeClock(), small(packages=getattr(request, "param", 4))) as tenant:
        boto3.client("secretsmanager", endpoint_url=aws).create_secret(
            Name="iflow-census/tenants/prod", SecretString=json.dumps(tenant.service_key())
        )
        yield tenant


@pytest.fixture
def function(artifact: Path, python: Path, aws: str, tmp_path: Path) -> Function:
    """Runs the function of the template with its own settings: `function(timeout=900)`."""

    def run(timeout: int = 900, **settings: str) -> AbstractContextManager[Emulator]:
        properties = Stack().properties("CensusFunction")
        folder, layer = artifact / "CensusFunction", artifact / "CensusLayer/python"
        variables = {
            **environment(tmp_path, path=(folder, layer)),
            **{name: str(value) for name, value in properties["Environment"]["Variables"].items()},
            "IFLOW_CENSUS_BUCKET": BUCKET,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ENDPOINT_URL": aws,
            "PYTHONDONTWRITEBYTECODE": "1",  # In Lambda both folders are read-only.
            "AWS_LAMBDA_FUNCTION_NAME": properties.get("FunctionName", "iflow-census"),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout),
            **settings,
        }
        log = tmp_path / "function.log"
        return emulator(python, folder, properties["Handler"], variables, log)

    return run


def _json(s3: "S3Client", key: str) -> Any:
    return json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())


def _log_lines(output: str) -> list[dict[str, Any]]:
    lines = [line for line in output.splitlines() if line.startswith("{")]
    return [json.loads(line) for line in lines]


def test_scheduled_event_publishes_a_true_report(
    function: Function, prod: SimulatedTenant, s3: "S3Client"
) -> None:
    with function() as running:
        result = running.invoke(SCHEDULE)

    assert result["status"] == "complete", running.output()
    assert result["manifest"] == f"s3://{BUCKET}/reports/period=2026-10/manifest.json"
    report = _json(s3, "reports/period=2026-10/report.json")
    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []
    files = _json(s3, "reports/period=2026-10/manifest.json")["files"]
    assert [file["format"] for file in files] == Stack().parameter("ReportFormats").split()


@pytest.mark.usefixtures("prod")
def test_one_environment_handles_several_events(function: Function, s3: "S3Client") -> None:
    with function(TESTS_NOW="2026-11-02T12:30:00+00:00") as running:
        census = running.invoke(SCHEDULE)
        again = running.invoke(SCHEDULE)
        verified = running.invoke(event("verify.json"))
        by_hand = running.invoke(event("manual.json"))

    answers = (census, again, verified, by_hand)
    assert [response.get("status") for response in answers] == ["complete"] * 4, answers
    assert verified["run_id"] == again["run_id"] == census["run_id"]
    assert by_hand["run_id"] > census["run_id"]
    latest = _json(s3, "reports/latest.json")
    assert latest["run_id"] == by_hand["run_id"]


def test_logs_and_metrics_are_json_with_the_run_id(
    function: Function, prod: SimulatedTenant
) -> None:
    with function() as running:
        running.invoke(SCHEDULE)

    lines = _log_lines(running.output())
    messages = [line for line in lines if "message" in line]
    (metrics,) = (line for line in lines if "_aws" in line)
    assert [line["message"] for line in messages][-1] == "run finished"
    assert {line["run_id"] for line in messages} == {"20261101T003000Z"}
    assert {line["service"] for line in messages} == {"iflow-census"}
    assert metrics["TenantsComplete"] == [1.0]
    assert not any(secret in running.output() for secret in prod.secrets())


def test_error_has_the_shape_of_lambda(function: Function, prod: SimulatedTenant) -> None:
    with function() as running:
        answer = running.invoke({"perid": "2026-10"})

    assert answer["errorType"] == "ConfigurationError"
    assert answer["errorMessage"].startswith("event: unknown key 'perid'; known keys: action,")
    assert prod.requests == []


def test_run_stopped_by_its_deadline_is_resumed(
    function: Function, prod: SimulatedTenant, s3: "S3Client"
) -> None:
    silent = prod.faults.add(Fault(FaultKind.HANG, family="message-logs", nth=2))

    with function(timeout=25, IFLOW_CENSUS_DEADLINE_MARGIN_SECONDS="20") as running:
        stopped = running.invoke(SCHEDULE)
        prod.faults.remove(silent)
        answers = [running.invoke(SCHEDULE)]
        # A machine under load may need more than one further try, as Lambda would give.
        while "errorType" in answers[-1] and len(answers) < RETRIES:
            answers.append(running.invoke(SCHEDULE))

    assert stopped["errorType"] == "CensusIncomplete", running.output()
    result = json.loads(stopped["errorMessage"])
    assert result["status"] == "partial"
    assert "the time of this run is used up" in result["tenants"][0]["error"]
    assert answers[-1]["status"] == "complete"
    assert answers[-1]["run_id"] == result["run_id"]
    assert _repeated(_finished(prod)) == []
    report = _json(s3, "reports/period=2026-10/report.json")
    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []


def _finished(prod: SimulatedTenant) -> Counter[str]:
    """The requests for data that the tenant has answered."""
    targets = prod.stats()["finished"]
    return Counter(target.removeprefix("/api/v1/") for target in targets if "oauth" not in target)


def _repeated(finished: Counter[str]) -> list[str]:
    """The repeated requests; a scan reads the packages again at its end, to find what has moved."""
    return [
        target
        for target, times in finished.items()
        if times > 1 and target != "IntegrationPackages"
    ]


@pytest.mark.slow
@pytest.mark.parametrize("prod", [KILLED_PACKAGES], indirect=True)
@pytest.mark.parametrize("percent", [20, 50, 80])
def test_killed_function_is_resumed(
    function: Function,
    prod: SimulatedTenant,
    s3: "S3Client",
    record_figures: RecordFigures,
    percent: int,
) -> None:
    prod.latency = 0.05

    with function(TESTS_FLUSH_SECONDS=KILLED_FLUSH_SECONDS) as running:
        prod.faults.add(
            Fault(
                FaultKind.CRASH_HOOK,
                path="IntegrationDesigntimeArtifacts",
                nth=KILLED_PACKAGES * percent // 100,
                hook=lambda _: running.kill_function(),
            )
        )
        killed = running.invoke(SCHEDULE)
    stored = _stored_requests(s3)
    with function(TESTS_NOW="2026-11-01T00:32:00+00:00") as running:
        resumed = running.invoke(SCHEDULE)

    assert killed["errorType"] == "Runtime.ExitError", running.output()
    assert resumed["status"] == "complete", running.output()
    finished = _finished(prod)
    repeated = _repeated(finished)
    record_figures(
        f"function killed at {percent} %", {"requests": len(finished), "repeated": len(repeated)}
    )
    assert stored.isdisjoint(repeated)
    assert stored or percent < FIRST_WITH_ANSWERS
    report = _json(s3, "reports/period=2026-10/report.json")
    assert differences(report["iflows"], covered_truth(prod, report), usage=False) == []


def _stored_requests(s3: "S3Client") -> set[str]:
    """The requests whose answers the next attempt has."""
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix="work/").get("Contents", [])
    parts = [
        JournalPart.load(s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read())
        for entry in found
        if "/answers/" in entry["Key"]
    ]
    return {request for part in parts for request, _ in part.responses()}


@pytest.mark.usefixtures("prod")
def test_emulator_listens_only_on_loopback(
    function: Function,
) -> None:
    with function() as running:
        running.invoke(event("verify.json"))
        addresses = _listening(processes_of(running.process))

    assert {running.address, running.runtime_address} <= addresses
    assert {host for host, _ in addresses} == {"127.0.0.1"}
    assert processes_of(running.process) == []
    for address in (running.address, running.runtime_address):
        socket.create_server(address).close()


def _listening(processes: list[int]) -> set[tuple[str, int]]:
    """The addresses at which processes listen (IPv4; Linux tells them in /proc)."""
    links = (
        str(descriptor.readlink())
        for process in processes
        for descriptor in Path(f"/proc/{process}/fd").iterdir()
    )
    inodes = {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                host, _, port = fields[1].partition(":")
                number = bytes.fromhex(host)[::-1]
                name = socket.inet_ntoa(number) if table == "tcp" else host
                found.add((name, int(port, 16)))
    return found
