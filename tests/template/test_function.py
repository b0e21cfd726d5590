"""The function: its limits, its settings, and where its failures go."""

import re

import pytest
from aws_lambda_powertools.metrics import EphemeralMetrics
from pydantic import ValidationError

from iflow_census.lambda_app import observability
from iflow_census.lambda_app.settings import PREFIX, Settings, load_settings
from iflow_census.leanix.settings import LeanixSettings, Mode
from iflow_census.report.formats import FORMATS
from tests.processes import ROOT
from tests.template.stack import Stack

AWS_PAGE = ROOT / "docs/aws.md"


def _environment(stack: Stack) -> dict[str, str]:
    variables = stack.properties("CensusFunction")["Environment"]["Variables"]
    return {name: str(value) for name, value in variables.items()}


def test_memory_and_time_are_within_the_limits_of_lambda(stack: Stack) -> None:
    function = stack.properties("CensusFunction")
    memory = stack.template["Parameters"]["MemorySize"]

    assert function["Timeout"] == 900
    assert 128 <= memory["MinValue"] <= function["MemorySize"] <= memory["MaxValue"] <= 10240


def test_function_runs_on_python_3_13_with_the_layer(stack: Stack) -> None:
    function = stack.properties("CensusFunction")
    (layer,) = stack.of_type("AWS::Lambda::LayerVersion")

    assert function["Runtime"] == "python3.13"
    assert function["Handler"] == "app.handler"
    assert function["Layers"] == [f"${{{layer}}}"]
    assert stack.properties(layer)["CompatibleArchitectures"] == function["Architectures"]


def test_every_function_sends_failures_to_a_queue(stack: Stack) -> None:
    functions = {f"${{{name}}}" for name in stack.of_type("AWS::Lambda::Function")}

    configured = {
        found["FunctionName"]: found["DestinationConfig"]["OnFailure"]["Destination"]
        for found in stack.of_type("AWS::Lambda::EventInvokeConfig").values()
    }

    assert configured == dict.fromkeys(functions, "${FailureQueue.Arn}")


def test_template_can_be_included_in_cdk(stack: Stack) -> None:
    # CfnInclude requires OnSuccess in this property, which has only OnFailure here.
    for resource in stack.template["Resources"].values():
        assert "EventInvokeConfig" not in resource.get("Properties", {})


def test_event_outlives_three_full_runs(stack: Stack) -> None:
    waiting = stack.properties("CensusFunctionEventInvokeConfig")
    timeout = stack.properties("CensusFunction")["Timeout"]

    tries = waiting["MaximumRetryAttempts"] + 1

    assert tries == 3
    assert tries * (timeout + 120) < waiting["MaximumEventAgeInSeconds"] <= 21600


