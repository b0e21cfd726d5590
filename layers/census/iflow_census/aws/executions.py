"""Executions of the state machine in AWS Step Functions."""

import boto3

from iflow_census.aws.errors import translate_errors

RUNNING = frozenset({"RUNNING", "PENDING_REDRIVE"})


def is_execution_running(arn: str) -> bool:
    """Whether an execution is running; one that Step Functions has forgotten is not.

    Raises:
        AccessError: the role may not describe the execution.
    """
    client = boto3.client("stepfunctions")
    with translate_errors(f"execution {arn}", rights="states:DescribeExecution"):
        try:
            execution = client.describe_execution(executionArn=arn)
        except client.exceptions.ExecutionDoesNotExist:
            return False
    return execution["status"] in RUNNING
