"""What each role may do: exactly what docs/security.md lists."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.processes import ROOT
from tests.template.stack import Stack, listed

SECURITY = ROOT / "docs/security.md"

Grant = tuple[str, str, str, frozenset[tuple[str, str]]]
"""Role, action, resource, condition."""


def _table(heading: str) -> list[list[str]]:
    """The rows of the table under a heading of docs/security.md."""
    section = SECURITY.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def _condition(cell: str) -> frozenset[tuple[str, str]]:
    key, *values = _code(cell) or [""]
    return frozenset((key, value) for value in values)


def _documented() -> set[Grant]:
    return {
        (role, action, resource, _condition(condition))
        for role, actions, resources, condition, _ in _table("Permissions of the roles")
        for action in _code(actions)
        for resource in _code(resources)
    }


def _granted(stack: Stack) -> Iterator[Grant]:
    for role, properties in stack.of_type("AWS::IAM::Role").items():
        for policy in properties["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield from _grants(role, statement)


def _grants(role: str, statement: dict[str, Any]) -> Iterator[Grant]:
    assert statement["Effect"] == "Allow"
    conditions = dict(statement.get("Condition", {}))
    equal = conditions.pop("StringEquals", {})
    assert not conditions
    condition = frozenset((key, value) for key, values in equal.items() for value in listed(values))
    for action in listed(statement["Action"]):
        for resource in listed(statement["Resource"]):
            yield role, action, resource, condition


def _exists(fan_out: str, role: str, resource: str = "") -> bool:
    """Whether a role or one of its grants exists in a stack with or without the fan-out."""
    if role == "CensusRole" and resource.endswith("/tenants/*"):
        return fan_out == "false"
    return fan_out == "true" or not (
        role in ("FanOutRole", "ScanRole")
        or resource == "${FanOutMachine.Arn}"
        or ":states:" in resource
    )


OPTIONAL = {
    "KmsKeyArn": "${KmsKeyArn}",
    "OperationsKeyArn": "${OperationsKeyArn}",
    "SecretKeyArns": "${SecretKeyArns}",
    "SubnetIds": "ec2:",
}
"""Parameters with permissions of their own, and what the resource or action of these contains."""


@pytest.mark.parametrize("fan_out", ["true", "false"])
@pytest.mark.parametrize("given", [*OPTIONAL, ""])
def test_permissions_match_the_security_page(given: str, fan_out: str) -> None:
    stack = Stack(
        {
            "AWS::StackName": "${AWS::StackName}",
            given: f"${{{given}}}",
            "SecretPrefix": "${SecretPrefix}",
            "FanOut": fan_out,
        }
    )
    documented = {
        (role, action, resource, condition)
        for role, action, resource, condition in _documented()
        if _exists(fan_out, role, resource)
        if not any(
            mark in f"{action} {resource}" for name, mark in OPTIONAL.items() if name != given
        )
        if given != "OperationsKeyArn" or resource != "${NoticeKey.Arn}"
    }

    granted = set(_granted(stack))

    assert granted == documented


def test_security_page_gives_a_reason_for_each_row() -> None:
    rows = _table("Permissions of the roles")

    assert all(why for *_, why in rows)


def test_only_actions_without_resources_use_a_wildcard(
    stack_with_fan_out: Stack,
) -> None:
    everywhere = [
        (role, action)
        for role, action, resource, _ in _granted(stack_with_fan_out)
        if resource == "*"
    ]

    by_role = {
        role: {action for one, action in everywhere if one == role}
        for role in ("CensusRole", "FanOutRole", "ScanRole", "ScheduleRole")
    }

    assert by_role == {
        "CensusRole": {"secretsmanager:ListSecrets"},
        "FanOutRole": {
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
        },
        "ScanRole": set(),
        "ScheduleRole": set(),
    }


def test_only_the_scan_function_reads_tenant_keys(stack_with_fan_out: Stack, stack: Stack) -> None:
    def readers(of: Stack) -> set[tuple[str, str]]:
        return {
            (role, resource.rsplit(":", 1)[1])
            for role, action, resource, _ in _granted(of)
            if action == "secretsmanager:GetSecretValue"
        }

    assert readers(stack) == {
        ("CensusRole", "iflow-census/tenants/*"),
        ("CensusRole", "iflow-census/leanix-??????"),
    }
    assert readers(stack_with_fan_out) == {
        ("ScanRole", "iflow-census/tenants/*"),
        ("CensusRole", "iflow-census/leanix-??????"),
    }


def test_no_action_has_a_wildcard(stack_with_fan_out: Stack) -> None:
    actions = {action for _, action, _, _ in _granted(stack_with_fan_out)}

    assert not [action for action in actions if "*" in action]


def test_no_role_has_a_managed_policy(stack_with_fan_out: Stack) -> None:
    roles = stack_with_fan_out.of_type("AWS::IAM::Role")

    assert not [name for name, role in roles.items() if "ManagedPolicyArns" in role]


@pytest.mark.parametrize("fan_out", ["true", "false"])
def test_trust_policies_match_the_security_page(fan_out: str) -> None:
    stack = Stack({"FanOut": fan_out})
    documented = {
        (role, _code(principal)[0], condition)
        for role, principal, conditions, _ in _table("Who may assume a role")
        if _exists(fan_out, role)
        for condition in [frozenset(zip(*[iter(_code(conditions))] * 2, strict=True))]
    }

    trusted = {
        (
            role,
            statement["Principal"]["Service"],
            frozenset(statement.get("Condition", {}).get("StringEquals", {}).items()),
        )
        for role, properties in stack.of_type("AWS::IAM::Role").items()
        for statement in properties["AssumeRolePolicyDocument"]["Statement"]
    }

    assert trusted == documented


def test_no_other_identities_are_created(stack_with_fan_out: Stack) -> None:
    kinds = {resource["Type"] for resource in stack_with_fan_out.resources.values()}

    identities = {kind for kind in kinds if kind.startswith("AWS::IAM::")}
    assert identities == {"AWS::IAM::Role", "AWS::IAM::ManagedPolicy"}
    assert "AWS::Lambda::Permission" not in kinds


def test_boundary_limits_every_role() -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    stack = Stack({"FanOut": "true", "PermissionsBoundaryArn": boundary})

    limits = [role["PermissionsBoundary"] for role in stack.of_type("AWS::IAM::Role").values()]

    assert limits == [boundary] * 4
    assert "PermissionsBoundary" not in Stack().properties("CensusRole")


@pytest.mark.parametrize("key", ["${KmsKeyArn}", ""])
def test_readers_can_only_read_reports_and_tables(key: str) -> None:
    stack = Stack({"KmsKeyArn": key})
    bucket = "${CensusBucket.Arn}"

    statements = stack.properties("ReaderPolicy")["PolicyDocument"]["Statement"]

    allowed = {
        (action, resource)
        for statement in statements
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }
    expected = {
        ("s3:GetObject", f"{bucket}/reports/*"),
        ("s3:GetObject", f"{bucket}/tables/*"),
        ("s3:ListBucket", bucket),
    }
    assert allowed == (expected | {("kms:Decrypt", key)} if key else expected)


def test_other_accounts_read_only_reports() -> None:
    accounts = "111111111111,222222222222"

    *_, readers = Stack({"ReaderAccounts": accounts}).properties("CensusBucketPolicy")[
        "PolicyDocument"
    ]["Statement"]

    assert readers["Principal"] == {"AWS": accounts.split(",")}
    assert (readers["Effect"], readers["Action"]) == ("Allow", "s3:GetObject")
    assert readers["Resource"] == "${CensusBucket.Arn}/reports/*"
