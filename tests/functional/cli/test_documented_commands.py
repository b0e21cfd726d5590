"""Every command in README and docs/ is run, or checked against what is known of its program."""

import json
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import boto3
import pytest
from botocore import xform_name
from botocore.session import get_session
from moto import mock_aws
from typer.testing import CliRunner

from iflow_census.cli.commands import app
from iflow_census.store.folder import FolderStore
from tests.clock import FakeClock
from tests.functional.cli.documented import PAGES, Command, commands, unfenced_commands
from tests.functional.cli.invoked_function import deployed_function
from tests.functional.cli.published import publish_two_months
from tests.functional.lambda_rig import Rig
from tests.functional.tenants import simulated
from tests.processes import ROOT
from tests.simulators.cloud_integration import ALL_ROLES
from tests.simulators.cloud_integration.examples import example_landscape
from tests.simulators.leanix import SimulatedWorkspace

RUN_ELSEWHERE = "docs/tenant-administration.md"
"""tests/functional/tenant_admin/test_docs.py runs its examples and compares their output."""

NOT_RUN = {
    "sam build": "make rehearse and tests/template",
    "sam deploy": "make rehearse",
    "sam remote": "make rehearse",
    "sam package": "uploads to a bucket of an account",
    "sam delete": "deletes a stack of an account",
    "aws cloudformation deploy": "has no operation of its own name in AWS's API",
    "aws s3 cp": "the same",
    "aws s3 sync": "the same",
    "uv tool": "tests/package installs the wheel with it",
    "pipx install": "tests/package installs the wheel with it",
    "pip install": "tests/package installs the wheel with it",
    "venv/bin/pip install": "tests/package installs the wheel with it",
    "venv/bin/iflow-census --version": "tests/package",
    "unzip": "prepares sam deploy",
    "sha256sum": "checks files of a release",
    "systemctl enable": "changes the machine",
    "git": "changes a repository",
    "gh": "changes a repository at its host",
    "cd": "prepares the next command",
    ". census/bin/activate": "tests/package installs into a new environment",
    "sed -i": "edits files of a release",
}
"""Why a command is not run, by its first words."""

VALUES = {
    "<stack>": "iflow-census",
    "/etc/iflow-census/": "",
    "/srv/": "",
    "/var/lib/": "",
}
"""What a page's placeholders and folders are in the test."""


COMPLETED = {
    "api": "api --list",
    "api TENANT METHOD PATH": "api prod.json GET Partners",
    "leanix setup TENANT": "leanix setup prod",
    "leanix check TENANT": "leanix check prod",
    "leanix unmatched REPORT.json": "leanix unmatched report.json",
    "leanix status RUN": "leanix status",
    "run": "run prod.json",
    "run --last-errors": "run prod.json --last-errors",
    "run --models": "run prod.json --models",
    "run --owner-tag NAME": "run prod.json --owner-tag Owner",
    "run --stack NAME": "run --stack iflow-census",
    "tenant check NAME": "tenant check prod",
}
"""What is run for a command in a sentence that leaves out arguments or has placeholders."""

PARTS = {
    "invoke --checkpoint": "test_invoke.py: the function's clock is at the end of a month",
}
"""Commands in sentences that are only parsed, and why."""


@pytest.fixture(scope="module")
def targets() -> set[str]:
    """The targets of the Makefile."""
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.fixture
def _without_docker() -> Iterator[None]:
    with mock_aws(config={"lambda": {"use_docker": False}}):
        yield


@pytest.fixture
def run(
    _without_docker: None,
    rig: Callable[..., Rig],
    clock: FakeClock,
    workspace: SimulatedWorkspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Sequence[str]], str]:
    """Run a command of a page in a folder with keys, a report, a stack and a workspace."""
    prod, dev = (simulated(clock, example_landscape(), roles=ALL_ROLES) for _ in range(2))
    aws = rig(prod=prod, dev=dev)
    aws.configure_leanix(workspace)
    queue = boto3.client("sqs").create_queue(QueueName="failed")["QueueUrl"]
    outputs = {"FailureQueueUrl": queue, "DeliveryQueueUrl": queue, "SecretPrefix": "iflow-census"}
    function = deployed_function(clock, monkeypatch, outputs)
    function.on_pause = function.runs(aws)
    key = json.dumps(prod.service_key())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROD_KEY", key)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("iflow_census.cli.invoke_queue.WAIT_SECONDS", 0)
    monkeypatch.setattr("webbrowser.open", lambda url: url.startswith("file://"))
    monkeypatch.setattr("iflow_census.cli.tenant_admin.confirmation.is_interactive", lambda: True)
    publish_two_months(FolderStore(tmp_path / "iflow-census"))
    for name in ("prod-key", "prod", "key"):
        Path(f"{name}.json").write_text(key)
    Path("leanix.json").write_text(workspace.secret())
    Path("prod.properties").write_text("Receiver\\ host=https://erp.example.com\n")
    Path("report.json").write_bytes(
        Path("iflow-census/reports/period=2026-10/report.json").read_bytes()
    )

    def run_command(arguments: Sequence[str]) -> str:
        result = CliRunner().invoke(app, list(arguments), input="y\n", obj=function.waiting_clock())
        return "" if result.exit_code == 0 else f"exit code {result.exit_code}: {result.output}"

    return run_command


