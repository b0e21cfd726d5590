"""Whether an execution of the state machine is running."""

from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import pytest
from botocore.stub import Stubber

from iflow_census.aws.executions import is_execution_running
from iflow_census.errors import AccessError

ARN = "arn:aws:states:eu-central-1:123456789012:execution:iflow-census-fan-out:first"


@pytest.fixture
def stubber(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("stepfunctions")
    monkeypatch.setattr(boto3, "client", lambda _: client)
    with Stubber(client) as stubber:
        yield stubber


@pytest.mark.parametrize(
    ("status", "running"),
    [
        ("RUNNING", True),
        ("PENDING_REDRIVE", True),
        ("SUCCEEDED", False),
        ("FAILED", False),
        ("TIMED_OUT", False),
        ("ABORTED", False),
    ],
)
def test_execution_runs_until_it_has_ended(stubber: Stubber, status: str, running: bool) -> None:
    stubber.add_response(
        "describe_execution",
        {
            "executionArn": ARN,
            "stateMachineArn": ARN,
            "startDate": datetime(2026, 11, 1, tzinfo=UTC),
            "status": status,
        },
        {"executionArn": ARN},
    )

    assert is_execution_running(ARN) is running


def test_forgotten_execution_has_ended(stubber: Stubber) -> None:
    stubber.add_client_error("describe_execution", "ExecutionDoesNotExist")

    assert not is_execution_running(ARN)


def test_denied_access_names_the_right(stubber: Stubber) -> None:
    stubber.add_client_error("describe_execution", "AccessDeniedException")

    with pytest.raises(AccessError, match="the role needs states:DescribeExecution"):
        is_execution_running(ARN)
