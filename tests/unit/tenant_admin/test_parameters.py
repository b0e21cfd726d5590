"""What has to be written for an iFlow's parameters to be as a file has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.cloud_integration.values import Entity
from iflow_census.errors import ConfigurationError
from iflow_census.tenant_admin.parameters import Difference, change, differences

PRESENT: list[Entity] = [
    {"ParameterKey": "Receiver host", "ParameterValue": "https://old.example.com"},
    {"ParameterKey": "Timeout/ms", "ParameterValue": "60000"},
    {"ParameterKey": "Remark", "ParameterValue": None},
]


def test_only_what_differs_is_written() -> None:
    wanted = {"Timeout/ms": "60000", "Receiver host": "https://new.example.com"}

    assert differences(PRESENT, wanted) == [
        Difference("Receiver host", "https://old.example.com", "https://new.example.com")
    ]


def test_no_value_and_an_empty_value_are_the_same() -> None:
    assert differences(PRESENT, {"Remark": ""}) == []
    assert differences(PRESENT, {"Remark": "x"}) == [Difference("Remark", None, "x")]


@given(present=st.dictionaries(st.text(), st.text()), data=st.data())
def test_after_writing_the_differences_there_are_none(
    present: dict[str, str], data: st.DataObject
) -> None:
    wanted = (
        data.draw(st.dictionaries(st.sampled_from(sorted(present)), st.text())) if present else {}
    )

    found = differences(_rows(present), wanted)
    after = present | {one.key: one.new for one in found}

    assert differences(_rows(after), wanted) == []
    assert after == present | wanted


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("receiver Host", "there is no parameter 'receiver Host': did you mean 'Receiver host'?"),
        ("Timeot/ms", "there is no parameter 'Timeot/ms': did you mean 'Timeout/ms'?"),
        ("Proxy", "there is no parameter 'Proxy': see `iflow-census iflow parameters`"),
        ("\x1b[31m", "there is no parameter '\\x1b[31m': see `iflow-census iflow parameters`"),
    ],
)
def test_an_unknown_parameter_is_refused_with_the_nearest_one(key: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        differences(PRESENT, {"Timeout/ms": "1", key: "x"})

    assert str(error.value) == said


def test_an_iflow_without_parameters_says_so() -> None:
    with pytest.raises(ConfigurationError, match="the iFlow has none at all"):
        differences([], {"Host": "x"})


def test_the_key_of_a_parameter_is_encoded_in_its_path() -> None:
    made = change("It's", Difference("Timeout/ms", "1", "2"))

    assert made.path == (
        "IntegrationDesigntimeArtifacts(Id='It''s',Version='active')"
        "/$links/Configurations('Timeout%2Fms')"
    )
    assert made.body == {"ParameterValue": "2"}


def _rows(values: dict[str, str]) -> list[Entity]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