@pytest.mark.slow
def test_commands_in_sentences_run(run: Callable[[Sequence[str]], str]) -> None:
    assert run(["iflow", "download", "prod.json", "Send_Orders", "--out", "orders.zip"]) == ""
    named = {
        shlex.join(command.words[1:]): command
        for page in PAGES
        for command in commands(page)
        if not command.complete and command.words[0] == "iflow-census"
    }

    failed = {
        str(command): error
        for text, command in named.items()
        if text not in PARTS
        for error in [run(shlex.split(COMPLETED.get(text, text)))]
        if error and not (command.is_name and error.startswith("exit code 2: Usage:"))
    }

    assert failed == {}
    assert COMPLETED.keys() | PARTS.keys() <= named.keys()


@pytest.mark.slow
def test_commands_run(run: Callable[[Sequence[str]], str]) -> None:
    failed = {
        str(command): error
        for page in PAGES
        if page != RUN_ELSEWHERE
        for command in commands(page)
        if command.complete and command.words[0] == "iflow-census"
        for error in [run([_filled_in(word) for word in command.words[1:]])]
        if error
    }

    assert failed == {}


def _filled_in(word: str) -> str:
    for placeholder, value in VALUES.items():
        word = word.replace(placeholder, value)
    return word


def test_all_commands_are_known(targets: set[str]) -> None:
    unknown = [
        f"{command}: {reason}"
        for page in PAGES
        for command in commands(page)
        for reason in [_why_unknown(command, targets)]
        if reason
    ]

    assert unknown == []
    assert [line for page in PAGES for line in unfenced_commands(page)] == []


def test_unknown_commands_are_found(targets: set[str]) -> None:
    for text in (
        "iflow-census nothing",
        "iflow-census run --nothing",
        "make nothing",
        "docker run",
        "aws sns nothing",
        "aws stepfunctions start-execution --nothing",
        "make test ARGS=tests/nothing",
        "python -m nothing",
    ):
        assert _why_unknown(Command("page", tuple(text.split()), False), targets), text


def _why_unknown(command: Command, targets: set[str]) -> str:
    """Return why a command cannot be as its program understands it, or nothing."""
    program, *arguments = command.words
    if program == "iflow-census":
        return _parse_error([word.strip("[]…") for word in arguments])
    if program == "make":
        words = " ".join(arguments).split()
        missing = {word for word in arguments if "=" not in word} - targets
        files = {word.rpartition("=")[2] for word in words if "tests/" in word}
        return " ".join(missing | {name for name in files if not (ROOT / name).exists()})
    if any(f"{' '.join(command.words)} ".startswith(f"{known} ") for known in NOT_RUN):
        return ""
    if program == "aws":
        return _aws_error(*arguments)
    if program.startswith("python") and arguments[0] in ("-m", "scripts/site_pages.py"):
        name = arguments[1]
        ours = {"iflow_census", "venv", "tests.browser.screenshots", "tests.rehearsal.demo"}
        return "" if name in ours else f"no module {name}"
    return "not a known program"


def _parse_error(arguments: Sequence[str]) -> str:
    """Return what is wrong with a command and its options; values may be missing."""
    for value in ((), ("VALUE",)):
        result = CliRunner().invoke(app, [*arguments, *value, "--help"])
        if result.exit_code == 0:
            return ""
    return result.output


def _aws_error(service: str, name: str, *options: str) -> str:
    """Return an error unless AWS's API has this operation with these parameters."""
    model = get_session().get_service_model(service)
    operations = {xform_name(operation, "-"): operation for operation in model.operation_names}
    if name not in operations:
        return "no such operation"
    shape = model.operation_model(operations[name]).input_shape
    known = {f"--{xform_name(member, '-')}" for member in (shape.members if shape else ())}
    return " ".join({option for option in options if option.startswith("--")} - known)
