"""Bucket, queues and topic: encrypted, only over TLS, not public, with expiry."""

from typing import Any

import pytest

from tests.template.conftest import KEY
from tests.template.stack import Stack, listed


def _rules(stack: Stack) -> dict[str, dict[str, Any]]:
    rules = stack.properties("CensusBucket")["LifecycleConfiguration"]["Rules"]
    assert all(rule["Status"] == "Enabled" for rule in rules)
    return {rule.get("Prefix", ""): rule for rule in rules}


def test_no_bucket_is_public(stack: Stack) -> None:
    buckets = stack.of_type("AWS::S3::Bucket")

    for bucket in buckets.values():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(bucket["PublicAccessBlockConfiguration"]) == 4
        assert bucket["OwnershipControls"] == {
            "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]
        }


def test_bucket_keeps_versions_and_outlives_the_stack(stack: Stack) -> None:
    bucket = stack.resources["CensusBucket"]

    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["DeletionPolicy"] == "Retain"
    assert bucket["UpdateReplacePolicy"] == "Retain"


def test_bucket_is_encrypted_by_s3_by_default(stack: Stack) -> None:
    (rule,) = stack.properties("CensusBucket")["BucketEncryption"][
        "ServerSideEncryptionConfiguration"
    ]

    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


def test_bucket_is_encrypted_with_the_given_key(stack_with_key: Stack) -> None:
    (rule,) = stack_with_key.properties("CensusBucket")["BucketEncryption"][
        "ServerSideEncryptionConfiguration"
    ]

    assert rule["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": KEY,
    }


def test_work_state_expires_and_reports_do_not(stack: Stack) -> None:
    rules = _rules(stack)

    assert rules["work/"]["ExpirationInDays"] == 90
    assert rules["athena-results/"]["ExpirationInDays"] == 30
    assert [prefix for prefix, rule in rules.items() if "ExpirationInDays" in rule] == [
        "work/",
        "athena-results/",
    ]


def test_old_versions_and_incomplete_uploads_expire(stack: Stack) -> None:
    everything = _rules(stack)[""]

    assert everything["NoncurrentVersionExpiration"] == {"NoncurrentDays": 400}
    assert everything["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


@pytest.mark.parametrize(
    ("policy", "covered"),
    [
        ("CensusBucketPolicy", {"${CensusBucket.Arn}", "${CensusBucket.Arn}/*"}),
        ("QueuePolicy", {"${FailureQueue.Arn}", "${DeliveryQueue.Arn}"}),
        ("NoticeTopicPolicy", {"${NoticeTopic}"}),
    ],
)
def test_requests_without_tls_are_denied(stack: Stack, policy: str, covered: set[str]) -> None:
    statements = stack.properties(policy)["PolicyDocument"]["Statement"]

    (refusal,) = [statement for statement in statements if statement["Effect"] == "Deny"]

    assert refusal["Principal"] == "*"
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": False}}
    assert set(listed(refusal["Resource"])) == covered


def test_no_resource_policy_allows_everyone(stack: Stack) -> None:
    policies = ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy")

    allowed = [
        statement["Principal"]
        for kind in policies
        for policy in stack.of_type(kind).values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]

    assert allowed == [{"Service": "cloudwatch.amazonaws.com"}]


def test_queues_are_encrypted_and_keep_messages_two_weeks(stack: Stack) -> None:
    queues = stack.of_type("AWS::SQS::Queue")

    assert set(queues) == {"DeliveryQueue", "FailureQueue"}
    for queue in queues.values():
        assert queue["SqsManagedSseEnabled"] is True
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 60 * 60


def test_two_stacks_share_no_name() -> None:
    kinds = ["Alarm", "Bucket", "Dashboard", "Function", "Layer"]
    kinds += ["LogGroup", "Queue", "Role", "Topic"]
    names = [f"{kind}Name" for kind in kinds]

    fixed = {
        resource["Properties"][name]
        for resource in Stack({"AWS::StackName": "second"}).resources.values()
        for name in names
        if name in resource.get("Properties", {})
    }

    assert "second-errors" in fixed
    assert [name for name in fixed if "second" not in name and not name.startswith("${")] == []
