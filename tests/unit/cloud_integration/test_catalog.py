"""What SAP's API has, and what is said of something that it has not."""

import subprocess
import sys
from collections import Counter

import pytest

from iflow_census.cloud_integration import catalog, odata
from iflow_census.cloud_integration.catalog import Area, Verb
from iflow_census.cloud_integration.families import Family
from iflow_census.cloud_integration.metadata import KeyProperty, Metadata
from iflow_census.errors import ConfigurationError
from tests.processes import ROOT
from tests.simulators.cloud_integration.operations import OPERATIONS

OWN = Metadata({"NodeProfiles": (KeyProperty("Name"),)}, {"moveMessages": "POST"})


@pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS if one.path], ids=lambda one: f"{one.area}-{one.name}"
)
def test_every_operation_is_in_the_catalog(operation: object) -> None:
    method, path = operation.method, operation.path  # type: ignore[attr-defined]

    resource = catalog.check_request(method, path)

    assert resource is not None


def test_every_area_has_something() -> None:
    number = Counter(one.area for one in catalog.resources())

    assert set(number) == set(Area)


def test_nothing_is_listed_twice() -> None:
    names = Counter((one.name, one.parent) for one in catalog.resources())

    assert [name for name, number in names.items() if number > 1] == []


def test_an_area_is_found_by_a_part_of_its_name() -> None:
    assert {one.area for one in catalog.resources("partner")} == {Area.PARTNER_DIRECTORY}
    with pytest.raises(ConfigurationError, match="no area 'x': there are Integration Content, "):
        catalog.resources("x")


def test_an_entity_set_tells_how_it_is_read() -> None:
    found = catalog.entity_set("IntegrationRuntimeArtifacts")

    assert found.key == (KeyProperty("Id", "String"),)
    assert found.family is Family.RUNTIME
    assert Verb.DELETE in found.verbs
    assert found.paging == {"key": ("Id",), "supports_inlinecount": True, "supports_skip": True}


def test_keys_are_not_compared_where_there_are_no_pages() -> None:
    assert catalog.entity_set("Variables").paging["key"] == ()


@pytest.mark.parametrize(
    ("name", "values", "path"),
    [
        ("IntegrationPackages", ["It's"], "IntegrationPackages('It''s')"),
        ("AccessPolicies", ["123"], "AccessPolicies(123L)"),
        ("AccessPolicies", ["123L"], "AccessPolicies(123L)"),
        ("StringParameters", ["a", "b c"], "StringParameters(Pid='a',Id='b%20c')"),
    ],
)
def test_a_key_of_texts_has_the_types_of_its_set(name: str, values: list[str], path: str) -> None:
    found = catalog.entity_set(name)

    assert odata.entity_path(name, found.key_of(*values)) == path


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("StringParameters", ["a"], "the key of StringParameters is Pid, Id: 1 values were given"),
        ("AccessPolicies", ["abc"], "of type Int64: 'abc' is not"),
        ("AccessPolicies", ["1" * 30], "of type Int64"),
    ],
)
def test_a_key_that_does_not_fit_is_refused(name: str, values: list[str], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        catalog.entity_set(name).key_of(*values)


def test_the_parameters_of_a_function_are_literals() -> None:
    upsert = catalog.function_import("UpsertValMaps").arguments({"Id": "a", "IsConfigured": "true"})
    logging = catalog.function_import("activateExternalLogging")

    assert odata.encode_parameters(upsert) == {"Id": "'a'", "IsConfigured": "true"}
    assert odata.encode_parameters(logging.arguments({"defaultLogLevel": "NONE"})) == {
        "defaultLogLevel": "NONE"
    }
    with pytest.raises(
        ConfigurationError, match="has no parameter 'Level': it has defaultLogLevel"
    ):
        logging.arguments({"Level": "NONE"})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("IntegrationPackage", "IntegrationPackages"),
        ("integrationpackages", "IntegrationPackages"),
        ("MessageProcesingLogs", "MessageProcessingLogs"),
        ("DeployIntegrationDesigntimeArtefact", "DeployIntegrationDesigntimeArtifact"),
    ],
)
def test_the_nearest_name_is_suggested(name: str, meant: str) -> None:
    with pytest.raises(ConfigurationError, match=f"did you mean '{meant}'"):
        catalog.check_request("GET", name)


def test_a_name_that_is_near_to_none_leads_to_the_list() -> None:
    with pytest.raises(ConfigurationError, match="no entity set 'x': 'iflow-census api --list'"):
        catalog.entity_set("x")


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("PUT", "ServiceEndpoints('a')", "has no operation 'update': it has list, count"),
        ("GET", "IntegrationDesigntimeArtifacts", "has no operation 'list': it has read, create"),
        ("PUT", "AccessPolicies(1L)", "has no operation 'update': it has list, create, patch"),
        ("GET", "DeployIntegrationDesigntimeArtifact", "is called by POST"),
        ("GET", "IdMapFromIds('a')", "no operation of its own"),
        ("POST", "X('a')/$links/Configurations('b')", "no entity set or function import 'X'"),
        ("HEAD", "ServiceEndpoints", "no method 'HEAD': there are GET, POST"),
        (
            "POST",
            "IntegrationDesigntimeArtifacts(Id='a/b',Version='c')/$links/Configurations('b')",
            "Configurations has no operation 'create': it has list, count, update",
        ),
    ],
)
def test_an_operation_that_a_set_has_not_is_refused_with_those_it_has(
    method: str, path: str, words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        catalog.check_request(method, path)


@pytest.mark.parametrize("path", ["NodeProfiles('a')", "moveMessages", "$metadata"])
def test_what_a_tenant_alone_knows_is_let_through(path: str) -> None:
    assert catalog.check_request("GET", path, OWN) is None


def test_a_navigation_that_is_not_in_the_catalog_is_left_to_sap() -> None:
    found = catalog.check_request("GET", "IntegrationPackages('a')/DataTypeDesigntimeArtifacts")

    assert found is not None
    assert found.name == "IntegrationPackages"


def test_what_a_tenant_adds_is_what_the_catalog_has_not() -> None:
    both = Metadata({**OWN.entity_sets, "Queues": ()}, OWN.functions)

    assert catalog.find_unlisted(both) == (["NodeProfiles"], ["moveMessages"])


def test_the_lambda_does_not_import_the_catalog() -> None:
    program = (
        "import sys; from iflow_census.cloud_integration import tenant;"
        "print([one for one in sys.modules if one.endswith(('.catalog', '.metadata', 'difflib'))"
        " and 'iflow' in one])"
    )
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT / "layers/census")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.strip() == "[]"
