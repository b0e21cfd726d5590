"""Convert property values, but only unambiguous ones."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.cloud_integration.values import convert_entity

MARCH = datetime(2018, 3, 15, 11, 36, 38, 486000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("LogStart", "/Date(1521113798486)/"),
        ("LogStart", "/Date(1521113798486+0000)/"),
        ("AnythingNew", "/Date(1521113798486)/"),
        ("CreationDate", "1521113798486"),
        ("ModifiedAt", "1521113798486"),
        ("ExpirationTime", "1521113798486"),
        ("ValidUntil", 1521113798486),
        ("RetainUntil", "2018-03-15T11:36:38.486"),
        ("RetainUntil", "2018-03-15T11:36:38.486Z"),
    ],
)
def test_dates_become_utc_datetimes(name: str, written: object) -> None:
    assert convert_entity({name: written}) == {name: MARCH}


@pytest.mark.parametrize(
    ("name", "written", "expected"),
    [
        ("NumberOfMessages", "19", 19),
        ("Capacity", "9751756800", 9751756800),
        ("PayloadSize", "0", 0),
        ("State", "2", 2),
        ("KeySize", 2048, 2048),
        ("ArchivingLogAttachments", "false", False),
        ("UpdateAvailable", "true", True),
        ("HasAttachments", True, True),
    ],
)
def test_known_numbers_and_flags_are_converted(
    name: str, written: object, expected: object
) -> None:
    value = convert_entity({name: written})[name]

    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Value", "/Date(1521113798486)/"),
        ("ParameterValue", "/Date(1521113798486)/"),
        ("ParameterValue", "true"),
        ("Description", "1521113798486"),
        ("Name", "1521113798486"),
        ("Id", "101"),
        ("CurrentValue", "0000000001"),
        ("NumberOfMessages", "0019"),
        ("NumberOfMessages", "many"),
        ("NumberOfMessages", "٣"),
        ("NumberOfMessages", "1" * 30),
        ("State", "ACTIVE"),
        ("CreationDate", "2018"),
        ("CreationDate", "yesterday"),
        ("CreatedAt", "20121-04-13T15:51:04"),
        ("DeployedOn", "2018-99-99T11:36:38"),
        ("LogStart", "/Date(99999999999999999999)/"),
        ("LogStart", None),
        ("Size", None),
    ],
)
def test_ambiguous_values_stay_unchanged(name: str, written: object) -> None:
    assert convert_entity({name: written}) == {name: written}


def test_deferred_properties_are_left_out() -> None:
    row = {
        "__metadata": {"uri": "x"},
        "Deferred": {"__deferred": {"uri": "x"}},
        "EntryPoints": {"results": [{"__metadata": {}, "Url": "u"}]},
        "Artifact": {"Id": "a", "DeployedOn": "/Date(1521113798486)/"},
        "Bare": [{"Size": "5"}, "text"],
        "Nothing": None,
    }

    assert convert_entity(row) == {
        "EntryPoints": [{"Url": "u"}],
        "Artifact": {"Id": "a", "DeployedOn": MARCH},
        "Bare": [{"Size": 5}, "text"],
        "Nothing": None,
    }


@given(
    st.dictionaries(
        st.sampled_from(["LogStart", "CreationDate", "Size", "ArchivingLogAttachments", "X"]),
        st.one_of(st.text(), st.integers(), st.none(), st.from_regex(r"/Date\(-?\d{1,25}\)/")),
    )
)
def test_no_property_is_lost(row: dict[str, object]) -> None:
    assert set(convert_entity(row)) == set(row)
