"""`iflow-census iflow parameters` and `configure`."""

import json
from pathlib import Path

import pytest

from tests.functional.tenant_admin.conftest import Call
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant

IFLOW = "Send_Orders"
HOST = "Receiver host"
TIMEOUT = "Timeout/ms"
ALIAS = "Password alias"


def _values(tenant: SimulatedTenant, iflow: str = IFLOW) -> dict[str, str]:
    parent = ("IntegrationDesigntimeArtifacts", (iflow,))
    rows = tenant.content.children("Configurations", parent)
    return {row["ParameterKey"]: row["ParameterValue"] for row in rows}


def _written(tenant: SimulatedTenant) -> list[str]:
    return [
        request.path.rpartition("/")[2] for request in tenant.requests if request.method == "PUT"
    ]


def test_parameters_are_shown_with_types(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    table = call("iflow", "parameters", key_file, IFLOW)
    listed = call("iflow", "parameters", key_file, IFLOW, "--json")

    assert table.stdout.splitlines()[-1].split() == [
        *("Timeout/ms", "60000", "xsd:integer", "Description", "of", "Timeout/ms")
    ]
    rows = json.loads(listed.stdout)
    assert {row["ParameterKey"]: row["ParameterValue"] for row in rows} == _values(tenant)


@pytest.mark.parametrize("name", ["orders.properties", "orders.json"])
def test_saved_parameters_have_no_changes(
    call: Call, key_file: str, tenant: SimulatedTenant, name: str
) -> None:
    for row in tenant.content.rows("Configurations"):
        row["ParameterValue"] = " = a\\b:\n#ü\t\u2028'"

    saved = call("iflow", "parameters", key_file, IFLOW, "--output", name)
    result = call("iflow", "configure", key_file, IFLOW, name)

    assert (saved.exit_code, result.exit_code) == (0, 0), saved.output + result.output
    assert "already has the values of" in result.stderr
    assert _written(tenant) == []


def test_only_changed_parameters_are_written(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    before = _values(tenant)
    desired = {HOST: "https://new.example.com/in?a=b", TIMEOUT: before[TIMEOUT], ALIAS: "sales"}
    Path("new.json").write_text(json.dumps(desired), encoding="utf-8")

    result = call("iflow", "configure", key_file, IFLOW, "new.json", "--yes")

    assert result.exit_code == 0, result.output
    assert f"'Receiver host': {before[HOST]!r} → {desired[HOST]!r}" in result.stderr
    assert "'Password alias': *** → ***" in result.stderr
    assert TIMEOUT not in result.stderr
    assert "2 of 2 parameters written" in result.stderr
    assert _values(tenant) == before | desired
    assert _written(tenant) == [
        "Configurations('Receiver%20host')",
        "Configurations('Password%20alias')",
    ]
    assert _values(tenant, "Draft_Flow")[TIMEOUT] == "60000"


def test_control_characters_in_changes_are_escaped(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    for row in tenant.content.rows("Configurations"):
        row["ParameterValue"] = "[red]\x1b[2J\u202e:boom:"
    Path("new.json").write_text(json.dumps({TIMEOUT: "1"}), encoding="utf-8")

    result = call("iflow", "configure", key_file, IFLOW, "new.json", "--yes")

    assert r"'[red]\x1b[2J\u202e:boom:' → '1'" in result.stderr


@pytest.mark.usefixtures("at_terminal")
def test_configuration_needs_confirmation(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    Path("new.properties").write_text(f"{TIMEOUT} = 1\n", encoding="utf-8")

    result = call("iflow", "configure", key_file, IFLOW, "new.properties", input="n\n")

    assert result.exit_code == 1
    assert "'Timeout/ms': '60000' → '1'" in result.stderr
    assert "Nothing was changed." in result.stderr
    assert _written(tenant) == []


def test_dry_run_prints_changes_and_requests(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    desired = {TIMEOUT: "1", ALIAS: "hush-hush"}
    Path("new.json").write_text(json.dumps(desired), encoding="utf-8")

    result = call("iflow", "configure", key_file, IFLOW, "new.json", "--dry-run")

    assert result.exit_code == 0, result.output
    path = "IntegrationDesigntimeArtifacts(Id='Send_Orders',Version='active')/$links/Configurations"
    assert f"PUT {tenant.url}/api/v1/{path}('Timeout%2Fms')" in result.stdout
    assert '"ParameterValue": "1"' in result.stdout
    assert '"ParameterValue": "***"' in result.stdout
    assert "hush-hush" not in result.output
    assert _written(tenant) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"Reciever host": "x"},
            "unknown parameter 'Reciever host'; did you mean 'Receiver",
        ),
        (
            {"Nothing alike": "x"},
            "unknown parameter 'Nothing alike'; see `iflow-census",
        ),
        ({TIMEOUT: 5}, "the value of 'Timeout/ms' is not a string"),
        ({}, "new.json: contains no parameter"),
    ],
)
def test_invalid_file_writes_nothing(
    call: Call, key_file: str, tenant: SimulatedTenant, content: dict[str, object], message: str
) -> None:
    desired = content and {HOST: "https://new.example.com", **content}
    Path("new.json").write_text(json.dumps(desired), encoding="utf-8")

    result = call("iflow", "configure", key_file, IFLOW, "new.json", "--yes")

    assert result.exit_code == 2
    assert message in result.stderr
    assert _written(tenant) == []


def test_unknown_file_format_is_rejected_before_any_request(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    result = call("iflow", "parameters", key_file, IFLOW, "--output", "orders.csv")

    assert result.exit_code == 2
    assert "orders.csv: unknown file format" in result.stderr
    assert tenant.requests == []


def test_partial_write_reports_number_of_parameters(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    desired = {HOST: "https://new.example.com", ALIAS: "sales"}
    Path("new.json").write_text(json.dumps(desired), encoding="utf-8")
    tenant.faults.add(Fault(FaultKind.UNAVAILABLE, path="Password%20alias"))

    result = call("iflow", "configure", key_file, IFLOW, "new.json", "--yes")

    assert result.exit_code == 1
    assert "1 of 2 parameters written" in result.stderr
    assert _values(tenant)[HOST] == desired[HOST]
    assert _values(tenant)[ALIAS] != desired[ALIAS]


def test_parameters_of_configure_only_package_can_be_set(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    Path("new.json").write_text(json.dumps({TIMEOUT: "7"}), encoding="utf-8")

    result = call("iflow", "configure", key_file, "Standard_Flow", "new.json", "--yes")

    assert result.exit_code == 0, result.output
    assert _values(tenant, "Standard_Flow")[TIMEOUT] == "7"
