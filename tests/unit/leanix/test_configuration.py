"""The processor configuration that the project ships."""

import copy
import json

from iflow_census.leanix.configuration import configuration, difference
from iflow_census.leanix.settings import LeanixSettings, Mode
from tests.simulators.leanix.ldif import faults_of_configuration

FULL = LeanixSettings(mode=Mode.FULL, tag_group="SAP Cloud Integration")


def test_it_is_what_leanix_documents() -> None:
    for settings in (LeanixSettings(), FULL):
        made = configuration("prod", settings)

        assert faults_of_configuration(made) == []
        assert json.loads(json.dumps(made)) == made


def test_partial_mode_has_no_scope_of_deletion() -> None:
    assert "deletionScope" not in configuration("prod", LeanixSettings())


def test_full_mode_is_limited_to_our_type_with_the_tag_of_the_tenant() -> None:
    scope = configuration("prod", FULL)["deletionScope"]

    (fact_sheets,) = scope["factSheets"]
    by_type, by_tag = fact_sheets["scope"]["facetFilters"]
    assert list(scope) == ["factSheets", "maximumDeletionRatio"]
    assert scope["maximumDeletionRatio"] == {"factSheets": 20}
    assert by_type["keys"] == ["Interface"]
    assert by_tag["keys"] == ["${integration.tags.getTagId('SAP Cloud Integration','prod')}"]


def test_types_and_relation_are_settings() -> None:
    settings = LeanixSettings(
        fact_sheet_type="Application", tenant_type="Platform", relation="relApplicationToPlatform"
    )

    types = [one.get("type") for one in configuration("prod", settings)["processors"]]

    assert types[:3] == ["Platform", "Application", "relApplicationToPlatform"]


def test_the_same_configuration_has_no_difference_whatever_leanix_added() -> None:
    wanted = configuration("prod", LeanixSettings())
    present = copy.deepcopy(dict(wanted)) | {"variables": {}, "processingMode": "PARTIAL"}
    present["processors"][0]["id"] = "added"

    assert difference(present, wanted) == []


def test_a_difference_names_the_place_and_both_values_and_no_key_that_is_not_ours() -> None:
    wanted = configuration("prod", LeanixSettings())
    present = copy.deepcopy(dict(wanted)) | {"credentials": {"apiToken": "secret"}}
    present["processors"][1]["type"] = "Application"
    del present["processors"][2]["enabled"]

    lines = difference(present, wanted)

    assert lines == [
        "processors[1].type: 'Application' becomes 'Interface'",
        "processors[2].enabled: nothing becomes True",
    ]


def test_another_number_of_processors_is_told_as_such() -> None:
    wanted = configuration("prod", LeanixSettings())
    present = dict(wanted) | {"processors": []}

    assert difference(present, wanted) == ["processors: 0 entries become 4"]
