"""Alarms reach a person, watch what the code writes, and the dashboard shows it."""

import inspect
import json
import re
from typing import Any

import pytest

import app
from iflow_census.lambda_app import observability
from tests.template.stack import Stack


def _alarms(stack: Stack) -> dict[str, dict[str, Any]]:
    alarms = stack.of_type("AWS::CloudWatch::Alarm").values()
    return {alarm["AlarmName"].removeprefix("iflow-census-"): alarm for alarm in alarms}


def _own_metrics(stack: Stack) -> set[str]:
    """The names of the census's own metrics in alarms and dashboard."""
    body = json.loads(stack.properties("Dashboard")["DashboardBody"])
    shown = {
        metric[1]
        for widget in body["widgets"]
        for metric in widget["properties"].get("metrics", [])
        if metric[0] == observability.NAMESPACE
    }
    return shown | {
        alarm["MetricName"]
        for alarm in _alarms(stack).values()
        if alarm["Namespace"] == observability.NAMESPACE
    }


@pytest.mark.parametrize(
    ("name", "metric", "dimension"),
    [
        ("errors", "AWS/Lambda Errors", "FunctionName=${CensusFunction}"),
        ("tenants-failed", "IflowCensus TenantsFailed", "service=iflow-census"),
        ("duration", "AWS/Lambda Duration", "FunctionName=${CensusFunction}"),
        ("not-covered", "IflowCensus TenantsNotCovered", "service=iflow-census"),
        ("notices-failed", "IflowCensus NoticesFailed", "service=iflow-census"),
        ("events-failed", "IflowCensus EventsFailed", "service=iflow-census"),
        ("throttles", "AWS/Lambda Throttles", "FunctionName=${CensusFunction}"),
        (
            "failure-queue",
            "AWS/SQS ApproximateNumberOfMessagesVisible",
            "QueueName=${FailureQueue.QueueName}",
        ),
        (
            "delivery-queue",
            "AWS/SQS ApproximateNumberOfMessagesVisible",
            "QueueName=${DeliveryQueue.QueueName}",
        ),
    ],
)
def test_each_kind_of_failure_has_an_alarm(
    stack: Stack, name: str, metric: str, dimension: str
) -> None:
    alarm = _alarms(stack)[name]

    assert f"{alarm['Namespace']} {alarm['MetricName']}" == metric
    assert [f"{entry['Name']}={entry['Value']}" for entry in alarm["Dimensions"]] == [dimension]


@pytest.mark.parametrize("fan_out", ["true", "false"])
def test_every_alarm_notifies_and_ignores_missing_data(fan_out: str) -> None:
    alarms = _alarms(Stack({"FanOut": fan_out}))

    assert len(alarms) == 9
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == ["${NoticeTopic}"]
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert alarm["AlarmDescription"]


def test_one_failure_triggers_an_alarm(stack: Stack) -> None:
    thresholds = {name: alarm["Threshold"] for name, alarm in _alarms(stack).items()}

    duration = thresholds.pop("duration")

    assert set(thresholds.values()) == {1}
    assert duration == 0.9 * stack.properties("CensusFunction")["Timeout"] * 1000


def test_watched_metrics_are_written_by_the_code(stack: Stack) -> None:
    watched = _own_metrics(stack)

    written = inspect.getsource(observability)

    assert watched
    assert [name for name in watched if f'"{name}"' not in written] == []


def test_dashboard_queries_match_the_log(stack: Stack) -> None:
    body = json.loads(stack.properties("Dashboard")["DashboardBody"])
    written = inspect.getsource(observability) + inspect.getsource(app)

    queries = [
        widget["properties"]["query"] for widget in body["widgets"] if widget["type"] == "log"
    ]

    assert len(queries) == 2
    assert "message = 'tenant scanned'" in queries[0]
    assert '"tenant scanned"' in written
    for query in queries:
        (fields,) = re.findall(r"fields @timestamp, ([^|]+) \|", query)
        for field in set(fields.split(", ")) - {"message"}:
            assert f"{field}=" in written


@pytest.mark.parametrize("fan_out", ["true", "false"])
def test_dashboard_shows_every_alarm(fan_out: str) -> None:
    stack = Stack({"FanOut": fan_out})
    body = json.loads(stack.properties("Dashboard")["DashboardBody"])

    (widget,) = [widget for widget in body["widgets"] if widget["type"] == "alarm"]

    assert set(widget["properties"]["alarms"]) == {
        f"${{{name}.Arn}}" for name in stack.of_type("AWS::CloudWatch::Alarm")
    }


def test_alarms_may_use_the_key_of_the_encrypted_topic(stack: Stack) -> None:
    topic = stack.properties("NoticeTopic")
    statements = stack.properties("NoticeKey")["KeyPolicy"]["Statement"]

    (alarms,) = [statement for statement in statements if statement["Principal"].get("Service")]

    assert topic["KmsMasterKeyId"] == "${NoticeKey.Arn}"
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert alarms["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert alarms["Condition"] == {"StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"}}


def test_own_key_encrypts_logs_queues_and_topic() -> None:
    key = "arn:aws:kms:eu-central-1:123456789012:key/operations"

    stack = Stack({"OperationsKeyArn": key, "FanOut": "true"})

    for group in ("CensusLogGroup", "FanOutLogGroup"):
        assert stack.properties(group)["KmsKeyId"] == key
    for queue in ("FailureQueue", "DeliveryQueue"):
        assert stack.properties(queue)["KmsMasterKeyId"] == key
        assert "SqsManagedSseEnabled" not in stack.properties(queue)
    assert stack.properties("NoticeTopic")["KmsMasterKeyId"] == key
    assert "NoticeKey" not in stack.resources


def test_without_a_key_aws_encrypts_logs_and_queues(stack: Stack) -> None:
    assert "KmsKeyId" not in stack.properties("CensusLogGroup")
    for queue in ("FailureQueue", "DeliveryQueue"):
        assert "KmsMasterKeyId" not in stack.properties(queue)
        assert stack.properties(queue)["SqsManagedSseEnabled"] is True


def test_only_alarms_of_this_stack_may_publish(stack: Stack) -> None:
    statements = stack.properties("NoticeTopicPolicy")["PolicyDocument"]["Statement"]
    names = [alarm["AlarmName"] for alarm in _alarms(stack).values()]

    (allowed,) = [statement for statement in statements if statement["Effect"] == "Allow"]

    source = allowed["Condition"]["ArnLike"]["aws:SourceArn"]
    assert source.endswith(":alarm:iflow-census-*")
    assert all(name.startswith("iflow-census-") for name in names)


def test_given_address_is_subscribed(stack: Stack) -> None:
    asked = Stack({"NoticeEmail": "operator@example.com"})

    subscription = asked.properties("NoticeSubscription")

    assert subscription["Endpoint"] == "operator@example.com"
    assert "NoticeSubscription" not in stack.resources
