"""The catalog of SAP's API, and checks of requests against it."""

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

TENANT_METADATA = Metadata({"NodeProfiles": (KeyProperty("Name"),)}, {"moveMessages": "POST"})


def test_every_operation_is_in_the_catalog() -> None:
    missing = [
        operation.name
        for operation in OPERATIONS
        if operation.path and catalog.check_request(operation.method, operation.path) is None
    ]

    assert missing == []


def _resource(name: str) -> catalog.Resource:
    (found,) = (item for item in catalog.resources() if item.name == name and not item.parent)
    return found


def test_every_area_has_resources() -> None:
    assert {resource.area for resource in catalog.resources()} == set(Area)


def test_catalog_has_no_duplicates() -> None:
    names = Counter((resource.name, resource.parent) for resource in catalog.resources())

    assert [name for name, number in names.items() if number > 1] == []


def test_area_is_found_by_part_of_its_name() -> None:
    assert {resource.area for resource in catalog.resources("partner")} == {Area.PARTNER_DIRECTORY}
    with pytest.raises(ConfigurationError, match="unknown area 'x'; known areas: Integ"):
        catalog.resources("x")


def test_entity_set_has_list_options() -> None:
    resource = _resource("IntegrationRuntimeArtifacts")

    assert resource.key == (KeyProperty("Id", "String"),)
    assert resource.family is Family.RUNTIME
    assert Verb.DELETE in resource.verbs
    assert resource.list_options == {
        "key": ("Id",),
        "supports_inlinecount": True,
        "supports_skip": True,
    }


def test_sets_without_paging_have_no_key_option() -> None:
    assert _resource("Variables").list_options["key"] == ()


def test_function_parameters_become_literals() -> None:
    upsert = _resource("UpsertValMaps").parse_arguments({"Id": "a", "IsConfigured": "true"})
    logging = _resource("activateExternalLogging")

    assert odata.encode_parameters(upsert) == {"Id": "'a'", "IsConfigured": "true"}
    assert odata.encode_parameters(logging.parse_arguments({"defaultLogLevel": "NONE"})) == {
        "defaultLogLevel": "NONE"
    }
    with pytest.raises(
        ConfigurationError, match="unknown parameter 'Level'; known parameters: defaultLogLevel"
    ):
        logging.parse_arguments({"Level": "NONE"})


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("IntegrationPackage", "IntegrationPackages"),
        ("integrationpackages", "IntegrationPackages"),
        ("MessageProcesingLogs", "MessageProcessingLogs"),
        ("DeployIntegrationDesigntimeArtefact", "DeployIntegrationDesigntimeArtifact"),
    ],
)
def test_closest_name_is_suggested(name: str, suggestion: str) -> None:
    with pytest.raises(ConfigurationError, match=f"did you mean '{suggestion}'"):
        catalog.check_request("GET", name)


def test_unknown_name_without_suggestion_points_to_list() -> None:
    with pytest.raises(ConfigurationError, match="import 'x'; 'iflow-census api --list'"):
        catalog.check_request("GET", "x")


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        (
            "PUT",
            "ServiceEndpoints('a')",
            "'update' is not supported; supported operations: list, count",
        ),
        (
            "GET",
            "IntegrationDesigntimeArtifacts",
            "'list' is not supported; supported operations: read, create",
        ),
        (
            "PUT",
            "AccessPolicies(1L)",
            "'update' is not supported; supported operations: list, create, patch",
        ),
        ("GET", "DeployIntegrationDesigntimeArtifact", "do not support GET; use POST"),
        ("GET", "IdMapFromIds('a')", "supported operations: none"),
        ("POST", "X('a')/$links/Configurations('b')", "unknown entity set or function import 'X'"),
        ("HEAD", "ServiceEndpoints", "unknown method 'HEAD'; use GET, POST"),
        (
            "POST",
            "IntegrationDesigntimeArtifacts(Id='a/b',Version='c')/$links/Configurations('b')",
            "Configurations: operation 'create' is not supported; supported operations: list",
        ),
    ],
)
def test_unsupported_operation_lists_supported_ones(method: str, path: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        catalog.check_request(method, path)


@pytest.mark.parametrize("path", ["NodeProfiles('a')", "moveMessages", "$metadata"])
def test_names_from_tenant_metadata_are_accepted(path: str) -> None:
    assert catalog.check_request("GET", path, TENANT_METADATA) is None


def test_unknown_navigation_property_is_accepted() -> None:
    resource = catalog.check_request("GET", "IntegrationPackages('a')/DataTypeDesigntimeArtifacts")

    assert resource is not None
    assert resource.name == "IntegrationPackages"


def test_find_unlisted_returns_new_names_of_tenant() -> None:
    metadata = Metadata({**TENANT_METADATA.entity_sets, "Queues": ()}, TENANT_METADATA.functions)

    assert catalog.find_unlisted(metadata) == (["NodeProfiles"], ["moveMessages"])


@pytest.mark.slow
def test_the_lambda_does_not_import_the_catalog() -> None:
    program = (
        "import sys; from iflow_census.cloud_integration import tenant;"
        "print([name for name in sys.modules if name.endswith(('.catalog', '.metadata', 'difflib'))"
        " and 'iflow' in name])"
    )
    process = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT / "layers/census")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert process.stdout.strip() == "[]"
