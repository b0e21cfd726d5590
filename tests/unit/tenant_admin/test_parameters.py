"""Comparing the parameters of an iFlow with desired values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import ConfigurationError
from iflow_census.tenant_admin.parameters import ParameterChange, find_changes, update_request

CURRENT: list[Entity] = [
    {"ParameterKey": "Receiver host", "ParameterValue": "https://old.example.com"},
    {"ParameterKey": "Timeout/ms", "ParameterValue": "60000"},
    {"ParameterKey": "Comment", "ParameterValue": None},
]


def test_only_differing_values_are_changes() -> None:
    desired = {"Timeout/ms": "60000", "Receiver host": "https://new.example.com"}

    assert find_changes(CURRENT, desired) == [
        ParameterChange("Receiver host", "https://old.example.com", "https://new.example.com")
    ]


def test_missing_and_empty_value_are_equal() -> None:
    assert find_changes(CURRENT, {"Comment": ""}) == []
    assert find_changes(CURRENT, {"Comment": "x"}) == [ParameterChange("Comment", None, "x")]


@given(current=st.dictionaries(st.text(), st.text()), data=st.data())
def test_applying_changes_leaves_no_changes(current: dict[str, str], data: st.DataObject) -> None:
    desired = (
        data.draw(st.dictionaries(st.sampled_from(sorted(current)), st.text())) if current else {}
    )

    changes = find_changes(_rows(current), desired)
    after = current | {change.key: change.new for change in changes}

    assert find_changes(_rows(after), desired) == []
    assert after == current | desired


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("receiver Host", "unknown parameter 'receiver Host'; did you mean 'Receiver host'?"),
        ("Timeot/ms", "unknown parameter 'Timeot/ms'; did you mean 'Timeout/ms'?"),
        ("Proxy", "unknown parameter 'Proxy'; see `iflow-census iflow parameters`"),
        ("\x1b[31m", "unknown parameter '\\x1b[31m'; see `iflow-census iflow parameters`"),
    ],
)
def test_unknown_parameter_is_rejected_with_suggestion(key: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        find_changes(CURRENT, {"Timeout/ms": "1", key: "x"})

    assert str(error.value) == message


def test_iflow_without_parameters_is_named_as_cause() -> None:
    with pytest.raises(ConfigurationError, match="the iFlow has no parameters"):
        find_changes([], {"Host": "x"})


def test_parameter_key_is_encoded_in_path() -> None:
    request = update_request("It's", ParameterChange("Timeout/ms", "1", "2"))

    assert request.path == (
        "IntegrationDesigntimeArtifacts(Id='It''s',Version='active')"
        "/$links/Configurations('Timeout%2Fms')"
    )
    assert request.body == {"ParameterValue": "2"}


def _rows(values: dict[str, str]) -> list[Entity]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
