"""`make rehearse`: the zip of a release, deployed to a local stand-in of AWS as docs/aws.md says.

One stack is deployed by `sam deploy`, the one with the fan-out by `sam package` and CloudFormation.
The stand-in is MiniStack, in an environment of its own (requirements/rehearsal.txt). What it cannot
do is listed in docs/testing.md. Time is real: the report is of the month that events/manual.json
names, as far as a tenant would still have its logs.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3

from tests.functional.tenants import covered_truth, differences, of_tenant, small
from tests.functional.tenants import tenant as tenant_of
from tests.processes import BINARIES, ROOT, SAM
from tests.rehearsal.stand_in import SECONDS, RehearsalFailed, stand_in
from tests.simulators.cloud_integration import SimulatedTenant
from tests.template.stack import translate

STACK = "iflow-census"
WIDE_STACK = "iflow-census-wide"
"""The stack with the fan-out, its tenants under a prefix of its own."""
WIDE_TENANTS = tuple(f"tenant-{number:02}" for number in range(1, 11))
ARTIFACTS = "my-artifacts"
"""The bucket for the code and the template of the other stack."""
EVENT = ROOT / "events/manual.json"
LINES = 9
"""Of each command's output that is shown; the rest is counted."""


def main(package: str) -> int:
    """Rehearse with what `make package` made. Returns 0 if every step ended as it should."""
    now = datetime.now(UTC)
    tenant = _tenant(now, seed=1)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        variables = stack.enter_context(stand_in(folder))
        stack.enter_context(tenant)
        try:
            release = _unpack(Path(package), folder)
            _rehearse(folder, release, variables, tenant)
            tenants = {
                name: stack.enter_context(_tenant(now, seed))
                for seed, name in enumerate(WIDE_TENANTS, start=2)
            }
            _rehearse_fan_out(folder, release, variables, tenants)
        except RehearsalFailed as error:
            print(f"\nrehearsal failed: {error}")
            return 1
    print("\nThe rehearsal went well.")
    return 0


def _tenant(now: datetime, seed: int) -> SimulatedTenant:
    return SimulatedTenant(small(seed), clock=lambda: now, retention=None)


def _unpack(package: Path, folder: Path) -> Path:
    """Unpack the release, and return its folder."""
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    release = folder / package.stem
    print(f"unpacked {package}: {', '.join(sorted(path.name for path in release.iterdir()))}")
    _convert_definition(release)
    return release


def _rehearse(
    folder: Path, release: Path, variables: Mapping[str, str], tenant: SimulatedTenant
) -> None:
    def command(*words: str | Path, cwd: Path = ROOT) -> str:
        return _command(words, folder, variables, cwd)

    key = folder / "prod.json"
    key.write_text(json.dumps(tenant.service_key()), encoding="utf-8")
    # The stand-in knows no AWS::Athena::NamedQuery.
    command(
        *("sam", "deploy", "--no-confirm-changeset", "--no-progressbar"),
        *("--parameter-overrides", "AthenaTables=false"),
        cwd=release,
    )
    command("iflow-census", "tenant", "add", "prod", key)
    command("iflow-census", "tenant", "list")
    command("iflow-census", "tenant", "check")
    output = command(
        *("sam", "remote", "invoke", "CensusFunction", "--stack-name", STACK),
        *("--event-file", EVENT),
    )
    _compare(json.loads(output)["manifest"], {"prod": tenant}, variables)
    command("iflow-census", "invoke", "--stack", STACK, "--minutes", "2")
    _fire_schedule(variables)


def _rehearse_fan_out(
    folder: Path,
    release: Path,
    variables: Mapping[str, str],
    tenants: Mapping[str, SimulatedTenant],
) -> None:
    """The same template with the state machine, and a Lambda for each of ten tenants."""
    secrets = _client("secretsmanager", variables)
    for name, tenant in tenants.items():
        secrets.create_secret(
            Name=f"{WIDE_STACK}/tenants/{name}", SecretString=json.dumps(tenant.service_key())
        )
    print(f"\nstored the keys of {len(tenants)} tenants under {WIDE_STACK}/tenants/")
    _deploy_by_cloudformation(folder, release, variables)
    output = _command(
        ("iflow-census", "invoke", "--stack", WIDE_STACK, "--minutes", "5", "--json"),
        folder,
        variables,
    )
    _wait_for_execution(variables)
    _compare(json.loads(output)["manifest"], tenants, variables)


