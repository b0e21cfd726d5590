"""What a person may ask of the stack: described, with a default, and refused where it is wrong."""

import re
from typing import Any

import pytest

from tests.template.cron import Cron
from tests.template.stack import Stack

SCHEDULES = ("CensusSchedule", "CheckpointSchedule", "VerifySchedule")


def _parameters() -> dict[str, dict[str, Any]]:
    """The parameters of the template; pytest's collection of the tests does not translate it."""
    parameters: dict[str, dict[str, Any]] = Stack().template["Parameters"]
    return parameters


def _accepted(name: str, value: str) -> bool:
    return re.fullmatch(_parameters()[name]["AllowedPattern"], value) is not None


def test_parameters_have_description_default_and_bounds() -> None:
    for name, parameter in _parameters().items():
        assert parameter["Description"].endswith("."), name
        assert "Default" in parameter, name
        assert {"AllowedPattern", "AllowedValues", "MaxValue"} & parameter.keys(), name
        assert ("MinValue" in parameter) == ("MaxValue" in parameter), name


def test_defaults_are_within_their_bounds() -> None:
    for name, parameter in _parameters().items():
        default = parameter["Default"]
        if "AllowedPattern" in parameter:
            assert _accepted(name, default), name
            assert "ConstraintDescription" in parameter, name
        if "AllowedValues" in parameter:
            assert default in parameter["AllowedValues"], name
        if "MaxValue" in parameter:
            assert parameter["MinValue"] <= default <= parameter["MaxValue"], name


def _other_value(name: str, parameter: dict[str, Any]) -> str:
    """A value of a parameter that is not its default."""
    if "AllowedValues" in parameter:
        return next(str(v) for v in parameter["AllowedValues"] if v != parameter["Default"])
    if "MaxValue" in parameter:
        value = parameter["MaxValue"]
        return str(value if value != parameter["Default"] else parameter["MinValue"])
    return f"other-{name}"


def test_every_parameter_reaches_the_stack() -> None:
    # Some have an effect only together with these.
    others = {"FanOut": "true", "SubnetIds": "subnet-1", "HttpsProxy": "https://proxy:3128"}
    default = Stack(others)

    for name, parameter in _parameters().items():
        given = {**others, name: _other_value(name, parameter)}
        assert Stack(given).resources != default.resources or name in others, name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CensusSchedule", "cron(30 0 1 * * *)"),
        ("CensusSchedule", "cron(30 0 10 * ? *)"),
        ("CensusSchedule", "cron(60 0 1 * ? *)"),
        ("CensusSchedule", "cron(30 24 1 * ? *)"),
        ("CensusSchedule", "cron(30 0 1 1 ? *)"),
        ("CensusSchedule", "cron(30 0 1 * ?)"),
        ("CensusSchedule", "rate(30 days)"),
        ("CensusSchedule", "30 0 1 * ? *"),
        ("CheckpointSchedule", "cron(30 0 9 * ? *)"),
        ("CheckpointSchedule", "cron(30 0 29 * ? *)"),
        ("VerifySchedule", "cron(30 0 1 * ? *)"),
        ("VerifySchedule", "cron(30 0 31 * ? *)"),
        ("HttpsProxy", "https://user:password@proxy:8080"),
        ("PermissionsBoundaryArn", "boundary"),
        ("ReaderAccounts", "111111111111, 222222222222"),
        ("SecretKeyArns", "alias/key"),
        ("SecurityGroupIds", "default"),
        ("SubnetIds", "subnet-1,"),
        ("SecretPrefix", ""),
        ("SecretPrefix", "iflow-census/"),
        ("SecretPrefix", "/iflow-census"),
        ("SecretPrefix", "*"),
        ("SecretPrefix", "iflow?census"),
        ("SecretPrefix", "${AWS::StackName}"),
        ("ReportFormats", "csv,json"),
        ("ReportFormats", "pdf"),
        ("ReportFormats", ""),
        ("KmsKeyArn", "alias/census"),
        ("KmsKeyArn", "arn:aws:kms:eu-central-1:123456789012:alias/census"),
        ("KmsKeyArn", "arn:aws:kms:eu-central-1:123456789012:key/*"),
        ("NoticeEmail", "operator"),
        ("NoticeEmail", "a b@example.com"),
    ],
)
def test_value_out_of_range_is_rejected(name: str, value: str) -> None:
    assert not _accepted(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CensusSchedule", "cron(0 0 1 * ? *)"),
        ("CensusSchedule", "cron(59 23 9 * ? *)"),
        ("CheckpointSchedule", "cron(5 4 28 * ? *)"),
        ("VerifySchedule", "cron(0 6 2 * ? *)"),
        ("SecretPrefix", "team/iflow-census"),
        ("ReportFormats", "csv json jsonl html xlsx classic-csv classic-json"),
        ("KmsKeyArn", "arn:aws:kms:eu-central-1:123456789012:key/mrk-0123456789abcdef"),
        ("NoticeEmail", "first.last+sap@example.com"),
    ],
)
def test_value_within_range_is_accepted(name: str, value: str) -> None:
    assert _accepted(name, value)


@pytest.mark.parametrize("name", SCHEDULES)
def test_accepted_schedules_are_cron_expressions(name: str) -> None:
    numbers = range(62)
    candidates = [f"cron({minute} 0 2 * ? *)" for minute in numbers]
    candidates += [f"cron(0 {hour} 2 * ? *)" for hour in numbers]
    candidates += [f"cron(0 0 {day} * ? *)" for day in numbers]

    accepted = [candidate for candidate in candidates if _accepted(name, candidate)]

    assert accepted
    assert all(Cron.parse(candidate) for candidate in accepted)


def test_census_reaches_back_to_the_checkpoint() -> None:
    census = [day for day in range(32) if _accepted("CensusSchedule", f"cron(0 0 {day} * ? *)")]
    checkpoint = [
        day for day in range(32) if _accepted("CheckpointSchedule", f"cron(0 0 {day} * ? *)")
    ]

    longest_gap = 31 - min(checkpoint) + max(census)

    assert longest_gap <= 30
    assert max(checkpoint) <= 30


def test_every_parameter_has_a_group_and_a_label(stack: Stack) -> None:
    interface = stack.template["Metadata"]["AWS::CloudFormation::Interface"]

    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]

    assert sorted(grouped) == sorted(_parameters())
    assert sorted(interface["ParameterLabels"]) == sorted(_parameters())


def test_outputs_name_what_users_need(stack: Stack) -> None:
    outputs = stack.template["Outputs"]

    assert set(outputs) == {
        "DashboardUrl",
        "DeliveryQueueUrl",
        "ExampleSecret",
        "FailureQueueUrl",
        "FunctionArn",
        "FunctionName",
        "LogGroup",
        "NoticeTopic",
        "ReaderPolicyArn",
        "ReportBucket",
        "SecretPrefix",
        "StateMachineArn",
        "Workgroup",
    }
    assert stack.resolved(outputs["ExampleSecret"]["Value"]) == "iflow-census/tenants/prod"
