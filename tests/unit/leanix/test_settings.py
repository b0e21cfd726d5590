"""The settings of the inventory in LeanIX."""

from typing import Any

import pytest

from iflow_census.errors import ConfigurationError
from iflow_census.leanix.settings import LeanixSettings, Mode, leanix_settings


def test_by_default_nothing_is_ever_archived() -> None:
    assert LeanixSettings().mode is Mode.PARTIAL


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"mode": "whole"}, "mode"),
        ({"color": "red"}, "setting 'color' is unknown: there are connector_type"),
        ({"prefix": "{environment}"}, "prefix: .*only {tenant} can be filled in"),
        ({"link": "https://x/{package}"}, "link: .*only {tenant}, {package_id}, {iflow_id}"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"tag_group": "it's"}, "tag_group"),
        ({"relation": "rel-1"}, "relation"),
        ({"maximum_deletion_ratio": 101}, "maximum_deletion_ratio"),
        ({"mode": "full"}, "full mode needs 'tag_group'"),
    ],
)
def test_a_wrong_setting_is_named(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"settings.json: .*{said}"):
        leanix_settings(values, source="settings.json")
