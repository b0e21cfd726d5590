"""`iflow-census iflow parameters` and `configure`: from the tenant to a file, and back."""

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
    return [one.path.rpartition("/")[2] for one in tenant.requests if one.method == "PUT"]


def test_the_parameters_are_shown_with_their_types(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    table = call("iflow", "parameters", key_file, IFLOW)
    listed = call("iflow", "parameters", key_file, IFLOW, "--json")

    assert table.stdout.splitlines()[-1].split() == [
        *("Timeout/ms", "60000", "xsd:integer", "What", "Timeout/ms", "is")
    ]
    rows = json.loads(listed.stdout)
    assert {one["ParameterKey"]: one["ParameterValue"] for one in rows} == _values(tenant)


@pytest.mark.parametrize("name", ["orders.properties", "orders.json"])
def test_what_was_saved_is_nothing_to_write(
    call: Call, key_file: str, tenant: SimulatedTenant, name: str
) -> None:
    for row in tenant.content.rows("Configurations"):
        row["ParameterValue"] = " = a\\b:\n#ü\t\u2028'"

    saved = call("iflow", "parameters", key_file, IFLOW, "--output", name)
    result = call("iflow", "configure", key_file, IFLOW, name)

    assert (saved.exit_code, result.exit_code) == (0, 0), saved.output + result.output
    assert "nothing to write" in result.stderr
    assert _written(tenant) == []


def test_only_what_differs_is_written_after_it_was_shown(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    before = _values(tenant)
    wanted = {HOST: "https://new.example.com/in?a=b", TIMEOUT: before[TIMEOUT], ALIAS: "sales"}
    Path("new.json").write_text(json.dumps(wanted), encoding="utf-8")

    result = call("iflow", "configure", key_file, IFLOW, "new.json", "--yes")

    assert result.exit_code == 0, result.output
    assert f"'Receiver host': {before[HOST]!r} → {wanted[HOST]!r}" in result.stderr
    assert "'Password alias': *** → ***" in result.stderr
    assert TIMEOUT not in result.stderr
    assert "Written: 2 of 2" in result.stderr
    assert _values(tenant) == before | wanted
    assert _written(tenant) == [
        "Configurations('Receiver%20host')",
        "Configurations('Password%20alias')",
    ]
    assert _values(tenant, "Draft_Flow")[TIMEOUT] == "60000"


def test_a_terminal_obeys_no_value_in_the_difference(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    for row in tenant.content.rows("Configurations"):
        row["ParameterValue"] = "[red]\x1b[2J\u202e:boom:"
    Path("new.json").write_text(json.dumps({TIMEOUT: "1"}), encoding="utf-8")

    result = call("iflow", "configure", key_file, IFLOW, "new.json", "--yes")

    assert r"'[red]\x1b[2J\u202e:boom:' → '1'" in result.stderr


@pytest.mark.usefixtures("at_terminal")
def test_nothing_is_written_without_a_yes(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    Path("new.properties").write_text(f"{TIMEOUT} = 1\n", encoding="utf-8")

    result = call("iflow", "configure", key_file, IFLOW, "new.properties", input="n\n")

    assert result.exit_code == 1
    assert "'Timeout/ms': '60000' → '1'" in result.stderr
    assert "Nothing was changed." in result.stderr
    assert _written(tenant) == []


def test_a_dry_run_shows_the_difference_and_the_requests(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    wanted = {TIMEOUT: "1", ALIAS: "hush-hush"}
    Path("new.json").write_text(json.dumps(wanted), encoding="utf-8")

    result = call("iflow", "configure", key_file, IFLOW, "new.json", "--dry-run")

    assert result.exit_code == 0, result.output
    path = "IntegrationDesigntimeArtifacts(Id='Send_Orders',Version='active')/$links/Configurations"
    assert f"PUT {tenant.url}/api/v1/{path}('Timeout%2Fms')" in result.stdout
    assert '"ParameterValue": "1"' in result.stdout
    assert '"ParameterValue": "***"' in result.stdout
    assert "hush-hush" not in result.output
    assert _written(tenant) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"Reciever host": "x"}, "no parameter 'Reciever host': did you mean 'Receiver host'?"),
        ({"Nothing alike": "x"}, "no parameter 'Nothing alike': see `iflow-census iflow param"),
        ({TIMEOUT: 5}, "the value of 'Timeout/ms' is no text"),
        ({}, "new.json names no parameter"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_whole(
    call: Call, key_file: str, tenant: SimulatedTenant, content: dict[str, object], said: str
) -> None:
    wanted = content and {HOST: "https://new.example.com", **content}
    Path("new.json").write_text(json.dumps(wanted), encoding="utf-8")

    result = call("iflow", "configure", key_file, IFLOW, "new.json", "--yes")

    assert result.exit_code == 2
    assert said in result.stderr
    assert _written(tenant) == []


def test_a_file_whose_form_nobody_knows_is_refused_before_anything_is_asked(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    result = call("iflow", "parameters", key_file, IFLOW, "--output", "orders.csv")

    assert result.exit_code == 2
    assert "orders.csv: what form is it of?" in result.stderr
    assert tenant.requests == []


def test_where_writing_ends_early_the_person_is_told_how_far_it_came(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    wanted = {HOST: "https://new.example.com", ALIAS: "sales"}
    Path("new.json").write_text(json.dumps(wanted), encoding="utf-8")
    tenant.faults.add(Fault(FaultKind.UNAVAILABLE, path="Password%20alias"))

    result = call("iflow", "configure", key_file, IFLOW, "new.json", "--yes")

    assert result.exit_code == 1
    assert "Written: 1 of 2" in result.stderr
    assert _values(tenant)[HOST] == wanted[HOST]
    assert _values(tenant)[ALIAS] != wanted[ALIAS]


def test_the_parameters_of_a_configure_only_package_can_be_set(
    call: Call, key_file: str, tenant: SimulatedTenant
) -> None:
    Path("new.json").write_text(json.dumps({TIMEOUT: "7"}), encoding="utf-8")

    result = call("iflow", "configure", key_file, "Standard_Flow", "new.json", "--yes")

    assert result.exit_code == 0, result.output
    assert _values(tenant, "Standard_Flow")[TIMEOUT] == "7"