def test_functions_run_in_the_given_subnets(stack: Stack) -> None:
    given = {"SubnetIds": "subnet-1,subnet-2", "SecurityGroupIds": "sg-1", "FanOut": "true"}

    functions = Stack(given).of_type("AWS::Lambda::Function").values()

    networks = [function["VpcConfig"] for function in functions]
    expected = {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
    assert networks == [expected, expected]
    assert "VpcConfig" not in stack.properties("CensusFunction")


def test_docs_name_the_services_to_reach_from_a_vpc() -> None:
    names = {
        "events": "EventBridge",
        "s3": "S3",
        "secretsmanager": "Secrets Manager",
        "sns": "SNS",
        "stepfunctions": "Step Functions",
    }
    code = [
        path.read_text(encoding="utf-8")
        for folder in ("aws", "lambda_app")
        for path in (ROOT / "layers/census/iflow_census" / folder).glob("*.py")
    ]

    called = {name for text in code for name in re.findall(r'boto3\.client\(\s*"(\w+)"', text)}
    (row,) = re.findall(r"\| calls from known addresses.*", AWS_PAGE.read_text(encoding="utf-8"))

    assert called == names.keys()
    assert [name for name in names.values() if name not in row] == []


def test_requests_go_through_the_given_proxy(stack: Stack) -> None:
    given = {"HttpsProxy": "http://proxy.example:8080", "NoProxy": ".amazonaws.com"}

    variables = _environment(Stack(given))

    assert variables["HTTPS_PROXY"] == "http://proxy.example:8080"
    assert variables["NO_PROXY"] == ".amazonaws.com"
    assert not {"HTTPS_PROXY", "NO_PROXY"} & _environment(stack).keys()


def test_no_concurrency_is_reserved(stack: Stack) -> None:
    function = stack.properties("CensusFunction")

    assert "ReservedConcurrentExecutions" not in function


def test_function_writes_its_own_log_and_no_traces(stack: Stack) -> None:
    function = stack.properties("CensusFunction")

    assert "TracingConfig" not in function
    assert function["LoggingConfig"] == {"LogGroup": "${CensusLogGroup}"}


def test_every_log_group_has_a_retention(stack: Stack) -> None:
    groups = stack.of_type("AWS::Logs::LogGroup")

    assert {name: group["RetentionInDays"] for name, group in groups.items()} == {
        "CensusLogGroup": 90
    }


def test_code_reads_every_environment_variable(stack: Stack) -> None:
    environment = _environment(stack)

    settings = load_settings(environment)

    assert settings.bucket == "${CensusBucket}"
    named = {name.removeprefix(PREFIX).lower() for name in environment if name.startswith(PREFIX)}
    assert named <= Settings.model_fields.keys() | {"leanix_settings"}
    assert {name for name in environment if not name.startswith(PREFIX)} == {
        "MALLOC_ARENA_MAX",
        "MALLOC_MMAP_THRESHOLD_",
        "POWERTOOLS_LOG_LEVEL",
        "POWERTOOLS_SERVICE_NAME",
    }


def test_template_and_code_have_the_same_defaults(stack: Stack) -> None:
    environment = _environment(stack)

    settings = load_settings(environment)

    assert settings == Settings(bucket="${CensusBucket}", notice_topic="${NoticeTopic}")


@pytest.mark.parametrize("bound", ["MinValue", "MaxValue"])
@pytest.mark.parametrize(
    "parameter",
    [
        "TenantsAtOnce",
        "DesignTimePerSecond",
        "RuntimePerSecond",
        "MessageLogsPerSecond",
        "MessageFactor",
        "MessageFloor",
        "NoticeLinkSeconds",
    ],
)
def test_code_accepts_the_bounds_of_the_template(parameter: str, bound: str) -> None:
    value = Stack().template["Parameters"][parameter][bound]

    environment = _environment(Stack({parameter: str(value)}))

    assert load_settings(environment)


def test_leanix_settings_of_the_template_reach_the_code() -> None:
    text = '{"mode": "full", "tag_group": "Tenants", "fields": {"usage": "ciUsage"}}'

    environment = _environment(Stack({"LeanixSettings": text}))

    assert load_settings(environment).leanix == LeanixSettings(
        mode=Mode.FULL, tag_group="Tenants", fields={"usage": "ciUsage"}
    )


def test_code_accepts_secret_prefixes_of_the_template(stack: Stack) -> None:
    pattern = stack.template["Parameters"]["SecretPrefix"]["AllowedPattern"]

    for prefix in ("iflow-census", "a/b.c", "x@y_z", "/a", "a/", "a b", "a*", ""):
        try:
            Settings(bucket="bucket", secret_prefix=prefix)
        except ValidationError:
            assert not re.fullmatch(pattern, prefix)


def test_every_format_can_be_chosen(stack: Stack) -> None:
    pattern = stack.template["Parameters"]["ReportFormats"]["AllowedPattern"]

    chosen = " ".join(FORMATS)

    assert re.fullmatch(pattern, chosen)


def test_metrics_of_two_stacks_are_kept_apart(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarm = stack.properties("TenantsFailedAlarm")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "second-stack")

    service = EphemeralMetrics(namespace=observability.NAMESPACE).service

    assert alarm["Dimensions"] == [{"Name": "service", "Value": "iflow-census"}]
    assert service == "second-stack"