def _deploy_by_cloudformation(folder: Path, release: Path, variables: Mapping[str, str]) -> None:
    """What CloudFormation does for the AWS command line, CDK and Terraform."""
    s3, cloudformation = (_client(name, variables) for name in ("s3", "cloudformation"))
    s3.create_bucket(
        Bucket=ARTIFACTS, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    _command(
        (
            *("sam", "package", "--template-file", "template.yaml", "--s3-bucket", ARTIFACTS),
            *("--s3-prefix", STACK, "--output-template-file", "packaged.yaml"),
        ),
        folder,
        variables,
        release,
    )
    s3.upload_file(str(release / "packaged.yaml"), ARTIFACTS, "packaged.yaml")
    parameters = {
        "AthenaTables": "false",
        "FanOut": "true",
        "SecretPrefix": WIDE_STACK,
        "TenantsAtOnce": "5",
    }
    cloudformation.create_stack(
        StackName=WIDE_STACK,
        TemplateURL=f"{variables['AWS_ENDPOINT_URL']}/{ARTIFACTS}/packaged.yaml",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=WIDE_STACK)
    print(f"\nCloudFormation created {WIDE_STACK} from packaged.yaml in the bucket {ARTIFACTS}")


def _convert_definition(release: Path) -> None:
    """Replace the state machine's definition by the same in JSON: the stand-in reads no YAML."""
    definition = json.dumps(translate()["definition"])
    (release / "fan_out.asl.json").write_text(definition, encoding="utf-8")
    template = release / "template.yaml"
    text = template.read_text(encoding="utf-8")
    text = re.sub(r"DefinitionUri: .*", "DefinitionUri: fan_out.asl.json", text)
    template.write_text(text, encoding="utf-8")


def _wait_for_execution(variables: Mapping[str, str]) -> None:
    """The report is there before the state machine has come to its end."""
    client = _client("stepfunctions", variables)
    machine = _output("StateMachineArn", variables, WIDE_STACK)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        (execution,) = client.list_executions(stateMachineArn=machine)["executions"]
        if execution["status"] != "RUNNING":
            break
        time.sleep(1)
    history = client.get_execution_history(executionArn=execution["executionArn"], maxResults=1000)[
        "events"
    ]
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for event in history
        if "stateEnteredEventDetails" in event
    ]
    print(f"\nexecution {execution['name']}: {execution['status']}")
    print(f"its states: {', '.join(entered)}")
    if execution["status"] != "SUCCEEDED":
        raise RehearsalFailed(f"the execution ended as {execution['status']}")


def _compare(
    address: str, tenants: Mapping[str, SimulatedTenant], variables: Mapping[str, str]
) -> None:
    bucket, _, manifest = address.removeprefix("s3://").partition("/")
    s3 = _client("s3", variables)
    files = json.loads(s3.get_object(Bucket=bucket, Key=manifest)["Body"].read())["files"]
    keys = [file["key"] for file in files]
    (report_key,) = (key for key in keys if key.endswith("report.json"))
    report = json.loads(s3.get_object(Bucket=bucket, Key=report_key)["Body"].read())
    found = [
        f"{name}: {difference}"
        for name, tenant in tenants.items()
        for difference in differences(
            of_tenant(report, name),
            covered_truth(tenant, {"tenants": [tenant_of(report, name)]}),
            usage=False,
        )
    ]
    print(f"\nread back from s3://{bucket}: {', '.join(keys)}")
    print(
        f"{len(report['iflows'])} iFlows of {len(report['tenants'])} tenants, {len(found)} fields "
        "that are not true of their tenant"
    )
    if found or len(report["tenants"]) != len(tenants):
        raise RehearsalFailed(found[0] if found else "the report has other tenants")


def _fire_schedule(variables: Mapping[str, str]) -> None:
    """Fire the census's own schedule once, in a few seconds instead of on the 1st of the month."""
    scheduler, s3 = _client("scheduler", variables), _client("s3", variables)
    own = scheduler.get_schedule(Name="census", GroupName=STACK)
    print(f"\nschedule census: {own['ScheduleExpression']} {own['ScheduleExpressionTimezone']}")
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=5)
    target = dict(own["Target"])
    print(f"its input: {target['Input']}")
    target["Input"] = (
        target["Input"]
        .replace("<aws.scheduler.scheduled-time>", moment.isoformat().replace("+00:00", "Z"))
        .replace("<aws.scheduler.execution-id>", "rehearsal")
    )
    scheduler.create_schedule(
        Name="rehearsal",
        GroupName=STACK,
        ScheduleExpression=f"at({moment:%Y-%m-%dT%H:%M:%S})",
        ScheduleExpressionTimezone="UTC",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
    )
    bucket = _output("ReportBucket", variables)
    run_id = f"{moment:%Y%m%dT%H%M%SZ}"
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        latest = json.loads(s3.get_object(Bucket=bucket, Key="reports/latest.json")["Body"].read())
        if latest["run_id"] == run_id:
            print(f"fired: reports/latest.json names run {run_id} of {latest['period']}")
            return
        time.sleep(1)
    raise RehearsalFailed(f"the schedule did not fire within {SECONDS} seconds")


def _output(name: str, variables: Mapping[str, str], of: str = STACK) -> str:
    (stack,) = _client("cloudformation", variables).describe_stacks(StackName=of)["Stacks"]
    (value,) = (output["OutputValue"] for output in stack["Outputs"] if output["OutputKey"] == name)
    return str(value)


def _client(service: str, variables: Mapping[str, str]) -> Any:
    return boto3.Session(
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=variables["AWS_DEFAULT_REGION"],
    ).client(service, endpoint_url=variables["AWS_ENDPOINT_URL"])  # type: ignore[call-overload]


def _command(
    words: tuple[str | Path, ...],
    folder: Path,
    variables: Mapping[str, str],
    cwd: Path = ROOT,
) -> str:
    shown = " ".join(str(word).replace(str(folder), "…").replace(f"{ROOT}/", "") for word in words)
    print(f"\n$ {shown}", flush=True)
    program = SAM / "bin/sam" if words[0] == "sam" else BINARIES / words[0]
    ended = subprocess.run(
        [program, *words[1:]],
        cwd=cwd,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    output = f"{ended.stderr}\n{ended.stdout}"
    lines = [line for line in output.splitlines() if line.strip()]
    failed = ended.returncode != 0
    for line in lines if failed else lines[-LINES:]:
        print((line if failed else line[:160]).replace(str(folder), "…"))
    if not failed and len(lines) > LINES:
        print(f"({len(lines) - LINES} lines before these are left out)")
    if failed:
        raise RehearsalFailed(f"{shown}: exit code {ended.returncode}")
    return ended.stdout


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
