"""The processor configuration."""

import copy
import json

import pytest

from iflow_census.leanix.configuration import build_configuration, find_differences
from iflow_census.leanix.settings import LeanixSettings, Mode
from tests.simulators.leanix.ldif import find_configuration_errors

FULL = LeanixSettings(mode=Mode.FULL, tag_group="SAP Cloud Integration")


def test_configuration_is_valid_in_both_modes() -> None:
    for settings in (LeanixSettings(), FULL):
        configuration = build_configuration("prod", settings)

        assert find_configuration_errors(configuration) == []
        assert json.loads(json.dumps(configuration)) == configuration


def test_fact_sheets_are_processed_before_what_refers_to_them() -> None:
    processors = build_configuration("prod", FULL)["processors"]

    assert [(processor["processorName"], processor["run"]) for processor in processors] == [
        ("Tenant", 0),
        ("iFlow", 0),
        ("iFlow to tenant", 1),
        ("Link to iFlow", 1),
        ("Tag of the tenant", 1),
    ]
    assert all(processor["enabled"] for processor in processors)


def test_only_the_active_date_is_optional() -> None:
    _, iflow, *_ = build_configuration("prod", LeanixSettings())["processors"]

    optional = {update["key"]["expr"]: update.get("optional") for update in iflow["updates"]}
    assert optional == {"name": None, "description": None, "lifecycle.active": True}


@pytest.mark.parametrize("settings", [LeanixSettings(), LeanixSettings(tag_group="Tenants")])
def test_partial_mode_has_no_deletion_scope(settings: LeanixSettings) -> None:
    assert "deletionScope" not in build_configuration("prod", settings)


def test_deletion_scope_is_limited_to_type_and_tenant_tag() -> None:
    scope = build_configuration("prod", FULL)["deletionScope"]

    (fact_sheets,) = scope["factSheets"]
    by_type, by_tag = fact_sheets["scope"]["facetFilters"]
    assert list(scope) == ["factSheets", "maximumDeletionRatio"]
    assert scope["maximumDeletionRatio"] == {"factSheets": 20}
    assert by_type["keys"] == ["Interface"]
    assert by_tag["keys"] == ["${integration.tags.getTagId('SAP Cloud Integration','prod')}"]


def test_types_and_relation_come_from_the_settings() -> None:
    settings = LeanixSettings(
        fact_sheet_type="Application", tenant_type="Platform", relation="relApplicationToPlatform"
    )

    processors = build_configuration("prod", settings)["processors"]

    types = [processor.get("type") for processor in processors]
    assert types[:3] == ["Platform", "Application", "relApplicationToPlatform"]


def test_keys_added_by_leanix_are_not_differences() -> None:
    desired = build_configuration("prod", LeanixSettings())
    current = copy.deepcopy(dict(desired)) | {"variables": {}, "processingMode": "PARTIAL"}
    current["processors"][0]["id"] = "added"

    assert find_differences(current, desired) == []


def test_difference_names_path_and_values_but_no_foreign_keys() -> None:
    desired = build_configuration("prod", LeanixSettings())
    current = copy.deepcopy(dict(desired)) | {"credentials": {"apiToken": "secret"}}
    current["processors"][1]["type"] = "Application"
    del current["processors"][2]["enabled"]

    lines = find_differences(current, desired)

    assert lines == [
        "processors[1].type: 'Application' changes to 'Interface'",
        "processors[2].enabled: (missing) changes to True",
    ]


def test_different_number_of_processors_is_one_difference() -> None:
    desired = build_configuration("prod", LeanixSettings())
    current = dict(desired) | {"processors": []}

    assert find_differences(current, desired) == ["processors: 0 entries change to 4"]
