"""The processor configuration."""

import copy
import json
from typing import Any

import pytest

from iflow_census.leanix.configuration import build_configuration, find_differences
from iflow_census.leanix.settings import LeanixSettings, Mode
from tests.simulators.leanix.ldif import find_configuration_errors

FULL = LeanixSettings(mode=Mode.FULL, tag_group="SAP Cloud Integration")


def test_configuration_is_valid_in_both_modes() -> None:
    rich = LeanixSettings(status_tag_group="Status", metric="Messages", fields={"usage": "x"})
    for settings in (LeanixSettings(), FULL, rich, LeanixSettings(name="never")):
        configuration = build_configuration("prod", settings)

        assert find_configuration_errors(configuration) == []
        assert json.loads(json.dumps(configuration)) == configuration


def test_runs_of_one_tenant_are_processed_one_after_the_other() -> None:
    assert build_configuration("prod", LeanixSettings())["sequentialExecution"] is True


def test_fact_sheets_are_processed_before_what_refers_to_them() -> None:
    processors = build_configuration("prod", FULL)["processors"]

    assert [(processor["processorName"], processor["run"]) for processor in processors] == [
        ("Tenant", 0),
        ("iFlow", 0),
        ("iFlow to tenant", 1),
        ("Former providers", 1),
        ("Former consumers", 1),
        ("Provider applications", 1),
        ("Consumer applications", 1),
        ("Link to iFlow", 1),
        ("Tag of the tenant", 1),
    ]
    assert all(processor["enabled"] for processor in processors)


def updates_of(**settings: Any) -> dict[str, list[str]]:
    """The expressions of each field of an iFlow."""
    processors = build_configuration("prod", LeanixSettings(**settings))["processors"]
    iflow = next(found for found in processors if found["processorName"] == "iFlow")
    return {
        update["key"]["expr"]: [value["expr"] for value in update["values"]]
        for update in iflow["updates"]
    }


def test_present_name_comes_first_if_names_are_written_on_creation() -> None:
    created, always = updates_of()["name"], updates_of(name="always")["name"]

    assert created == ["${lx.factsheet.name}", *always]
    assert always[0] == "${data.name}"
    assert len(always) == 4


def test_name_that_is_never_written_creates_no_fact_sheet() -> None:
    settings = LeanixSettings(name="never", link="https://x")

    processors = build_configuration("prod", settings)["processors"]

    names = [processor["processorName"] for processor in processors]
    assert not {"Tenant", "Link to iFlow"} & set(names)
    assert processors[0]["filter"]["onRead"] == "${lx.factsheet.name != null}"
    assert processors[1]["optional"]
    assert not {"name", "lifecycle.active"} & updates_of(name="never").keys()


def test_description_follows_its_policy() -> None:
    assert updates_of()["description"] == ["${data.description}"]
    assert "lx.factsheet.name == null" in updates_of(description="create")["description"][0]
    assert "description" not in updates_of(description="never")


def test_active_date_is_written_on_creation_only() -> None:
    assert updates_of()["lifecycle.active"] == [
        "${lx.factsheet.name == null ? data.activeSince : null}"
    ]


def test_fields_get_the_values_of_the_settings() -> None:
    updates = updates_of(fields={"usage": "ciUsage", "facts": "ciFacts"})

    assert (updates["ciUsage"], updates["ciFacts"]) == (["${data.usage}"], ["${data.facts}"])


@pytest.mark.parametrize("description", ["create", "always"])
def test_only_what_an_iflow_may_lack_is_optional(description: str) -> None:
    settings = LeanixSettings(
        description=description,
        fields={"usage": "ciUsage"},
        end_of_life="phaseOut",
        status_tag_group="Status",
        metric="Messages",
    )

    processors = build_configuration("prod", settings)["processors"]

    assert {
        (processor["processorName"], update["key"]["expr"])
        for processor in processors
        for update in processor["updates"]
        if update.get("optional")
    } == {
        ("iFlow", "description"),
        ("iFlow", "ciUsage"),
        ("iFlow", "lifecycle.active"),
        ("Removed iFlow", "lifecycle.phaseOut"),
    }
    assert {
        processor["processorName"] for processor in processors if processor.get("optional")
    } == {
        "Former providers",
        "Former consumers",
        "Provider applications",
        "Consumer applications",
    }


def test_status_tags_are_added_and_removed() -> None:
    settings = LeanixSettings(status_tag_group="Status")

    *_, added, removed = build_configuration("prod", settings)["processors"]

    assert (added["forEach"], added.get("mode")) == ("${data.statusTags}", None)
    assert (removed["forEach"], removed["mode"]) == ("${data.formerStatusTags}", "delete")


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

    assert find_differences(current, desired) == ["processors: 0 entries change to 8"]


def test_value_that_becomes_an_object_is_described_by_its_size() -> None:
    lines = find_differences({"read": "name"}, {"read": {"fields": ["name"]}})

    assert lines == ["read: 'name' changes to 1 entries"]
