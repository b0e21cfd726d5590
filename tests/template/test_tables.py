"""What Athena reads: the rows of the report, month by month."""

import copy
import json
import re
from typing import Any

import pytest

from iflow_census.report.query_tables import QUERY_TABLES
from tests.template.conftest import KEY
from tests.template.stack import Stack

SQL = re.findall(
    r"\w+",
    "and as by cast count count_if current_date date_add date_format desc from group having "
    "integer min order over partition round row_number select substr sum where with",
)


RESOURCES = {name: f"{name.capitalize()}Table" for name in QUERY_TABLES}


def _table(stack: Stack, name: str = "iflows") -> dict[str, Any]:
    table: dict[str, Any] = stack.properties(RESOURCES[name])["TableInput"]
    return table


@pytest.mark.parametrize("name", QUERY_TABLES)
def test_table_has_the_columns_of_its_files(stack: Stack, name: str) -> None:
    table = _table(stack, name)

    types = QUERY_TABLES[name].all_columns
    assert table["StorageDescriptor"]["Columns"] == [
        {"Name": column, "Type": glue} for column, glue in types.items()
    ]
    assert table["Name"] == name


@pytest.mark.parametrize("name", QUERY_TABLES)
def test_tables_differ_only_in_columns_and_place(stack: Stack, name: str) -> None:
    text = json.dumps(_table(stack, name) | {"Description": ""}).replace(f"/{name}/", "/iflows/")
    table = json.loads(text) | {"Name": "iflows"}

    iflows = copy.deepcopy(_table(stack)) | {"Description": ""}
    del table["StorageDescriptor"]["Columns"], iflows["StorageDescriptor"]["Columns"]
    assert table == iflows


def test_every_table_is_in_the_template(stack: Stack) -> None:
    assert set(stack.of_type("AWS::Glue::Table")) == set(RESOURCES.values())


def test_months_are_found_without_a_crawler(stack: Stack) -> None:
    table = _table(stack)

    projection = table["Parameters"]

    assert [key["Name"] for key in table["PartitionKeys"]] == ["period"]
    assert projection["projection.enabled"] == "true"
    assert projection["projection.period.type"] == "date"
    assert projection["projection.period.format"] == "yyyy-MM"
    assert projection["projection.period.interval.unit"] == "MONTHS"
    assert re.fullmatch(r"\d{4}-\d{2},NOW", projection["projection.period.range"])
    assert projection["storage.location.template"] == (
        "s3://${CensusBucket}/tables/iflows/period=${period}/"
    )


def test_table_is_where_the_function_may_write(stack: Stack) -> None:
    location = _table(stack)["StorageDescriptor"]["Location"]

    assert location == "s3://${CensusBucket}/tables/iflows/"


@pytest.mark.parametrize(
    ("name", "expected"), [("iflow-census", "iflow_census"), ("a-b-c", "a_b_c"), ("plain", "plain")]
)
def test_database_name_needs_no_quotes(name: str, expected: str) -> None:
    stack = Stack({"AWS::StackName": name})

    assert stack.properties("CensusDatabase")["DatabaseInput"]["Name"] == expected


def test_query_results_are_always_encrypted(stack: Stack, stack_with_key: Stack) -> None:
    plain = stack.properties("CensusWorkgroup")["WorkGroupConfiguration"]
    keyed = stack_with_key.properties("CensusWorkgroup")["WorkGroupConfiguration"]

    assert plain["EnforceWorkGroupConfiguration"] is True
    result = plain["ResultConfiguration"]
    assert result["OutputLocation"] == "s3://${CensusBucket}/athena-results/"
    assert result["EncryptionConfiguration"] == {"EncryptionOption": "SSE_S3"}
    assert keyed["ResultConfiguration"]["EncryptionConfiguration"] == {
        "EncryptionOption": "SSE_KMS",
        "KmsKey": KEY,
    }


def test_each_named_query_exists(stack: Stack) -> None:
    queries = stack.of_type("AWS::Athena::NamedQuery")

    assert set(queries) == {
        "CertificatesQuery",
        "ChangesQuery",
        "EditedAndUsedQuery",
        "FailuresByPackageQuery",
        "GrowthByMonthQuery",
        "TenantsByMonthQuery",
        "UnusedIflowsQuery",
        "WorklistQuery",
    }


def test_queries_use_existing_columns(stack: Stack) -> None:
    queries = stack.of_type("AWS::Athena::NamedQuery")

    for query in queries.values():
        text = re.sub(r"'[^']*'", "", query["QueryString"])
        given = {*re.findall(r"\bAS (\w+)", text), *re.findall(r"(\w+) AS \(", text)}
        words = set(re.findall(r"\b[a-z_]\w*", text)) | {
            word.lower() for word in re.findall(r"\b[A-Z]+\b", text)
        }
        (table,) = {*re.findall(r"FROM (\w+)", text)} - given
        columns = QUERY_TABLES[table].all_columns
        assert words - {*SQL, table} - given <= {*columns, "period"}
        assert query["WorkGroup"] == "${CensusWorkgroup}"
        assert query["Database"] == "${CensusDatabase}"


def test_tables_can_be_omitted() -> None:
    stack = Stack({"AthenaTables": "false"})

    kinds = {resource["Type"] for resource in stack.resources.values()}

    assert not [kind for kind in kinds if "Athena" in kind or "Glue" in kind]
