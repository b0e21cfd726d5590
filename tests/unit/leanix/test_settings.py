"""The LeanIX settings."""

import json
from typing import Any

import pytest

from iflow_census.errors import ConfigurationError
from iflow_census.leanix.settings import LeanixSettings, Mode, parse_leanix_settings


def test_default_mode_never_archives() -> None:
    assert LeanixSettings().mode is Mode.PARTIAL


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"mode": "whole"}, "mode"),
        ({"color": "red"}, "unknown setting 'color'; known settings: connector_type"),
        ({"prefix": "{environment}"}, "prefix: .*use only {tenant}"),
        ({"link": "https://x/{package}"}, "link: .*use only {tenant}, {package_id}, {iflow_id}"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"tag_group": "it's"}, "tag_group"),
        ({"tag_group": ""}, "tag_group"),
        ({"tag_group": "t" * 101}, "tag_group"),
        ({"relation": "rel-1"}, "relation"),
        ({"relation": "r" * 101}, "relation"),
        ({"maximum_deletion_ratio": 0}, "maximum_deletion_ratio"),
        ({"maximum_deletion_ratio": 51}, "maximum_deletion_ratio"),
        ({"maximum_deletion_ratio": "20"}, "maximum_deletion_ratio"),
        ({"trust_own_ratio": "yes"}, "trust_own_ratio"),
        ({"mode": "full"}, "full mode needs 'tag_group'"),
        ({"mode": "full", "tag_group": "t", "end_of_life": "phaseOut"}, "'end_of_life' is for"),
        ({"name": "never", "status_tag_group": "t"}, "'status_tag_group' needs a fact sheet"),
        ({"description": "sometimes"}, "description"),
        ({"fields": {"color": "x"}}, "fields.color"),
        ({"fields": {"usage": "a b"}}, "fields.usage"),
        ({"fields": {"usage": "x", "orphan": "x"}}, "two values for the field 'x'"),
        ({"fields": {"facts": "description"}}, "the setting 'description'"),
    ],
)
def test_error_names_the_invalid_setting(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=f"settings.json: .*{message}"):
        parse_leanix_settings(json.dumps(values), source="settings.json")


def test_names_may_have_1_to_100_characters() -> None:
    values = {"tag_group": "t" * 100, "connector_type": "c", "relation": "r" * 100}

    settings = parse_leanix_settings(json.dumps(values), source="settings.json")

    assert settings.model_dump(include=set(values)) == values


@pytest.mark.parametrize("ratio", [1, 50])
def test_deletion_ratio_may_be_1_to_50_percent(ratio: int) -> None:
    settings = parse_leanix_settings(
        f'{{"maximum_deletion_ratio": {ratio}}}', source="settings.json"
    )

    assert settings.maximum_deletion_ratio == ratio


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '"x"'])
def test_settings_are_a_json_object(text: str) -> None:
    with pytest.raises(ConfigurationError, match="not a JSON object; see"):
        parse_leanix_settings(text, source="settings.json")
